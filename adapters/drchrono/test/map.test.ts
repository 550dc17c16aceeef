import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseInstant } from '#adapter-kit/index.ts';
import { isBusy, toAppointment } from '../map/appointment.ts';
import { busyTime } from '../map/busy.ts';
import { toLocation, toPractitioner } from '../map/directory.ts';
import { toPatient } from '../map/patient.ts';
import { claimsOf, parseVendorKey, vendorKeyOf } from '../map/vendor-key.ts';
import { settings } from '../settings.ts';
import * as wire from '../wire.ts';
import { rowsIn, visit } from './replay.ts';

const zone = 'US/Central';
const standard = settings.parse({});

/** JSON as a server may send it anywhere. */
const json = fc.oneof(
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom(
    '',
    '0',
    0,
    '24:00',
    '2031-03-10T02:30:00',
    '2031-03-10T10:30:00Z',
    '2031-02-29T10:30',
    '__proto__',
  ),
);

/** The same row with something else in some of its places. */
function mutated(value: unknown): fc.Arbitrary<unknown> {
  if (Array.isArray(value))
    return fc.oneof(
      { weight: 6, arbitrary: fc.tuple(...value.map(mutated)) },
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: json },
    );
  if (typeof value !== 'object' || value === null)
    return fc.oneof({ weight: 12, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: json });
  const members = Object.entries(value).map(([key, each]) => [key, mutated(each)] as const);
  return fc.record(Object.fromEntries(members), { requiredKeys: [] });
}

const [doctorRow] = rowsIn('practice', 'doctors');
const [officeRow] = rowsIn('practice', 'offices');
const needed = Object.fromEntries(
  Object.entries(visit()).filter(([key]) => wire.appointmentFields.split(',').includes(key)),
);

describe('Whatever DrChrono sends', () => {
  test('as an appointment is refused, or is one with instants or none, a version and sorted claims', () => {
    let read = 0;
    fc.assert(
      fc.property(mutated(needed), (value) => {
        const row = wire.appointment.safeParse(value).data;
        if (row === undefined) return;
        busyTime([row], [], standard, () => [zone]);
        const found = toAppointment(row, zone, standard);
        if (found === undefined) return;
        read += 1;
        const { resource, version, claims } = found;
        for (const text of [resource.start, resource.end])
          if (text !== undefined) assert.notEqual(parseInstant(text), undefined);
        assert.equal(resource.start === undefined, resource.end === undefined);
        assert.match(version, /^[A-Za-z0-9.-]{1,64}$/);
        assert.deepEqual(claims, [...new Set(claims)].sort());
        assert.equal(claims.length > 0, isBusy(row, standard));
        assert.equal(claims.length > 0, !['cancelled', 'noshow'].includes(resource.status));
      }),
      { numRuns: 2_000 },
    );
    assert.ok(read > 100, 'hardly anything was read');
  });

  test('as a doctor or an office is refused or mapped', () => {
    fc.assert(
      fc.property(mutated(doctorRow), mutated(officeRow), (doctor, office) => {
        const person = wire.doctor.safeParse(doctor).data;
        const place = wire.office.safeParse(office).data;
        if (person !== undefined) assert.match(toPractitioner(person, true).id, /^\d+$/);
        if (place !== undefined) assert.match(toLocation(place).id, /^\d+$/);
      }),
      { numRuns: 500 },
    );
  });

  test('as a patient is refused or mapped', () => {
    const person = {
      id: 5,
      first_name: 'Ada',
      last_name: 'Moreno',
      date_of_birth: '1984-02-11',
      gender: 'Female',
    };
    fc.assert(
      fc.property(mutated({ ...person, patient_status: 'A' }), (value) => {
        const row = wire.patient.safeParse(value).data;
        if (row === undefined) return;
        const { resource, bookable } = toPatient(row);
        assert.equal(resource.active, bookable);
      }),
      { numRuns: 500 },
    );
  });

  for (const [name, page] of [
    ['appointments', wire.appointments],
    ['blocked time', wire.scheduleBlocks],
    ['profiles', wire.profiles],
    ['templates', wire.templates],
    ['open times', wire.availability],
    ['a delivery', wire.delivery],
  ] as const)
    test(`as ${name} never throws`, () => {
      fc.assert(
        fc.property(fc.oneof(json, fc.record({ results: fc.array(json), next: json })), (value) => {
          page.safeParse(value);
        }),
        { numRuns: 300 },
      );
    });
});

