import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import type { AdapterContext } from '#adapter-kit/index.ts';
import type { Script } from '#adapter-kit/testing/index.ts';
import { epic } from '../index.ts';
import { settings } from '../settings.ts';
import { unneededRoutes, waivers } from './exemptions.ts';
import { bundle, fixture, outcome, replay, resourcesOf } from './replay.ts';

const [readme, connect] = ['README.md', 'CONNECT.md'].map(read);
assert.ok(readme !== undefined && connect !== undefined);

test('The README names every route, setting and waiver, with its reason.', () => {
  const named = [...Object.keys(epic.routes), ...Object.keys(settings.parse({}))];
  for (const name of named) assert.ok(readme.includes(`\`${name}\``), name);
  for (const [name, reason] of Object.entries({ ...waivers, ...unneededRoutes }))
    assert.ok(readme.replaceAll(/\s+/g, ' ').includes(`- \`${name}\`: ${reason}`), name);
});

test('The README says which routes each operation needs.', async () => {
  const [, table = ''] = /\n## Operations\n([^#]*)/.exec(readme) ?? [];
  const rows = [...table.matchAll(/^\| (\w+) \| (`[^|]*) \|/gm)];
  const said = rows.map(([, name, cell = '']) => [
    name,
    [...cell.matchAll(/`(\w+)`/g)].map(([, route]) => route),
  ]);
  assert.deepEqual(Object.fromEntries(said), await routesByOperation());
});

test('CONNECT.md asks for the scopes that are asked for, letter by letter.', () => {
  const { ask, askAsSystem } = epic.authorization.scopes;
  const expected = { v2: ask.v2, v1: ask.v1, 'system v2': askAsSystem?.v2, 'system v1': askAsSystem?.v1 };
  const blocks = [...connect.matchAll(/^```scopes ([\w ]+)\n([^`]*)\n```$/gm)];
  assert.deepEqual(
    Object.fromEntries(blocks.map(([, name = '', lines = '']) => [name, lines.split('\n')])),
    expected,
  );
});

test('CONNECT.md ticks an API for every route, and every API is one that a route needs.', () => {
  const ticked = [...connect.matchAll(/^\| (\w+)\.(\$?\w+) \((R4|STU3)\) \| (.*) \|$/gm)];
  const needed = ticked.flatMap(([, type, action, version, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, route = '']) => [route, `${version} ${type}.${action}`]),
  );
  const actual = Object.entries(epic.routes)
    .filter(([name]) => name !== 'metadata')
    .map(([name, { method, template }]) => [name, apiOf(method, template)]);
  assert.deepEqual(Object.fromEntries(needed), Object.fromEntries(actual));
});

test('CONNECT.md asks the organisation for every setting, by its name in the form.', () => {
  for (const [name, setting] of Object.entries(settings.shape))
    assert.ok(connect.includes(`\n| ${setting.meta()?.title} |`), name);
});

async function routesByOperation(): Promise<Readonly<Record<string, readonly string[]>>> {
  const [first] = resourcesOf('appointments--three', 'appointments');
  const link = ['patient=1', 'sessionID=1'].map((query, index) => ({
    relation: index === 0 ? 'self' : 'next',
    url: `https://emr.example/api/FHIR/R4/Appointment?${query}`,
  }));
  const script: Script = {
    ...fixture('find--one-day', 'book--booked', 'appointments--none', 'patients--okafor'),
    metadata: { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' },
    practitioner: { status: 404, body: outcome('59008') },
    location: { status: 404, body: outcome('59008') },
    appointment: first,
    appointmentsPage: bundle(),
  };
  const window = { from: '2031-03-04T00:00:00Z', to: '2031-03-05T00:00:00Z' };
  const { operations } = epic;
  const [opening] = await operations.openings(replay(script).ctx, { ...window, minutes: 30 });
  assert.ok(opening);
  const asks: Readonly<Record<string, (ctx: AdapterContext) => Promise<unknown>>> = {
    probe: (ctx) => operations.probe(ctx),
    directory: (ctx) => operations.directory(ctx),
    openings: (ctx) => operations.openings(ctx, { ...window, minutes: 30 }),
    verify: (ctx) => operations.verify(ctx, opening),
    book: (ctx) => operations.book(ctx, { patient: 'eOkafor.77', opening, marker: 'GW:7K3QX6M2TA.1' }),
    read: (ctx) => operations.read(ctx, 'eWLwjaoTP4VMcO2RNMxszIA3'),
    appointmentsOf: (ctx) => operations.appointmentsOf(ctx, 'eOkafor.77', window),
    matchPatients: (ctx) =>
      operations.matchPatients(ctx, { family: 'Okafor', given: 'Nkechi', birthDate: '1986-05-21' }),
  };
  const found: Record<string, readonly string[]> = {};
  for (const [name, ask] of Object.entries(asks)) {
    const paged = name === 'appointmentsOf' ? { appointments: { ...bundle(), link } } : {};
    const line = replay({ ...script, ...paged });
    await ask(line.ctx);
    found[name] = [...new Set(line.routes())];
  }
  return found;
}

function apiOf(method: string, template: string): string {
  const [, version, type, rest = ''] = /^\/api\/FHIR\/(R4|STU3)\/(\w+)(?:\/(.+))?$/.exec(template) ?? [];
  const action = rest.startsWith('$') ? rest : rest === '{id}' && method === 'GET' ? 'Read' : 'Search';
  return `${version} ${type}.${action}`;
}

function read(name: string): string {
  return readFileSync(resolve(import.meta.dirname, '..', name), 'utf8');
}
