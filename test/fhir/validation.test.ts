import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { profile } from '#fhir/canonical.ts';
import { examples } from '#test/fhir-examples.ts';
import { assertValidFhir, fhirFaults } from '#test/fhir-validation.ts';
import { folder, madeProfiles } from '#test/make-fhir-profiles.ts';

const slot = examples.get('Slot-free') ?? assert.fail();
const booked = examples.get('Appointment-booked') ?? assert.fail();
const page = examples.get('Bundle-slots') ?? assert.fail();
const patient = examples.get('Patient-created') ?? assert.fail();
const outcome = examples.get('OperationOutcome-slot-taken') ?? assert.fail();
const held = examples.get('Appointment-held') ?? assert.fail();
const done = examples.get('Bundle-operation-booked') ?? assert.fail();

type Json = Record<string, unknown>;

/** A copy in which one place, written as a path, has another value; undefined takes it away. */
function altered(resource: object, path: string, value: unknown): Json {
  const copy = structuredClone(resource) as Json;
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  let at: Json = copy;
  for (const step of steps) at = at[step] as Json; // the path is the test's own
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

function files(subfolder: string): [string, Json][] {
  const where = new URL(subfolder, folder);
  return readdirSync(where)
    .filter((name) => name.endsWith('.json') && name !== 'base-r4.json')
    .map((name) => [name, JSON.parse(readFileSync(new URL(name, where), 'utf8')) as Json]);
}

describe('the validation that tests rely on', () => {
  const planted: [name: string, resource: object, path: string, value: unknown][] = [
    ['a code that is not in its required value set', slot, 'status', 'bogus'],
    ['a participant status that is not in its value set', booked, 'participant.0.status', 'agreed'],
    ['an issue code that is not in its value set', outcome, 'issue.0.code', 'oops'],
    ['a gender that is not in its value set', patient, 'gender', 'F'],
    ['a search mode that is not in its value set', page, 'entry.0.search.mode', 'hit'],
    ['an id of 80 characters', slot, 'id', 'x'.repeat(80)],
    ['an id with an underscore', slot, 'id', 'a_b'],
    ['a bad id inside a Bundle', page, 'entry.0.resource.id', 'a_b'],
    ['a reference to a wrong type', slot, 'schedule.reference', 'Practitioner/1'],
    ['a reference to a type that the profile excludes', booked, 'participant.0.actor.reference', 'Device/1'],
    ['a reference that is an address', slot, 'schedule.reference', 'https://elsewhere.example/Schedule/1'],
    ['an empty text', slot, 'serviceType.0.text', ''],
    ['an empty list', slot, 'serviceType', []],
    ['an empty object', slot, 'meta', {}],
    ['null', slot, 'serviceType', null],
    ['an instant without a zone', slot, 'start', '2027-03-04T10:30:00'],
    ['an instant without seconds', slot, 'start', '2027-03-04T10:30-06:00'],
    ['a dateTime without a zone', booked, 'created', '2027-03-04T10:30:00'],
    ['a day that does not exist', slot, 'start', '2027-02-29T10:30:00-06:00'],
    ['an end before the start', slot, 'end', '2027-03-04T10:00:00-06:00'],
    ['an unknown element', slot, 'colour', 'red'],
    ['free text in an appointment', booked, 'comment', 'tooth 14 hurts'],
    ['a clinical reason in an appointment', booked, 'reasonCode', [{ text: 'pain' }]],
    ['an appointment without the requested period', booked, 'requestedPeriod', undefined],
    ['a participant without an actor', booked, 'participant.0.actor', undefined],
    ['a patient with an address', patient, 'address', [{ city: 'Springfield' }]],
    ['a patient without a birth date', patient, 'birthDate', undefined],
    ['a visit type that is no code of the practice', slot, 'serviceType.0.coding.0.system', 'urn:other'],
    ['a refusal without a code of ours', outcome, 'issue.0.details.coding', undefined],
    ['a profile of ours that does not exist', slot, 'meta.profile.0', `${profile.slot}-2`],
    ['an extension of ours that does not exist', held, 'extension.0.url', `${profile.slot}/none`],
    [
      'an extension with a value of another type',
      held,
      'extension.1',
      { url: 'https://postern.health/fhir/StructureDefinition/hold-kind', valueString: 'gateway' },
    ],
    ['an extension with a code outside its value set', held, 'extension.1.valueCode', 'maybe'],
    ['bdl-1: a total where there is no search', done, 'total', 1],
    ['bdl-2: a search mode where there is no search', done, 'entry.0.search', { mode: 'match' }],
    ['bdl-3: a request in a searchset', page, 'entry.0.request', { method: 'GET', url: 'Slot' }],
    ['bdl-4: a response in a searchset', page, 'entry.0.response', { status: '200' }],
    ['bdl-4: a batch-response without a response', done, 'entry.0.response', undefined],
    [
      'bdl-5: an entry that holds nothing',
      page,
      'entry.0',
      { fullUrl: 'https://gateway.example.org/fhir/R4/Slot/1', search: { mode: 'match' } },
    ],
    ['bdl-7: the same fullUrl twice', page, 'entry.1', (page as { entry?: unknown[] }).entry?.[0]],
    [
      'bdl-8: a fullUrl with a version',
      page,
      'entry.0.fullUrl',
      'https://gateway.example.org/fhir/R4/Slot/1/_history/2',
    ],
    [
      'a fullUrl of another resource',
      page,
      'entry.0.fullUrl',
      'https://gateway.example.org/fhir/R4/Slot/another',
    ],
    ['a total below the number of matches', page, 'total', 0],
    ['an error inside a searchset', page, 'entry.1', { resource: outcome, search: { mode: 'outcome' } }],
    [
      'an OperationOutcome that counts as a match',
      page,
      'entry.1',
      { resource: outcome, search: { mode: 'match' } },
    ],
    ['an unknown type', slot, 'resourceType', 'Slots'],
  ];
  for (const [name, resource, path, value] of planted)
    it(`finds ${name}`, () => {
      assert.deepEqual(fhirFaults(resource), [], 'valid before');
      assert.notDeepEqual(fhirFaults(altered(resource, path, value)), []);
    });

  it('asks for the profile that a test names', () => {
    assertValidFhir(slot, { profile: profile.slot });
    assert.throws(
      () => assertValidFhir(altered(slot, 'meta', undefined), { profile: profile.slot }),
      /is not claimed/,
    );
  });

  it('takes nothing for a resource that is none', () => {
    for (const value of [null, 'Slot', [], {}, { resourceType: 7 }])
      assert.notDeepEqual(fhirFaults(value), []);
  });
});

describe('fhir-profiles', () => {
  it('holds what its sources make', () => {
    for (const [file, text] of madeProfiles())
      assert.equal(
        readFileSync(new URL(file, folder), 'utf8'),
        text,
        `${file} is out of date: run npx node test/support/make-fhir-profiles.ts`,
      );
  });

  it('has no example that nothing makes', () => {
    assert.deepEqual(
      files('./examples/')
        .map(([name]) => name)
        .toSorted(),
      [...examples.keys()].map((name) => `${name}.json`).toSorted(),
    );
  });

  const all = [...files('./'), ...files('./examples/')];
  it('names each file by its type and, outside the examples, its id', () => {
    for (const [name, { resourceType }] of all) assert.ok(name.startsWith(`${String(resourceType)}-`), name);
    for (const [name, { resourceType, id }] of files('./'))
      assert.equal(name, `${String(resourceType)}-${String(id)}.json`);
  });

  for (const [name, resource] of all) {
    it(`${name} is valid, and a corrupted copy is not`, () => {
      assertValidFhir(resource);
      for (const [path, value] of [
        ['colour', 'red'],
        ['id', 'x'.repeat(65)],
        ['meta', { profile: ['https://postern.health/fhir/StructureDefinition/none'] }],
        ['language', ''],
      ] as const)
        assert.notDeepEqual(fhirFaults(altered(resource, path, value)), [], `${path} was not noticed`);
      if ('status' in resource) assert.notDeepEqual(fhirFaults(altered(resource, 'status', 'bogus')), []);
    });
  }
});
