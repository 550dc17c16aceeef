import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { practiceOptions } from '#simulator-kit/index.ts';
import { juniper } from '../../simulator/juniper.ts';
import { settings } from '../../simulator/settings.ts';

const folder = resolve(import.meta.dirname, '../../simulator');
const readme = readFileSync(resolve(folder, 'README.md'), 'utf8').replaceAll(/ +/g, ' ');

test('the README names every setting with its default', () => {
  for (const [name, value] of Object.entries(settings.parse({})))
    assert.ok(readme.includes(`| \`${name}\` | \`${value}\` |`), name);
});

test('the README names every flag with its variable', () => {
  const main = readFileSync(resolve(folder, 'main.ts'), 'utf8');
  const schema = main.slice(main.indexOf('const schema'), main.indexOf('type Options'));
  const own = [...schema.matchAll(/^ {2}'?([a-z-]+)'?: /gm)].map(([, name = '']) => name);
  const flags = [...Object.keys(practiceOptions), ...own];
  assert.ok(flags.length >= 10);
  for (const flag of flags) {
    const variable = `SIM_${flag.toUpperCase().replaceAll('-', '_')}`;
    assert.ok(readme.includes(`\`--${flag}\`, \`${variable}\``), flag);
  }
});

test('the README names who works where, two patients and the visit types', () => {
  const { practitioners, locations, patients, visitTypes } = juniper;
  for (const { id } of [...practitioners, ...locations, ...patients.slice(0, 2)])
    assert.ok(readme.includes(`\`${id}\``), id);
  for (const { code, display } of visitTypes)
    assert.ok(readme.includes(`| ${display} | \`${code}\` |`), display);
});
