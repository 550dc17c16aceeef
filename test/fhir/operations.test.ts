import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Appointment, ParametersParameter, Patient } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { Failure, type FailureCode } from '#domain/failure.ts';
import { type BookInput, readAppointmentCreate, readBook, readHold } from '#fhir/book.ts';
import { readFind } from '#fhir/find.ts';
import { readResource } from '#fhir/incoming.ts';
import { readCancelPatch } from '#fhir/json-patch.ts';
import { readMatch, readPatientCreate } from '#fhir/match.ts';
import { examples } from '#test/fhir-examples.ts';

const base = 'https://gateway.example.org/fhir/R4';
const chicago = { zone: 'America/Chicago', base };

function parameters(...parameter: ParametersParameter[]): object {
  return { resourceType: 'Parameters', parameter };
}

function find(query: string, body?: unknown) {
  const { applied: _, ...read } = readFind({ url: new URLSearchParams(query), body }, chicago);
  return read;
}

function refused(code: FailureCode, expression?: string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof Failure, String(error));
    assert.equal(error.code, code);
    if (expression !== undefined) assert.equal(error.expression, expression);
    return true;
  };
}

const nothing = { window: {}, visitTypes: [], services: [], practitioners: [], locations: [], schedules: [] };

describe('readFind', () => {
  it('reads the names of IHE by GET', () => {
    assert.deepEqual(
      find(
        'start=2027-03-04&end=2027-03-05&visit-type=urn:x|a,b&practitioner=Practitioner/1&practitioner=2&location-reference=Location/3&patient-reference=Patient/4&_count=5',
      ),
      {
        window: { from: '2027-03-04T06:00:00Z', to: '2027-03-06T06:00:00Z' },
        visitTypes: [{ system: 'urn:x', code: 'a' }, { code: 'b' }],
        services: [],
        practitioners: ['1', '2'],
        locations: ['3'],
        schedules: [],
        patient: '4',
        count: 5,
      },
    );
  });

  it('reads the same by POST, in whichever primitive it comes', () => {
    const body = parameters(
      { name: 'start', valueInstant: '2027-03-04T08:00:00-06:00' },
      { name: 'end', valueString: '2027-03-04T18:00:00-06:00' },
      { name: 'service-type', valueCodeableConcept: { coding: [{ system: 'urn:x', code: 'a' }] } },
      { name: 'visit-type', valueCoding: { code: 'b' } },
      { name: 'service-type-reference', valueReference: { reference: 'HealthcareService/h' } },
      { name: 'practitioner', valueReference: { reference: `${base}/Practitioner/1` } },
      { name: 'practitioner', valueUri: 'Practitioner/2' },
      { name: 'schedule', valueUrl: 'Schedule/9' },
      { name: 'patient-resource', resource: { resourceType: 'Patient', birthDate: '1980-01-01' } },
    );
    assert.deepEqual(find('_count=0', body), {
      ...nothing,
      window: { from: '2027-03-04T14:00:00Z', to: '2027-03-05T00:00:00Z' },
      visitTypes: [{ system: 'urn:x', code: 'a' }, { code: 'b' }],
      services: ['h'],
      practitioners: ['1', '2'],
      schedules: ['9'],
      count: 0,
    });
  });

  it('asks for nothing when nothing is said', () => {
    for (const body of [undefined, {}, parameters(), { resourceType: 'Parameters' }])
      assert.deepEqual(find('', body), nothing);
  });

  const rows: [name: string, query: string, body: unknown, code: FailureCode, expression?: string][] = [
    ['an end before the start', 'start=2027-03-05&end=2027-03-04', undefined, 'invalid-date', 'end'],
    [
      'a window of no time',
      'start=2027-03-05T10:00:00Z&end=2027-03-05T10:00:00Z',
      undefined,
      'invalid-date',
      'end',
    ],
    ['29 February 2027', 'start=2027-02-29', undefined, 'invalid-date', 'start'],
    [
      'a time without a zone',
      '',
      parameters({ name: 'start', valueString: '2027-03-04T10:00:00' }),
      'invalid-date',
      'Parameters.parameter[0]',
    ],
    ['two starts', 'start=2027-03-04&start=2027-03-05', undefined, 'invalid-value', 'start'],
    ['a filter that cannot be honoured', 'specialty=x', undefined, 'unknown-parameter', 'specialty'],
    [
      'a misspelt filter in a body',
      '',
      parameters({ name: 'practicioner', valueString: '1' }),
      'unknown-parameter',
      'Parameters.parameter[0]',
    ],
    ['a name with patient data', 'Maria%20Example=1', undefined, 'unknown-parameter'],
    ['demographics in the query string', 'birthdate=1980-01-01', undefined, 'demographics-in-url'],
    ['a patient resource in the query string', 'patient-resource=x', undefined, 'demographics-in-url'],
    ['a reference to a wrong type', 'practitioner=Location/1', undefined, 'invalid-value', 'practitioner'],
    [
      'a logical reference',
      '',
      parameters({ name: 'practitioner', valueReference: { identifier: { value: '7' } } }),
      'invalid-value',
      'Parameters.parameter[0]',
    ],
    ['a count that is none', '_count=many', undefined, 'invalid-value', '_count'],
    ['XML', '_format=xml', undefined, 'not-acceptable'],
    [
      'a value of a wrong type',
      '',
      parameters({ name: 'start', valueBoolean: true }),
      'invalid-value',
      'Parameters.parameter[0]',
    ],
    ['another resource', '', { resourceType: 'Bundle', type: 'batch' }, 'malformed-resource', 'Parameters'],
    ['a list', '', [1], 'malformed-resource'],
    ['a text', '', 'x', 'malformed-resource'],
    ['an unknown element', '', { resourceType: 'Parameters', colour: 1 }, 'malformed-resource', 'Parameters'],
    [
      'a parameter without a name',
      '',
      { resourceType: 'Parameters', parameter: [{ valueString: 'x' }] },
      'missing-element',
      'Parameters.parameter[0].name',
    ],
  ];
  for (const [name, query, body, code, expression] of rows)
    it(`refuses ${name}`, () => assert.throws(() => find(query, body), refused(code, expression)));
});

