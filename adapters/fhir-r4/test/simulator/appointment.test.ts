import assert from 'node:assert/strict';
import { test } from 'node:test';
import { booking, DAVIT, ELISE, openClinic, type Resource, refusalOf } from './clinic.ts';

const cancel = [{ op: 'replace', path: '/status', value: 'cancelled' }];

test('a booking is answered 201 with its address, and its slot is busy from then on', async (t) => {
  const clinic = await openClinic(t);
  const [slot] = await clinic.slots();
  const reply = await clinic.api('POST', '/Appointment', { body: booking([slot], ELISE) });
  assert.equal(reply.status, 201, reply.text);
  const { id, meta, created, status } = reply.json();
  assert.equal(status, 'booked');
  assert.equal(Date.parse(created), Date.parse('2027-03-03T17:00:00Z'));
  assert.equal(
    reply.headers.get('location'),
    `${clinic.url}/fhir/Appointment/${id}/_history/${meta.versionId}`,
  );
  assert.equal(reply.headers.get('etag'), `W/"${meta.versionId}"`);
  assert.equal((await clinic.read(`/Slot/${slot.id}`)).status, 'busy');
  const { patientId, practitionerId, locationId, writes } = await clinic.ledger(id);
  assert.deepEqual([patientId, practitionerId, locationId], [ELISE, 'pr-101', 'loc-10']);
  assert.deepEqual(
    writes.map(({ by, action }: Resource) => [by, action]),
    [['api', 'book']],
  );
});

for (const slotTaken of ['409', '422', '400'] as const)
  test(`a slot that is not free refuses with ${slotTaken} where the server says so`, async (t) => {
    const clinic = await openClinic(t, { settings: { slotTaken } });
    const [slot] = await clinic.slots();
    await clinic.book([slot]);
    const second = await clinic.api('POST', '/Appointment', { body: booking([slot], DAVIT) });
    assert.deepEqual(refusalOf(second), [Number(slotTaken), 'conflict']);
  });

test('a server without the rule books a slot twice', async (t) => {
  const clinic = await openClinic(t, { settings: { slotRule: 'none' } });
  const [slot] = await clinic.slots();
  assert.notEqual((await clinic.book([slot])).id, (await clinic.book([slot], DAVIT)).id);
});

test('the time of a practitioner is taken in the other schedule too, unless the server looks at slots alone', async (t) => {
  for (const otherSchedules of ['taken', 'open'] as const) {
    const clinic = await openClinic(t, { settings: { otherSchedules } });
    const wednesday = [
      ['start', 'ge2027-06-09T13:00:00-08:00'],
      ['start', 'lt2027-06-09T13:30:00-08:00'],
      ['schedule', 'Schedule/sch-2,Schedule/sch-3'],
    ];
    const [one, other] = await clinic.find('Slot', wednesday as [string, string][]);
    await clinic.book([one]);
    const now = otherSchedules === 'taken' ? 'busy-unavailable' : 'free';
    assert.equal((await clinic.read(`/Slot/${other.id}`)).status, now);
  }
});

test('If-None-Exist makes one, finds it, and is refused where several match', async (t) => {
  const clinic = await openClinic(t);
  const [slot, next, third] = await clinic.slots({ schedule: 'Schedule/sch-1' });
  const more = { identifier: [{ system: 'urn:test', value: 'one' }] };
  const once = { 'if-none-exist': 'identifier=urn:test|one' };
  const made = await clinic.book([slot], ELISE, more, once);
  const again = await clinic.api('POST', '/Appointment', {
    body: booking([slot], ELISE, more),
    headers: once,
  });
  assert.deepEqual([again.status, again.json().id], [200, made.id]);
  await clinic.book([next], ELISE, more);
  const several = await clinic.api('POST', '/Appointment', { body: booking([third], ELISE), headers: once });
  assert.deepEqual(refusalOf(several), [412, 'multiple-matches']);
  const unclear = await clinic.api('POST', '/Appointment', {
    body: booking([third], ELISE),
    headers: { 'if-none-exist': 'colour=blue' },
  });
  assert.equal(unclear.status, 400);
});

