import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { capabilitiesOf, Failure, type Operations, WireFailure } from '#adapter-kit/index.ts';
import { judgeScopes } from '#oauth/scope-verdict.ts';
import { epic } from '../index.ts';
import { settings as form, practiceOf } from '../settings.ts';
import { outcome, replay, settings } from './replay.ts';

const statement = {
  resourceType: 'CapabilityStatement',
  fhirVersion: '4.0.1',
  software: { version: 'May 2026' },
};
const location = { resourceType: 'Location', id: 'eCedar-1', status: 'active', name: 'Cedar' };
const unknown = { status: 404, body: outcome('59008') };

describe('The probe', () => {
  test('reads the version and a department of the settings.', async () => {
    const line = replay({ metadata: statement, location });
    assert.deepEqual(await epic.operations.probe(line.ctx), { version: '4.0.1' });
    assert.deepEqual(
      line.sent.map(({ path }) => path),
      ['/api/FHIR/R4/metadata', '/api/FHIR/R4/Location/eCedar-1'],
    );
  });
  test('without settings takes "no such department" for a welcome.', async () => {
    const line = replay({ metadata: statement, location: unknown }, { settings: {} });
    assert.deepEqual(await epic.operations.probe(line.ctx), { version: '4.0.1' });
  });
  test('fails where the token is refused, although everybody may read the version.', async () => {
    for (const status of [401, 403]) {
      const line = replay({ metadata: statement, location: { status, body: '' } });
      await assert.rejects(epic.operations.probe(line.ctx), WireFailure);
    }
  });
});

describe('The directory', () => {
  test('is who, where and for what the settings name; whom Epic does not know is left out.', async () => {
    const line = replay({
      practitioner: ({ path }: { path: string }) =>
        path.endsWith('/eVance.1')
          ? { resourceType: 'Practitioner', id: 'eVance.1', active: true, name: [{ text: 'Ida Vance, MD' }] }
          : unknown,
      location,
    });
    assert.deepEqual(await epic.operations.directory(line.ctx), {
      practitioners: [
        { resourceType: 'Practitioner', id: 'eVance.1', active: true, name: [{ text: 'Ida Vance, MD' }] },
      ],
      locations: [
        { resourceType: 'Location', id: 'eCedar-1', status: 'active', name: 'Cedar', mode: 'instance' },
      ],
      services: [{ ref: '95014', display: 'Office Visit', minutes: 30 }],
    });
    assert.deepEqual(line.routes(), ['practitioner', 'practitioner', 'location']);
  });
  test('is empty without settings, and nobody is asked.', async () => {
    const line = replay({}, { settings: {} });
    assert.deepEqual(await epic.operations.directory(line.ctx), {
      practitioners: [],
      locations: [],
      services: [],
    });
    assert.deepEqual(line.sent, []);
  });
});

describe('Settings', () => {
  test('are read as lists.', () => {
    const given = { ...settings, serviceTypes: '95014;Office Visit;30, 95020;Nurse Visit;20' };
    assert.deepEqual(practiceOf({ settings: given }), {
      environment: '236.2',
      practitioners: ['eVance.1', 'eOrtiz-2'],
      locations: ['eCedar-1'],
      visitTypes: [
        { code: '95014', display: 'Office Visit', minutes: 30 },
        { code: '95020', display: 'Nurse Visit', minutes: 20 },
      ],
    });
  });
  const wrong: readonly [name: string, value: string][] = [
    ['environment', '1.13.0.1.7'],
    ['environment', '0.1.7.3.808267'],
    ['environment', 'sandbox'],
    ['practitioners', 'Practitioner/eVance.1'],
    ['locations', 'eCedar-1;eElm-2'],
    ['serviceTypes', '95014'],
    ['serviceTypes', '95014;Office Visit'],
    ['serviceTypes', '95014;Office Visit;0'],
    ['serviceTypes', '95014;Office Visit;30,'],
    ['serviceTypes', '95014;Office Visit;30 95020;Nurse Visit;20'],
    ['privateServices', 'on'],
  ];
  for (const [name, value] of wrong)
    test(`do not take ${name} "${value}".`, () => {
      assert.equal(form.safeParse({ ...settings, [name]: value }).success, false);
    });
});

describe('A connection', () => {
  test('finds and books once everything is named; what FHIR has not at Epic it never can.', () => {
    const { find, book, reschedule, cancel, createPatient, matchPatient } = capabilitiesOf(epic, settings);
    assert.deepEqual([find, book, matchPatient], [true, true, true]);
    assert.deepEqual([reschedule, cancel, createPatient], ['unsupported', false, false]);
    const bare = capabilitiesOf(epic, {});
    assert.deepEqual([bare.find, bare.book, bare.matchPatient], [false, false, true]);
  });
  test('refuses what it does not declare, whatever its settings.', async () => {
    const line = replay({});
    const request = { patient: '1', opening: {} as never, marker: 'GW:7K3QX6M2TA.1' }; // nobody looks at it
    const who = { family: 'Okafor', given: 'Nkechi', birthDate: '1986-05-21' };
    const { move, cancel, createPatient }: Operations = epic.operations;
    for (const ask of [
      () => move(line.ctx, '1', request),
      () => cancel(line.ctx, '1'),
      () => createPatient(line.ctx, who),
    ])
      await assert.rejects(ask, (error) => error instanceof Failure && error.code === 'capability-missing');
    assert.deepEqual(line.sent, []);
  });
});

describe('A grant', () => {
  const { scopes } = epic.authorization;
  const rows: readonly [granted: string | undefined, verdict: string][] = [
    ['user/Appointment.rs user/Patient.rs user/Practitioner.rs user/Location.rs openid fhirUser', 'accept'],
    ['user/Appointment.read user/Patient.read user/Practitioner.read user/Location.read', 'accept'],
    [
      'user/Appointment.read user/Appointment.write user/Patient.read user/Practitioner.read user/Location.read user/Slot.read user/Schedule.read epic.scanning.dmsusername',
      'accept',
    ],
    [undefined, 'accept-unverified'],
    ['user/Appointment.rs user/Patient.rs user/Practitioner.rs', 'refuse'],
    [
      'user/Appointment.rs user/Patient.rs user/Practitioner.rs user/Location.rs user/Observation.rs',
      'refuse',
    ],
    ['user/Appointment.rs user/Patient.cruds user/Practitioner.rs user/Location.rs', 'refuse'],
    ['user/*.rs', 'refuse'],
    ['openid', 'refuse'],
  ];
  for (const [granted, verdict] of rows)
    test(`of ${granted ?? 'nothing that was said'}: ${verdict}.`, () => {
      const requested = scopes.ask.v2 ?? [];
      const policy = {
        atMost: [...requested, ...scopes.tolerated],
        requiredReads: scopes.requiredReads('v2', false),
        bookingWrites: scopes.writes('v2', false),
      };
      assert.equal(judgeScopes({ requested, granted, policy }).verdict, verdict);
    });
});