const maria = { family: 'Example', given: 'Maria', birthDate: '1984-02-29' };
const described: Patient = {
  resourceType: 'Patient',
  name: [{ family: 'Example', given: ['Maria'] }],
  birthDate: '1984-02-29',
};
const proposed: Appointment = {
  resourceType: 'Appointment',
  status: 'proposed',
  start: '2027-03-04T10:30:00-06:00',
  end: '2027-03-04T11:10:00-06:00',
  slot: [{ reference: 'Slot/s1' }],
  participant: [{ actor: { reference: 'Patient/p1' }, status: 'needs-action' }],
};
const times = { start: '2027-03-04T16:30:00Z', end: '2027-03-04T17:10:00Z' };
const known = { patient: { kind: 'known', id: 'p1' } } as const;

describe('readBook', () => {
  const reference: ParametersParameter = {
    name: 'appointment-reference',
    valueReference: { reference: 'Appointment/s1' },
  };
  const rows: [name: string, body: unknown, read: BookInput][] = [
    [
      'IHE by reference with a known patient',
      parameters(reference, { name: 'patient-resource', resource: { resourceType: 'Patient', id: 'p1' } }),
      { kind: 'book', offer: 's1', ...known },
    ],
    [
      'IHE by reference with a described patient',
      parameters(reference, { name: 'patient-resource', resource: described }),
      { kind: 'book', offer: 's1', patient: { kind: 'described', demographics: maria } },
    ],
    [
      'IHE by reference after a hold that knows the patient',
      parameters(reference, { name: 'comment', valueString: 'dropped' }),
      { kind: 'book', offer: 's1' },
    ],
    [
      'an absolute reference',
      parameters({ name: 'appointment-reference', valueReference: { reference: `${base}/Appointment/s1` } }),
      { kind: 'book', offer: 's1' },
    ],
    [
      'Argonaut by id, as uri',
      parameters(
        { name: 'appt-id', valueUri: 'Appointment/s1' },
        { name: 'patient-id', valueUri: 'Patient/p1' },
      ),
      { kind: 'book', offer: 's1', ...known },
    ],
    [
      'Argonaut by id, as url and bare',
      parameters({ name: 'appt-id', valueUrl: 's1' }, { name: 'patient-id', valueString: 'p1' }),
      { kind: 'book', offer: 's1', ...known },
    ],
    [
      'Argonaut reschedule',
      parameters(
        { name: 'appt-id', valueUri: 'Appointment/s1' },
        { name: 'cancelled-appt-id', valueUri: 'Appointment/a1' },
      ),
      { kind: 'move', appointment: 'a1', offer: 's1' },
    ],
    [
      'a known patient who is described as well',
      parameters(
        reference,
        { name: 'patient-id', valueUri: 'Patient/p1' },
        { name: 'patient-resource', resource: described },
      ),
      { kind: 'book', offer: 's1', ...known },
    ],
    [
      'a proposed resource',
      parameters({ name: 'appointment-resource', resource: proposed }),
      { kind: 'book', offer: 's1', ...times, ...known },
    ],
    [
      'a pending resource with the id of its hold',
      parameters({ name: 'appt-resource', resource: { ...proposed, id: 'h1', status: 'pending' } }),
      { kind: 'book', offer: 'h1', slot: 's1', ...times, ...known },
    ],
    ['a resource by itself', proposed, { kind: 'book', offer: 's1', ...times, ...known }],
    [
      'an offer whose status the client set to booked',
      { ...proposed, id: 's1', status: 'booked' },
      { kind: 'book', offer: 's1', ...times, ...known },
    ],
    [
      'a patient inside the resource',
      {
        ...proposed,
        contained: [{ ...described, id: 'x' }],
        participant: [{ actor: { reference: '#x' }, status: 'needs-action' }],
      },
      { kind: 'book', offer: 's1', ...times, patient: { kind: 'described', demographics: maria } },
    ],
    [
      'a move',
      { ...proposed, id: 'a1', status: 'booked', meta: { versionId: '3' } },
      { kind: 'move', appointment: 'a1', version: '3', offer: 's1', ...times, ...known },
    ],
    [
      'a cancellation with a reason',
      {
        ...proposed,
        id: 'a1',
        status: 'cancelled',
        cancelationReason: {
          text: 'dropped',
          coding: [
            {
              system: 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason',
              code: 'pat-cpp',
            },
          ],
        },
      },
      { kind: 'cancel', appointment: 'a1', reason: 'pat-cpp' },
    ],
  ];
  for (const [name, body, read] of rows)
    it(`reads ${name}`, () => assert.deepEqual(readBook(body, base), read));

  it('reads the examples of fhir-profiles', () => {
    assert.equal(readBook(examples.get('Parameters-book'), base).kind, 'book');
    assert.equal(readBook(examples.get('Parameters-book-argonaut'), base).kind, 'book');
    assert.equal(readBook(examples.get('Parameters-move'), base).kind, 'move');
    assert.equal(readBook(examples.get('Parameters-cancel'), base).kind, 'cancel');
    assert.ok(readHold(examples.get('Parameters-hold'), base).offer);
  });

  const refusals: [name: string, body: unknown, code: FailureCode, expression?: string][] = [
    ['no appointment', parameters(), 'missing-element', 'appointment-reference'],
    ['no body', undefined, 'missing-element', 'appointment-reference'],
    [
      'two appointments',
      parameters(reference, { name: 'appt-id', valueUri: 's2' }),
      'invalid-value',
      'Parameters.parameter[1]',
    ],
    [
      'two patients',
      parameters(reference, { name: 'patient-id', valueUri: 'p1' }, { name: 'patient-id', valueUri: 'p2' }),
      'invalid-value',
    ],
    [
      'two different patients in two places',
      parameters(
        { name: 'appointment-resource', resource: proposed },
        { name: 'patient-id', valueUri: 'p2' },
      ),
      'invalid-value',
    ],
    [
      'two slots',
      { ...proposed, slot: [{ reference: 'Slot/1' }, { reference: 'Slot/2' }] },
      'invalid-value',
      'Appointment.slot[1]',
    ],
    [
      'a slot of another server',
      { ...proposed, slot: [{ reference: 'https://elsewhere.example/Slot/1' }] },
      'invalid-value',
      'Appointment.slot[0]',
    ],
    [
      'a slot without a reference',
      { ...proposed, slot: [{ display: 'x' }] },
      'invalid-value',
      'Appointment.slot[0]',
    ],
    ['neither slot nor id', { ...proposed, slot: undefined }, 'missing-element', 'Appointment.slot'],
    [
      'a move to nowhere',
      { ...proposed, id: 'a1', status: 'booked', slot: undefined },
      'missing-element',
      'Appointment.slot',
    ],
    ['a cancellation of nothing', { ...proposed, status: 'cancelled' }, 'missing-element', 'Appointment.id'],
    ['arrival', { ...proposed, id: 'a1', status: 'arrived' }, 'forbidden-transition', 'Appointment.status'],
    [
      'an end before the start',
      { ...proposed, end: '2027-03-04T10:00:00-06:00' },
      'invalid-date',
      'Appointment.end',
    ],
    [
      'a start without a zone',
      { ...proposed, start: '2027-03-04T10:30:00' },
      'invalid-date',
      'Appointment.start',
    ],
    [
      'a patient without a birth date',
      parameters(reference, {
        name: 'patient-resource',
        resource: { resourceType: 'Patient', name: described.name ?? [] },
      }),
      'patient-incomplete',
      'Parameters.parameter[1].resource.birthDate',
    ],
    [
      'a patient who is none',
      parameters(reference, { name: 'patient-resource', resource: proposed }),
      'malformed-resource',
      'Parameters.parameter[1]',
    ],
    [
      'an unknown parameter',
      parameters(reference, { name: 'urgent', valueBoolean: true }),
      'unknown-parameter',
      'Parameters.parameter[1]',
    ],
    [
      'an element of another version of FHIR',
      { ...proposed, cancellationReason: { text: 'x' } },
      'malformed-resource',
      'Appointment',
    ],
    [
      'an Appointment without a status',
      { ...proposed, status: undefined },
      'missing-element',
      'Appointment.status',
    ],
  ];
  for (const [name, body, code, expression] of refusals)
    it(`refuses ${name}`, () => assert.throws(() => readBook(body, base), refused(code, expression)));
});

