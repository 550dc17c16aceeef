import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AMARA, codesOf, JONAS, NOW, openPractice, TOKEN } from './practice.ts';

test('a booking answers the appointment with a permanent id and a visit number, readable in R4', async (t) => {
  const practice = await openPractice(t);
  const [proposal] = await practice.proposals();
  const reply = await practice.book(proposal.id);
  const bundle = reply.json();
  const { resource } = bundle.entry[0];
  assert.deepEqual([reply.status, bundle.total, resource.status], [200, 1, 'booked']);
  assert.match(resource.id, /^e[A-Za-z0-9.-]{22}3$/);
  const read = (await practice.r4('GET', `/Appointment/${resource.id}`)).json();
  assert.deepEqual(read.identifier, resource.identifier);
  assert.equal(read.identifier[0].system, 'urn:oid:1.2.840.114350.1.13.0.1.7.3.698084.8');
  assert.deepEqual([read.start, read.end, read.minutesDuration], [proposal.start, proposal.end, 30]);
  assert.equal(read.slot, undefined);
  assert.equal(read.created, '2027-03-03');
  assert.match(read.patientInstruction, /\r\n$/);
  const [person, physician] = read.participant;
  assert.equal(person.actor.reference, `Patient/${AMARA}`);
  assert.match(physician.actor.reference, /^Practitioner\//);
  assert.deepEqual(person.period, { start: read.start, end: read.end });
});

test('the visit type that $find takes stands under another system in R4', async (t) => {
  const practice = await openPractice(t);
  const [proposal] = await practice.proposals('1003');
  const { resource } = (await practice.book(proposal.id)).json().entry[0];
  const [find, book] = [proposal, resource].map(({ serviceType }) => serviceType[0].coding[0]);
  const r4 = (await practice.r4('GET', `/Appointment/${resource.id}`)).json().serviceType[0].coding[0];
  assert.deepEqual([find.code, book.code, r4.code], ['1003', '1003', '1003']);
  assert.deepEqual(
    [find.system, r4.system],
    ['urn:oid:1.2.840.114350.1.13.0.1.7.3.808267.11', 'urn:oid:1.2.840.114350.1.13.0.1.7.2.808267'],
  );
});

test('the ledger has the booking once, with the marker of its note', async (t) => {
  const practice = await openPractice(t);
  const [proposal] = await practice.proposals();
  const { id } = (await practice.book(proposal.id, AMARA, 'x GW:7K3QX4M2TA.2 y')).json().entry[0].resource;
  const entry = await practice.ledger(id);
  assert.deepEqual(
    [entry.patientId, entry.status, entry.nativeStatus, entry.marker, entry.start],
    [AMARA, 'booked', 'Scheduled', 'GW:7K3QX4M2TA.2', '2027-03-04T08:00:00-06:00'],
  );
  assert.deepEqual(entry.writes, [{ at: new Date(NOW).toISOString(), by: 'api', action: 'book' }]);
});

test('the note cannot be read again over FHIR, unless a setting says where', async (t) => {
  const practice = await openPractice(t);
  const [proposal] = await practice.proposals();
  const booked = await practice.book(proposal.id, AMARA, 'GW:AAAAAAAAAA.1');
  const { id } = booked.json().entry[0].resource;
  const texts = async () =>
    [
      await practice.r4('GET', `/Appointment/${id}`),
      await practice.r4('GET', `/Appointment?patient=${AMARA}`),
      await practice.stu3('GET', `/Appointment/${id}`),
    ].map(({ text }) => text);
  for (const text of [booked.text, ...(await texts())]) assert.doesNotMatch(text, /GW:/);
  for (const noteReadBack of ['comment', 'description', 'patientInstruction']) {
    await practice.sim('PUT', '/settings', { noteReadBack });
    for (const text of await texts()) assert.match(text, new RegExp(`"${noteReadBack}":"[^"]*GW:AAAAAAAAAA`));
  }
});

test('a temporary id that nobody issued is fatal 59144 on the appointment', async (t) => {
  const practice = await openPractice(t);
  const [proposal] = await practice.proposals();
  const forged = proposal.id.replace(/^../, proposal.id.startsWith('ea') ? 'eb' : 'ea');
  for (const id of [forged, 'e3', `e${'A'.repeat(64)}3`, proposal.contained[0].id]) {
    const reply = await practice.book(id);
    const [issue] = reply.json().issue;
    assert.deepEqual([reply.status, codesOf(reply.json())], [400, ['59144']]);
    assert.deepEqual(
      [issue.severity, issue.code, issue.location],
      ['fatal', 'not-found', ['/f:appointment']],
    );
  }
  await practice.sim('PUT', '/settings', { staleIdStatus: 404 });
  assert.equal((await practice.book(forged)).status, 404);
});

test('a temporary id lives as long as the setting says', async (t) => {
  let now = NOW;
  const practice = await openPractice(t, { temporaryIdSeconds: 60 }, { now: () => now });
  const [first, second] = await practice.proposals();
  now += 59_000;
  assert.equal((await practice.book(first.id)).status, 200);
  now += 1_000;
  assert.deepEqual(codesOf((await practice.book(second.id)).json()), ['59144']);
});

test('a booked time is found no more and refused under each of its temporary ids', async (t) => {
  const practice = await openPractice(t);
  const [first, again] = [(await practice.proposals())[0], (await practice.proposals())[0]];
  const overlapping = (await practice.proposals('1003'))[0];
  assert.equal((await practice.book(first.id)).status, 200);
  for (const { id } of [first, again, overlapping]) {
    const reply = await practice.book(id, JONAS);
    assert.deepEqual([reply.status, codesOf(reply.json())], [400, ['59159']]);
  }
  const left = await practice.proposals();
  assert.ok(
    left.every(
      ({ start, participant }) =>
        start !== first.start || participant[0].actor.reference !== first.participant[0].actor.reference,
    ),
  );
  const { appointments } = (await practice.sim('GET', '/ledger')).json();
  const byApi = appointments.filter(({ writes }: { writes: [{ by: string }] }) => writes[0].by === 'api');
  assert.equal(byApi.length, 1);
});

test('a taken time is told with the status and the number of the settings', async (t) => {
  const practice = await openPractice(t);
  const [proposal] = await practice.proposals();
  await practice.book(proposal.id);
  for (const takenStatus of [400, 409, 422])
    for (const takenCode of ['59159', '59144', '59134', '59177']) {
      await practice.sim('PUT', '/settings', { takenCode, takenStatus });
      const reply = await practice.book(proposal.id);
      assert.deepEqual([reply.status, codesOf(reply.json())], [takenStatus, [takenCode]]);
    }
});

test('by setting a refusal is a 200 without an appointment', async (t) => {
  const practice = await openPractice(t, { takenStatus: 200 });
  const [proposal] = await practice.proposals();
  await practice.book(proposal.id);
  const reply = await practice.book(proposal.id);
  const bundle = reply.json();
  assert.deepEqual([reply.status, bundle.total, codesOf(bundle)], [200, 0, ['59159']]);
});

test('of two bookings of one time at once one is made', async (t) => {
  const practice = await openPractice(t);
  const [first, second] = [(await practice.proposals())[0], (await practice.proposals())[0]];
  const replies = await Promise.all([practice.book(first.id, AMARA), practice.book(second.id, JONAS)]);
  assert.deepEqual(replies.map(({ status }) => status).sort(), [200, 400]);
});

test('the cancelled, missed, moved and deleted visits of the front desk give their time back', async (t) => {
  const practice = await openPractice(t);
  const [proposal] = await practice.proposals();
  const free = async () =>
    (await practice.proposals()).some(({ contained }) => contained[0].id === proposal.contained[0].id);
  for (const action of ['cancel', 'noshow', 'move', 'delete']) {
    const again = (await practice.proposals()).find(
      ({ contained }) => contained[0].id === proposal.contained[0].id,
    );
    const { id } = (await practice.book(again.id)).json().entry[0].resource;
    assert.equal(await free(), false);
    const order = action === 'move' ? { action, id, start: '2027-03-10T09:00:00-06:00' } : { action, id };
    assert.equal((await practice.sim('POST', '/staff', order)).status, 200);
    assert.equal(await free(), true, action);
  }
});

test('a patient whom nobody knows is 400 with 4100, or 59144 by setting, and nothing is booked', async (t) => {
  const practice = await openPractice(t);
  const [proposal] = await practice.proposals();
  assert.deepEqual(codesOf((await practice.book(proposal.id, '404404404')).json()), ['4100']);
  await practice.sim('PUT', '/settings', { bookUnknownPatient: '59144' });
  const [issue] = (await practice.book(proposal.id, '404404404')).json().issue;
  assert.deepEqual([issue.details.coding[0].code, issue.location], ['59144', ['/f:patient']]);
  assert.equal((await practice.book(proposal.id)).status, 200);
});

test('patient and appointment are identifiers by value; without one it is 400 with 59108', async (t) => {
  const practice = await openPractice(t);
  const [proposal] = await practice.proposals();
  const parameter = [
    { name: 'patient', valueReference: { reference: `Patient/${AMARA}` } },
    { name: 'appointment', valueIdentifier: { value: proposal.id } },
    { name: 'comment', valueString: 'x' },
  ];
  const reply = await practice.stu3('POST', '/Appointment/$book', { resourceType: 'Parameters', parameter });
  assert.deepEqual([reply.status, codesOf(reply.json())], [400, ['59100', '59108']]);
});

test('the private web service cancels by visit number when it is licensed, and is a 404 page otherwise', async (t) => {
  const practice = await openPractice(t);
  const [proposal] = await practice.proposals();
  const { id, identifier } = (await practice.book(proposal.id)).json().entry[0].resource;
  const cancel = (body: object) =>
    practice.raw(
      'POST',
      '/interconnect-fhir-oauth/api/epic/2014/PatientAccess/External/CancelAppointment/Scheduling/Cancel',
      { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
      JSON.stringify(body),
    );
  const order = {
    PatientID: AMARA,
    PatientIDType: 'FHIR',
    ContactID: identifier[0].value,
    ContactIDType: 'CSN',
  };
  const off = await cancel(order);
  assert.deepEqual([off.status, off.headers.get('content-type')], [404, 'text/html']);
  await practice.sim('PUT', '/settings', { privateServices: true });
  assert.equal(
    (await cancel({ ...order, PatientID: JONAS })).json().ExceptionMessage,
    'NO-APPOINTMENT-FOUND',
  );
  assert.equal((await cancel(order)).status, 200);
  assert.equal((await practice.r4('GET', `/Appointment/${id}`)).json().status, 'cancelled');
  assert.deepEqual((await practice.ledger(id)).writes[1], {
    at: new Date(NOW).toISOString(),
    by: 'api',
    action: 'cancel',
  });
  assert.equal((await cancel(order)).json().ExceptionMessage, 'APPOINTMENT-NOT-CANCELABLE');
});
