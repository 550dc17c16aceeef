import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Appointment } from '@medplum/fhirtypes';
import { disconnect } from '#scheduling/consent/disconnect.ts';
import { acceptWider } from '#scheduling/consent/wider.ts';
import { startTestGateway } from '#test/gateway.ts';
import {
  appointmentIn,
  book,
  booked,
  cancelPatch,
  hold,
  moveTo,
  offer,
  offers,
  patient,
  resourcesIn,
} from '#test/story.ts';
import { addVendorPractice, type VendorPractice } from '#test/vendor-practice.ts';

/** Practices that are connected by consent, from the first search to the end of the grant. */
const gateway = await startTestGateway({ protocol: { paceGapMs: 0, precheckGiveUpMs: 1_000 } });
const { asOwner } = gateway.database;
const [harbor, juniper, lakeside, alder, willow] = await Promise.all([
  addVendorPractice(gateway, 'oracle-health'),
  addVendorPractice(gateway, 'epic'),
  addVendorPractice(gateway, 'athenahealth'),
  addVendorPractice(gateway, 'drchrono'),
  addVendorPractice(gateway, 'fhir-r4'),
]);
for (const practice of [harbor, juniper, lakeside, alder, willow]) await practice.connect();

function move({ agent }: VendorPractice, visit: Appointment, slotId: string, key?: string) {
  const headers = key === undefined ? {} : { 'idempotency-key': key };
  return agent.fhir('POST', '/Appointment/$book', { body: moveTo(visit, slotId), headers });
}

function cancel({ agent }: VendorPractice, visit: Appointment & { id: string }) {
  const headers = { 'if-match': `W/"${visit.meta?.versionId}"` };
  return agent.fhir('PATCH', `/Appointment/${visit.id}`, { body: cancelPatch, headers });
}

/** Status, start and what was done, of each appointment that came by the EMR's API. */
async function writtenAt({ simulator }: VendorPractice) {
  const entries = await simulator.booked();
  return entries.map(({ status, start, writes }) => ({
    status,
    start: Date.parse(start),
    actions: writes.map(({ action }) => action),
  }));
}

/** Why an operation stands in the practice's queue. */
async function queuedFor(
  { id }: VendorPractice,
  { headers }: { readonly headers: Headers },
): Promise<string> {
  const location = headers.get('content-location') ?? '';
  const { rows } = await asOwner('select intent_id, reason_code from queue_entry where practice_id = $1', [
    id,
  ]);
  return rows.find(({ intent_id }) => location.endsWith(intent_id))?.reason_code;
}

/** States that others were told of, in order. */
async function toldStates({ id }: VendorPractice): Promise<readonly (readonly string[])[]> {
  const { rows } = await asOwner(
    "select subject from outbox where practice_id = $1 and type = 'connection.changed' order by event_id",
    [id],
  );
  return rows.map(({ subject }) => [subject.connection, subject.state, subject.reason]);
}

/** A practice with an opening that it knows of, whose EMR has withdrawn what it granted. */
async function withdrawn() {
  const practice = await addVendorPractice(gateway, 'oracle-health');
  const { connectionId } = await practice.connect();
  const [known, who] = [await offer(practice.agent), await patient(practice, 0)];
  await practice.oauth.revokeAll();
  return { practice, connectionId, known, who };
}

for (const [title, practice] of [
  ['Oracle Health', harbor],
  ['DrChrono', alder],
  ['an EMR with plain FHIR', willow],
] as const)
  test(`a visit at ${title} is found, held, booked once however often it is asked for, moved and cancelled`, async () => {
    const { agent } = practice;
    const [time, later, who] = [await offer(agent), await offer(agent), await patient(practice, 0)];
    const held = appointmentIn(await hold(agent, time.id));
    assert.ok(
      !(await offers(agent)).some(({ id }) => id === time.id),
      'Nobody else is offered what is held.',
    );

    const visit = appointmentIn(await book(agent, held.id, who));
    assert.deepEqual([visit.status, visit.start, visit.end], ['booked', time.start, time.end]);
    const again = appointmentIn(await book(agent, held.id, who));
    assert.equal(again.id, visit.id);
    assert.deepEqual(await writtenAt(practice), [
      { status: 'booked', start: Date.parse(time.start ?? ''), actions: ['book'] },
    ]);
    assert.deepEqual((await agent.fhir('GET', `/Appointment/${visit.id}`)).body, again);
    const theirs = await agent.fhir('GET', `/Appointment?patient=Patient/${who}`);
    assert.deepEqual(
      resourcesIn(theirs.body).map(({ id }) => id),
      [visit.id],
    );

    const moved = appointmentIn(await move(practice, again, later.id));
    assert.deepEqual([moved.id, moved.status, moved.start], [visit.id, 'booked', later.start]);
    const gone = await cancel(practice, moved);
    assert.deepEqual([gone.status, gone.body.id, gone.body.status], [200, visit.id, 'cancelled']);
    assert.deepEqual(await writtenAt(practice), [
      { status: 'cancelled', start: Date.parse(later.start ?? ''), actions: ['book', 'move', 'cancel'] },
    ]);
  });

