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

test('CONNECT.md names every route under a permission, and none that does not exist', () => {
  const guide = readFileSync(resolve(import.meta.dirname, '../CONNECT.md'), 'utf8');
  const rows = guide.split('\n').filter((line) => /^\| (Read All|Appointments|Comm|Patients) \|/.test(line));
  const named = rows.flatMap((row) => [...row.matchAll(/`(\w+)`/g)].map(([, route]) => route));
  assert.deepEqual(named.sort(), Object.keys(openDental.routes).sort());
});
