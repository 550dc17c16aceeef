import assert from 'node:assert/strict';
import { webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { adapters } from '#adapters';
import { retireRegistration } from '#scheduling/consent/registrations.ts';
import { replaceWebhookSecret } from '#scheduling/consent/webhook-secret.ts';
import { startTestGateway } from '#test/gateway.ts';
import { booked, offer, offers } from '#test/story.ts';
import {
  addHook,
  addTestRegistration,
  entryOf,
  standing,
  tellingEmr,
  untilLooked,
  waiting,
} from '#test/telling-emr.ts';

const gateway = await startTestGateway({
  adapters: [tellingEmr(), ...adapters.filter(({ id }) => id !== 'open-dental')],
  // No sweep comes within the test: what is taken over here was hinted at.
  protocol: { readAfterWriteMs: 20, sweepsMs: [86_400_000] },
  budgets: { 'hook-refused': { points: 40, seconds: 60 }, 'hook-check': { points: 40, seconds: 60 } },
});
const { cedar, saguaro } = gateway;
// Both are number 7 at an EMR of their own.
const hook = await addHook(gateway, cedar, 'calls-cedar', 7);
const other = await addHook(gateway, saguaro, 'calls-saguaro', 7);
const by = { person: 'Kim Lee', reason: 'a test' };

const outcomes = () =>
  gateway.events.flatMap((event) => (event.event === 'hook.answered' ? [event.outcome] : []));
const ask = async (query: string, context = hook.context) => {
  const answer = await fetch(`${gateway.url}/hooks/${context}${query}`);
  return { status: answer.status, text: await answer.text() };
};
const readsOf = async () => (await cedar.simulator.requests()).length;

test('what staff cancelled is taken over when the EMR calls, and its time can be offered again', async () => {
  const visit = await booked(cedar, 0);
  const { id } = await entryOf(cedar, visit);
  await cedar.simulator.staff({ action: 'cancel', id });
  assert.equal(await hook.call({ visit: id }), 204);
  assert.equal(outcomes().at(-1), 'noted');
  await untilLooked(gateway);
  assert.equal(await standing(gateway, visit.id), 'cancelled by-staff');
  const open = await offers(cedar.agent);
  assert.ok(open.some(({ start }) => Date.parse(start ?? '') === Date.parse(visit.start ?? '')));
});

test('what staff moved is taken over', async () => {
  const visit = await booked(cedar, 1);
  const { id } = await entryOf(cedar, visit);
  const elsewhere = await offer(cedar.agent);
  await cedar.simulator.staff({ action: 'move', id, start: elsewhere.start });
  assert.equal(await hook.call({ visit: id }), 204);
  await untilLooked(gateway);
  assert.equal(await standing(gateway, visit.id), 'moved by-staff');
});

test('a call is believed in nothing: one that lies, or comes late, changes nothing that stands in the EMR', async () => {
  const visit = await booked(cedar, 0);
  const { id } = await entryOf(cedar, visit);
  const lie = { visit: id, event: 'VISIT_DELETED', more: { deleted_flag: true, status: 'Cancelled' } };
  assert.equal(await hook.call(lie), 204);
  await untilLooked(gateway);
  assert.equal(await standing(gateway, visit.id), 'confirmed');
  assert.equal((await cedar.agent.fhir('GET', `/Appointment/${visit.id}`)).body.status, 'booked');
});

test('calls that come twice, or in another order, end as the EMR has it', async () => {
  const visit = await booked(cedar, 2);
  const { id } = await entryOf(cedar, visit);
  await cedar.simulator.staff({ action: 'cancel', id });
  const deleted = { visit: id, event: 'VISIT_DELETED', delivery: 'second' };
  const changed = { visit: id, event: 'VISIT_CHANGED', delivery: 'first' };
  for (const delivery of [deleted, changed, deleted, changed]) assert.equal(await hook.call(delivery), 204);
  assert.deepEqual(outcomes().slice(-4), ['noted', 'noted', 'repeated', 'repeated']);
  await untilLooked(gateway);
  assert.equal(await standing(gateway, visit.id), 'cancelled by-staff');
  const before = await readsOf();
  assert.equal(await hook.call(deleted), 204);
  assert.equal(await waiting(gateway), 0);
  assert.equal(await readsOf(), before, 'A repeat is not looked at.');
});

test('hints that come one upon another are one look', async () => {
  const visit = await booked(cedar, 3);
  const { id } = await entryOf(cedar, visit);
  await Promise.all(Array.from({ length: 8 }, () => hook.call({ visit: id })));
  assert.ok((await waiting(gateway)) <= 1);
  await untilLooked(gateway);
  assert.equal(await standing(gateway, visit.id), 'confirmed');
});

test('a visit that we do not know costs no request to the EMR and leaves no hint', async () => {
  const before = await readsOf();
  assert.equal(await hook.call({ visit: '987654321' }), 204);
  assert.equal(await waiting(gateway), 0);
  assert.equal(await readsOf(), before);
});

test('a practice that nobody knows is answered, counted and kept nowhere', async () => {
  const before = await gateway.state();
  assert.equal(await hook.call({ group: 8 }), 204);
  assert.equal(outcomes().at(-1), 'unknown-tenant');
  assert.deepEqual((await gateway.state()).rows, before.rows);
});

test('a call is about the practices of its own registration, whatever numbers others have', async () => {
  const [mine, theirs] = [await booked(cedar, 4), await booked(saguaro, 4)];
  const { id } = await entryOf(saguaro, theirs);
  await saguaro.simulator.staff({ action: 'cancel', id });
  assert.equal(await hook.call({ visit: id }), 204);
  await untilLooked(gateway);
  assert.equal(await standing(gateway, theirs.id), 'confirmed', 'Nobody called about it.');
  assert.equal(await standing(gateway, mine.id), 'confirmed');
  assert.equal(await other.call({ visit: id }), 204);
  await untilLooked(gateway);
  assert.equal(await standing(gateway, theirs.id), 'cancelled by-staff');
});

test('a connection that was made by another registration of the same application is told, and by no other application', async () => {
  const visit = await booked(cedar, 6);
  const { id } = await entryOf(cedar, visit);
  // The same client id at the same host; the connection's newest consent names it.
  const second = await addHook(gateway, cedar, 'calls-cedar-2', 7, hook.context);
  await cedar.simulator.staff({ action: 'cancel', id });
  assert.equal(await hook.call({ visit: id }), 204);
  assert.equal(outcomes().at(-1), 'noted');
  await untilLooked(gateway);
  assert.equal(await standing(gateway, visit.id), 'cancelled by-staff');

  const told = async () =>
    (
      await gateway.database.asOwner('select connection_id from connections_of_tenant($1, $2, $3)', [
        hook.context,
        'group',
        '7',
      ])
    ).rows.map((row) => row.connection_id);
  assert.deepEqual(await told(), [second.connectionId]);
  for (const [column, value] of [
    ['client_id', 'somebody-else'],
    ['adapter', 'epic'],
    ['origin', 'http://127.0.0.1:10/emr'],
  ]) {
    const { rows } = await gateway.database.asOwner(
      `select ${column} as was from oauth_registration where context = $1`,
      [second.context],
    );
    const put = `update oauth_registration set ${column} = $1 where context = $2`;
    await gateway.database.asOwner(put, [value, second.context]);
    assert.deepEqual(await told(), [], column);
    await gateway.database.asOwner(put, [rows[0].was, second.context]);
  }
  await gateway.database.asOwner('update consent set ended_at = now() where context = $1', [second.context]);
});

test('a registration that is retired is called for as long as a consent by it has not ended', async () => {
  const visit = await booked(cedar, 7);
  const { id } = await entryOf(cedar, visit);
  const old = await addHook(gateway, cedar, 'calls-cedar-old', 7);
  await retireRegistration(gateway.gateway.consent, by, old.context);
  gateway.advance(1_000);
  await cedar.simulator.staff({ action: 'cancel', id });
  assert.equal(await old.call({ visit: id }), 204);
  await untilLooked(gateway);
  assert.equal(await standing(gateway, visit.id), 'cancelled by-staff');
  // Its secret may have become known, too.
  const { secret } = await replaceWebhookSecret(gateway.gateway.consent, by, old.context);
  gateway.advance(1_000);
  assert.equal(await old.call({}), 401);
  assert.equal(await old.call({ secret: secret.reveal() }), 204);
  await gateway.database.asOwner('update consent set ended_at = now() where context = $1', [old.context]);
  gateway.advance(1_000);
  const gone = await fetch(old.url, { method: 'POST', headers: { 'x-emr-secret': secret.reveal() } });
  assert.equal(gone.status, 404);
  await assert.rejects(replaceWebhookSecret(gateway.gateway.consent, by, old.context), {
    code: 'business-rule',
  });
});

test('a connection whose newest consent is by another registration, or ended, or that is disabled, is not told', async () => {
  const { rows } = await gateway.database.asOwner(
    'select practice_id, connection_id from connections_of_tenant($1, $2, $3)',
    [hook.context, 'group', '7'],
  );
  assert.deepEqual(rows, [{ practice_id: cedar.id, connection_id: hook.connectionId }]);
  const gone: Readonly<Record<string, readonly [string, string]>> = {
    'the consent has ended': [
      'update consent set ended_at = now() where practice_id = $1',
      "update consent set ended_at = null where practice_id = $1 and context = 'calls-cedar'",
    ],
    'it is disabled': [
      'update connection set disabled_at = now() where practice_id = $1',
      'update connection set disabled_at = null where practice_id = $1',
    ],
    'it is disconnected': [
      "update connection set state = 'disconnected' where practice_id = $1",
      "update connection set state = 'connected' where practice_id = $1",
    ],
    'the practice is disabled': [
      'update practice set disabled_at = now() where practice_id = $1',
      'update practice set disabled_at = null where practice_id = $1',
    ],
  };
  for (const [what, [change, undo]] of Object.entries(gone)) {
    await gateway.database.asOwner(change, [cedar.id]);
    assert.equal(await hook.call({}), 204, what);
    assert.equal(outcomes().at(-1), 'unknown-tenant', what);
    await gateway.database.asOwner(undo, [cedar.id]);
  }
});

test('where nothing may be called there is nothing, and nobody learns why', async () => {
  await addTestRegistration(gateway, 'no-secret');
  await addTestRegistration(gateway, 'not-approved', { approved: false });
  await addTestRegistration(gateway, 'does-not-call', { adapter: 'epic' });
  const retired = await addHook(gateway, saguaro, 'retired', 9);
  await retireRegistration(gateway.gateway.consent, by, 'retired');
  await gateway.database.asOwner("update consent set ended_at = now() where context = 'retired'");
  await gateway.database.asOwner(
    "insert into webhook select unnest($1::text[]), secret, now() from webhook where context = 'retired'",
    [['not-approved', 'does-not-call']],
  );
  gateway.advance(1_000);
  const nowhere = await (await fetch(`${gateway.url}/hooked`)).text();
  for (const context of ['no-secret', 'not-approved', 'does-not-call', 'retired', 'never-made', 'A..%2f']) {
    const got = await ask('?msg=whose', context);
    const posted = await fetch(`${gateway.url}/hooks/${context}`, {
      method: 'POST',
      headers: { 'x-emr-secret': retired.secret, 'x-emr-event': 'VISIT_CHANGED' },
    });
    assert.deepEqual([got.status, got.text], [404, nowhere], context);
    assert.deepEqual([posted.status, await posted.text()], [404, nowhere], context);
  }
});

test('the question whose the address is is answered as the EMR computes it', async () => {
  const text = 'is it yours? #42';
  const encoder = new TextEncoder();
  const key = await webcrypto.subtle.importKey(
    'raw',
    encoder.encode(hook.secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['sign'],
  );
  const expected = Buffer.from(await webcrypto.subtle.sign('HMAC', key, encoder.encode(text))).toString(
    'hex',
  );
  const { status, text: answered } = await ask(`?msg=${encodeURIComponent(text)}`);
  assert.deepEqual([status, JSON.parse(answered)], [200, { proof: expected }]);
});

test('only a short line of printable text is answered, so that nothing else is signed by asking', async () => {
  const texts = ['', 'x'.repeat(129), 'two\nlines', 'tab\t', 'caf\u00e9', '\u0000'];
  const queries = [
    ...texts.map((text) => `?msg=${encodeURIComponent(text)}`),
    '',
    '?other=a',
    '?msg=a&msg=b',
  ];
  for (const query of queries) {
    const { status, text } = await ask(query);
    assert.deepEqual([status, text], [400, ''], query);
  }
});

test('a call with a body that is not understood is refused, and nothing of it is kept', async () => {
  const before = await gateway.state();
  const rows: readonly (readonly [string, Parameters<typeof hook.call>[0], number])[] = [
    ['not JSON', { text: '{"group":7,' }, 400],
    ['no object', { text: '[]' }, 400],
    ['no practice', { text: '{"visit":{"id":"1"}}' }, 400],
    ['an id that is no line', { visit: 'a\u0000b' }, 400],
    ['an id without end', { visit: '9'.repeat(201) }, 400],
    ['too large a body', { more: { note: 'x'.repeat(65_536) } }, 413],
    ['a delivery without a name', { delivery: '' }, 400],
    ['a name without end', { delivery: 'x'.repeat(201) }, 400],
  ];
  for (const [what, delivery, status] of rows) {
    assert.equal(await hook.call(delivery), status, what);
    assert.equal(outcomes().at(-1), 'malformed', what);
  }
  assert.deepEqual((await gateway.state()).rows, before.rows);
});

test('an event that nobody asked for is done with before its body is read', async () => {
  assert.equal(await hook.call({ event: 'BILL_CHANGED', text: 'no JSON' }), 204);
  assert.equal(outcomes().at(-1), 'ignored');
});

test('a secret that is replaced is good no more after a second, and what is stored of it is sealed', async () => {
  const { context } = other;
  const { secret } = await replaceWebhookSecret(gateway.gateway.consent, by, context);
  gateway.advance(1_000);
  assert.equal(await other.call({ group: 8 }), 401);
  assert.equal(await other.call({ group: 8, secret: secret.reveal() }), 204);
  const { rows } = await gateway.database.asOwner('select secret from webhook');
  for (const { secret: stored } of rows) {
    assert.ok(!stored.includes(secret.reveal()) && !stored.includes(other.secret));
    assert.ok(!stored.includes(hook.secret));
  }
});

test('without the secret a call changes nothing, is reported, and after some the address is held off', async () => {
  const visit = await booked(cedar, 5);
  const { id } = await entryOf(cedar, visit);
  const before = await gateway.state();
  const wrong = [
    '',
    'x',
    hook.secret.slice(0, -1),
    `${hook.secret}x`,
    other.secret,
    hook.secret.toUpperCase(),
  ];
  const statuses: number[] = [];
  for (let tries = 0; tries < 8; tries += 1)
    for (const secret of wrong) statuses.push(await hook.call({ visit: id, secret, text: '{"not":"read' }));
  assert.ok(statuses.includes(401));
  assert.equal(statuses.at(-1), 429);
  assert.ok(!statuses.some((status) => status < 400));
  assert.ok(outcomes().includes('wrong-secret'));
  assert.deepEqual((await gateway.state()).rows, before.rows);
  assert.equal(
    await hook.call({ visit: id }),
    204,
    'Whoever has the secret is let in, from the same address too.',
  );
});
