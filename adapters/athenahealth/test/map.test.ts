import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseInstant } from '#adapter-kit/index.ts';
import { toAppointment } from '../map/appointment.ts';
import { departmentZones } from '../map/department-zone.ts';
import { toOpenings } from '../map/slot.ts';
import { parseVendorKey, vendorKeyOf } from '../map/vendor-key.ts';
import { parseVisit } from '../settings.ts';
import * as wire from '../wire.ts';

const ids = fc.integer({ min: 1, max: 999_999_999 }).map(String);
/** A value as athenaOne may write it. */
const drifting = (value: string) => fc.constantFrom<string | number>(value, Number(value));
const twoDigits = (value: number) => String(value).padStart(2, '0');
const dates = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 1, max: 28 }))
  .map(([month, day]) => `${twoDigits(month)}/${twoDigits(day)}/2031`);
const times = fc
  .tuple(fc.integer({ min: 0, max: 23 }), fc.constantFrom(0, 15, 30, 45))
  .map(([hour, minute]) => `${twoDigits(hour)}:${twoDigits(minute)}`);
const flags = fc.constantFrom(true, false, 'true', 'false', '', null, undefined);
const nothing = fc.constantFrom('', 0, '0', null, undefined);
const zones = departmentZones(
  wire.departments.parse({
    departments: [
      { departmentid: 12, timezonename: 'America/Los_Angeles' },
      { departmentid: '14', timezonename: 'US/Eastern' },
    ],
  }).rows,
  'America/Los_Angeles',
  0,
);

const slots = fc.record({
  appointmentid: fc.integer({ min: 1, max: 40 }),
  date: dates,
  starttime: times,
  duration: fc.constantFrom<string | number>(15, '15', 30, '30'),
  departmentid: fc.constantFrom<string | number>(12, '12', 14, '14'),
  providerid: fc.oneof(fc.constantFrom<string | number>(71, '72'), nothing),
  frozen: flags,
});

const rows = ids.chain((id) =>
  fc.record({
    appointmentid: drifting(id),
    date: dates,
    starttime: times,
    duration: fc.constantFrom<string | number>(15, '45'),
    departmentid: fc.constantFrom<string | number>(12, '12'),
    providerid: fc.oneof(ids, nothing),
    patientid: fc.oneof(ids, nothing),
    appointmentstatus: fc.constantFrom('o', 'f', '2', '3', '4', 'x'),
    scheduledby: fc.constantFrom('API-1', 'jabbot', '', undefined),
    scheduleddatetime: fc.constantFrom('02/27/2031 10:04:31', '', undefined, '03/09/2031 02:30:00'),
    lastmodified: fc.constantFrom('02/27/2031 10:04:31', '', undefined),
    cancelreasonnoshow: flags,
    frozenyn: flags,
    rescheduledappointmentid: fc.oneof(ids, nothing),
    startcheckin: fc.constantFrom('', undefined, '03/04/2031 09:10:00'),
  }),
);

describe('Whatever athenaOne may write', () => {
  test('of slots becomes openings that are in the window, in order, each slot once and none frozen', () => {
    const [from, to] = ['2031-02-01T00:00:00Z', '2031-12-01T00:00:00Z'].map(
      (text) => parseInstant(text) ?? 0,
    );
    const visit = { by: 'reason', id: '962', ref: 'reason:962', display: '', minutes: 15 } as const;
    fc.assert(
      fc.property(fc.array(slots, { maxLength: 30 }), (appointments) => {
        const found = wire.openSlots.parse({ appointments }).rows;
        const window = { from: from ?? 0, to: to ?? 0 };
        const openings = toOpenings([{ visit, rows: found }], zones, {
          window,
          minutes: 15,
          now: window.from,
        });
        const starts = openings.map(({ start }) => parseInstant(start) ?? assert.fail());
        assert.deepEqual(
          starts,
          starts.toSorted((a, b) => a - b),
        );
        assert.ok(starts.every((start) => window.from <= start && start < window.to));
        assert.equal(new Set(openings.map(({ vendorKey }) => vendorKey)).size, openings.length);
        for (const { vendorKey, claims, start, end } of openings) {
          const place = parseVendorKey(vendorKey) ?? assert.fail();
          assert.ok(claims.includes(`appt:${place.appointment}`));
          assert.deepEqual(claims, [...new Set(claims)].sort());
          assert.equal((parseInstant(end) ?? 0) - (parseInstant(start) ?? 0), 15 * 60_000);
        }
        const offered = new Set(openings.map(({ vendorKey }) => parseVendorKey(vendorKey)?.appointment));
        for (const row of found)
          if (
            row.frozen === true &&
            found.filter((one) => one.appointmentid === row.appointmentid).length === 1
          )
            assert.ok(!offered.has(row.appointmentid));
      }),
    );
  });

  test('of an appointment becomes one that is well formed, or none where it is a slot', () => {
    fc.assert(
      fc.property(rows, (json) => {
        const row = wire.appointment.parse([json]);
        assert.deepEqual(wire.appointment.parse(json), row);
        const visit = toAppointment(row, 'America/Los_Angeles', []);
        assert.equal(visit === undefined, json.appointmentstatus === 'o');
        if (visit === undefined) return;
        assert.match(visit.version, /^[A-Za-z0-9.-]{1,64}$/);
        assert.equal(visit.resource.id, String(json.appointmentid));
        assert.ok(
          visit.resource.participant.every(({ actor }) => /\/[1-9]\d*$/.test(actor?.reference ?? '')),
        );
        assert.equal(visit.claims.length, json.appointmentstatus === 'x' ? 0 : 1);
        if (visit.replacedBy !== undefined) assert.equal(visit.resource.status === 'booked', false);
        const { start, end, minutesDuration = 0 } = visit.resource;
        if (start === undefined || end === undefined) return;
        assert.equal((parseInstant(end) ?? 0) - (parseInstant(start) ?? 0), minutesDuration * 60_000);
      }),
    );
  });
});

test('A vendor key is read as it was written, within its length', () => {
  const visits = fc.record(
    { by: fc.constantFrom('reason' as const, 'type' as const), id: ids },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(ids, ids, ids, visits, (appointment, department, provider, visit) => {
      const place = { appointment, department, provider, visit };
      const key = vendorKeyOf(place);
      assert.ok(key.length <= 200);
      assert.deepEqual(parseVendorKey(key), place);
    }),
  );
  const longest = '9'.repeat(18);
  const place = { appointment: longest, department: longest, provider: longest };
  assert.ok(vendorKeyOf({ ...place, visit: { by: 'reason', id: longest } }).length <= 200);
});

test('A visit type is a reason or a type with an id of its own', () => {
  assert.deepEqual(parseVisit('reason:962'), { by: 'reason', id: '962' });
  assert.deepEqual(parseVisit('type:82'), { by: 'type', id: '82' });
  for (const ref of ['reason:-1', 'reason:0', 'reason:', 'any:1', '962', 'type:82 ', 'type:1e3'])
    assert.equal(parseVisit(ref), undefined, ref);
});
