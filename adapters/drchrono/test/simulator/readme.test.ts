import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { drchrono } from '../../simulator/drchrono.ts';
import { practicesOf } from '../../simulator/practices/many.ts';
import { settings } from '../../simulator/settings.ts';

const folder = resolve(import.meta.dirname, '../../simulator');
const readme = readFileSync(resolve(folder, 'README.md'), 'utf8');

test('the README names every setting with its default, every flag and every fault of its own', () => {
  const main = readFileSync(resolve(folder, 'main.ts'), 'utf8');
  const [, schema = ''] = main.split('const schema = ');
  const flags = [...schema.matchAll(/^ {2}'?([a-z-]+)'?: z$|^ {2}'?([a-z-]+)'?: z\./gm)].map(
    ([, one, other]) => `--${one ?? other}`,
  );
  assert.equal(flags.length, 6);
  const { faults = {} } = drchrono(practicesOf(1), { bearers: [], clients: [] });
  for (const name of [...Object.keys(faults), ...flags]) assert.ok(readme.includes(`\`${name}\``), name);
  for (const [name, value] of Object.entries(settings.parse({}))) {
    const [, told] = readme.match(new RegExp(`^\\| \`${name}\` +\\| ([^|]+) \\|`, 'm')) ?? [];
    assert.equal(told?.trim(), value === '' ? 'none' : `\`${value}\``, name);
  }
});