test('an index that is behind makes a second one', async (t) => {
  const clinic = await openClinic(t);
  const [slot, next] = await clinic.slots();
  const more = { identifier: [{ system: 'urn:test', value: 'one' }] };
  const once = { 'if-none-exist': 'identifier=urn:test|one' };
  const made = await clinic.book([slot], ELISE, more, once);
  await clinic.sim('POST', '/faults', { name: 'match-missed', times: 1 });
  assert.notEqual((await clinic.book([next], ELISE, more, once)).id, made.id);
});

test('a server without conditional create says so, and refuses or does not look', async (t) => {
  const once = { 'if-none-exist': 'identifier=urn:test|one' };
  const settings = { conditionalCreate: false } as const;
  const clinic = await openClinic(t, { settings });
  const { rest } = await clinic.read('/metadata');
  const { conditionalCreate } = rest[0].resource.find(({ type }: Resource) => type === 'Appointment');
  assert.equal(conditionalCreate, false);
  const [slot] = await clinic.slots();
  const refused = await clinic.api('POST', '/Appointment', { body: booking([slot], ELISE), headers: once });
  assert.deepEqual(refusalOf(refused), [400, 'not-supported']);
  await clinic.sim('PUT', '/settings', { withoutConditionalCreate: 'ignore' });
  assert.equal((await clinic.book([slot], ELISE, {}, once)).status, 'booked');
});

test('several slots of one schedule that follow one another are one appointment', async (t) => {
  const clinic = await openClinic(t);
  const [first, second, third] = await clinic.slots({ schedule: 'Schedule/sch-1' });
  const { minutesDuration: _, ...long } = await clinic.book([first, second]);
  assert.equal(Date.parse(long.end) - Date.parse(long.start), 60 * 60_000);
  const apart = await clinic.slots({ schedule: 'Schedule/sch-2' });
  const rows = [[third, apart[0]], [third, apart[5]], [third]];
  const statuses = await Promise.all(
    rows.map(
      async (slots) => (await clinic.api('POST', '/Appointment', { body: booking(slots, DAVIT) })).status,
    ),
  );
  assert.deepEqual(statuses, [422, 422, 201]);
});

test('a change needs the last version, and a second one with the same is refused', async (t) => {
  const clinic = await openClinic(t);
  const [slot] = await clinic.slots();
  const made = await clinic.book([slot]);
  const bare = await clinic.api('PATCH', `/Appointment/${made.id}`, { body: cancel });
  assert.deepEqual(refusalOf(bare), [400, 'required']);
  assert.deepEqual(refusalOf(await clinic.patch(made, cancel, 'older')), [412, 'conflict']);
  const gone = await clinic.patch(made, cancel);
  assert.deepEqual([gone.status, gone.json().status], [200, 'cancelled']);
  assert.notEqual(gone.json().meta.versionId, made.meta.versionId);
  assert.equal((await clinic.patch(made, cancel)).status, 412);
  assert.equal((await clinic.read(`/Slot/${slot.id}`)).status, 'free');
});

test('a move by PATCH or PUT takes the new slot and frees the old one, or leaves all as it was', async (t) => {
  const clinic = await openClinic(t);
  const [first, second, third, taken] = await clinic.slots({ schedule: 'Schedule/sch-1' });
  await clinic.book([taken], DAVIT);
  const made = await clinic.book([first]);
  const to = (slot: Resource) => [
    { op: 'replace', path: '/slot', value: [{ reference: `Slot/${slot.id}` }] },
    { op: 'replace', path: '/start', value: slot.start },
    { op: 'replace', path: '/end', value: slot.end },
  ];
  assert.deepEqual(refusalOf(await clinic.patch(made, to(taken))), [409, 'conflict']);
  assert.equal((await clinic.read(`/Slot/${first.id}`)).status, 'busy');
  const patched = (await clinic.patch(made, to(second))).json();
  assert.equal(patched.start, second.start);
  const put = await clinic.api('PUT', `/Appointment/${made.id}`, {
    body: { ...patched, start: third.start, end: third.end, slot: [{ reference: `Slot/${third.id}` }] },
    headers: { 'if-match': `W/"${patched.meta.versionId}"` },
  });
  assert.equal(put.status, 200, put.text);
  assert.deepEqual(
    await Promise.all(
      [first, second, third].map(async ({ id }) => (await clinic.read(`/Slot/${id}`)).status),
    ),
    ['free', 'free', 'busy'],
  );
  assert.deepEqual(
    (await clinic.ledger(made.id)).writes.map(({ action }: Resource) => action),
    ['book', 'move', 'move'],
  );
});

