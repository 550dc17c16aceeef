import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { toInstantWithOffset } from '#domain/local-time.ts';
import {
  type AppointmentStatus,
  appointmentOf,
  heldAppointment,
  holdHeaders,
  proposedAppointment,
} from '#fhir/appointment.ts';
import { matchBundle, operationStatusBundle, searchset } from '#fhir/bundle.ts';
import { profile } from '#fhir/canonical.ts';
import { localInstant } from '#fhir/date-time.ts';
import {
  healthcareServiceOf,
  locationOf,
  practitionerOf,
  practitionerRoleOf,
  scheduleOf,
} from '#fhir/directory.ts';
import { readPatientCreate } from '#fhir/match.ts';
import { patientOf } from '#fhir/patient.ts';
import { slotOf } from '#fhir/slot.ts';
import { assertValidFhir } from '#test/fhir-validation.ts';

const base = 'https://gateway.example.org/fhir/R4';
const zones = fc.constantFrom(
  'America/Chicago',
  'America/Phoenix',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'UTC',
  'Pacific/Kiritimati',
);
const ids = fc.stringMatching(/^[A-Za-z0-9.-]{1,64}$/);
const texts = fc.stringMatching(/^[A-Za-zÀ-ž][A-Za-zÀ-ž .'-]{0,20}[a-z]$/);
const named = fc.record({ id: ids, display: texts });
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });
const visitTypes = fc.record({ code: fc.stringMatching(/^[a-z][a-z-]{0,20}[a-z]$/), display: texts });
const times = fc
  .tuple(fc.integer({ min: 1_750_000_000, max: 2_000_000_000 }), fc.integer({ min: 1, max: 600 }))
  .map(([from, minutes]) => ({
    start: new Date(from * 1000).toISOString(),
    end: new Date((from + minutes * 60) * 1000).toISOString(),
  }));
const instants = times.map(({ start }) => start);

/** Takes out what is undefined: the builders' inputs leave a thing out rather than set it so. */
function present<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  // exactOptionalPropertyTypes cannot see that the undefined ones are gone.
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}

const runs = { numRuns: 60 };

