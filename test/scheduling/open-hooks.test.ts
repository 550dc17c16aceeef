import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapters } from '#adapters';
import { retireRegistration } from '#scheduling/consent/registrations.ts';
import { createHooks } from '#scheduling/open-hooks.ts';
import { openHook } from '#scheduling/webhooks.ts';
import type { Database } from '#store/database.ts';
import { startTestGateway } from '#test/gateway.ts';
import { addHook, tellingEmr } from '#test/telling-emr.ts';

const gateway = await startTestGateway({
  adapters: [tellingEmr(), ...adapters.filter(({ id }) => id !== 'open-dental')],
});
const { consent } = gateway.gateway;
const hook = await addHook(gateway, gateway.cedar, 'calls-cedar', 7);

/** What a door works with, at a time that only the test moves, counting its transactions. */
function counted() {
  const count = { transactions: 0, now: 1_000_000 };
  const database: Database = {
    ...consent.on.database,
    withoutPractice: (work) => {
      count.transactions += 1;
      return consent.on.database.withoutPractice(work);
    },
  };
  const clock = { ...consent.on.clock, now: () => count.now };
  return { count, services: { seal: consent.seal, on: { ...consent.on, database, clock } } };
}
const names = Array.from({ length: 200 }, (_, index) => `guessed-${index}`);

test('names that are guessed cost one transaction a second, however many they are', async () => {
  const { count, services } = counted();
  const open = createHooks(services);
  for (const name of names) assert.equal(await open(name), undefined);
  assert.equal(count.transactions, 1);
  count.now += 1_000;
  await Promise.all(names.map(open));
  assert.equal(count.transactions, 2);

  const each = counted();
  for (const name of names) await openHook(each.services, name);
  assert.equal(each.count.transactions, names.length, 'Without the copies each costs one.');
});

test('a name that is known is read and unsealed once a second', async () => {
  const { count, services } = counted();
  let unsealed = 0;
  const seal: typeof services.seal = {
    ...services.seal,
    open: (place, sealed) => {
      unsealed += 1;
      return consent.seal.open(place, sealed);
    },
  };
  const open = createHooks({ ...services, seal });
  const found = await Promise.all(names.map(() => open(hook.context)));
  assert.ok(found.every((one) => one?.secret.reveal() === hook.secret));
  assert.deepEqual([count.transactions, unsealed], [2, 1]);
  count.now += 1_000;
  await open(hook.context);
  assert.deepEqual([count.transactions, unsealed], [4, 2]);
});

test('a reading that failed is not kept', async () => {
  const { services } = counted();
  let fails = true;
  const database: Database = {
    ...services.on.database,
    withoutPractice: (work) =>
      fails ? Promise.reject(new Error('away')) : consent.on.database.withoutPractice(work),
  };
  const open = createHooks({ ...services, on: { ...services.on, database } });
  await assert.rejects(open(hook.context), /away/);
  fails = false;
  assert.equal((await open(hook.context))?.context, hook.context);
});

test('a new hook is known, and one that ended is gone, after a second', async () => {
  const { count, services } = counted();
  const open = createHooks(services);
  assert.equal(await open('calls-later'), undefined);
  await addHook(gateway, gateway.saguaro, 'calls-later', 8);
  count.now += 1_000;
  assert.equal((await open('calls-later'))?.context, 'calls-later');
  await retireRegistration(consent, { person: 'Kim Lee', reason: 'a test' }, 'calls-later');
  await gateway.database.asOwner("update consent set ended_at = now() where context = 'calls-later'");
  count.now += 1_000;
  assert.equal(await open('calls-later'), undefined);
});
