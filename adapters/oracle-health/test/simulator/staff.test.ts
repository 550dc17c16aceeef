import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HADDAD, LIGHTHOUSE, NORA, openClinic, PIER, type Resource, SORENSEN } from './clinic.ts';

const visit = {
  action: 'book',
  patientId: NORA,
  practitionerId: SORENSEN,
  locationId: PIER,
  start: '2027-06-07T09:00:00-04:00',
  minutes: 30,
};

test('a visit booked at the desk closes every slot of its practitioner at its time, and nothing else', async (t) => {
  const clinic = await openClinic(t);
  const before = await clinic.slots();
  const row = (await clinic.sim('POST', '/staff', visit)).json();
  assert.deepEqual([row.status, row.writes[0].by], ['booked', 'staff']);
  const gone = before.filter(({ id, start }) => start === '2027-06-07T13:00:00Z' && !id.includes('60412442'));
  const after = await clinic.slots();
  assert.deepEqual(
    after.map(({ id }) => id),
    before.filter((slot) => !gone.includes(slot)).map(({ id }) => id),
  );
  const { slot, meta } = await clinic.read(`/Appointment/${row.id}`);
  assert.deepEqual([slot[0].reference, meta.versionId], [`Slot/${before[0].id}`, '0']);
});

test('the desk books what no slot plans, over whatever is there', async (t) => {
  const clinic = await openClinic(t);
  const odd = { ...visit, start: '2027-06-06T03:10:00-04:00', minutes: 45, note: 'GW:ABCDEFGHIJ.3' };
  const row = (await clinic.sim('POST', '/staff', odd)).json();
  assert.deepEqual([row.marker, row.end], ['GW:ABCDEFGHIJ.3', '2027-06-06T03:55:00-04:00']);
  assert.equal('slot' in (await clinic.read(`/Appointment/${row.id}`)), false);
  assert.equal((await clinic.sim('POST', '/staff', odd)).status, 200);
});

test('a visit is moved, noted, missed, cancelled and deleted at the desk, with another version each time', async (t) => {
  const clinic = await openClinic(t);
  const [slot, other] = await clinic.slots({ 'schedule.actor': `Practitioner/${SORENSEN}` });
  const id = await clinic.book(slot.id, NORA, { comment: 'GW:ABCDEFGHIJ.1' });
  const act = async (action: object): Promise<Resource> =>
    (await clinic.sim('POST', '/staff', action)).json();
  const moved = await act({ action: 'move', id, start: '2027-06-08T10:00:00-04:00' });
  assert.deepEqual([moved.start, moved.marker], ['2027-06-08T10:00:00-04:00', 'GW:ABCDEFGHIJ.1']);
  const read = await clinic.read(`/Appointment/${id}`);
  assert.deepEqual(
    [read.meta.versionId, Date.parse(read.start)],
    ['1-1', Date.parse('2027-06-08T14:00:00Z')],
  );
  assert.equal((await clinic.read(`/Slot/${slot.id}`)).status, 'free');
  const elsewhere = { practitionerId: HADDAD, locationId: LIGHTHOUSE };
  const again = await act({ action: 'move', id, start: '2027-06-08T10:00:00-04:00', ...elsewhere });
  assert.deepEqual([again.practitionerId, again.locationId], [HADDAD, LIGHTHOUSE]);
  assert.equal(
    (await act({ action: 'note', id, note: 'Ring GW:ABCDEFGHIJ.2 twice' })).marker,
    'GW:ABCDEFGHIJ.2',
  );
  assert.equal((await clinic.read(`/Appointment/${id}`)).comment, 'Ring GW:ABCDEFGHIJ.2 twice');
  assert.equal((await act({ action: 'noshow', id })).status, 'noshow');
  const missed = await clinic.read(`/Appointment/${id}`);
  assert.deepEqual([missed.status, missed.cancelationReason.coding[0].code], ['noshow', '0']);
  assert.equal((await act({ action: 'cancel', id })).status, 'cancelled');
  assert.equal((await act({ action: 'delete', id })).status, 'entered-in-error');
  assert.equal((await clinic.api('GET', `/Appointment/${id}`)).status, 404);
  assert.equal((await clinic.sim('POST', '/staff', { action: 'cancel', id })).status, 404);
  assert.ok(other);
});

test('a deleted visit gives its time back', async (t) => {
  const clinic = await openClinic(t);
  const [slot] = await clinic.slots();
  const id = await clinic.book(slot.id);
  await clinic.sim('POST', '/staff', { action: 'delete', id });
  assert.equal((await clinic.read(`/Slot/${slot.id}`)).status, 'free');
});

test('a missed visit keeps its slot, or frees it where the setting says so', async (t) => {
  const clinic = await openClinic(t);
  const [slot] = await clinic.slots();
  const id = await clinic.book(slot.id);
  await clinic.sim('POST', '/staff', { action: 'noshow', id });
  assert.equal((await clinic.read(`/Slot/${slot.id}`)).status, 'busy');
  await clinic.set({ noShowFreesSlot: true });
  assert.equal((await clinic.read(`/Slot/${slot.id}`)).status, 'free');
});

test('somebody new is admitted at the desk, and is then found and booked by FHIR', async (t) => {
  const clinic = await openClinic(t);
  const order = { action: 'admit', family: 'Newcomer', given: 'Robin', birthDate: '1990-01-02' };
  const { id, by } = (await clinic.sim('POST', '/staff', order)).json();
  assert.equal(by, 'staff');
  const found = await clinic.read('/Patient?family=Newcomer&given=Robin&birthdate=1990-01-02');
  assert.deepEqual(
    found.entry.map(({ resource }: { resource: { id: string } }) => resource.id),
    [id],
  );
  const [slot] = await clinic.slots();
  const booked = await clinic.read(`/Appointment/${await clinic.book(slot.id, id)}`);
  assert.ok(booked.participant.some(({ actor }: Resource) => actor?.reference === `Patient/${id}`));
});

test('the desk is told who and what it does not know', async (t) => {
  const clinic = await openClinic(t);
  for (const wrong of [{ patientId: '404' }, { practitionerId: '404' }, { locationId: '404' }])
    assert.equal((await clinic.sim('POST', '/staff', { ...visit, ...wrong })).status, 400);
});