test('a visit at athenahealth goes on under another id when it is moved, and nobody is told it was cancelled', async () => {
  const { agent } = lakeside;
  const [time, later, who] = [await offer(agent), await offer(agent), await patient(lakeside, 0)];
  const held = appointmentIn(await hold(agent, time.id));
  const visit = appointmentIn(await book(agent, held.id, who));
  assert.equal(appointmentIn(await book(agent, held.id, who)).id, visit.id);

  const moved = appointmentIn(await move(lakeside, visit, later.id, 'one-move'));
  assert.notEqual(moved.id, visit.id);
  assert.deepEqual([moved.status, moved.start], ['booked', later.start]);
  for (const key of ['one-move', undefined, 'another-move'])
    assert.equal(appointmentIn(await move(lakeside, visit, later.id, key)).id, moved.id, key);
  const old = await agent.fhir('GET', `/Appointment/${visit.id}`);
  assert.equal(old.body.status, 'cancelled');
  const refused = await cancel(lakeside, old.body);
  assert.deepEqual([refused.status, refused.code], [422, 'forbidden-transition']);
  assert.match(JSON.stringify(refused.body), /another one stands in its place/);

  const theirs = await agent.fhir('GET', `/Appointment?patient=Patient/${who}`);
  const standing = resourcesIn<Appointment>(theirs.body).filter(({ status }) => status === 'booked');
  assert.deepEqual(
    standing.map(({ id }) => id),
    [moved.id],
  );
  const gone = await cancel(lakeside, moved);
  assert.deepEqual([gone.status, gone.body.id, gone.body.status], [200, moved.id, 'cancelled']);
  assert.deepEqual(
    (await writtenAt(lakeside)).map(({ status }) => status),
    ['cancelled', 'cancelled'],
  );
});

test('a visit at Epic is booked once, and moving and cancelling it are left to people', async () => {
  const { agent } = juniper;
  const [time, later, who] = [await offer(agent), await offer(agent), await patient(juniper, 0)];
  const held = appointmentIn(await hold(agent, time.id));
  const visit = appointmentIn(await book(agent, held.id, who));
  assert.deepEqual([visit.status, visit.start, visit.end], ['booked', time.start, time.end]);
  assert.equal(appointmentIn(await book(agent, held.id, who)).id, visit.id);

  for (const left of [await move(juniper, visit, later.id), await cancel(juniper, visit)]) {
    assert.deepEqual([left.status, left.code], [202, 'needs-human']);
    assert.equal(await queuedFor(juniper, left), 'unsupported');
  }
  assert.deepEqual(await writtenAt(juniper), [
    { status: 'booked', start: Date.parse(time.start ?? ''), actions: ['book'] },
  ]);
  assert.equal((await agent.fhir('GET', `/Appointment/${visit.id}`)).body.status, 'booked');
});

test('when the EMR withdraws its grant, searches say so, bookings wait for people, and others are told', async () => {
  const { practice, connectionId, known, who } = await withdrawn();
  const { agent } = practice;
  const first = await agent.fhir('GET', '/Slot?_count=1');
  assert.deepEqual([first.status, first.code], [503, 'connection-off']);
  const { state, reasonCode } = await practice.connection();
  assert.deepEqual([state, reasonCode], ['needs_reconsent', 'invalid_grant']);
  assert.deepEqual(await toldStates(practice), [[connectionId, 'needs_reconsent', 'invalid_grant']]);

  const { tokenRequests } = await practice.oauth.read();
  for (const path of [
    '/Slot?_count=1',
    '/Appointment/$find?_count=1',
    `/Appointment?patient=Patient/${who}`,
  ]) {
    const { status, code } = await agent.fhir('GET', path);
    assert.deepEqual([path, status, code], [path, 503, 'connection-off']);
  }
  assert.deepEqual((await practice.oauth.read()).tokenRequests, tokenRequests, 'A dead token is left alone.');

  const left = await book(agent, known.id, who);
  assert.deepEqual([left.status, left.code], [202, 'needs-human']);
  assert.equal(await queuedFor(practice, left), 'needs-reconsent');
  assert.deepEqual(await practice.simulator.booked(), []);
});