describe('readHold', () => {
  it('reads IHE, Argonaut and a resource by itself', () => {
    assert.deepEqual(
      readHold(
        parameters({ name: 'appointment-reference', valueReference: { reference: 'Appointment/s1' } }),
        base,
      ),
      { offer: 's1' },
    );
    assert.deepEqual(readHold(parameters({ name: 'appt-id', valueUri: 'Slot/s1' }), base), { offer: 's1' });
    assert.deepEqual(readHold(proposed, base), { offer: 's1', ...times, ...known });
  });
  it('holds nothing but an offer', () => {
    assert.throws(
      () => readHold({ ...proposed, id: 'a1', status: 'cancelled' }, base),
      refused('forbidden-transition'),
    );
    assert.throws(
      () => readHold({ ...proposed, id: 'a1', status: 'booked' }, base),
      refused('forbidden-transition'),
    );
  });
});

describe('readAppointmentCreate', () => {
  it('books the slot and ignores an id', () => {
    assert.deepEqual(readAppointmentCreate({ ...proposed, id: 'mine', status: 'booked' }, base), {
      kind: 'book',
      offer: 's1',
      ...times,
      ...known,
    });
  });
  it('needs a slot', () => {
    assert.throws(
      () => readAppointmentCreate({ ...proposed, id: 'mine', slot: undefined }, base),
      refused('missing-element', 'Appointment.slot'),
    );
  });
  it('creates nothing that is cancelled', () => {
    assert.throws(
      () => readAppointmentCreate({ ...proposed, status: 'cancelled' }, base),
      refused('missing-element'),
    );
  });
  it('wants an Appointment', () => {
    assert.throws(
      () => readAppointmentCreate(parameters(), base),
      refused('malformed-resource', 'Appointment'),
    );
  });
});

