import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from '#domain/failure.ts';
import type { Emr } from '#scheduling/emr-access.ts';
import { holdSlot } from '#scheduling/hold-slot.ts';
import { rowId } from '#scheduling/ids.ts';
import { accountOf, practiceContext } from '#scheduling/practice-context.ts';
import type { Scheduling } from '#scheduling/scheduling.ts';
import { readOpening } from '#store/openings.ts';
import { startTestGateway } from '#test/gateway.ts';
import { appointmentIn, book, cancelPatch, hold, offer, patient } from '#test/story.ts';
import { addVendorPractice, type VendorPractice } from '#test/vendor-practice.ts';

/** Times that Oracle Health keeps too while a caller thinks. */
const gateway = await startTestGateway({ protocol: { paceGapMs: 0, holdMs: 60_000 } });
const { scheduling, database } = gateway.gateway;
const harbor = await addVendorPractice(gateway, 'oracle-health');
await harbor.connect();

const kindUrl = /hold-kind$/;

function kindOf(held: { extension?: { url: string; valueCode?: string }[] }): string | undefined {
  return held.extension?.find(({ url }) => kindUrl.test(url))?.valueCode;
}

/** Whether the EMR says, read fresh, that an offered time is free. */
async function isFree({ id }: VendorPractice, offerId: string): Promise<boolean> {
  const context = await practiceContext(database, scheduling.cache, id);
  const opening = await database.withPractice(id, (tx) => readOpening(tx, offerId));
  assert.ok(opening);
  return (await scheduling.emr.open(context, accountOf(context), 'call').run('verify', opening)) === 'free';
}

async function becomesFree(practice: VendorPractice, offerId: string): Promise<void> {
  for (let tries = 0; tries < 60; tries += 1) {
    if (await isFree(practice, offerId)) return;
    await delay(250);
  }
  assert.fail('The EMR still keeps the time.');
}

/** Status of each change of a slot that the EMR was asked for. */
async function slotChanges({ simulator }: VendorPractice): Promise<readonly string[]> {
  const requests = await simulator.requests();
  return requests.flatMap((request) =>
    request.method === 'PATCH' && /\/Slot\//.test(request.path) ? [String(request.seq)] : [],
  );
}

test('a held time is kept by the EMR too, is told so, and is booked once from the hold', async () => {
  const time = await offer(harbor.agent);
  const held = appointmentIn(await hold(harbor.agent, time.id));
  assert.deepEqual([held.status, kindOf(held)], ['pending', 'native']);
  assert.equal(await isFree(harbor, time.id), false);
  const again = appointmentIn(await hold(harbor.agent, time.id));
  assert.deepEqual([again.id, kindOf(again)], [held.id, 'native']);

  const visit = appointmentIn(await book(harbor.agent, held.id, await patient(harbor, 0)));
  assert.deepEqual([visit.status, visit.start], ['booked', time.start]);
  assert.equal((await slotChanges(harbor)).length, 2, 'kept once and given back once');
  assert.equal((await harbor.simulator.booked()).length, 1);
});

test('a hold that is given back frees the time in the EMR, and so does one that runs out', async () => {
  const time = await offer(harbor.agent);
  const released = appointmentIn(await hold(harbor.agent, time.id));
  const gone = await harbor.agent.fhir('PATCH', `/Appointment/${released.id}`, { body: cancelPatch });
  assert.equal(gone.status, 200, JSON.stringify(gone.body));
  await becomesFree(harbor, time.id);

  const forgotten = appointmentIn(await hold(harbor.agent, time.id));
  assert.notEqual(forgotten.id, released.id);
  assert.equal(await isFree(harbor, time.id), false);
  gateway.advance(61_000);
  await becomesFree(harbor, time.id);
  // Somebody who comes at once is not told "taken" by what the EMR has kept a moment too long.
  assert.equal(kindOf(appointmentIn(await hold(harbor.agent, time.id))), 'native');
});

