import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harbor } from '../../simulator/clinics/harbor.ts';
import { slotOf, slotsBetween, slotsOn } from '../../simulator/weekly-schedule.ts';

const starts = (date: string, clinic = harbor): string[] => [
  ...new Set(slotsOn(clinic, date).map(({ start }) => new Date(start).toISOString())),
];

test('nine in the morning stays nine in the morning when the clocks change', () => {
  const rows = [
    ['2027-03-12', '2027-03-12T14:00:00.000Z'],
    ['2027-03-15', '2027-03-15T13:00:00.000Z'],
    ['2027-11-05', '2027-11-05T13:00:00.000Z'],
    ['2027-11-08', '2027-11-08T14:00:00.000Z'],
  ] as const;
  const sorensen = { ...harbor, shifts: harbor.shifts.filter(({ resource }) => resource === 1) };
  for (const [date, first] of rows) assert.equal(starts(date, sorensen)[0], first);
});

test('slots over a change of clocks follow one another in elapsed time', () => {
  const [shift] = harbor.shifts;
  assert.ok(shift);
  const night = { ...shift, days: [7], from: '00:30', to: '04:00', types: ['24477902'] };
  const clinic = { ...harbor, shifts: [night] };
  assert.deepEqual(starts('2027-03-14', clinic), ['2027-03-14T05:30:00.000Z', '2027-03-14T06:30:00.000Z']);
  assert.deepEqual(starts('2027-11-07', clinic), [
    '2027-11-07T04:30:00.000Z',
    '2027-11-07T05:30:00.000Z',
    '2027-11-07T06:30:00.000Z',
    '2027-11-07T07:30:00.000Z',
  ]);
});

test('every slot is found by its id, and its id is its own', () => {
  for (const date of ['2027-03-10', '2027-03-15', '2027-11-06', '2035-01-09']) {
    const slots = slotsOn(harbor, date);
    assert.equal(new Set(slots.map(({ id }) => id)).size, slots.length);
    for (const slot of slots) {
      assert.deepEqual(slotOf(harbor, slot.id), slot);
      assert.match(slot.id, /^[A-Za-z0-9.-]{1,64}$/);
    }
  }
});

test('a window is half open, and Sundays and holidays have no slots', () => {
  const [nine, ten] = [Date.parse('2027-06-07T13:00:00Z'), Date.parse('2027-06-07T14:00:00Z')];
  const found = [...slotsBetween(harbor, nine, ten)];
  assert.ok(found.every(({ start }) => start >= nine && start < ten));
  assert.ok(found.some(({ start }) => start === nine));
  for (const date of ['2027-06-06', '2027-12-25', '2027-11-25', '2027-01-01'])
    assert.deepEqual(slotsOn(harbor, date), [], date);
});

test('a window of any length ends two years on', () => {
  const from = Date.parse('2027-06-07T13:00:00Z');
  const none = { ...harbor, shifts: [] };
  assert.deepEqual([...slotsBetween(none, from, Date.parse('9999-12-31T00:00:00Z'))], []);
});
