import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, errorOf, NOW, OTHER_TOKEN, openPractice } from './practice.ts';

const left = (reply: { headers: Headers }): (string | null)[] =>
  ['x-ratelimit-limit', 'x-ratelimit-remaining'].map((name) => reply.headers.get(name));

test('every answer tells what is left of the day and an id of the request, the caller’s own where there is one', async (t) => {
  const practice = await openPractice(t);
  const first = await practice.api('GET', '/ping');
  assert.deepEqual(left(first), ['50000', '49999']);
  assert.match(first.headers.get('x-request-id') ?? '', /^[0-9a-f-]{36}$/);
  const second = await practice.api('GET', '/appointments/5', { headers: { 'x-request-id': 'mine-7' } });
  assert.deepEqual([second.status, second.headers.get('x-request-id')], [404, 'mine-7']);
  assert.deepEqual(left(second), ['50000', '49998']);
  assert.deepEqual(left(await practice.api('GET', '/ping', { as: OTHER_TOKEN })), ['50000', '49999']);
});

test('a day’s calls end at midnight in Greenwich', async (t) => {
  const practice = await openPractice(t, { settings: { callsPerDay: 2 } });
  await practice.api('GET', '/ping');
  await practice.api('GET', '/departments');
  const over = await practice.api('GET', '/ping');
  assert.deepEqual([over.status, ...left(over)], [429, '2', '0']);
  assert.equal(over.headers.get('retry-after'), null);
  assert.throws(() => over.json());
  clock.at = Date.parse('2027-03-03T23:59:59Z');
  assert.equal((await practice.api('GET', '/ping')).status, 429);
  clock.at = Date.parse('2027-03-04T00:00:00Z');
  assert.equal((await practice.api('GET', '/ping')).status, 200);
});

test('calls of a second are limited where that is set, in the manner of either gateway', async (t) => {
  const practice = await openPractice(t, { settings: { callsPerSecond: 1, overLimit: 'legacy403' } });
  assert.equal((await practice.api('GET', '/ping')).status, 200);
  const over = await practice.api('GET', '/ping');
  assert.equal(over.status, 403);
  assert.match(over.text, /Over Rate/);
  clock.at = NOW + 1000;
  assert.equal((await practice.api('GET', '/ping')).status, 200);
});

test('another practice is none, also one whose number begins alike', async (t) => {
  const practice = await openPractice(t);
  for (const other of ['/v1/1/ping', '/v1/1959001/ping', '/v1/195900x/ping']) {
    const reply = await practice.api('GET', other);
    assert.deepEqual(
      [reply.status, errorOf(reply)],
      [404, { error: 'Invalid practice.', detailedmessage: 'The practice ID does not exist.' }],
      other,
    );
  }
});

test('a path that the gateway does not know is a text', async (t) => {
  const practice = await openPractice(t);
  for (const path of ['/fhir/r4/metadata', '/v2/195900/ping']) {
    const reply = await practice.raw('GET', path);
    assert.deepEqual([reply.status, reply.text], [404, 'Service not registered with API gateway.']);
  }
  assert.equal((await practice.api('GET', '/chart/4471/medications')).status, 404);
});

test('a key without access to the practice is 401 in JSON', async (t) => {
  const practice = await openPractice(t, { settings: { practiceAccess: false } });
  const reply = await practice.api('GET', '/ping');
  assert.deepEqual(
    [reply.status, errorOf(reply)],
    [401, { error: 'Incorrect permissions.', detailedmessage: 'Bad auth.' }],
  );
});

test('an operation that nobody has enabled is 403, and the others work', async (t) => {
  const forbidden = 'GET /appointments/booked, PUT /appointments/{appointmentid}';
  const practice = await openPractice(t, { settings: { forbiddenOperations: forbidden } });
  const [slot] = await practice.open();
  const reply = await practice.book(slot.appointmentid);
  assert.equal(reply.status, 403);
  assert.ok(errorOf(reply).error);
  assert.equal((await practice.read(slot.appointmentid)).appointmentstatus, 'o');
});