test('what FHIR forbids is refused, and nothing is written', async (t) => {
  const clinic = await openClinic(t);
  const [slot, next] = await clinic.slots({ schedule: 'Schedule/sch-1' });
  const reason = { cancelationReason: { text: 'why' } };
  const rows: readonly (readonly [string, object, number, string])[] = [
    ['app-1', { participant: [{ status: 'accepted' }] }, 422, 'invariant'],
    ['app-2', { end: undefined }, 422, 'invariant'],
    ['app-3', { start: undefined, end: undefined, slot: undefined }, 422, 'invariant'],
    ['app-4', reason, 422, 'invariant'],
    ['an unknown status', { status: 'maybe' }, 422, 'code-invalid'],
    ['a status to begin with', { status: 'fulfilled' }, 422, 'business-rule'],
    ['no instant', { start: slot.start.slice(0, 16) }, 400, 'value'],
    ['another time than the slot', { end: next.end }, 422, 'business-rule'],
    ['an element of R5', { cancellationReason: { text: 'why' } }, 400, 'structure'],
    ['something empty', { comment: '' }, 400, 'structure'],
    [
      'a stranger',
      { participant: [{ actor: { reference: 'Patient/1' }, status: 'accepted' }] },
      422,
      'business-rule',
    ],
    [
      'nobody',
      { participant: [{ actor: { reference: 'Practitioner/pr-101' }, status: 'accepted' }] },
      422,
      'required',
    ],
    ['no slot of ours', { slot: [{ reference: 'Slot/slot-1-7' }] }, 422, 'business-rule'],
  ];
  for (const [what, changes, status, code] of rows) {
    const reply = await clinic.api('POST', '/Appointment', { body: booking([slot], ELISE, changes) });
    assert.deepEqual(refusalOf(reply), [status, code], what);
  }
  assert.equal((await clinic.read(`/Slot/${slot.id}`)).status, 'free');
});

test('what is over is not brought back, and a noshow may have a reason', async (t) => {
  const clinic = await openClinic(t);
  const [slot, next] = await clinic.slots();
  const cancelled = (await clinic.patch(await clinic.book([slot]), cancel)).json();
  const back = await clinic.patch(cancelled, [{ op: 'replace', path: '/status', value: 'booked' }]);
  assert.deepEqual(refusalOf(back), [422, 'business-rule']);
  const missed = await clinic.patch(await clinic.book([next]), [
    { op: 'replace', path: '/status', value: 'noshow' },
    { op: 'add', path: '/cancelationReason', value: { text: 'did not come' } },
  ]);
  assert.equal(missed.status, 200, missed.text);
  assert.equal((await clinic.read(`/Slot/${next.id}`)).status, 'busy');
});

