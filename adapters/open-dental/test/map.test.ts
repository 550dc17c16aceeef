import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Demographics, Failure, VendorText, WireFailure } from '#adapter-kit/index.ts';
import { openDental } from '../index.ts';
import { toAppointment } from '../map/appointment.ts';
import { toNewPatient } from '../map/patient.ts';
import { parseVendorKey, vendorKeyOf } from '../map/vendor-key.ts';
import * as wire from '../wire.ts';
import { fixture, replay } from './replay.ts';
import { appointmentJson, appointmentRow, operatoryJson, scheduleJson, settingsWith } from './rows.ts';

const zone = 'America/Chicago';
const mapped = (changed: Record<string, unknown>) =>
  toAppointment(appointmentRow(changed), zone, settingsWith());

test('an ordinary row becomes a FHIR Appointment', () => {
  assert.deepEqual(mapped({ ProvHyg: 8, Note: 'Nervous. GW:7K3QX6M2TA.1 and GW:7K3QX6M2TA.2' }), {
    resource: {
      resourceType: 'Appointment',
      id: '88210',
      meta: { lastUpdated: '2031-02-27T16:03:09-06:00' },
      status: 'booked',
      start: '2031-03-04T10:30:00-06:00',
      end: '2031-03-04T11:00:00-06:00',
      minutesDuration: 30,
      created: '2031-02-26T09:00:00-06:00',
      participant: [
        { actor: { reference: 'Patient/3051' }, status: 'accepted' },
        { actor: { reference: 'Practitioner/7' }, status: 'accepted' },
        { actor: { reference: 'Practitioner/8' }, status: 'accepted' },
        { actor: { reference: 'Location/4' }, status: 'accepted' },
      ],
    },
    version: mapped({ ProvHyg: 8 })?.version,
    markers: ['GW:7K3QX6M2TA.1', 'GW:7K3QX6M2TA.2'],
    created: '2031-02-26T09:00:00-06:00',
    claims: ['op:4', 'prov:7', 'prov:8'],
  });
});

const statuses: readonly [row: Record<string, unknown>, status: string | undefined, takesTime: boolean][] = [
  [{ AptStatus: 'Scheduled' }, 'booked', true],
  [{ AptStatus: 'ASAP' }, 'booked', true],
  [{ AptStatus: 'Complete' }, 'fulfilled', true],
  [{ AptStatus: 'Broken' }, 'cancelled', true],
  [{ AptStatus: 'UnschedList', Op: 0 }, 'cancelled', false],
  [{ AptStatus: 'Planned' }, undefined, false],
  [{ AptStatus: 'PtNote' }, undefined, false],
  [{ AptStatus: 'PtNoteCompleted' }, undefined, false],
  [{ AptStatus: 'None' }, undefined, false],
  [{ AptStatus: 'constructor' }, undefined, false],
  [{ DateTimeArrived: '2031-03-04 10:21:00' }, 'arrived', true],
  [{ DateTimeSeated: '2031-03-04 10:31:00' }, 'arrived', true],
  [{ DateTimeDismissed: '2031-03-04 11:01:00' }, 'arrived', true],
  [{ DateTimeArrived: '2031-03-04 00:00:00' }, 'booked', true],
  [{ AptStatus: 'Complete', DateTimeArrived: '2031-03-04 10:21:00' }, 'fulfilled', true],
];
for (const [row, status, takesTime] of statuses) {
  test(`${JSON.stringify(row)} is ${status ?? 'no visit'}`, () => {
    const found = mapped(row);
    assert.equal(found?.resource.status, status);
    if (found !== undefined) assert.equal(found.claims.length > 0, takesTime);
  });
}

test('the version changes with what a caller would notice, also within one second', () => {
  const versions = [
    {},
    { Op: 5 },
    { AptStatus: 'Broken' },
    { AptDateTime: '2031-03-04 10:40:00' },
    { DateTStamp: '2031-02-27 16:03:10' },
  ].map((row) => mapped(row)?.version ?? assert.fail());
  assert.equal(new Set(versions).size, versions.length);
  for (const version of versions) assert.match(version, /^[A-Za-z0-9.-]{1,64}$/);
  assert.equal(mapped({ Note: 'another' })?.version, versions[0]);
});

test('what is not scheduling ends at the border', () => {
  const row = wire.appointment.parse(
    appointmentJson({ Note: 'Canary GW:7K3QX6M2TA.1', ProcDescript: 'Canary', NewField: 'Canary' }),
  );
  assert.ok(!JSON.stringify(row).includes('Canary'));
  const patients = JSON.stringify(wire.patient.parse(Object(fixture('match--okafor').searchPatients)[0]));
  for (const field of ['SSN', 'BalTotal', 'MedicaidID', 'Premed'])
    assert.ok(!patients.includes(field), field);
});

test('numbers and booleans may come as text, and text in either case', () => {
  assert.equal(appointmentRow({ AptNum: '88210', Op: '4' }).AptNum, 88210);
  for (const [value, expected] of [
    ['True', true],
    ['true', true],
    [true, true],
    ['False', false],
    ['', false],
    [false, false],
  ] as const) {
    assert.equal(wire.operatory.parse(operatoryJson(4, { IsHidden: value })).IsHidden, expected);
  }
  assert.deepEqual(wire.schedule.parse(scheduleJson({ operatories: '4, 5' })).operatories, [4, 5]);
  assert.deepEqual(wire.schedule.parse(scheduleJson({ ScheduleNum: 7, ProvNum: 8 })).ProvNum, 8);
});

