import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { NOW, OFFICE, OKAFOR, openAccount, type TestAccount, type Told } from './account.ts';

const SECRET = 'hook-secret';
const HOUR = 3_600_000;

interface Delivery {
  readonly headers: IncomingMessage['headers'];
  readonly event: string;
  readonly id: string;
  readonly body: Told;
}

/** A callback that knows the secret and answers deliveries with `status`. */
async function openCallback(t: TestContext, secret = SECRET): Promise<Callback> {
  const callback: Callback = { url: '', asked: [], deliveries: [], status: 200 };
  const server = createServer((req: IncomingMessage, res: ServerResponse) => {
    if (req.method === 'GET') {
      const msg = new URL(req.url ?? '', 'http://x').searchParams.get('msg') ?? '';
      callback.asked.push(msg);
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ secret_token: createHmac('sha256', secret).update(msg).digest('hex') }));
      return;
    }
    let text = '';
    req.on('data', (data) => {
      text += data;
    });
    req.on('end', () => {
      callback.deliveries.push({
        headers: req.headers,
        event: String(req.headers['x-drchrono-event']),
        id: String(req.headers['x-drchrono-delivery']),
        body: JSON.parse(text),
      });
      res.writeHead(callback.status, { location: '/elsewhere' }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  callback.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`;
  return callback;
}

interface Callback {
  url: string;
  readonly asked: string[];
  readonly deliveries: Delivery[];
  status: number;
}

async function until(what: () => boolean): Promise<void> {
  for (let round = 0; round < 100 && !what(); round++) await pause(20);
  assert.ok(what());
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The application's webhook, once it has been asked whose it is. */
async function subscribe(account: TestAccount, callback: Callback, more: object = {}): Promise<void> {
  const before = callback.asked.length;
  await account.set({ webhookUrl: callback.url, webhookSecret: SECRET, ...more });
  await until(() => callback.asked.length > before);
  await pause(60);
}

test('the callback proves the secret, and hears of bookings, changes and deletions as lists tell them', async (t) => {
  const account = await openAccount(t);
  const callback = await openCallback(t);
  await subscribe(account, callback);
  const id = await account.book({ notes: 'GW:HOOK' });
  await until(() => callback.deliveries.length === 1);
  await account.api('PATCH', `/appointments/${id}`, { body: { status: 'Confirmed' } });
  await account.api('DELETE', `/appointments/${id}`);
  await until(() => callback.deliveries.length === 3);
  const { deliveries } = callback;
  assert.deepEqual(
    deliveries.map(({ event, body }) => [event, body.object.status, body.object.deleted_flag]),
    [
      ['APPOINTMENT_CREATE', 'Not Confirmed', false],
      ['APPOINTMENT_MODIFY', 'Confirmed', false],
      ['APPOINTMENT_DELETE', 'Confirmed', true],
    ],
  );
  const [first] = deliveries;
  assert.equal(first?.headers['x-drchrono-signature'], SECRET, 'the secret itself');
  assert.deepEqual([first?.body.practice_group_id, first?.body.object.notes], [5150, 'GW:HOOK']);
  assert.match(first?.body.object.primary_insurance_id_number, /CANARY-PHI/);
  assert.equal(new Set(deliveries.map((each) => each.id)).size, 3);
});

test('what the front desk does is told too, of the events that were subscribed to', async (t) => {
  const account = await openAccount(t);
  const callback = await openCallback(t);
  await subscribe(account, callback, {
    webhookEvents: 'APPOINTMENT_CREATE',
    webhookPracticeGroupId: false,
  });
  const start = '2027-04-06T10:30:00-07:00';
  const [practitionerId, locationId] = [String(OKAFOR), String(OFFICE)];
  const book = { action: 'book', patientId: '90017733', practitionerId, locationId, start };
  const { id } = (await account.sim('POST', '/staff', book)).json();
  await account.sim('POST', '/staff', { action: 'cancel', id });
  await account.sim('POST', '/staff', book);
  await until(() => callback.deliveries.length === 2);
  assert.ok(callback.deliveries.every(({ event }) => event === 'APPOINTMENT_CREATE'));
  assert.equal(callback.deliveries[0]?.body.practice_group_id, undefined);
});

test('a callback that does not prove the secret hears nothing, until the button is pressed again', async (t) => {
  const account = await openAccount(t);
  const callback = await openCallback(t, 'another-secret');
  await subscribe(account, callback);
  await account.book();
  await pause(150);
  assert.deepEqual([callback.asked.length, callback.deliveries.length], [1, 0]);
  await subscribe(account, callback, { webhookSecret: 'another-secret', webhookVerifications: 1 });
  await account.book({ scheduled_time: '2027-04-06T14:00:00' });
  await until(() => callback.deliveries.length === 1);
});

test('what fails comes again 1, 3 and 7 hours after the event with the state of then, a redirect is a failure', async (t) => {
  let now = NOW;
  const account = await openAccount(t, { now: () => now });
  const callback = await openCallback(t);
  await subscribe(account, callback);
  callback.status = 302;
  const id = await account.book();
  await until(() => callback.deliveries.length === 1);
  await account.set({ webhookEvents: '' });
  await account.api('PATCH', `/appointments/${id}`, { body: { status: 'Confirmed' } });
  for (const [hours, count] of [
    [0.9, 1],
    [1, 2],
    [2.9, 2],
    [3, 3],
    [6.9, 3],
    [7, 4],
    [30, 4],
  ] as const) {
    now = NOW + hours * HOUR;
    await pause(150);
    assert.equal(callback.deliveries.length, count, `${hours} hours`);
  }
  assert.equal(new Set(callback.deliveries.map((each) => each.id)).size, 1);
  assert.ok(callback.deliveries.every(({ body }) => body.object.status === 'Not Confirmed'));
});

test('webhook-duplicate sends one delivery twice, webhook-reorder one after the next', async (t) => {
  const account = await openAccount(t);
  const callback = await openCallback(t);
  await subscribe(account, callback);
  await account.fault({ name: 'webhook-duplicate' });
  const id = await account.book();
  await until(() => callback.deliveries.length === 2);
  const [one, other] = callback.deliveries;
  assert.equal(one?.id, other?.id);
  await account.fault({ name: 'webhook-reorder' });
  await account.api('PATCH', `/appointments/${id}`, { body: { status: 'Confirmed' } });
  await pause(150);
  assert.equal(callback.deliveries.length, 2, 'it waits for the next');
  await account.api('PATCH', `/appointments/${id}`, { body: { status: 'Cancelled' } });
  await until(() => callback.deliveries.length === 4);
  assert.deepEqual(
    callback.deliveries.slice(2).map(({ body }) => body.object.status),
    ['Cancelled', 'Confirmed'],
  );
  assert.deepEqual((await account.sim('GET', '/faults')).json().fired, {
    'webhook-duplicate': 1,
    'webhook-reorder': 1,
  });
});