test('a patch is done as a whole or not at all, and is no other media type', async (t) => {
  const clinic = await openClinic(t);
  const [slot] = await clinic.slots();
  const made = await clinic.book([slot], ELISE, { comment: 'first' });
  const rows: readonly (readonly [unknown, number])[] = [
    [[{ op: 'test', path: '/comment', value: 'other' }, ...cancel], 422],
    [[...cancel, { op: 'remove', path: '/nothing' }], 422],
    [[{ op: 'replace', path: '/id', value: '7' }], 422],
    [[{ op: 'paint', path: '/status' }], 400],
    [{}, 400],
  ];
  for (const [operations, status] of rows)
    assert.equal((await clinic.patch(made, operations)).status, status, JSON.stringify(operations));
  const headers = { 'if-match': `W/"${made.meta.versionId}"`, 'content-type': 'application/fhir+json' };
  const other = await clinic.api('PATCH', `/Appointment/${made.id}`, { body: cancel, headers });
  assert.equal(other.status, 415);
  const done = await clinic.patch(made, [
    { op: 'test', path: '/comment', value: 'first' },
    { op: 'copy', from: '/comment', path: '/description' },
    { op: 'move', from: '/description', path: '/patientInstruction' },
    { op: 'add', path: '/participant/-', value: { type: [{ text: 'guest' }], status: 'tentative' } },
    { op: 'remove', path: '/comment' },
  ]);
  const { comment, description, patientInstruction, participant } = done.json();
  assert.deepEqual(
    [comment, description, patientInstruction, participant.length],
    [undefined, undefined, 'first', 2],
  );
});

test('nothing is made by PUT, changed to another id, or deleted by the API', async (t) => {
  const clinic = await openClinic(t);
  const [slot] = await clinic.slots();
  const made = await clinic.book([slot]);
  const headers = { 'if-match': `W/"${made.meta.versionId}"` };
  assert.equal(
    (await clinic.api('PUT', '/Appointment/7', { body: { ...made, id: '7' }, headers })).status,
    405,
  );
  assert.equal(
    (await clinic.api('PUT', `/Appointment/${made.id}`, { body: { ...made, id: '7' }, headers })).status,
    400,
  );
  assert.equal((await clinic.api('DELETE', `/Appointment/${made.id}`)).status, 405);
});

test('Prefer says what a success answers, before the setting', async (t) => {
  const clinic = await openClinic(t, { settings: { returns: 'minimal' } });
  const [first, second, third] = await clinic.slots();
  const answer = async (slot: Resource, prefer?: string) => {
    const headers = prefer === undefined ? {} : { prefer: `return=${prefer}` };
    return (await clinic.api('POST', '/Appointment', { body: booking([slot], ELISE), headers })).text;
  };
  assert.equal(await answer(first), '');
  assert.match(await answer(second, 'representation'), /"resourceType":"Appointment"/);
  assert.match(await answer(third, 'OperationOutcome'), /"severity":"information"/);
});

test('the front desk books over everything, and what it deletes is gone', async (t) => {
  const clinic = await openClinic(t);
  const [slot] = await clinic.slots();
  await clinic.book([slot]);
  const order = {
    practitionerId: 'pr-101',
    locationId: 'loc-10',
    start: slot.start,
    note: 'GW:AAAAAAAAAA.1',
  };
  const made = await clinic.sim('POST', '/staff', { action: 'book', patientId: DAVIT, ...order });
  const { id, marker } = made.json();
  assert.equal(marker, 'GW:AAAAAAAAAA.1');
  assert.deepEqual((await clinic.read(`/Appointment/${id}`)).slot, [{ reference: `Slot/${slot.id}` }]);
  const moved = await clinic.sim('POST', '/staff', {
    action: 'move',
    id,
    start: '2027-06-07T19:15:00-08:00',
  });
  assert.equal(moved.status, 200, moved.text);
  assert.equal((await clinic.read(`/Appointment/${id}`)).slot, undefined);
  await clinic.sim('POST', '/staff', { action: 'delete', id });
  assert.deepEqual(refusalOf(await clinic.api('GET', `/Appointment/${id}`)), [410, 'deleted']);
  assert.equal((await clinic.ledger(id)).status, 'entered-in-error');
  assert.equal((await clinic.sim('POST', '/staff', { action: 'cancel', id: '7' })).status, 404);
});

test('the front desk admits somebody new, who is found by name', async (t) => {
  const clinic = await openClinic(t);
  const person = { family: 'Walker', given: 'Wyn', birthDate: '1999-09-09' };
  const { id } = (await clinic.sim('POST', '/staff', { action: 'admit', ...person })).json();
  assert.deepEqual(
    (await clinic.find('Patient', { family: 'Walker', birthdate: '1999-09-09' })).map((one) => one.id),
    [id],
  );
});
