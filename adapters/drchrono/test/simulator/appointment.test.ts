import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADA, CASPIAN, FOLLOW_UP, LINDGREN, OFFICE, OKAFOR, openAccount, visit } from './account.ts';

test('an appointment is booked, read at once, and in the ledger with its instant and marker', async (t) => {
  const account = await openAccount(t);
  const reply = await account.api('POST', '/appointments', { body: visit({ notes: '[GW:7K3QX9M2TA.1]' }) });
  assert.equal(reply.status, 201);
  const row = await account.read(`/appointments/${reply.json().id}`);
  assert.deepEqual(row, reply.json());
  assert.deepEqual(
    [row.scheduled_time, row.duration, row.status, row.patient, row.exam_room, row.deleted_flag],
    ['2027-04-06T10:30:00', 30, 'Not Confirmed', ADA, 1, false],
  );
  const told = await account.ledger(row.id);
  assert.deepEqual(
    [told.start, told.end, told.marker, told.status, told.nativeStatus, told.practitionerId],
    [
      '2027-04-06T10:30:00-07:00',
      '2027-04-06T11:00:00-07:00',
      'GW:7K3QX9M2TA.1',
      'booked',
      'Not Confirmed',
      String(OKAFOR),
    ],
  );
});

test('a profile fills in duration, colour and reason on creation, and never afterwards', async (t) => {
  const account = await openAccount(t);
  const { duration: _, ...rest } = visit({ profile: FOLLOW_UP }) as { duration: number };
  const { id, duration, color, reason } = (await account.api('POST', '/appointments', { body: rest })).json();
  assert.deepEqual([duration, color, reason], [30, '#3A87AD', 'Follow-up']);
  assert.equal((await account.api('PATCH', `/appointments/${id}`, { body: { profile: 77121 } })).status, 204);
  assert.equal((await account.read(`/appointments/${id}`)).duration, 30);
});

test('what is wrong with a booking is told by field', async (t) => {
  const account = await openAccount(t);
  const rows: readonly [object, string, RegExp][] = [
    [{ patient: null }, 'patient', /may not be null/],
    [{ patient: 5 }, 'patient', /does not exist/],
    [{ doctor: 302122 }, 'doctor', /does not exist/],
    [{ office: OFFICE + 1 }, 'office', /does not exist/],
    [{ profile: 77124 }, 'profile', /does not exist/],
    [{ exam_room: 9 }, 'exam_room', /Invalid/],
    [{ exam_room: undefined }, 'exam_room', /required/],
    [{ duration: undefined }, 'duration', /required/],
    [{ duration: 0 }, 'duration', /greater than/],
    [{ status: 'Scheduled' }, 'status', /not a valid choice/],
    [{ reason: 'x'.repeat(101) }, 'reason', /no more than 100/],
    [{ scheduled_time: '2027-04-06T10:30:00Z' }, 'scheduled_time', /offset/],
    [{ scheduled_time: '2027-02-30T10:30:00' }, 'scheduled_time', /wrong format/],
    [{ recurring_appointment: true }, 'recurring_days', /day/],
  ];
  for (const [change, field, said] of rows) {
    const reply = await account.api('POST', '/appointments', { body: visit(change) });
    assert.equal(reply.status, 400, field);
    assert.match(reply.json()[field]?.[0], said);
  }
  assert.equal((await account.api('POST', '/appointments', { body: '{' })).status, 400);
  const headers = { 'content-type': 'text/plain' };
  assert.equal((await account.api('POST', '/appointments', { body: visit(), headers })).status, 415);
});

test('settings change what is refused: a break, an offset, a longer reason', async (t) => {
  const account = await openAccount(t, {
    settings: { rejectNullPatient: false, offsetTimestamps: 'truncate', reasonMaxLength: 200 },
  });
  const id = await account.book({
    patient: null,
    scheduled_time: '2027-04-06T10:30:00+05:00',
    reason: 'x'.repeat(150),
  });
  const row = await account.read(`/appointments/${id}`);
  assert.deepEqual([row.patient, row.appt_is_break, row.scheduled_time], [null, true, '2027-04-06T10:30:00']);
});

test('an overlap is 409 in a body of any kind, touching ends are none, and allow_overlapping books over it', async (t) => {
  const account = await openAccount(t);
  await account.book();
  const over = visit({ patient: CASPIAN, scheduled_time: '2027-04-06T10:45:00', exam_room: 2 });
  const bodies = [];
  for (let round = 0; round < 4; round++) {
    const reply = await account.api('POST', '/appointments', { body: over });
    assert.equal(reply.status, 409);
    bodies.push(reply.text);
  }
  assert.equal(new Set(bodies).size, 4);
  assert.ok(bodies.includes('') && bodies.includes('{}'));
  await account.book({ patient: CASPIAN, scheduled_time: '2027-04-06T11:00:00' });
  await account.book({ ...over, allow_overlapping: true });
});

