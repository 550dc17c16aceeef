import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoPatients } from '../../simulator/demo-patients.ts';
import { clock, type Json, MINA, ORRIN, OTTILIE, openPractice } from './practice.ts';

for (const day of ['2026-12-20', '2027-03-03', '2027-03-13', '2027-11-01'])
  test(`the practice seeded on ${day} has the odd rows of a real one and nobody in two places`, async (t) => {
    const practice = await openPractice(t);
    clock.at = Date.parse(`${day}T18:00:00Z`);
    await practice.sim('POST', '/reset');
    const { appointments, patients } = (await practice.sim('GET', '/ledger')).json();
    assert.equal(patients.length, demoPatients.length);
    const statuses = new Set(appointments.map(({ status }: Json) => status));
    for (const status of ['booked', 'fulfilled', 'cancelled', 'noshow'])
      assert.ok(statuses.has(status), status);
    const booked: Json[] = appointments.filter(({ status }: Json) => status === 'booked');
    assert.ok(booked.length > 60, `${booked.length} booked`);
    for (const free of [MINA, ORRIN, OTTILIE])
      assert.ok(!appointments.some(({ patientId }: Json) => patientId === free));
    for (const [index, one] of booked.entries())
      for (const other of booked.slice(index + 1)) {
        const apart =
          Date.parse(one.end) <= Date.parse(other.start) || Date.parse(other.end) <= Date.parse(one.start);
        assert.ok(one.patientId !== other.patientId || apart, JSON.stringify([one, other]));
      }
  });

test('the same day makes the same practice', async (t) => {
  const ledger = async () => (await (await openPractice(t)).sim('GET', '/ledger')).text;
  assert.equal(await ledger(), await ledger());
});

test('some who were to come are still filled in, some are arriving, and one was rescheduled', async (t) => {
  const practice = await openPractice(t);
  const past = await practice.get(
    '/appointments/booked?startdate=02/20/2027&enddate=03/02/2027&appointmentstatus=f',
  );
  assert.equal(past.totalcount, 1);
  const all = await practice.get(
    '/appointments/booked?startdate=02/20/2027&enddate=04/02/2027&showcancelled=true',
  );
  const some = (holds: (row: Json) => boolean): boolean => all.appointments.some(holds);
  assert.ok(some((row) => row.rescheduledappointmentid !== undefined));
  assert.ok(some((row) => row.appointmentconfirmationid === '41' && row.urgent));
  assert.ok(some((row) => row.appointmentnotes?.[0].text.startsWith('Canarynote')));
  assert.ok(some((row) => row.duration === 30 && row.templateappointmenttypeid === '80'));
  clock.at = Date.parse('2027-03-03T21:00:00Z');
  await practice.sim('POST', '/reset');
  const today = await practice.get('/appointments/booked?startdate=03/03/2027&enddate=03/03/2027');
  assert.ok(today.appointments.some((row: Json) => row.appointmentstatus === '2'));
  assert.ok(
    today.appointments.some(
      (row: Json) =>
        row.appointmentstatus === 'f' && row.startcheckin !== undefined && row.stopcheckin === undefined,
    ),
  );
});

test('there is room for visits on every working day of the coming weeks, and none on a holiday', async (t) => {
  const practice = await openPractice(t);
  const free = async (day: string): Promise<number> =>
    (await practice.open({ departmentid: '12,14', providerid: undefined, startdate: day, enddate: day }))
      .length;
  for (const day of ['03/04/2027', '03/05/2027', '03/08/2027', '03/15/2027', '12/01/2027'])
    assert.ok((await free(day)) > 25, day);
  assert.equal(await free('11/25/2027'), 0);
});
