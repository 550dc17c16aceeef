import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  BASE,
  booking,
  cancelled,
  idOf,
  NORA,
  openClinic,
  PHYSICAL,
  PIER,
  type Resource,
  SORENSEN,
  TYPES,
} from './clinic.ts';

const twins = { 'schedule.actor': `Practitioner/${SORENSEN}` };

test('a booking is answered 201 without a body, with an address that has no history and version 0', async (t) => {
  const clinic = await openClinic(t);
  const [slot] = await clinic.slots();
  const reply = await clinic.api('POST', '/Appointment', { body: booking(slot.id, NORA) });
  assert.deepEqual([reply.status, reply.text], [201, '']);
  assert.equal(reply.headers.get('content-length'), '0');
  assert.equal(reply.headers.get('location'), `${clinic.url}${BASE}/Appointment/${idOf(reply)}`);
  assert.equal(reply.headers.get('etag'), 'W/"0"');
  assert.ok(reply.headers.get('last-modified'));
  assert.ok(reply.headers.get('opc-request-id') && reply.headers.get('x-request-id'));
  assert.match(reply.headers.get('access-control-expose-headers') ?? '', /ETag, Location, X-Request-Id/);
});

test('time, type, place and practitioner of a booking come from its slot', async (t) => {
  const clinic = await openClinic(t);
  const [slot] = await clinic.slots({ ...twins, '-location': PIER });
  const id = await clinic.book(slot.id, NORA, {
    comment: 'By telephone GW:ABCDEFGHIJ.1',
    reasonCode: [{ text: 'Sore knee' }],
  });
  const read = await clinic.api('GET', `/Appointment/${id}`);
  const row = read.json();
  assert.equal(read.headers.get('etag'), 'W/"0"');
  assert.deepEqual([row.meta.versionId, row.status, row.minutesDuration], ['0', 'booked', 30]);
  assert.deepEqual(
    [Date.parse(row.start), Date.parse(row.end)],
    [Date.parse(slot.start), Date.parse(slot.end)],
  );
  assert.deepEqual(row.serviceType, slot.serviceType);
  assert.deepEqual(row.slot, [{ reference: `Slot/${slot.id}` }]);
  assert.deepEqual(row.reasonCode, [{ text: 'Sore knee' }]);
  assert.equal(row.comment, 'By telephone GW:ABCDEFGHIJ.1');
  assert.deepEqual(
    row.participant.map(({ actor }: Resource) => actor.reference),
    [`Patient/${NORA}`, `Location/${PIER}`, `Practitioner/${SORENSEN}`],
  );
  const codes = row.participant.flatMap(({ type = [] }: Resource) =>
    type.flatMap(({ coding }: Resource) => coding.map(({ code }: Resource) => code)),
  );
  assert.deepEqual(codes, ['4572', '4574', 'PPRF']);
});

test('the ledger tells the marker of the comment, who wrote, and times with the offset of the clinic', async (t) => {
  const clinic = await openClinic(t);
  const [slot] = await clinic.slots({ ...twins, '-location': PIER });
  const id = await clinic.book(slot.id, NORA, { comment: 'By telephone GW:ABCDEFGHIJ.1' });
  const told = await clinic.ledger(id);
  assert.deepEqual(told, {
    id,
    patientId: NORA,
    start: '2027-06-07T09:00:00-04:00',
    end: '2027-06-07T09:30:00-04:00',
    practitionerId: SORENSEN,
    locationId: PIER,
    status: 'booked',
    nativeStatus: 'booked',
    marker: 'GW:ABCDEFGHIJ.1',
    writes: [{ at: '2027-03-03T16:00:00.000Z', by: 'api', action: 'book' }],
  });
});

test('a slot that is taken is 422, and so is the slot of the same resource at the other location', async (t) => {
  const clinic = await openClinic(t);
  const [slot, twin] = await clinic.slots(twins);
  await clinic.book(slot.id);
  for (const { id } of [slot, twin]) {
    const reply = await clinic.api('POST', '/Appointment', { body: booking(id, '13000102') });
    assert.equal(reply.status, 422);
    assert.deepEqual(reply.json().issue, [
      { severity: 'error', code: 'business-rule', details: { text: 'The slot is not available.' } },
    ]);
  }
});

test('linked slots go busy together and free together', async (t) => {
  const clinic = await openClinic(t);
  const [slot, twin] = await clinic.slots(twins);
  assert.equal(slot.start, twin.start);
  const statuses = async () => [
    (await clinic.read(`/Slot/${slot.id}`)).status,
    (await clinic.read(`/Slot/${twin.id}`)).status,
  ];
  const id = await clinic.book(slot.id);
  assert.deepEqual(await statuses(), ['busy', 'busy']);
  await clinic.patch(`/Appointment/${id}`, '0', cancelled);
  assert.deepEqual(await statuses(), ['free', 'free']);
});

test('of two bookings of one slot at once, one is made', async (t) => {
  const clinic = await openClinic(t);
  const [slot] = await clinic.slots();
  const replies = await Promise.all(
    [NORA, '13000102'].map((patient) =>
      clinic.api('POST', '/Appointment', { body: booking(slot.id, patient) }),
    ),
  );
  assert.deepEqual(replies.map(({ status }) => status).sort(), [201, 422]);
});