describe('readMatch and readPatientCreate', () => {
  it('takes the minimum and drops the rest', () => {
    const patient = {
      ...described,
      id: 'mine',
      name: [
        { use: 'old', family: 'Before', given: ['Maria'] },
        { use: 'official', family: ' Example ', given: ['Maria', 'Luisa'] },
      ],
      gender: 'female',
      address: [{ city: 'Springfield' }],
      telecom: [
        { system: 'phone', value: '+1 555 0100', rank: 2 },
        { system: 'phone', value: '(555) 010-0199 x12', rank: 1 },
        { system: 'email', value: 'maria@example.org' },
        { system: 'fax', value: 'dropped' },
      ],
      generalPractitioner: [{ display: 'dropped' }],
    } as const;
    const demographics = {
      ...maria,
      gender: 'female',
      phone: '(555) 010-0199 x12',
      email: 'maria@example.org',
    };
    assert.deepEqual(readPatientCreate(patient), demographics);
    assert.deepEqual(readMatch(patient), { demographics, onlyCertainMatches: false });
    assert.deepEqual(
      readMatch(
        parameters(
          { name: 'resource', resource: described },
          { name: 'onlyCertainMatches', valueBoolean: true },
          { name: 'count', valueInteger: 3 },
        ),
      ),
      { demographics: maria, onlyCertainMatches: true, count: 3 },
    );
  });

  const rows: [name: string, patient: unknown, code: FailureCode, expression?: string][] = [
    ['no name', { ...described, name: undefined }, 'patient-incomplete', 'Patient.name.family'],
    [
      'a name in one text',
      { ...described, name: [{ text: 'Maria Example' }] },
      'patient-incomplete',
      'Patient.name.family',
    ],
    [
      'no given name',
      { ...described, name: [{ family: 'Example' }] },
      'patient-incomplete',
      'Patient.name.given',
    ],
    ['no birth date', { ...described, birthDate: undefined }, 'patient-incomplete', 'Patient.birthDate'],
    ['a year of birth', { ...described, birthDate: '1984' }, 'patient-incomplete', 'Patient.birthDate'],
    ['a day that never was', { ...described, birthDate: '1985-02-29' }, 'invalid-date', 'Patient.birthDate'],
    ['a gender that is no code', { ...described, gender: 'F' }, 'invalid-value', 'Patient.gender'],
    [
      'digits in a name',
      { ...described, name: [{ family: '3x', given: ['Maria'] }] },
      'invalid-value',
      'Patient.name.family',
    ],
    [
      'a phone that is none',
      { ...described, telecom: [{ system: 'phone', value: 'call me' }] },
      'invalid-value',
      'Patient.telecom',
    ],
    ['an unknown element', { ...described, nickname: 'x' }, 'malformed-resource', 'Patient'],
  ];
  for (const [name, patient, code, expression] of rows)
    it(`refuses ${name}`, () => assert.throws(() => readPatientCreate(patient), refused(code, expression)));
  it('wants a patient to match', () =>
    assert.throws(() => readMatch(parameters()), refused('missing-element', 'resource')));
});

