import assert from 'node:assert/strict';
import { test } from 'node:test';
import { documentsOf } from '../../fhir-r4/test/documents.ts';
import { athenahealth } from '../index.ts';
import { settings } from '../settings.ts';
import { unneededRoutes, waivers } from './exemptions.ts';

const { readme, connect, scopes } = documentsOf(import.meta.dirname);
const { ask, askAsSystem = {} } = athenahealth.authorization.scopes;

test('The README names every route, every setting with its default, and every waiver with its reason', () => {
  const rows = Object.entries(settings.parse({})).map(
    ([name, value]) => `| \`${name}\` |${value === '' ? '' : ` ${value}`} |`,
  );
  for (const text of [...rows, ...Object.keys(athenahealth.routes).map((name) => `\`${name}\``)])
    assert.ok(readme.includes(text), text);
  for (const [name, reason] of Object.entries({ ...waivers, ...unneededRoutes }))
    assert.ok(readme.includes(`- \`${name}\`: ${reason}\n`), name);
});

test('CONNECT.md asks for the scopes that are asked for, letter by letter, and the README says what they open', () => {
  assert.deepEqual(scopes(), { plain: ask.plain, 'system plain': askAsSystem.plain });
  assert.deepEqual(Object.keys(ask), ['plain']);
  for (const scope of ask.plain ?? []) assert.ok(readme.includes(`\`${scope}\``), scope);
  assert.match(readme, /it is our wall that\s+enforces it/);
});

test('CONNECT.md has every route enabled at athenahealth, by its path and method, and no other', () => {
  const rows = [...connect.matchAll(/^\| (\/[^|]+) \| ([A-Z, ]+) \| (`[^|]*) \|$/gm)].flatMap(
    ([, path = '', methods = '', names = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => ({ name, path, methods: methods.split(', ') })),
  );
  assert.deepEqual(rows.map(({ name }) => name).sort(), Object.keys(athenahealth.routes).sort());
  for (const [name, { template, method }] of Object.entries(athenahealth.routes)) {
    const row = rows.find((each) => each.name === name) ?? assert.fail(name);
    assert.equal(row.path, template);
    assert.ok(row.methods.includes(method), name);
  }
});

test('CONNECT.md asks the practice for all that is asked in the form, by its name there', () => {
  for (const field of Object.values(settings.shape)) {
    const { title } = field.meta() ?? {};
    if (title !== undefined) assert.ok(connect.includes(`\n| ${title} |`), title);
  }
});

test('Nothing is in the route table that is no scheduling', () => {
  const allowed =
    /^\/(ping|departments|providers|patients|patients\/enhancedbestmatch|appointments\/(open|booked|changed|changed\/subscription|\{appointmentid\}(\/(cancel|reschedule|freeze|notes))?))$/;
  for (const { template } of Object.values(athenahealth.routes)) assert.match(template, allowed);
});