test('a row whose time or key cannot be read is no row', () => {
  for (const changed of [
    { AptNum: 0 },
    { AptNum: 'x' },
    { AptDateTime: '2031-03-04T10:30:00' },
    { Pattern: '?' },
    { Op: -1 },
  ]) {
    assert.equal(
      wire.appointment.safeParse(appointmentJson(changed)).success,
      false,
      JSON.stringify(changed),
    );
  }
});

test('the directory has hidden chairs and people as inactive, and only types of a fixed length', async () => {
  const { practitioners, locations, services } = await openDental.operations.directory(
    replay(fixture('office')).ctx,
  );
  assert.deepEqual(
    practitioners.map(({ id, active }) => `${id} ${active}`),
    ['7 true', '8 false'],
  );
  assert.deepEqual(practitioners[0]?.name, [{ family: 'Kessler', given: ['Lena'], suffix: ['DDS'] }]);
  assert.deepEqual(practitioners[0]?.identifier?.[0]?.value, '1234567893');
  assert.deepEqual(
    locations.map(({ id, status, name }) => `${id} ${status} ${name}`),
    ['4 active Chair North', '5 inactive Chair South', '6 active Chair 6'],
  );
  assert.deepEqual(services, [{ ref: '5', display: 'Check-up 30', minutes: 30 }]);
});

const ada: Demographics = { family: 'Okafor', given: 'Ada', birthDate: '1990-11-02' };

test('of those who match in part only the equal ones are given out, and the archived one is not bookable', async () => {
  const line = replay(fixture('match--okafor'));
  const found = await openDental.operations.matchPatients(line.ctx, {
    ...ada,
    family: ' okafor',
    given: 'ADA',
  });
  assert.deepEqual(
    found.map(({ resource, bookable }) => `${resource.id} ${bookable}`),
    ['3051 true', '3061 false'],
  );
  assert.deepEqual(found[0]?.resource, {
    resourceType: 'Patient',
    id: '3051',
    active: true,
    name: [{ use: 'official', family: 'Okafor', given: ['Ada'] }],
    telecom: [
      { system: 'phone', use: 'mobile', value: '(555)010-2244' },
      { system: 'email', value: 'ada@example.org' },
    ],
    gender: 'female',
    birthDate: '1990-11-02',
  });
});

test('a new patient is sent with the minimum, the phone in the way of the office', () => {
  const person: Demographics = {
    ...ada,
    gender: 'other',
    phone: '+1 555 010 2244',
    email: 'ada@example.org',
  };
  assert.deepEqual(toNewPatient(person, 2), {
    LName: 'Okafor',
    FName: 'Ada',
    Birthdate: '1990-11-02',
    Gender: 'Unknown',
    WirelessPhone: '(555)010-2244',
    Email: 'ada@example.org',
    ClinicNum: 2,
  });
  assert.deepEqual(toNewPatient(ada, 0), { LName: 'Okafor', FName: 'Ada', Birthdate: '1990-11-02' });
});

test('demographics that cannot be sent are refused with the element at fault', () => {
  for (const [changed, expression] of [
    [{ family: 'Okafor 3rd' }, 'Patient.name.family'],
    [{ given: '' }, 'Patient.name.given'],
    [{ birthDate: '1990-02-30' }, 'Patient.birthDate'],
    [{ phone: 'call my mother' }, 'Patient.telecom'],
    [{ email: `${'a'.repeat(100)}@example.org` }, 'Patient.telecom'],
  ] as const) {
    const refused = (error: unknown) => error instanceof Failure && error.expression === expression;
    assert.throws(() => toNewPatient({ ...ada, ...changed }, 0), refused);
  }
});

test('a vendor key is read as it was written, and nothing else is one', () => {
  for (const key of [
    { op: 4, prov: 7 },
    { op: 4, prov: 7, type: 5 },
  ])
    assert.deepEqual(parseVendorKey(vendorKeyOf(key)), key);
  for (const text of [
    '',
    'op:4',
    'op:0|prov:7',
    'op:4|prov:7|',
    'op:4|prov:7|type:5x',
    ' op:4|prov:7',
    'op:4|prov:7\n',
  ])
    assert.equal(parseVendorKey(text), undefined, text);
});

const answers: readonly [status: number, text: string, reason: string | undefined][] = [
  [401, 'Authorization failed.', 'unauthorized'],
  [404, 'Patient not found.', 'missing'],
  [429, 'Too many requests', 'throttled'],
  [400, 'AptStatus is invalid', 'rejected'],
  [400, '"Status is invalid."', 'rejected'],
  [400, 'PatNum is required.', 'rejected'],
  [400, "'search' is not a valid parameter", 'rejected'],
  [400, 'claimprocs DELETE  is not a valid method.', 'rejected'],
  [400, 'appointment must be in a booked status to be broken', 'rule'],
  [400, 'The eConnector is not responding.', undefined],
  [400, 'Timed out. PatNum is required. Or not.', undefined],
  [400, '', undefined],
  [403, '', undefined],
  [409, 'Taken', undefined],
  [500, '', undefined],
  [504, '', undefined],
];
for (const [status, text, reason] of answers) {
  test(`${status} "${text}" is ${reason ?? 'ambiguous'}`, () => {
    const failure = new WireFailure('answered', 'createAppointment', {
      reason: 'status',
      status,
      text: new VendorText(text),
    });
    const row = openDental.capabilities.refusals.find(
      (each) => each.status === status && (each.text === undefined || failure.text?.matches(each.text)),
    );
    assert.equal(row?.reason, reason);
  });
}
