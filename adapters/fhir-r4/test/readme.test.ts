import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { judgeScopes } from '#oauth/scope-verdict.ts';
import { fhirR4 } from '../index.ts';
import { settings } from '../settings.ts';
import { documentsOf, interactionOf, scopesAsked } from './documents.ts';

const documents = documentsOf(import.meta.dirname);

test('The README names every route and every setting, with its default', () => {
  const rows = Object.entries(settings.parse({})).map(
    ([name, value]) => `| \`${name}\` |${value === '' ? '' : ` ${value}`} |`,
  );
  for (const text of [...rows, ...Object.keys(fhirR4.routes).map((name) => `\`${name}\``)])
    assert.ok(documents.readme.includes(text), text);
});

test('CONNECT.md asks for the scopes that are asked for, letter by letter', () => {
  assert.deepEqual(documents.scopes(), scopesAsked(fhirR4));
});

test('CONNECT.md names the interaction of every route, and no route that there is not', () => {
  const { metadata: _, ...routes } = fhirR4.routes;
  assert.deepEqual([...documents.routes()].sort(), Object.keys(routes).sort());
  for (const [name, route] of Object.entries(routes)) {
    const { resource, words } = documents.allowanceOf(name);
    assert.equal(route.template.split('/')[1], resource, name);
    assert.ok(words.includes(interactionOf(route)), `${name}: ${words}`);
  }
});

describe('A grant', () => {
  const { scopes } = fhirR4.authorization;
  const { v2 = [], v1 = [] } = scopes.ask;
  const verdict = (granted: string, requested: readonly string[], dialect: 'v1' | 'v2') =>
    judgeScopes({
      requested,
      granted,
      policy: {
        atMost: [...requested, ...scopes.tolerated],
        requiredReads: scopes.requiredReads(dialect, false),
        bookingWrites: scopes.writes(dialect, false),
      },
    }).verdict;

  test('of all that is asked for is accepted, in either spelling', () => {
    assert.equal(verdict(v2.join(' '), v2, 'v2'), 'accept');
    assert.equal(verdict(v1.join(' '), v1, 'v1'), 'accept');
  });
  test('without writes is read-only', () => {
    const reads = v2.map((scope) => scope.replace('.crus', '.rs')).join(' ');
    assert.equal(verdict(reads, v2, 'v2'), 'accept-read-only');
    assert.equal(
      verdict(v1.filter((scope) => !scope.endsWith('.write')).join(' '), v1, 'v1'),
      'accept-read-only',
    );
  });
  for (const [what, granted] of [
    ['a wildcard', 'user/*.rs'],
    ['something clinical', `${v2.join(' ')} user/Observation.rs`],
    ['the right to delete', v2.join(' ').replace('.crus', '.cruds')],
    ['no Slot', v2.filter((scope) => !scope.includes('Slot')).join(' ')],
    ['nothing of use', 'openid'],
  ] as const)
    test(`of ${what} is refused`, () => assert.equal(verdict(granted, v2, 'v2'), 'refuse'));
});