test('what overlaps is a question of the office and the doctor, or of the room, or of the doctor alone', async (t) => {
  const account = await openAccount(t);
  const rooms = async () => {
    const first = await account.api('POST', '/appointments', { body: visit() });
    const otherRoom = await account.api('POST', '/appointments', { body: visit({ exam_room: 2 }) });
    const otherDoctor = await account.api('POST', '/appointments', { body: visit({ doctor: LINDGREN }) });
    return [first.status, otherRoom.status, otherDoctor.status];
  };
  assert.deepEqual(await rooms(), [201, 409, 201]);
  await account.sim('POST', '/reset');
  await account.set({ overlapScope: 'office+room' });
  assert.deepEqual(await rooms(), [201, 201, 409]);
});

test('what was cancelled, missed or deleted takes no time, unless the setting says so', async (t) => {
  const account = await openAccount(t);
  for (const status of ['Cancelled', 'Rescheduled', 'No Show']) {
    const id = await account.book();
    assert.equal((await account.api('PATCH', `/appointments/${id}`, { body: { status } })).status, 204);
  }
  const id = await account.book();
  assert.equal((await account.api('DELETE', `/appointments/${id}`)).status, 204);
  await account.book();
  await account.set({ overlapIgnores: 'Cancelled,Rescheduled' });
  const blocked = visit({ scheduled_time: '2027-04-06T13:00:00' });
  const missed = await account.book({ ...blocked, status: 'No Show' });
  assert.equal((await account.api('POST', '/appointments', { body: blocked })).status, 409);
  assert.equal((await account.ledger(missed)).status, 'noshow');
});

test('blocked time is 409, 400 or no hindrance', async (t) => {
  const account = await openAccount(t);
  const wednesday = visit({ scheduled_time: '2027-04-07T15:30:00' });
  for (const [blocksCauseConflict, status] of [
    ['409', 409],
    ['400', 400],
    ['accept', 201],
  ] as const) {
    await account.set({ blocksCauseConflict });
    assert.equal((await account.api('POST', '/appointments', { body: wednesday })).status, status);
  }
});

test('a patch answers 204 without a body and changes what it names; version 2 answers the object', async (t) => {
  const account = await openAccount(t);
  const id = await account.book({ notes: 'kept' });
  const moved = await account.api('PATCH', `/appointments/${id}`, {
    body: { scheduled_time: '2027-04-06T14:00' },
  });
  assert.deepEqual([moved.status, moved.text], [204, '']);
  const row = await account.read(`/appointments/${id}`);
  assert.deepEqual([row.scheduled_time, row.notes, row.duration], ['2027-04-06T14:00:00', 'kept', 30]);
  const second = await account.api('PATCH', `/appointments/${id}`, {
    body: { status: 'Cancelled' },
    headers: { 'x-drc-api-version': 'v2' },
  });
  assert.deepEqual([second.status, second.json().status], [200, 'Cancelled']);
  const put = await account.api('PUT', `/appointments/${id}`, { body: visit({ duration: 45 }) });
  assert.equal(put.status, 204);
  const after = await account.read(`/appointments/${id}`);
  assert.deepEqual([after.duration, after.notes, after.status], [45, '', 'Not Confirmed']);
  const writes = (await account.ledger(id)).writes.map(({ action }: { action: string }) => action);
  assert.deepEqual(writes, ['book', 'move', 'cancel', 'move']);
});

test('a move onto a taken time is 409, and a change that takes no other time is not looked at', async (t) => {
  const account = await openAccount(t);
  await account.book();
  const id = await account.book({ patient: CASPIAN, scheduled_time: '2027-04-06T11:00:00' });
  const patch = (body: object) => account.api('PATCH', `/appointments/${id}`, { body });
  assert.equal((await patch({ scheduled_time: '2027-04-06T10:45:00' })).status, 409);
  assert.equal((await account.read(`/appointments/${id}`)).scheduled_time, '2027-04-06T11:00:00');
  assert.equal((await patch({ status: 'Cancelled' })).status, 204);
  await account.book({ scheduled_time: '2027-04-06T11:00:00' });
  assert.equal((await patch({ status: 'Confirmed' })).status, 409);
  assert.equal((await patch({ notes: 'no time' })).status, 204);
});

test('a list of objects creates each of them, or none', async (t) => {
  const account = await openAccount(t);
  const later = visit({ scheduled_time: '2027-04-06T14:00:00' });
  const both = await account.api('POST', '/appointments', { body: [visit(), later] });
  assert.equal(both.status, 201);
  assert.equal(both.json().length, 2);
  const free = visit({ scheduled_time: '2027-04-06T16:00:00' });
  assert.equal((await account.api('POST', '/appointments', { body: [free, later] })).status, 409);
  const left = await account.list('/appointments?date=2027-04-06');
  assert.equal(left.length, 2);
});

