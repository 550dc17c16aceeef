import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoPatients } from '../../simulator/demo-patients.ts';
import { openClinic } from './clinic.ts';

type Told = {
  readonly status: string;
  readonly start: string | null;
  readonly end: string | null;
  readonly practitionerId: string | null;
  readonly patientId: string;
};

for (const day of ['2026-12-20', '2027-03-03', '2027-03-13', '2027-11-01'])
  test(`the clinic seeded on ${day} has the odd rows of a real one and no visit upon another`, async (t) => {
    const clinic = await openClinic(t, { now: () => Date.parse(`${day}T20:00:00Z`) });
    const { appointments } = (await clinic.sim('GET', '/ledger')).json() as { appointments: Told[] };
    const statuses = new Set(appointments.map(({ status }) => status));
    for (const status of ['booked', 'fulfilled', 'cancelled', 'noshow', 'proposed', 'entered-in-error'])
      assert.ok(statuses.has(status), status);
    const booked = appointments.filter(({ status }) => status === 'booked');
    assert.ok(booked.length > 20, `${booked.length} booked`);
    for (const [index, one] of booked.entries())
      for (const other of booked.slice(index + 1)) {
        const shared =
          (one.practitionerId !== null && one.practitionerId === other.practitionerId) ||
          one.patientId === other.patientId;
        const apart =
          Date.parse(one.end ?? '') <= Date.parse(other.start ?? '') ||
          Date.parse(other.end ?? '') <= Date.parse(one.start ?? '');
        assert.ok(!shared || apart, JSON.stringify([one, other]));
      }
    const theirs = demoPatients.willow.slice(0, 2).map(({ id }) => id);
    assert.ok(appointments.every(({ patientId }) => !theirs.includes(patientId)));
  });

test('the same day makes the same clinic', async (t) => {
  const ledger = async () => (await (await openClinic(t)).sim('GET', '/ledger')).text;
  assert.equal(await ledger(), await ledger());
});

test('there is room for visits on every working day of the coming weeks', async (t) => {
  const clinic = await openClinic(t);
  for (const day of ['2027-03-04', '2027-03-05', '2027-03-08', '2027-03-15']) {
    const free = await clinic.find('Slot', { start: day, status: 'free', _count: '100' });
    assert.ok(free.length > 12, `${day}: ${free.length}`);
  }
});