test('a hold whose answer is lost is ours alone, can be booked, and leaves nothing behind', async () => {
  const time = await offer(harbor.agent);
  await harbor.simulator.fault({ name: 'response-lost', effect: 'write', times: 1 });
  const held = appointmentIn(await hold(harbor.agent, time.id));
  assert.deepEqual([held.status, kindOf(held)], ['pending', 'gateway']);
  assert.equal(await isFree(harbor, time.id), false, 'it did arrive');
  await harbor.agent.fhir('PATCH', `/Appointment/${held.id}`, { body: cancelPatch });
  gateway.advance(121_000);
  await becomesFree(harbor, time.id);

  const other = await offer(harbor.agent);
  await harbor.simulator.fault({ name: 'response-lost', effect: 'write', times: 1 });
  const kept = appointmentIn(await hold(harbor.agent, other.id));
  const visit = appointmentIn(await book(harbor.agent, kept.id, await patient(harbor, 1)));
  assert.equal(visit.status, 'booked');
});

test('a hold that the EMR carries out later than anybody waits is given back when that is over', async () => {
  const time = await offer(harbor.agent);
  await harbor.simulator.fault({ name: 'late-commit', effect: 'write', times: 1, delayMs: 3_000 });
  const held = appointmentIn(await hold(harbor.agent, time.id));
  assert.equal(kindOf(held), 'gateway');
  await harbor.agent.fhir('PATCH', `/Appointment/${held.id}`, { body: cancelPatch });
  await delay(3_500);
  assert.equal(await isFree(harbor, time.id), false, 'it did arrive');
  gateway.advance(121_000);
  await becomesFree(harbor, time.id);
});

test('where the practice did not grant changing slots, the gateway holds alone', async () => {
  const narrow = await addVendorPractice(gateway, 'oracle-health', { scopeDialect: 'v1' });
  await narrow.simulator.fault({ name: 'scopes-narrower', text: 'user/Slot.write' });
  assert.equal((await narrow.connect()).canWrite, true);
  const time = await offer(narrow.agent);
  const held = appointmentIn(await hold(narrow.agent, time.id));
  assert.deepEqual([held.status, kindOf(held)], ['pending', 'gateway']);
  assert.equal(await isFree(narrow, time.id), true);
  const visit = appointmentIn(await book(narrow.agent, held.id, await patient(narrow, 0)));
  assert.equal(visit.status, 'booked');
});

test('a time that somebody takes in the same moment is told as taken, and our claim on it is gone', async () => {
  const time = await offer(harbor.agent);
  const staff = harbor.caller;
  const beaten: Scheduling = {
    ...scheduling,
    emr: {
      ...scheduling.emr,
      open: (...args) => {
        const emr = scheduling.emr.open(...args);
        const run: Emr['run'] = (operation, ...rest) => {
          if (operation === 'hold') throw new Failure('slot-taken');
          return emr.run(operation, ...rest);
        };
        return { ...emr, run };
      },
    },
  };
  const caller = { ...staff, agentId: harbor.agent.id };
  await assert.rejects(holdSlot(beaten, caller, time.id), { code: 'slot-taken' });
  assert.equal(kindOf(appointmentIn(await hold(harbor.agent, time.id))), 'native');
});

test('a time that is held anew stays kept, whatever an earlier hold of it has left to give back', async () => {
  const time = await offer(harbor.agent);
  await harbor.simulator.fault({ name: 'response-lost', effect: 'write', times: 1 });
  const lost = appointmentIn(await hold(harbor.agent, time.id));
  assert.equal(kindOf(lost), 'gateway');
  await harbor.agent.fhir('PATCH', `/Appointment/${lost.id}`, { body: cancelPatch });
  gateway.advance(100_000);
  assert.equal(kindOf(appointmentIn(await hold(harbor.agent, time.id))), 'native');

  const somebodyElse = { ...harbor.caller, agentId: rowId() };
  await assert.rejects(holdSlot(scheduling, somebodyElse, time.id), { code: 'slot-taken' });
  assert.equal(await isFree(harbor, time.id), false);
  gateway.advance(25_000);
  await delay(5_000);
  assert.equal(await isFree(harbor, time.id), false, 'the earlier hold was due meanwhile');
});

test('where changing slots is refused, the connection stays as good as it is', async () => {
  const narrow = await addVendorPractice(gateway, 'oracle-health', { scopeDialect: 'v1' });
  await narrow.simulator.fault({ name: 'scopes-narrower', text: 'user/Slot.write' });
  await narrow.connect();
  await hold(narrow.agent, (await offer(narrow.agent)).id);
  const { state, reasonCode } = await narrow.connection();
  assert.deepEqual([state, reasonCode], ['connected', undefined]);
});