test('a booking that says more than slot, patient, reason and comment is refused and makes nothing', async (t) => {
  const clinic = await openClinic(t);
  const [slot, other] = await clinic.slots();
  const patient = { actor: { reference: `Patient/${NORA}` }, status: 'accepted' };
  const refused: readonly [object, number][] = [
    [{ start: slot.start }, 422],
    [{ end: slot.end }, 422],
    [{ minutesDuration: 30 }, 422],
    [{ serviceType: slot.serviceType }, 422],
    [{ requestedPeriod: [{ start: slot.start, end: slot.end }] }, 422],
    [
      { participant: [patient, { actor: { reference: `Practitioner/${SORENSEN}` }, status: 'accepted' }] },
      422,
    ],
    [{ participant: [patient, { ...patient, actor: { reference: 'Patient/13000102' } }] }, 422],
    [{ participant: [{ ...patient, type: [{ text: 'Patient' }] }] }, 422],
    [{ participant: [{ ...patient, status: 'needs-action' }] }, 422],
    [{ participant: [{ ...patient, actor: { reference: NORA } }] }, 422],
    [{ participant: [{ ...patient, actor: { reference: 'Patient/404404404' } }] }, 422],
    [{ participant: [] }, 422],
    [{ slot: [] }, 422],
    [{ slot: undefined }, 422],
    [{ slot: [{ reference: `Slot/${slot.id}` }, { reference: `Slot/${other.id}` }] }, 422],
    [{ slot: [{ reference: 'Slot/404-404-404-404' }] }, 422],
    [{ slot: [{ reference: slot.id }] }, 422],
    [{ status: 'pending' }, 422],
    [{ status: undefined }, 422],
    [{ implicitRules: 'http://example.org/rules' }, 422],
    [{ modifierExtension: [{ url: 'http://example.org/m', valueBoolean: true }] }, 422],
    [{ comment: 5 }, 422],
    [{ reasonCode: [{ text: 'a' }, { text: 'b' }] }, 422],
    [{ reasonCode: [{ coding: [{ code: 'x' }] }] }, 422],
    [{ reasonCode: [{ text: 'x'.repeat(256) }] }, 400],
    [{ resourceType: 'Slot' }, 400],
  ];
  const before = (await clinic.sim('GET', '/ledger')).text;
  for (const [more, status] of refused) {
    const reply = await clinic.api('POST', '/Appointment', { body: booking(slot.id, NORA, more) });
    assert.equal(reply.status, status, `${JSON.stringify(more)}: ${reply.text}`);
    assert.equal(reply.json().resourceType, 'OperationOutcome');
  }
  const [rules] = await Promise.all([
    clinic.api('POST', '/Appointment', { body: booking(slot.id, NORA, { implicitRules: 'x' }) }),
  ]);
  assert.equal(rules?.json().issue[0].code, 'not-supported');
  assert.equal((await clinic.sim('GET', '/ledger')).text, before);
  await clinic.book(slot.id, NORA, { reasonCode: [{ text: 'x'.repeat(255) }], id: 'ignored' });
});

test('a body that is no JSON is 400, and one of another media type 415', async (t) => {
  const clinic = await openClinic(t);
  assert.equal((await clinic.api('POST', '/Appointment', { body: '{' })).status, 400);
  const xml = { body: '<a/>', headers: { 'content-type': 'application/fhir+xml' } };
  assert.equal((await clinic.api('POST', '/Appointment', xml)).status, 415);
});

test('a booked hour takes the half hours in it, and a booked half hour takes the hour', async (t) => {
  const clinic = await openClinic(t);
  const [hour] = await clinic.slots({ 'service-type': `${TYPES}|${PHYSICAL}`, ...twins });
  const halves = await clinic.slots(twins);
  await clinic.book(hour.id);
  assert.deepEqual(await clinic.slots(twins), []);
  for (const { id } of halves) assert.equal((await clinic.read(`/Slot/${id}`)).status, 'busy');
});

test('a slot that has begun is booked, or refused where the setting says so', async (t) => {
  const clinic = await openClinic(t);
  const start = ['ge2027-03-03T14:00:00Z', 'lt2027-03-03T16:00:00Z'];
  const [slot] = await clinic.slots({ start });
  await clinic.set({ past: 'reject422' });
  assert.equal((await clinic.api('POST', '/Appointment', { body: booking(slot.id, NORA) })).status, 422);
  await clinic.set({ past: 'accept' });
  await clinic.book(slot.id);
});

test('a request names one patient, a place, one type and one period, and has no slot', async (t) => {
  const clinic = await openClinic(t);
  const wanted = {
    resourceType: 'Appointment',
    status: 'proposed',
    serviceType: [{ coding: [{ system: 'http://snomed.info/sct', code: '408443003' }] }],
    participant: [
      { actor: { reference: `Patient/${NORA}` }, status: 'needs-action' },
      { actor: { reference: `Location/${PIER}` }, status: 'needs-action' },
    ],
    requestedPeriod: [{ start: '2027-06-07T09:00:00-04:00', end: '2027-06-17T09:00:00-04:00' }],
  };
  const made = await clinic.api('POST', '/Appointment', { body: wanted });
  assert.equal(made.status, 201);
  const row = await clinic.read(`/Appointment/${idOf(made)}`);
  assert.deepEqual([row.status, row.start, row.slot], ['proposed', undefined, undefined]);
  assert.deepEqual(row.requestedPeriod, wanted.requestedPeriod);
  assert.deepEqual((await clinic.ledger(row.id)).status, 'proposed');
  const [slot] = await clinic.slots();
  const refused = [
    { slot: [{ reference: `Slot/${slot.id}` }] },
    { serviceType: [] },
    { serviceType: [...wanted.serviceType, ...wanted.serviceType] },
    { requestedPeriod: [{ start: '2027-06-07T09:00:00-04:00' }] },
    { participant: wanted.participant.slice(0, 1) },
    { participant: wanted.participant.map((each) => ({ ...each, status: 'accepted' })) },
  ];
  for (const more of refused)
    assert.equal(
      (await clinic.api('POST', '/Appointment', { body: { ...wanted, ...more } })).status,
      422,
      JSON.stringify(more),
    );
});
