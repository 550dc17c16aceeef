import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentsOf, interactionOf, scopesAsked } from '../../fhir-r4/test/documents.ts';
import { oracleHealth } from '../index.ts';
import { settings } from '../settings.ts';
import { waivers } from './waivers.ts';

const documents = documentsOf(import.meta.dirname);

test('The README names every route, every setting with its default, and every waiver with its reason', () => {
  const rows = Object.entries(settings.parse({})).map(
    ([name, value]) => `| \`${name}\` |${value === '' ? '' : ` ${value}`} |`,
  );
  for (const text of [...rows, ...Object.keys(oracleHealth.routes).map((name) => `\`${name}\``)])
    assert.ok(documents.readme.includes(text), text);
  for (const [name, reason] of Object.entries(waivers))
    assert.ok(documents.readme.includes(`- \`${name}\`: ${reason}\n`), name);
});

test('CONNECT.md asks for the scopes that are asked for, letter by letter', () => {
  assert.deepEqual(documents.scopes(), scopesAsked(oracleHealth));
});

test('CONNECT.md asks for the right of every route, and for no other', () => {
  const { metadata: _, ...routes } = oracleHealth.routes;
  assert.deepEqual([...documents.routes()].sort(), Object.keys(routes).sort());
  for (const [name, route] of Object.entries(routes)) {
    const { resource, words } = documents.allowanceOf(name);
    assert.equal(route.template.split('/')[1], resource, name);
    assert.ok(words.includes(interactionOf(route).replace('-type', '')), `${name}: ${words}`);
  }
});

test('CONNECT.md asks the customer for all that has to be handed over, by its name in the form', () => {
  for (const name of ['practitioners', 'locations', 'serviceTypes'] as const)
    assert.ok(documents.connect.includes(`\n| ${settings.shape[name].meta()?.title} |`), name);
});

test('Only scheduling is asked for, never by a wildcard', () => {
  const asked = Object.values(scopesAsked(oracleHealth)).flatMap((scopes = []) => scopes);
  const resources = asked.flatMap((scope) => /^(?:user|system)\/([^.]+)\./.exec(scope)?.[1] ?? []);
  assert.deepEqual([...new Set(resources)].sort(), [
    'Appointment',
    'Location',
    'Patient',
    'Practitioner',
    'Schedule',
    'Slot',
  ]);
});
