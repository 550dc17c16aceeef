import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoPatients } from '../../simulator/demo-patients.ts';
import { openAccount } from './account.ts';

type Told = {
  readonly id: string;
  readonly status: string;
  readonly nativeStatus: string;
  readonly start: string;
  readonly end: string;
  readonly practitionerId: string;
  readonly locationId: string;
  readonly patientId: string;
};

for (const day of ['2026-12-20', '2027-03-03', '2027-03-13', '2027-11-01'])
  test(`an account seeded on ${day} has the odd rows of real ones and no visit upon another`, async (t) => {
    const account = await openAccount(t, { now: () => Date.parse(`${day}T16:00:00Z`) });
    const { appointments } = (await account.sim('GET', '/ledger')).json() as { appointments: Told[] };
    const natives = new Set(appointments.map(({ nativeStatus }) => nativeStatus));
    for (const status of [
      '',
      'Confirmed',
      'Not Confirmed',
      'Complete',
      'No Show',
      'Cancelled',
      'Rescheduled',
    ])
      assert.ok(natives.has(status), `“${status}”`);
    assert.ok(appointments.some(({ status }) => status === 'entered-in-error'));
    const taking = appointments.filter(({ status }) => status === 'booked' || status === 'fulfilled');
    for (const one of taking)
      for (const other of taking)
        if (one.id < other.id && one.practitionerId === other.practitionerId)
          assert.ok(
            Date.parse(one.end) <= Date.parse(other.start) || Date.parse(other.end) <= Date.parse(one.start),
            `${one.start} and ${other.start}`,
          );
  });

test('the first two of 36 demo patients have no appointments, and every practice has its own', async (t) => {
  const account = await openAccount(t);
  assert.equal(demoPatients.length, 36);
  const [ada, caspian] = demoPatients;
  const { appointments, patients } = (await account.sim('GET', '/ledger')).json();
  assert.ok(appointments.every((one: Told) => one.patientId !== ada?.id && one.patientId !== caspian?.id));
  assert.equal(patients.length, 72);
  assert.deepEqual(new Set(appointments.map((one: Told) => one.locationId)), new Set(['415001', '416001']));
  const told = await account.read(`/patients_summary/${ada?.id}`);
  assert.deepEqual(
    [told.first_name, told.last_name, told.date_of_birth, told.chart_id],
    [ada?.given, ada?.family, ada?.birthDate, 'MOAD000001'],
  );
});