test('a booking that is the first to meet a withdrawn grant waits for people, as its repeat does', async () => {
  const { practice, known, who } = await withdrawn();
  for (const left of [await book(practice.agent, known.id, who), await book(practice.agent, known.id, who)]) {
    assert.deepEqual([left.status, left.code], [202, 'needs-human']);
    assert.equal(await queuedFor(practice, left), 'needs-reconsent');
  }
  assert.equal((await practice.connection()).state, 'needs_reconsent');
  assert.deepEqual(await practice.simulator.booked(), []);
});

test('a practice that consents again by a new link keeps its connection, and everything works', async () => {
  const { practice, connectionId, known, who } = await withdrawn();
  await practice.agent.fhir('GET', '/Slot?_count=1');
  const before = await practice.connection();
  assert.equal(before.state, 'needs_reconsent');

  const after = await practice.connect(connectionId);
  assert.deepEqual([after.connectionId, after.state, after.canWrite], [connectionId, 'connected', true]);
  assert.deepEqual(after.settings, before.settings);
  assert.deepEqual((await toldStates(practice)).at(-1), [connectionId, 'connected', undefined]);
  const visit = appointmentIn(await book(practice.agent, known.id, who));
  const later = await offer(practice.agent);
  const moved = appointmentIn(await move(practice, visit, later.id));
  assert.equal((await cancel(practice, moved)).body.status, 'cancelled');
});

test('a grant without writing is taken for reading, and every booking goes to people', async () => {
  const practice = await addVendorPractice(gateway, 'oracle-health', { scopeDialect: 'v1' });
  await practice.simulator.fault({ name: 'scopes-narrower', text: 'user/Appointment.write' });
  const { canWrite, state } = await practice.connect();
  assert.deepEqual([canWrite, state], [false, 'connected']);
  const [time, who] = [await offer(practice.agent), await patient(practice, 0)];
  const left = await book(practice.agent, time.id, who);
  assert.deepEqual([left.status, left.code], [202, 'needs-human']);
  assert.equal(await queuedFor(practice, left), 'unsupported');
  assert.deepEqual(await practice.simulator.booked(), []);
});

for (const [vendor, said, activeGrants] of [
  ['oracle-health', /has been given back to your EMR/, 0],
  // Epic has no revocation endpoint: people have to remove it there.
  ['epic', /thrown away here/, 1],
] as const)
  test(`a grant beyond scheduling is not taken from ${vendor}, and given up at once`, async () => {
    const practice = await addVendorPractice(gateway, vendor);
    await practice.simulator.fault({ name: 'scopes-wider', text: 'user/Observation.rs' });
    const { html } = await practice.follow(await practice.link());
    assert.match(html, /<h1>Not connected<\/h1>/);
    assert.match(html, /user\/Observation\.rs/);
    assert.match(html, said);
    assert.equal((await practice.oauth.read()).activeGrants, activeGrants);
    const { rows } = await asOwner(
      'select connection_id from connection where practice_id = $1 union select connection_id from token where practice_id = $1',
      [practice.id],
    );
    assert.deepEqual(rows, []);
    assert.equal((await practice.agent.fhir('GET', '/Slot')).code, 'connection-off');
  });

test('a grant beyond scheduling is taken once a person has accepted just that, on record', async () => {
  const { consent } = gateway.gateway;
  const practice = await addVendorPractice(gateway, 'oracle-health');
  const by = { person: 'Kim Lee', reason: 'Our EMR grants this together with appointments.' };
  const { context } = practice.registration;
  await acceptWider(consent, practice.caller, by, { context, scopes: ['user/Observation.rs'] });
  await practice.simulator.fault({ name: 'scopes-wider', text: 'user/Observation.rs user/Condition.rs' });
  const { html } = await practice.follow(await practice.link());
  assert.match(html, /<h1>Not connected<\/h1>/, 'One scope more than that is one too many.');
  await practice.simulator.fault({ name: 'scopes-wider', text: 'user/Observation.rs' });
  assert.equal((await practice.connect()).state, 'connected');
  assert.equal((await practice.oauth.read()).activeGrants, 1);
});