test('a deleted row is 404 by id, and a list shows it to who asks for archived ones', async (t) => {
  const account = await openAccount(t);
  const id = await account.book();
  assert.equal((await account.api('DELETE', `/appointments/${id}`)).status, 204);
  assert.equal((await account.api('GET', `/appointments/${id}`)).status, 404);
  assert.equal((await account.api('DELETE', `/appointments/${id}`)).status, 404);
  const day = '/appointments?date=2027-04-06';
  assert.deepEqual(await account.list(day), []);
  const [archived] = await account.list(`${day}&show_archived=true`);
  assert.deepEqual([archived.id, archived.deleted_flag], [id, true]);
  assert.equal((await account.ledger(id)).status, 'entered-in-error');
});

test('a series has instances that are no rows, and a changed one becomes a row of its own', async (t) => {
  const account = await openAccount(t, { settings: { recurrenceKeys: true } });
  const base = await account.book({
    recurring_appointment: true,
    recurring_days: ['Tuesday'],
    recurs_every: 2,
    recur_end_date: '2027-05-31',
  });
  const days = `/appointments?date_range=2027-04-06/2027-05-31&patient=${ADA}`;
  const instances = await account.list(days);
  assert.deepEqual(
    instances.map(({ id }) => id),
    [base, `2027-04-20_${base}`, `2027-05-04_${base}`, `2027-05-18_${base}`],
  );
  assert.equal(instances[1].recurrence_instance_key, `${base}_20270420`);
  assert.equal((await account.list(`${days}&ignore_virtual=true`)).length, 1);
  const clash = visit({ patient: CASPIAN, scheduled_time: '2027-04-20T10:30:00' });
  assert.equal((await account.api('POST', '/appointments', { body: clash })).status, 409);
  const moved = { scheduled_time: '2027-04-20T14:00:00' };
  assert.equal((await account.api('PATCH', `/appointments/2027-04-20_${base}`, { body: moved })).status, 204);
  assert.equal((await account.api('DELETE', `/appointments/2027-05-04_${base}`)).status, 204);
  const told = await account.read(`/recurring_appointment_instances?base_recurring_appointment=${base}`);
  assert.deepEqual(
    told.map(({ scheduled_time: at, id }: { scheduled_time: string; id: string | null }) => [
      at,
      id !== null,
    ]),
    [
      ['2027-04-06T10:30:00', true],
      ['2027-04-20T14:00:00', true],
      ['2027-05-18T10:30:00', false],
    ],
  );
  assert.equal(told[1].base_recurring_appointment, base);
  for (const query of ['', '?base_recurring_appointment=1'])
    assert.equal((await account.api('GET', `/recurring_appointment_instances${query}`)).status, 400);
});

test('billing and clinical keys come marked in every reply, and verbose adds the chart', async (t) => {
  const account = await openAccount(t);
  const id = await account.book();
  const row = await account.read(`/appointments/${id}`);
  for (const key of ['primary_insurance_id_number', 'billing_status', 'ins1_status'])
    assert.match(row[key], /CANARY-PHI/);
  assert.match(row.icd10_codes[0], /CANARY-PHI/);
  assert.equal(row.vitals, undefined);
  assert.match(
    (await account.read(`/appointments/${id}?verbose=true`)).vitals.blood_pressure_1,
    /CANARY-PHI/,
  );
  await account.set({ emitCanaryPhi: false });
  assert.doesNotMatch((await account.api('GET', `/appointments/${id}`)).text, /CANARY/);
});

test('the front desk books over everything, moves, notes, cancels and deletes', async (t) => {
  const account = await openAccount(t);
  await account.book();
  const desk = async (action: object) => (await account.sim('POST', '/staff', action)).json();
  const start = '2027-04-06T10:30:00-07:00';
  const [practitionerId, locationId] = [String(OKAFOR), String(OFFICE)];
  const { id } = await desk({
    action: 'book',
    patientId: String(CASPIAN),
    practitionerId,
    locationId,
    start,
  });
  assert.equal((await account.read(`/appointments/${id}`)).scheduled_time, '2027-04-06T10:30:00');
  const moved = await desk({
    action: 'move',
    id,
    start: '2027-04-06T23:00:00Z',
    practitionerId: String(LINDGREN),
  });
  assert.deepEqual([moved.start, moved.practitionerId], ['2027-04-06T16:00:00-07:00', String(LINDGREN)]);
  assert.equal((await desk({ action: 'note', id, note: 'GW:BYHAND' })).marker, 'GW:BYHAND');
  assert.equal((await desk({ action: 'noshow', id })).nativeStatus, 'No Show');
  assert.equal((await desk({ action: 'cancel', id })).status, 'cancelled');
  assert.equal((await desk({ action: 'delete', id })).status, 'entered-in-error');
  const elsewhere = { action: 'book', patientId: '5', practitionerId, locationId, start };
  assert.equal((await account.sim('POST', '/staff', elsewhere)).status, 400);
  assert.equal((await account.sim('POST', '/staff', { action: 'cancel', id })).status, 404);
});
