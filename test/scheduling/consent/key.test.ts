import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineAdapter, z } from '#adapter-kit/index.ts';
import { connectWithKey } from '#scheduling/connect.ts';
import { disableConnection } from '#scheduling/connections.ts';
import { disconnect } from '#scheduling/consent/disconnect.ts';
import { checkAgain } from '#scheduling/consent/view.ts';
import { rowId } from '#scheduling/ids.ts';
import { memory } from '../../../adapters/memory/index.ts';
import { textOf } from '../../http/connect/browser.ts';
import { startConnectGateway } from '../../http/connect/support.ts';
import { type AtSetup, atSetup, connectionsOf, endOf, operatorOf } from './on-the-way.ts';

/** What the proof of a key finds. */
let proof = async (): Promise<void> => undefined;
let proofs = 0;
const keyed = defineAdapter({
  ...memory,
  id: 'keyed',
  settings: z.strictObject({}),
  operations: {
    ...memory.operations,
    probe: async () => {
      proofs += 1;
      await proof();
      return { version: '1' };
    },
    directory: async () => ({ practitioners: [], locations: [], services: [] }),
  },
});
const gateway = await startConnectGateway({ adapters: [keyed] });
const { consent, scheduling } = gateway.gateway;
const target = { emr: 'keyed', kind: 'simulator', origin: 'http://127.0.0.1:9/api' } as const;

const enter = ({ browser, setup }: AtSetup, key: string) => browser.press(setup, 'Connect', { key });

/** A proof that fails after something else has happened. */
function failAfter(what: () => Promise<unknown>): void {
  proof = async () => {
    proof = async () => undefined;
    await what();
    throw new Error('The key was not taken.');
  };
}

/** A connection at work, and a link for another key of it. */
async function connected() {
  const practice = await gateway.addPractice();
  const first = await atSetup(gateway, practice, target);
  assert.match(textOf(await enter(first, 'good')), /is connected/);
  const { connectionId } = first;
  const again = await atSetup(gateway, practice, { emr: undefined, connectionId });
  return { practice, connectionId, first, again };
}

test('a key that was being tried when its connection was disconnected brings back neither itself nor the one before', async () => {
  const { practice, connectionId, again } = await connected();
  failAfter(() => disconnect(consent, operatorOf(practice), connectionId));
  await enter(again, 'bad');
  const [stored] = await connectionsOf(gateway, practice);
  assert.deepEqual([stored?.state, stored?.secrets, stored?.disabled_at], ['disconnected', null, null]);
  assert.equal(await endOf(gateway, again.linkId), 'withdrawn');
  assert.match(textOf(await enter(again, 'good')), /link has expired/);
  // The operator may connect it anew.
  const anew = await atSetup(gateway, practice, { emr: undefined, connectionId });
  assert.match(textOf(await enter(anew, 'good')), /is connected/);
});

test('a key that fails leaves the connection the key that it had', async () => {
  const { practice, again } = await connected();
  const [before] = await connectionsOf(gateway, practice);
  failAfter(async () => {});
  const told = textOf(await enter(again, 'bad'));
  const failure = gateway.events.findLast(({ event }) => event === 'request.failed');
  assert.ok(failure?.event === 'request.failed' && told.includes(failure.request), 'The page names it.');
  assert.equal(failure.error, 'Error');
  const [after] = await connectionsOf(gateway, practice);
  assert.deepEqual(after?.secrets, before?.secrets);
  assert.equal(await endOf(gateway, again.linkId), null, 'Another key may be tried.');
  assert.match(textOf(await enter(again, 'good')), /is connected/);
});

const disablings = {
  'while its key was being tried': async (practice: string, { connectionId, ...at }: AtSetup) => {
    failAfter(() => disableConnection(scheduling, operatorOf(practice), connectionId));
    await enter({ ...at, connectionId }, 'bad');
  },
  'after its key was not proven': async (practice: string, { connectionId, ...at }: AtSetup) => {
    failAfter(async () => {});
    await enter({ ...at, connectionId }, 'bad');
    await disableConnection(scheduling, operatorOf(practice), connectionId);
  },
};
for (const [when, disable] of Object.entries(disablings)) {
  test(`a connection that people disabled ${when} is not put to work by its link`, async () => {
    const practice = await gateway.addPractice();
    const at = await atSetup(gateway, practice, target);
    await disable(practice, at);
    const [before] = await connectionsOf(gateway, practice);
    assert.ok(before?.disabled_at);
    assert.match(textOf(await enter(at, 'good')), /link has expired/);
    assert.deepEqual(await connectionsOf(gateway, practice), [before]);
  });
}

test('of two keys that are entered by one link at once the first is tried and the other one refused', async () => {
  const practice = await gateway.addPractice();
  const at = await atSetup(gateway, practice, target);
  const trying = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  proof = async () => {
    proof = async () => undefined;
    trying.resolve();
    await goOn.promise;
  };
  const first = enter(at, 'good');
  await trying.promise;
  const second = await enter(at, 'other');
  assert.equal(second.status, 409);
  assert.match(textOf(second), /used already/);
  goOn.resolve();
  assert.match(textOf(await first), /is connected/);
  assert.deepEqual(
    (await connectionsOf(gateway, practice)).map(({ secrets_version: version }) => version),
    [1],
  );
});

test('looking again at a connection is on record, and never reaches another one of the practice', async () => {
  const { practice, connectionId, first } = await connected();
  const visit = {
    session: first.browser.cookies.get('postern-connect'),
    origin: '127.0.0.1',
    requestId: rowId(),
  };
  await checkAgain(consent, visit);
  assert.equal((await gateway.trail(practice)).at(-1), 'connection.probe success');
  const caller = operatorOf(practice);
  await disableConnection(scheduling, caller, connectionId);
  const { origin, kind } = target;
  await connectWithKey(scheduling, caller, {
    adapter: 'keyed',
    kind,
    origin,
    secrets: { key: 'k' },
    settings: {},
  });
  const before = proofs;
  await assert.rejects(checkAgain(consent, visit));
  assert.equal(proofs, before);
  assert.equal((await gateway.trail(practice)).at(-1), 'connection.probe failed');
});
