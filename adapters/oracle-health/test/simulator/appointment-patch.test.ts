import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  cancelled,
  NORA,
  openClinic,
  PHYSICAL,
  PIER,
  type Resource,
  SORENSEN,
  type TestClinic,
  TYPES,
} from './clinic.ts';

const EXTENSION = 'https://fhir-ehr.cerner.com/r4/StructureDefinition';
const to = (value: string) => [{ op: 'replace', path: '/status', value }];
const slotTo = (id: string) => ({ op: 'replace', path: '/slot', value: [{ reference: `Slot/${id}` }] });

async function booked(t: TestContext, settings = {}) {
  const clinic = await openClinic(t, { settings });
  const [slot, next] = await clinic.slots({
    'schedule.actor': `Practitioner/${SORENSEN}`,
    '-location': PIER,
  });
  const id = await clinic.book(slot.id, NORA, { comment: 'GW:ABCDEFGHIJ.1' });
  const path = `/Appointment/${id}`;
  const statusOf = async (one: Resource): Promise<string> => (await clinic.read(`/Slot/${one.id}`)).status;
  return { clinic, slot, next, id, path, statusOf };
}

/** The seeded appointment of which `which` is true. */
async function seeded(clinic: TestClinic, which: (row: Resource) => boolean): Promise<Resource> {
  const { appointments } = (await clinic.sim('GET', '/ledger')).json();
  for (const { id } of appointments) {
    const reply = await clinic.api('GET', `/Appointment/${id}`);
    if (reply.status === 200 && which(reply.json())) return reply.json();
  }
  return assert.fail('There is no such appointment.');
}

test('a patch is answered 200, empty and text/html, with the next version', async (t) => {
  const { clinic, path } = await booked(t);
  const reply = await clinic.patch(path, '0', to('arrived'));
  assert.deepEqual([reply.status, reply.text], [200, '']);
  assert.equal(reply.headers.get('content-type'), 'text/html');
  assert.equal(reply.headers.get('etag'), 'W/"1"');
  assert.equal((await clinic.read(path)).meta.versionId, '1');
});

test('If-Match is wanted: 412 without it, 409 for an old version, and nothing changes', async (t) => {
  const { clinic, path } = await booked(t);
  assert.equal((await clinic.patch(path, undefined, cancelled)).status, 412);
  const stale = await clinic.patch(path, '7', cancelled);
  assert.deepEqual([stale.status, stale.json().issue[0].code], [409, 'conflict']);
  assert.equal((await clinic.read(path)).status, 'booked');
  assert.equal((await clinic.patch('/Appointment/404404404', '0', cancelled)).status, 404);
});

test('a patch of another media type is 415 and a body that is none 400', async (t) => {
  const { clinic, path } = await booked(t);
  const headers = { 'if-match': 'W/"0"', 'content-type': 'application/json' };
  assert.equal((await clinic.api('PATCH', path, { body: cancelled, headers })).status, 415);
  for (const body of ['{', '{}', '[]', '[1]', '[{"path":"/status"}]'])
    assert.equal((await clinic.patch(path, '0', body)).status, 400, body);
});

test('a cancelled appointment frees its slot and keeps its reason, as a code of Millennium and the one given', async (t) => {
  const { clinic, slot, id, path, statusOf } = await booked(t);
  assert.equal((await clinic.patch(path, '0', cancelled)).status, 200);
  const row = await clinic.read(path);
  assert.equal(row.status, 'cancelled');
  assert.deepEqual(
    row.cancelationReason.coding.map(({ code }: Resource) => code),
    ['0', 'oth-err'],
  );
  assert.equal('display' in row.cancelationReason.coding[0], false);
  assert.deepEqual(row.slot, [{ reference: `Slot/${slot.id}` }]);
  assert.equal(await statusOf(slot), 'free');
  const told = await clinic.ledger(id);
  assert.deepEqual(
    [told.status, told.marker, told.writes.at(-1).action],
    ['cancelled', 'GW:ABCDEFGHIJ.1', 'cancel'],
  );
  assert.equal((await clinic.patch(path, '1', cancelled)).status, 422);
  await clinic.set({ cancelledKeepsSlot: false });
  assert.equal('slot' in (await clinic.read(path)), false);
});

test('a freed slot can be booked again', async (t) => {
  const { clinic, slot, id, path } = await booked(t);
  await clinic.patch(path, '0', cancelled);
  assert.notEqual(await clinic.book(slot.id, '13000102'), id);
});

test('a cancelation reason has exactly one coding, of the standard or of Millennium, and only beside a cancellation', async (t) => {
  const { clinic, path } = await booked(t);
  const [status, reason] = cancelled;
  const system = 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason';
  const values = [
    { text: 'no coding' },
    { coding: [] },
    {
      coding: [
        { system, code: 'pat' },
        { system, code: 'prov' },
      ],
    },
    { coding: [{ system, code: 'whatever' }] },
    { coding: [{ system: 'http://example.org/reasons', code: 'pat' }] },
  ];
  for (const value of values)
    assert.equal(
      (await clinic.patch(path, '0', [status, { ...reason, value }])).status,
      422,
      JSON.stringify(value),
    );
  assert.equal((await clinic.patch(path, '0', [reason])).status, 422);
  assert.equal((await clinic.patch(path, '0', [...to('arrived'), reason])).status, 422);
  const own = { coding: [{ system: TYPES.replace('14249', '14229'), code: '4680002' }], text: 'ignored' };
  assert.equal((await clinic.patch(path, '0', [status, { ...reason, value: own }])).status, 200);
});