describe('readCancelPatch', () => {
  const reason = {
    coding: [
      { system: 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason', code: 'pat' },
    ],
    text: 'dropped',
  };
  it('reads a cancellation, with a test before it and a reason', () => {
    assert.deepEqual(readCancelPatch([{ op: 'replace', path: '/status', value: 'cancelled' }]), {
      kind: 'cancel',
      expectedStatuses: [],
    });
    assert.deepEqual(
      readCancelPatch([
        { op: 'test', path: '/status', value: 'booked' },
        { op: 'add', path: '/status', value: 'cancelled' },
        { op: 'add', path: '/cancelationReason', value: reason },
      ]),
      { kind: 'cancel', expectedStatuses: ['booked'], reason: 'pat' },
    );
  });
  const rows: [name: string, patch: unknown, code: FailureCode][] = [
    ['another status', [{ op: 'replace', path: '/status', value: 'arrived' }], 'forbidden-transition'],
    [
      'another element',
      [{ op: 'replace', path: '/start', value: '2027-03-04T10:30:00Z' }],
      'forbidden-transition',
    ],
    ['a removal', [{ op: 'remove', path: '/status' }], 'forbidden-transition'],
    [
      'a test of the patient',
      [
        { op: 'test', path: '/participant/0/actor/reference', value: 'Patient/1' },
        { op: 'replace', path: '/status', value: 'cancelled' },
      ],
      'forbidden-transition',
    ],
    ['a test alone', [{ op: 'test', path: '/status', value: 'booked' }], 'forbidden-transition'],
    [
      'a test after the change',
      [
        { op: 'replace', path: '/status', value: 'cancelled' },
        { op: 'test', path: '/status', value: 'booked' },
      ],
      'forbidden-transition',
    ],
    ['an object', { status: 'cancelled' }, 'malformed-resource'],
    ['an empty patch', [], 'malformed-resource'],
    ['an unknown operation', [{ op: 'set', path: '/status', value: 'cancelled' }], 'malformed-resource'],
    [
      'a reason that is a text',
      [
        { op: 'replace', path: '/status', value: 'cancelled' },
        { op: 'add', path: '/cancelationReason', value: 'sick' },
      ],
      'malformed-resource',
    ],
  ];
  for (const [name, patch, code] of rows)
    it(`refuses ${name}`, () => assert.throws(() => readCancelPatch(patch), refused(code)));
});

describe('readers of bodies', () => {
  it('name no value and no unknown key of the body', () => {
    const canary = 'Canary Smith';
    for (const body of [
      { resourceType: 'Appointment', [canary]: 1, status: 'booked', participant: [{ status: 'accepted' }] },
      { ...proposed, status: canary },
      { ...proposed, slot: [{ reference: canary }] },
      parameters({ name: canary, valueString: canary }),
      parameters({
        name: 'patient-resource',
        resource: { resourceType: 'Patient', name: [{ family: canary, [canary]: canary }] } as never,
      }),
    ])
      assert.throws(
        () => readBook(body, base),
        (error: unknown) => {
          assert.ok(error instanceof Failure);
          const { message, expression, hint } = error;
          assert.doesNotMatch(JSON.stringify({ message, expression, hint }), /Canary/);
          return true;
        },
      );
  });

  it('refuse what is nested a thousandfold without falling over', () => {
    let extension: object = { url: 'urn:x', valueString: 'x' };
    for (let level = 0; level < 5_000; level += 1) extension = { url: 'urn:x', extension: [extension] };
    assert.throws(
      () => readResource({ ...proposed, extension: [extension] }, 'Appointment'),
      refused('malformed-resource', 'Appointment'),
    );
  });

  it('throw nothing but failures, whatever they are sent', () => {
    const body = fc.oneof(
      fc.jsonValue(),
      fc.record(
        {
          resourceType: fc.constantFrom('Parameters', 'Appointment', 'Patient', 'Bundle', 'constructor'),
          parameter: fc.jsonValue(),
          status: fc.jsonValue(),
          participant: fc.jsonValue(),
          slot: fc.jsonValue(),
          name: fc.jsonValue(),
          contained: fc.jsonValue(),
        },
        { requiredKeys: ['resourceType'] },
      ),
      fc.record({
        resourceType: fc.constant('Parameters'),
        parameter: fc.array(
          fc.record(
            {
              name: fc.constantFrom(
                'start',
                'appt-id',
                'appointment-resource',
                'patient-resource',
                'resource',
                'visit-type',
              ),
              valueString: fc.string(),
              valueReference: fc.jsonValue(),
              resource: fc.jsonValue(),
            },
            { requiredKeys: ['name'] },
          ),
        ),
      }),
    );
    const readers = [
      (one: unknown) => readBook(one, base),
      (one: unknown) => readHold(one, base),
      (one: unknown) => readAppointmentCreate(one, base),
      readMatch,
      readPatientCreate,
      readCancelPatch,
      (one: unknown) => find('', one),
    ];
    fc.assert(
      fc.property(body, fc.constantFrom(...readers), (one, read) => {
        try {
          read(one);
        } catch (error) {
          assert.ok(error instanceof Failure, String(error));
        }
      }),
      { numRuns: 1_500 },
    );
  });
});
