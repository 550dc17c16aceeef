import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openOffice } from './office.ts';

type Told = {
  status: string;
  start: string | null;
  end: string | null;
  locationId: string | null;
  practitionerId: string;
  patientId: string;
};

for (const office of ['cedar', 'saguaro'] as const)
  for (const day of ['2026-12-20', '2027-03-03', '2027-03-13', '2027-11-01'])
    test(`${office} seeded on ${day} has the odd rows of a real office and no visit upon another`, async (t) => {
      const simulator = await openOffice(t, { office, now: () => Date.parse(`${day}T16:00:00Z`) });
      const { appointments } = (await simulator.sim('GET', '/ledger')).json() as { appointments: Told[] };
      const statuses = new Set(appointments.map(({ status }) => status));
      for (const status of ['booked', 'fulfilled', 'cancelled', 'noshow', 'proposed', 'entered-in-error'])
        assert.ok(statuses.has(status), status);
      const booked = appointments.filter(({ status }) => status === 'booked');
      assert.ok(booked.length > 20, `${booked.length} booked`);
      for (const [index, one] of booked.entries())
        for (const other of booked.slice(index + 1)) {
          const shared =
            one.locationId === other.locationId ||
            one.practitionerId === other.practitionerId ||
            one.patientId === other.patientId;
          const apart =
            Date.parse(one.end ?? '') <= Date.parse(other.start ?? '') ||
            Date.parse(other.end ?? '') <= Date.parse(one.start ?? '');
          assert.ok(!shared || apart, JSON.stringify([one, other]));
        }
    });

test('the same day makes the same office', async (t) => {
  const ledger = async () => (await (await openOffice(t)).sim('GET', '/ledger')).text;
  assert.equal(await ledger(), await ledger());
});
