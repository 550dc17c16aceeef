import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Route } from '#adapter-kit/index.ts';
import { type Random, seeded } from '#test/random.ts';
import { epic } from '../index.ts';
import { bundle, fixture, outcome, resourcesOf } from './replay.ts';

const canary = 'Canary-Okafor';
/** What Epic's resources have and scheduling does not need, each with somebody's words in it. */
const surplus: Readonly<Record<string, unknown>> = {
  text: { status: 'generated', div: `<div>${canary}</div>` },
  description: canary,
  patientInstruction: `${canary}\r\n`,
  comment: `Nervous. ${canary} GW:7K3QX6M2TA.1`,
  note: [{ text: canary }],
  reasonCode: [
    { text: canary, coding: [{ system: 'http://snomed.info/sct', code: canary, display: canary }] },
  ],
  cancelationReason: { text: canary },
  reasonReference: [{ reference: `Condition/${canary}` }],
  supportingInformation: [{ reference: `DocumentReference/${canary}` }],
  basedOn: [{ reference: `ServiceRequest/${canary}` }],
  requestedPeriod: [{ start: canary }],
  specialty: [{ text: canary }],
  extension: [
    { url: 'http://open.epic.com/FHIR/StructureDefinition/extension/template', valueString: canary },
  ],
  identifier: [{ system: 'urn:oid:2.16.840.1.113883.4.1', value: canary }],
  diagnostics: canary,
  display: canary,
  address: [{ line: [canary] }],
  contact: [{ name: { family: canary } }],
  maritalStatus: { text: canary },
  communication: [{ language: { text: canary } }],
  generalPractitioner: [{ display: canary }],
  link: [{ other: { reference: `Patient/${canary}` }, type: 'seealso' }],
  photo: [{ data: canary }],
  qualification: [{ code: { text: canary } }],
  implementation: { description: canary },
  publisher: canary,
  period: { start: canary },
  anythingElse: { nested: [{ deeper: canary }] },
};

/** The same value with some of the above put into some of its objects, where it is not what the field is there for. */
function planted(value: unknown, random: Random): unknown {
  if (Array.isArray(value)) return value.map((each) => planted(each, random));
  if (typeof value !== 'object' || value === null) return value;
  const own = Object.entries(value).map(([key, inner]) => [key, planted(inner, random)]);
  const type = 'resourceType' in value ? value.resourceType : undefined;
  const more = Object.entries(surplus).filter(
    ([key]) =>
      !Object.hasOwn(value, key) &&
      !(key === 'link' && type === 'Bundle') &&
      !(key === 'identifier' && type === 'Practitioner') &&
      !(key === 'text' && type === undefined) &&
      random.next() < 0.5,
  );
  return Object.fromEntries([...own, ...more]);
}

const [appointment] = resourcesOf('appointments--three', 'appointments');
const [person] = resourcesOf('patients--okafor', 'searchPatients');
const practitioner = {
  resourceType: 'Practitioner',
  id: 'eVance.1',
  active: true,
  name: [{ use: 'usual', family: 'Vance', given: ['Ida'] }],
};
const statement = {
  resourceType: 'CapabilityStatement',
  fhirVersion: '4.0.1',
  software: { name: 'Epic', version: 'May 2026' },
  rest: [{ mode: 'server', resource: [{ type: 'Appointment', interaction: [{ code: 'read' }] }] }],
};
const answers: Readonly<Record<keyof typeof epic.routes, unknown>> = {
  metadata: statement,
  practitioner,
  location: { resourceType: 'Location', id: 'eCedar-1', status: 'active', name: 'Cedar Family Medicine' },
  appointment,
  appointments: bundle(appointment ?? {}, outcome('4119', 'warning')),
  appointmentsPage: bundle(appointment ?? {}),
  searchPatients: bundle(person ?? {}),
  findTimes: fixture('find--one-day').findTimes,
  bookTime: fixture('book--booked').bookTime,
};

const table: Readonly<Record<string, Route>> = epic.routes;
for (const [route, answer] of Object.entries(answers))
  test(`Of what ${route} answers, only what scheduling needs gets in.`, () => {
    const { response } = table[route] ?? assert.fail();
    assert.ok(typeof response !== 'string');
    const plain = response.parse(withoutWords(answer));
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const kept = response.parse(planted(withoutWords(answer), seeded(seed)));
        assert.doesNotMatch(JSON.stringify(kept), /Canary/);
        assert.deepEqual(withoutMarkers(kept), withoutMarkers(plain));
      }),
      { numRuns: 60 },
    );
  });

test('A canary in what is needed would be seen by the same check.', () => {
  const given = { ...practitioner, name: [{ family: canary }] };
  const { response } = table.practitioner ?? assert.fail();
  assert.ok(typeof response !== 'string');
  assert.match(JSON.stringify(response.parse(given)), /Canary/);
});

/** The fixture's own free text is not what is looked for. */
function withoutWords(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value).replaceAll('Okafor-Canary', 'words'));
}

/** Of a note our markers are kept, and of an extension that it was there. */
function withoutMarkers(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) =>
      key === 'comment' || key === 'extension' ? undefined : inner,
    ),
  );
}
