import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { openDental } from '../index.ts';
import { settings } from '../settings.ts';

const readme = readFileSync(resolve(import.meta.dirname, '../README.md'), 'utf8');

test('the README names every route, secret and setting, with its default', () => {
  const defaults = settings.parse({});
  const rows = Object.entries(defaults).map(([name, value]) => `| \`${name}\` | ${value} |`);
  const named = [...Object.keys(openDental.routes), ...Object.keys(openDental.authorization.secrets)];
  for (const text of [...rows, ...named.map((name) => `\`${name}\``)]) assert.ok(readme.includes(text), text);
});
