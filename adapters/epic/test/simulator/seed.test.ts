import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoPatients } from '../../simulator/demo-patients.ts';
import { juniper } from '../../simulator/juniper.ts';
import { AMARA, codesOf, JONAS, openPractice } from './practice.ts';

interface Told {
  readonly status: string;
  readonly start: string;
  readonly end: string;
  readonly practitionerId: string;
  readonly patientId: string;
}

for (const day of ['2026-12-20', '2027-03-03', '2027-03-13', '2027-11-01'])
  test(`seeded on ${day}, visits of every kind stand side by side and two patients have none`, async (t) => {
    const practice = await openPractice(t, {}, { now: () => Date.parse(`${day}T16:00:00Z`) });
    const told: { appointments: Told[]; patients: unknown[] } = (await practice.sim('GET', '/ledger')).json();
    const statuses = new Set(told.appointments.map(({ status }) => status));
    for (const status of ['booked', 'fulfilled', 'cancelled', 'noshow', 'entered-in-error'])
      assert.ok(statuses.has(status), status);
    assert.equal(told.patients.length, 8);
    assert.ok(told.appointments.every(({ patientId }) => patientId !== AMARA && patientId !== JONAS));
    const booked = told.appointments.filter(({ status }) => status === 'booked');
    assert.ok(booked.length >= 9);
    for (const [index, one] of booked.entries())
      for (const other of booked.slice(index + 1))
        assert.ok(
          one.practitionerId !== other.practitionerId ||
            Date.parse(one.end) <= Date.parse(other.start) ||
            Date.parse(other.end) <= Date.parse(one.start),
          JSON.stringify([one, other]),
        );
  });

test('the same day makes the same practice', async (t) => {
  const ledger = async () => (await (await openPractice(t, {}, {})).sim('GET', '/ledger')).text;
  assert.equal(await ledger(), await ledger());
});

test('the front desk books, moves, notes, marks as missed, cancels and deletes by ids of FHIR', async (t) => {
  const practice = await openPractice(t);
  const desk = async (order: object) => (await practice.sim('POST', '/staff', order)).json();
  const booked = await desk({
    action: 'book',
    patientId: AMARA,
    practitionerId: juniper.practitioners[1]?.id,
    locationId: juniper.locations[1]?.id,
    start: '2027-03-09T10:00:00-06:00',
    minutes: 40,
  });
  const { id } = booked;
  const read = async () => (await practice.r4('GET', `/Appointment/${id}`)).json();
  assert.deepEqual([booked.status, booked.end], ['booked', '2027-03-09T10:40:00-06:00']);
  assert.equal((await read()).serviceType[0].text, 'New Patient');
  await desk({ action: 'move', id, start: '2027-03-16T10:00:00-05:00' });
  assert.equal((await read()).start, '2027-03-16T15:00:00Z');
  assert.equal((await desk({ action: 'note', id, note: 'GW:BBBBBBBBBB.1' })).marker, 'GW:BBBBBBBBBB.1');
  await desk({ action: 'noshow', id });
  assert.equal((await read()).status, 'noshow');
  await desk({ action: 'cancel', id });
  assert.equal((await read()).status, 'cancelled');
  assert.equal((await desk({ action: 'delete', id })).status, 'entered-in-error');
  const writes = (await practice.ledger(id)).writes.map(({ action }: { action: string }) => action);
  assert.deepEqual(writes, ['book', 'move', 'note', 'noshow', 'cancel', 'delete']);
});

test('somebody new is admitted at the front desk, and is then found and booked by FHIR', async (t) => {
  const practice = await openPractice(t);
  const find = () => practice.r4('GET', '/Patient?family=Newcomer&given=Robin&birthdate=1990-01-02');
  assert.deepEqual(codesOf((await find()).json()), ['4101'], 'Nobody of that name is there yet.');
  const order = { action: 'admit', family: 'Newcomer', given: 'Robin', birthDate: '1990-01-02' };
  const { id, by } = (await practice.sim('POST', '/staff', order)).json();
  assert.equal(by, 'staff');
  const matches = (await find())
    .json()
    .entry.map(({ resource }: { resource: { id: string } }) => resource.id);
  assert.deepEqual(matches, [id]);
  const [proposal] = await practice.proposals();
  assert.equal((await practice.book(proposal.id, id)).status, 200);
  const { entry } = (await practice.r4('GET', `/Appointment?patient=${id}`)).json();
  assert.equal(entry[0].resource.participant[0].actor.display, 'Newcomer, Robin');
});

test('the front desk is told what it cannot do', async (t) => {
  const practice = await openPractice(t);
  const [, , , person] = demoPatients.juniper;
  const order = {
    action: 'book',
    patientId: person?.id,
    practitionerId: 'nobody',
    locationId: juniper.locations[0]?.id,
    start: '2027-03-09T10:00:00-06:00',
  };
  assert.equal((await practice.sim('POST', '/staff', order)).status, 400);
  assert.equal((await practice.sim('POST', '/staff', { action: 'cancel', id: 'nobody' })).status, 404);
});

test('a reset brings back the practice of the first day and the settings of the start', async (t) => {
  const practice = await openPractice(t, { privateServices: true }, {});
  const before = (await practice.sim('GET', '/ledger')).text;
  const [proposal] = await practice.proposals();
  await practice.book(proposal.id);
  await practice.sim('PUT', '/settings', { privateServices: false });
  await practice.sim('POST', '/reset');
  assert.equal((await practice.sim('GET', '/ledger')).text, before);
  assert.equal((await practice.sim('GET', '/settings')).json().privateServices, true);
});

test('a search answered from the past still proposes, and changes nothing', async (t) => {
  const practice = await openPractice(t);
  const [proposal] = await practice.proposals();
  await practice.book(proposal.id);
  await practice.sim('POST', '/faults', { name: 'stale-read', effect: 'read', times: 1 });
  assert.equal((await practice.proposals())[0].start, proposal.start);
  assert.notEqual((await practice.proposals())[0].start, proposal.start);
});