describe('A visit in FHIR', () => {
  for (const [status, fhir, patient, busy] of [
    ['', 'booked', 'needs-action', true],
    [null, 'booked', 'needs-action', true],
    ['Not Confirmed', 'booked', 'needs-action', true],
    ['Confirmed', 'booked', 'accepted', true],
    ['Arrived', 'arrived', 'accepted', true],
    ['Checked In', 'checked-in', 'accepted', true],
    ['Checked In Online', 'checked-in', 'accepted', true],
    ['In Room', 'checked-in', 'accepted', true],
    ['In Session', 'checked-in', 'accepted', true],
    ['Complete', 'fulfilled', 'accepted', true],
    ['No Show', 'noshow', 'accepted', false],
    ['Cancelled', 'cancelled', 'accepted', false],
    ['Rescheduled', 'cancelled', 'accepted', false],
    ['Left Message', 'booked', 'needs-action', true],
    ['confirmed', 'booked', 'needs-action', true],
  ] as const)
    test(`in status "${status}" is ${fhir}`, () => {
      const found = toAppointment(wire.appointment.parse(visit({ status })), zone, standard);
      assert.equal(found?.resource.status, fhir);
      assert.equal(found.resource.participant[0]?.status, patient);
      assert.deepEqual(found.claims, busy ? ['doctor:301122', 'room:415001/2'] : []);
    });

  test('has people, place and time, and no word of the office', () => {
    const found = toAppointment(wire.appointment.parse(visit({ id: 404511987 })), zone, standard);
    assert.deepEqual(found?.resource, {
      resourceType: 'Appointment',
      id: '404511987',
      status: 'booked',
      start: '2031-03-10T10:30:00-05:00',
      end: '2031-03-10T11:00:00-05:00',
      minutesDuration: 30,
      participant: [
        { actor: { reference: 'Patient/90017733' }, status: 'needs-action' },
        { actor: { reference: 'Practitioner/301122' }, status: 'accepted' },
        { actor: { reference: 'Location/415001' }, status: 'accepted' },
      ],
    });
    assert.deepEqual(found.markers, ['GW:7K3QXNM2TA.1']);
  });

  test('has another version when anything changed that a caller would notice, within one second too', () => {
    const versions = [
      {},
      { status: 'Confirmed' },
      { scheduled_time: '2031-03-10T11:30:00' },
      { duration: 45 },
      { doctor: 5 },
      { office: 5 },
      { exam_room: 1 },
      { updated_at: '2031-03-02T08:14:04' },
    ].map((changed) => toAppointment(wire.appointment.parse(visit(changed)), zone, standard)?.version);
    assert.equal(new Set(versions).size, versions.length);
  });
});

test('a vendor key is read back as it was written, and nothing else is one', () => {
  const key = fc.integer({ min: 1, max: 999_999_999 });
  fc.assert(
    fc.property(key, key, key, fc.option(key, { nil: undefined }), (doctor, office, room, profile) => {
      const written = { doctor, office, room, ...(profile !== undefined && { profile }) };
      assert.deepEqual(parseVendorKey(vendorKeyOf(written)), written);
      assert.ok(vendorKeyOf(written).length <= 200);
      assert.deepEqual(claimsOf(doctor, office, room), [`doctor:${doctor}`, `room:${office}/${room}`]);
    }),
  );
  for (const text of [
    '',
    'doctor:0|room:1/1',
    'doctor:1|room:1',
    'doctor:1|room:1/1|profile:x',
    ' doctor:1|room:1/1',
  ])
    assert.equal(parseVendorKey(text), undefined, text);
});
