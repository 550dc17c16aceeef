import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NOW, openAccount, visit } from './account.ts';

const DAY = '/appointments?date=2027-04-06';

test('conflict-is-ours writes the row and says 409, on a booking and on nothing else', async (t) => {
  const account = await openAccount(t);
  await account.fault({ name: 'conflict-is-ours' });
  assert.deepEqual(await account.list(DAY), []);
  const reply = await account.api('POST', '/appointments', { body: visit({ notes: 'GW:OURS' }) });
  assert.equal(reply.status, 409);
  assert.deepEqual(
    (await account.list(DAY)).map(({ notes }) => notes),
    ['GW:OURS'],
  );
});

test('list-lag is a list of half a minute ago, or of the time of the order', async (t) => {
  let now = NOW;
  const account = await openAccount(t, { now: () => now });
  const id = await account.book();
  now += 29_000;
  await account.fault({ name: 'list-lag' });
  assert.equal((await account.api('GET', `/appointments/${id}`)).status, 200);
  assert.deepEqual(await account.list(DAY), []);
  assert.equal((await account.list(DAY)).length, 1);
  await account.fault({ name: 'list-lag', delayMs: 60_000 });
  now += 5000;
  assert.deepEqual(await account.list(DAY), []);
});

test('quota-exhausted tells the seconds to the next hour, and permission-missing is 403', async (t) => {
  const account = await openAccount(t);
  await account.fault({ name: 'quota-exhausted' });
  const full = await account.api('GET', '/offices');
  assert.deepEqual([full.status, full.json().detail.match(/in (\S+) seconds/)[1]], [429, '3600.0']);
  await account.fault({ name: 'permission-missing', route: 'POST /appointments' });
  assert.equal((await account.api('GET', '/offices')).status, 200);
  assert.equal((await account.api('POST', '/appointments', { body: visit() })).status, 403);
  assert.equal((await account.api('POST', '/appointments', { body: visit() })).status, 201);
});

test('throttled says in its text how long to wait, and nowhere else', async (t) => {
  const account = await openAccount(t);
  await account.fault({ name: 'throttled', delayMs: 90_000 });
  const reply = await account.api('GET', '/offices');
  assert.deepEqual([reply.status, reply.headers.get('retry-after')], [429, null]);
  assert.match(reply.json().detail, /Expected available in 90\.0 seconds\.$/);
});

test('common faults are played: lost answers are performed, dropped requests are not', async (t) => {
  const account = await openAccount(t);
  const book = (hour: number) =>
    account.api('POST', '/appointments', { body: visit({ scheduled_time: `2027-04-06T${hour}:00:00` }) });
  await account.fault({ name: 'request-dropped', effect: 'write' });
  await assert.rejects(book(10));
  await account.fault({ name: 'response-lost', effect: 'write' });
  await assert.rejects(book(10));
  await account.fault({ name: 'error-after-commit', effect: 'write' });
  assert.equal((await book(11)).status, 500);
  await account.fault({ name: 'late-commit', effect: 'write', variant: '504', delayMs: 50 });
  assert.equal((await book(14)).status, 504);
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.deepEqual(
    (await account.list(DAY)).map(({ scheduled_time: at }) => at.slice(11, 13)),
    ['10', '11', '14'],
  );
  await account.fault({ name: 'stale-read' });
  assert.equal((await account.list(DAY)).length, 2);
  await account.fault({ name: 'wrong-body', variant: 'truncated' });
  const cut = await account.api('GET', DAY);
  assert.throws(() => cut.json());
  await account.fault({ name: 'hostile-body', variant: 'patient-error', text: 'Zoe Canary' });
  const told = await account.api('GET', DAY);
  assert.deepEqual([told.status, told.json()], [400, { detail: 'Zoe Canary' }]);
  await account.fault({ name: 'slow', delayMs: 100 });
  const before = performance.now();
  assert.equal((await account.api('GET', DAY)).status, 200);
  assert.ok(performance.now() - before >= 95);
});

test('a bulk read is a read to a fault, although it is a POST', async (t) => {
  const account = await openAccount(t);
  await account.fault({ name: 'request-dropped', effect: 'write' });
  assert.equal((await account.api('POST', '/appointments_list?date=2027-04-06')).status, 201);
});
