import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { faults } from '../../simulator/faults.ts';
import { settings } from '../../simulator/settings.ts';

const folder = resolve(import.meta.dirname, '../../simulator');
const readme = readFileSync(resolve(folder, 'README.md'), 'utf8');

test('the README names every setting with its default, every fault and every flag', () => {
  for (const [name, value] of Object.entries(settings.parse({}))) {
    const row = readme.split('\n').find((line) => line.startsWith('| ') && line.includes(`\`${name}\``));
    assert.ok(row?.includes(value === '' ? 'none' : `\`${value}\``), name);
  }
  for (const name of Object.keys(faults)) assert.ok(readme.includes(`\`${name}\``), name);
  const main = readFileSync(resolve(folder, 'main.ts'), 'utf8');
  const [, schema = ''] = main.split('const schema = ');
  const own = [...schema.matchAll(/^ {2}'?([a-z-]+)'?: z/gm)].map(([, name]) => name);
  assert.equal(own.length, 8);
  for (const name of [...own, 'port', 'state-dir', 'name', 'zone'])
    assert.ok(readme.includes(`\`--${name}\``), name);
});