for (const [vendor, revocation, activeGrants] of [
  ['oracle-health', 'revoked', 0],
  ['epic', 'not-offered', 1],
] as const)
  test(`a connection to ${vendor} that is disconnected leaves no token, and the EMR is told as far as it can be`, async () => {
    const practice = await addVendorPractice(gateway, vendor);
    const { connectionId } = await practice.connect();
    const visit = await booked(practice, 0);
    assert.equal((await practice.oauth.read()).activeGrants, 1);
    const ended = await disconnect(gateway.gateway.consent, practice.caller, connectionId);
    assert.equal(ended.revocation, revocation);
    assert.equal((await practice.oauth.read()).activeGrants, activeGrants);
    const { rows } = await asOwner(
      'select state, at_ct, rt_ct, prev_rt_ct from token where practice_id = $1',
      [practice.id],
    );
    assert.deepEqual(rows, [{ state: 'revoked', at_ct: null, rt_ct: null, prev_rt_ct: null }]);
    const sent = (await practice.simulator.requests()).length;
    for (const path of ['/Slot', `/Appointment/${visit.id}`])
      assert.equal((await practice.agent.fhir('GET', path)).code, 'connection-off');
    assert.equal((await practice.simulator.requests()).length, sent, 'the EMR hears nothing of it');
    assert.deepEqual((await toldStates(practice)).at(-1), [connectionId, 'disconnected', 'asked']);
  });

/** Shorter lives are not believed; this is when one is used up by our clock, while the EMR's stands still. */
const [shortLife, usedUp] = [30, 28_000];

test('tokens that run out are renewed once for all who call, and nobody notices', async () => {
  for (const { oauth, connect, connection } of [harbor, juniper]) {
    await oauth.settings({ accessTokenSeconds: shortLife });
    await connect((await connection()).connectionId);
  }
  const before = await Promise.all([harbor.oauth.read(), juniper.oauth.read()]);
  gateway.advance(usedUp);
  for (const [index, practice] of [harbor, juniper].entries()) {
    const who = await patient(practice, 1);
    const reads = Array.from({ length: 6 }, () =>
      practice.agent.fhir('GET', `/Appointment?patient=Patient/${who}`),
    );
    for (const { status } of await Promise.all(reads)) assert.equal(status, 200);
    const { refreshes, tokenRequests } = await practice.oauth.read();
    assert.equal(refreshes, (before[index]?.refreshes ?? 0) + 1);
    assert.equal(tokenRequests.authorization_code, before[index]?.tokenRequests.authorization_code);
    assert.equal((await booked(practice, 1)).status, 'booked');
    assert.equal((await practice.connection()).state, 'connected');
  }
});

for (const [fault, text, what, canWrite, state] of [
  ['scopes-narrower', 'user/Appointment.write', 'less than was granted leaves reading', false, 'connected'],
  ['scopes-wider', 'user/Observation.read', 'more than scheduling ends the grant', true, 'needs_reconsent'],
] as const)
  test(`a renewal that brings ${what}`, async () => {
    const practice = await addVendorPractice(gateway, 'oracle-health', { scopeDialect: 'v1' });
    await practice.oauth.settings({ accessTokenSeconds: shortLife });
    await practice.connect();
    const [time, who] = [await offer(practice.agent), await patient(practice, 0)];
    await practice.simulator.fault({ name: fault, text, grant: 'refresh_token' });
    gateway.advance(usedUp);
    const read = await practice.agent.fhir('GET', `/Appointment?patient=Patient/${who}`);
    assert.equal(read.status, state === 'connected' ? 200 : 503, read.code);
    const connection = await practice.connection();
    assert.deepEqual([connection.canWrite, connection.state], [canWrite, state]);
    const left = await book(practice.agent, time.id, who);
    assert.deepEqual([left.status, left.code], [202, 'needs-human']);
    assert.equal(await queuedFor(practice, left), state === 'connected' ? 'unsupported' : 'needs-reconsent');
    assert.equal((await practice.oauth.read()).activeGrants, state === 'connected' ? 1 : 0);
    assert.deepEqual(await practice.simulator.booked(), []);
  });