test('a status changes along the documented ways and no other', async (t) => {
  const ways: readonly (readonly [readonly string[], number])[] = [
    [['arrived', 'checked-in', 'fulfilled'], 200],
    [['checked-in', 'cancelled'], 200],
    [['arrived', 'cancelled'], 200],
    [['fulfilled'], 422],
    [['arrived', 'booked'], 422],
    [['arrived', 'fulfilled'], 422],
    [['booked'], 422],
    [['noshow'], 422],
    [['pending'], 422],
    [['waitlist'], 422],
    [['entered-in-error'], 422],
    [['cancelled', 'booked'], 422],
    [['checked-in', 'fulfilled', 'cancelled'], 422],
  ];
  const { clinic, path } = await booked(t);
  for (const [way, last] of ways) {
    await clinic.sim('POST', '/reset');
    const [slot] = await clinic.slots();
    const again = `/Appointment/${await clinic.book(slot.id)}`;
    const statuses = [];
    for (const [version, status] of way.entries())
      statuses.push((await clinic.patch(again, String(version), to(status))).status);
    assert.equal(statuses.at(-1), last, way.join(' '));
    assert.ok(statuses.slice(0, -1).every((status) => status === 200));
  }
  assert.ok(path);
});

test('replacing the slot moves the same appointment, takes the new slot and frees the old one', async (t) => {
  const { clinic, slot, next, id, path, statusOf } = await booked(t);
  assert.equal((await clinic.patch(path, '0', [slotTo(next.id)])).status, 200);
  const row = await clinic.read(path);
  assert.deepEqual([row.id, row.status, row.meta.versionId], [id, 'booked', '1']);
  assert.equal(Date.parse(row.start), Date.parse(next.start));
  assert.equal(row.comment, 'GW:ABCDEFGHIJ.1');
  assert.deepEqual([await statusOf(slot), await statusOf(next)], ['free', 'busy']);
  const told = await clinic.ledger(id);
  assert.deepEqual([told.start, told.writes.at(-1).action], ['2027-06-07T09:30:00-04:00', 'move']);
});

test('a move to a slot of another length and type takes both', async (t) => {
  const { clinic, path } = await booked(t);
  const [, , hour] = await clinic.slots({
    'service-type': `${TYPES}|${PHYSICAL}`,
    start: ['ge2027-06-07T13:00:00Z', 'lt2027-06-07T16:00:00Z'],
    '-location': PIER,
  });
  assert.equal(hour, undefined);
  const [later] = await clinic.slots({
    'service-type': `${TYPES}|${PHYSICAL}`,
    start: ['ge2027-06-07T14:00:00Z', 'lt2027-06-07T16:00:00Z'],
    '-location': PIER,
  });
  assert.equal((await clinic.patch(path, '0', [slotTo(later.id)])).status, 200);
  const row = await clinic.read(path);
  assert.deepEqual([row.minutesDuration, row.serviceType[0].coding[0].code], [60, PHYSICAL]);
});

test('where a move does not free the old slot, it stays busy', async (t) => {
  const { clinic, slot, next, path, statusOf } = await booked(t, { rescheduleFreesSlot: false });
  await clinic.patch(path, '0', [slotTo(next.id)]);
  assert.deepEqual([await statusOf(slot), await statusOf(next)], ['busy', 'busy']);
});

test('a move to a taken slot is 422 and the appointment stays where it is', async (t) => {
  const { clinic, slot, next, path } = await booked(t);
  await clinic.book(next.id, '13000102');
  for (const id of [next.id, slot.id, '404-404-404-404'])
    assert.equal((await clinic.patch(path, '0', [slotTo(id)])).status, 422);
  const row = await clinic.read(path);
  assert.deepEqual([Date.parse(row.start), row.meta.versionId], [Date.parse(slot.start), '0']);
});

test('a move may bring a comment, an action comment and a reason; alone or beside a status they are refused', async (t) => {
  const { clinic, next, path } = await booked(t);
  const comment = { op: 'replace', path: '/comment', value: 'Other day GW:ABCDEFGHIJ.2' };
  const action = {
    op: 'replace',
    path: '/extension',
    value: [{ url: `${EXTENSION}/action-comment`, valueString: 'rang at noon' }],
  };
  const reason = {
    op: 'add',
    path: '/extension',
    value: { url: `${EXTENSION}/reschedule-reason`, valueCodeableConcept: { text: 'Patient' } },
  };
  for (const one of [comment, action, reason]) {
    assert.equal((await clinic.patch(path, '0', [one])).status, 422);
    assert.equal((await clinic.patch(path, '0', [...to('arrived'), one])).status, 422);
  }
  assert.equal((await clinic.patch(path, '0', [slotTo(next.id), comment, action, reason])).status, 200);
  const row = await clinic.read(path);
  assert.equal(row.comment, 'Other day GW:ABCDEFGHIJ.2');
  assert.deepEqual(
    row.extension.map(({ url }: Resource) => url.split('/').at(-1)),
    ['is-cancelable', 'is-reschedulable', 'action-comment', 'reschedule-reason'],
  );
});