describe('whatever is built is valid FHIR R4 and follows its profile', () => {
  it('Slot', () => {
    fc.assert(
      fc.property(
        ids,
        ids,
        times,
        visitTypes,
        maybe(instants),
        fc.constantFrom('free', 'busy', 'busy-tentative'),
        zones,
        (id, scheduleId, span, visitType, seenAt, status, zone) =>
          assertValidFhir(
            slotOf(
              present({ id, scheduleId, ...span, visitType, status, seenAt }) as Parameters<typeof slotOf>[0],
              zone,
            ),
            { profile: profile.slot },
          ),
      ),
      runs,
    );
  });

  it('Appointment, proposed, held and of every status', () => {
    const statuses: AppointmentStatus[] = [
      'proposed',
      'pending',
      'booked',
      'arrived',
      'checked-in',
      'fulfilled',
      'cancelled',
      'noshow',
      'entered-in-error',
      'waitlist',
    ];
    const view = fc.record({
      id: ids,
      slotId: ids,
      patientId: maybe(ids),
      version: maybe(ids),
      practitioner: maybe(named),
      location: maybe(named),
      service: maybe(named),
      visitType: maybe(visitTypes),
      created: maybe(instants),
      cancelationReason: maybe(fc.constantFrom('pat', 'prov', 'oth-weath')),
    });
    fc.assert(
      fc.property(
        view,
        times,
        fc.constantFrom(...statuses),
        visitTypes,
        zones,
        (draft, span, status, visitType, zone) => {
          // `present` leaves out what is undefined; the builders' types want just that.
          const full = { ...present(draft), ...span } as Omit<
            Parameters<typeof appointmentOf>[0],
            'status'
          > & { slotId: string };
          assertValidFhir(appointmentOf({ ...full, status }, zone), { profile: profile.appointment });
          assertValidFhir(heldAppointment(full, { expiresAt: span.end, kind: 'native' }, zone), {
            profile: profile.heldAppointment,
          });
          const { patientId: _, slotId: __, cancelationReason: ___, ...offer } = full;
          assertValidFhir(proposedAppointment({ ...offer, visitType }, zone), {
            profile: profile.proposedAppointment,
          });
        },
      ),
      runs,
    );
  });

  it('the directory', () => {
    fc.assert(
      fc.property(
        named,
        named,
        named,
        visitTypes,
        fc.boolean(),
        zones,
        (one, place, service, visitType, active, zone) => {
          assertValidFhir(practitionerOf({ ...one, active }), { profile: profile.practitioner });
          assertValidFhir(locationOf({ ...place, active }, zone), { profile: profile.location });
          assertValidFhir(
            practitionerRoleOf({ id: one.id, practitioner: one, locations: [place], services: [service] }),
            { profile: profile.practitionerRole },
          );
          assertValidFhir(
            practitionerRoleOf({ id: one.id, practitioner: one, locations: [], services: [] }),
            { profile: profile.practitionerRole },
          );
          assertValidFhir(
            healthcareServiceOf({
              id: service.id,
              visitType,
              minutes: 30,
              active,
              approval: active,
              patients: active ? 'new' : 'existing',
              locations: [place],
            }),
            { profile: profile.healthcareService },
          );
          assertValidFhir(
            scheduleOf({ id: one.id, practitioner: one, location: place, services: [visitType] }, zone),
            { profile: profile.schedule },
          );
          assertValidFhir(scheduleOf({ id: one.id }, zone), { profile: profile.schedule });
        },
      ),
      runs,
    );
  });

  it('Bundles, empty ones too', () => {
    const slot = slotOf(
      {
        id: 'a',
        scheduleId: 's',
        start: '2027-03-04T16:30:00Z',
        end: '2027-03-04T17:00:00Z',
        visitType: { code: 'x', display: 'X' },
      },
      'UTC',
    );
    const empty = searchset({ base, path: 'Slot', applied: [], matches: [], total: 4 });
    assertValidFhir(empty, { profile: profile.searchset });
    assert.ok(!('entry' in empty));
    assert.equal(empty.total, 4);
    const page = searchset({
      base,
      path: 'Slot',
      applied: [['start', 'ge2027-03-04T00:00:00+05:00']],
      matches: [slot],
      nextCursor: 'abc',
    });
    assert.deepEqual(page.link, [
      { relation: 'self', url: `${base}/Slot?start=ge2027-03-04T00%3A00%3A00%2B05%3A00` },
      { relation: 'next', url: `${base}/Slot?start=ge2027-03-04T00%3A00%3A00%2B05%3A00&_cursor=abc` },
    ]);
    assert.equal(page.entry?.[0]?.fullUrl, `${base}/Slot/a`);
    assertValidFhir(matchBundle(base, []), { profile: profile.searchset });
    assertValidFhir(operationStatusBundle({ status: 201, resource: slot }), {
      profile: profile.operationStatus,
    });
  });

  it('Patient, and reading it gives the same person', () => {
    const demographics = {
      family: 'O’Example-Smith',
      given: 'Zoë',
      birthDate: '2028-02-29',
      gender: 'other',
      phone: '+1 555 0100',
      email: 'zoe@example.org',
    } as const;
    const patient = patientOf('p1', demographics);
    assertValidFhir(patient, { profile: profile.patient });
    assert.deepEqual(readPatientCreate(patient), demographics);
    assertValidFhir(patientOf('p1', { family: 'A', given: 'B', birthDate: '1980-01-01' }));
  });
});

describe('localInstant', () => {
  for (const [at, zone, local] of [
    ['2027-03-14T07:59:59Z', 'America/Chicago', '2027-03-14T01:59:59-06:00'],
    ['2027-03-14T08:00:00Z', 'America/Chicago', '2027-03-14T03:00:00-05:00'],
    ['2027-11-07T06:30:00Z', 'America/Chicago', '2027-11-07T01:30:00-05:00'],
    ['2027-11-07T07:30:00Z', 'America/Chicago', '2027-11-07T01:30:00-06:00'],
    ['2027-07-01T16:00:00Z', 'America/Phoenix', '2027-07-01T09:00:00-07:00'],
    ['2027-07-01T16:00:00Z', 'UTC', '2027-07-01T16:00:00+00:00'],
    ['2028-02-29T23:00:00-06:00', 'Asia/Kathmandu', '2028-03-01T10:45:00+05:45'],
  ] as const)
    it(`${at} is ${local} in ${zone}`, () => assert.equal(localInstant(at, zone), local));

  it('agrees with the domain at every moment', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_600_000_000, max: 2_200_000_000 }), zones, (seconds, zone) =>
        assert.equal(localInstant(seconds * 1000, zone), toInstantWithOffset(seconds * 1000, zone)),
      ),
      { numRuns: 500 },
    );
  });
});

describe('holdHeaders', () => {
  it('tell when a hold lapses, as an HTTP date', () =>
    assert.deepEqual(holdHeaders('2027-03-01T09:10:00-06:00'), { Expires: 'Mon, 01 Mar 2027 15:10:00 GMT' }));
});
