import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { practiceOptions } from '#simulator-kit/index.ts';
import { settings } from '../../simulator/settings.ts';

const folder = resolve(import.meta.dirname, '../../simulator');
const readme = readFileSync(resolve(folder, 'README.md'), 'utf8');

test('the README names every setting with its default, and every flag', () => {
  const main = readFileSync(resolve(folder, 'main.ts'), 'utf8');
  const [, schema = ''] = main.split('const schema = ');
  const own = [...schema.matchAll(/^ {2}'?([a-z-]+)'?: z$|^ {2}'?([a-z-]+)'?: z\./gm)];
  const flags = [...Object.keys(practiceOptions), ...own.map(([, one, other]) => one ?? other)];
  assert.equal(flags.length, 11);
  for (const flag of flags) assert.ok(readme.includes(`\`--${flag}\``), flag);
  for (const [name, value] of Object.entries(settings.parse({}))) {
    const [row = ''] = readme
      .split('\n')
      .filter((line) => line.includes(`\`${name}\``) && line.startsWith('| `') && !line.includes('--'));
    assert.match(row, new RegExp(`\\b${value}\\b`), name);
  }
});