test('a cancellation takes an action comment only beside its reason', async (t) => {
  const { clinic, path } = await booked(t);
  const value = { url: `${EXTENSION}/action-comment`, valueString: 'rang at noon' };
  const action = { op: 'replace', path: '/extension', value };
  assert.equal((await clinic.patch(path, '0', [...to('cancelled'), action])).status, 422);
  assert.equal((await clinic.patch(path, '0', [...cancelled, action])).status, 200);
});

test('a slot and a status are not replaced at once, and nothing is patched twice', async (t) => {
  const { clinic, next, path } = await booked(t);
  for (const operations of [
    [...to('arrived'), slotTo(next.id)],
    [slotTo(next.id), slotTo(next.id)],
    [{ op: 'add', path: '/slot', value: [{ reference: `Slot/${next.id}` }] }],
    [{ op: 'remove', path: '/comment' }],
    [{ op: 'test', path: '/status', value: 'booked' }, ...cancelled],
  ])
    assert.equal((await clinic.patch(path, '0', operations)).status, 422, JSON.stringify(operations));
});

test('a path that is not documented is refused, or ignored where the setting says so', async (t) => {
  const { clinic, path } = await booked(t);
  const operations = [...cancelled, { op: 'replace', path: '/description', value: 'x' }];
  assert.equal((await clinic.patch(path, '0', operations)).status, 422);
  await clinic.set({ unknownPatchPath: 'ignore' });
  assert.equal((await clinic.patch(path, '0', operations.slice(-1))).status, 422);
  assert.equal((await clinic.patch(path, '0', operations)).status, 200);
});

test('/patient-status is a path of no element: a tentative patient of a booked appointment accepts by it', async (t) => {
  const { clinic, path } = await booked(t);
  const accept = [{ op: 'replace', path: '/patient-status', value: 'accepted' }];
  assert.equal((await clinic.patch(path, '0', accept)).status, 422);
  const tentative = await seeded(
    clinic,
    ({ status, participant }) => status === 'booked' && participant[0].status === 'tentative',
  );
  const own = `/Appointment/${tentative.id}`;
  assert.equal(
    (await clinic.patch(own, tentative.meta.versionId, [{ ...accept[0], value: 'declined' }])).status,
    422,
  );
  assert.equal((await clinic.patch(own, tentative.meta.versionId, accept)).status, 200);
  assert.equal((await clinic.read(own)).participant[0].status, 'accepted');
});

test('a request becomes booked with a slot, and not without one', async (t) => {
  const { clinic, next } = await booked(t);
  const wish = await seeded(clinic, ({ status }) => status === 'proposed');
  const path = `/Appointment/${wish.id}`;
  assert.equal((await clinic.patch(path, wish.meta.versionId, to('booked'))).status, 422);
  const slot = { op: 'add', path: '/slot', value: [{ reference: `Slot/${next.id}` }] };
  const noReason = { op: 'add', path: '/reasonCode', value: [] };
  assert.equal(
    (await clinic.patch(path, wish.meta.versionId, [...to('booked'), slot, noReason])).status,
    200,
  );
  const row = await clinic.read(path);
  assert.deepEqual(
    [row.status, row.reasonCode, row.participant[0].status],
    ['booked', undefined, 'accepted'],
  );
  assert.equal(Date.parse(row.start), Date.parse(next.start));
});

test('a visit of a group says that it can be neither cancelled nor moved, and it cannot', async (t) => {
  const { clinic, next } = await booked(t);
  const group = await seeded(
    clinic,
    ({ status, extension }) => status === 'booked' && extension.length === 3,
  );
  assert.deepEqual(
    group.extension.slice(0, 2).map(({ valueBoolean }: Resource) => valueBoolean),
    [false, false],
  );
  const path = `/Appointment/${group.id}`;
  assert.equal((await clinic.patch(path, group.meta.versionId, cancelled)).status, 422);
  assert.equal((await clinic.patch(path, group.meta.versionId, [slotTo(next.id)])).status, 422);
});

test('423 and 424 come from settings, and nothing changes', async (t) => {
  const { clinic, id, path, slot, statusOf } = await booked(t);
  await clinic.set({ beingModified: `1, ${id}` });
  assert.equal((await clinic.patch(path, '0', cancelled)).status, 423);
  await clinic.set({ beingModified: '', sideOperation: 'fails424' });
  assert.equal((await clinic.patch(path, '0', cancelled)).status, 424);
  await clinic.set({ sideOperation: 'works' });
  assert.equal((await clinic.read(path)).meta.versionId, '0');
  assert.equal(await statusOf(slot), 'busy');
  assert.equal((await clinic.patch(path, '0', cancelled)).status, 200);
});
