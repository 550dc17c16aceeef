import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { variables } from '#config';

const root = new URL('../../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const pack: { scripts: Record<string, string> } = JSON.parse(
  readFileSync(new URL('package.json', root), 'utf8'),
);

test('the README lists every setting with the default and purpose that the code has, and no other', () => {
  const rows = [...readme.matchAll(/^\| `([A-Z_]+)` \| (.*) \| (.*) \|$/gm)].map(
    ([, name, standard, purpose]) => [name, standard?.trim(), purpose],
  );
  assert.deepEqual(
    rows,
    Object.entries(variables).map(([name, one]) => [name, one.standard, one.purpose]),
  );
});

test('every npm script that the README names exists', () => {
  const named = [...readme.matchAll(/npm (?:run ([a-z][a-z:]+)|(?:ci|start|test)\b)/g)].map(
    ([, name]) => name ?? '',
  );
  assert.ok(named.length > 8);
  assert.deepEqual(
    named.filter((name) => name !== '' && !Object.hasOwn(pack.scripts, name)),
    [],
  );
});

test('every folder and file that the README names is there', () => {
  const named = [
    ...readme.matchAll(
      /`((?:src|adapters|test|bench|migrations|fhir-profiles)\/[\w./-]*|docker-compose\.yml)`/g,
    ),
  ];
  assert.ok(named.length > 8);
  assert.deepEqual(
    named.map(([, path]) => path ?? '').filter((path) => !existsSync(new URL(path, root))),
    [],
  );
});

test('the two commands of a fresh machine are both there', () => {
  assert.match(readme, /^npm ci && npm start$/m);
  assert.match(readme, /^npm ci && npm test$/m);
});
