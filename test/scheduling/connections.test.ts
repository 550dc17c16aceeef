import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionSettings, Directory } from '#adapter-kit/adapter.ts';
import { defineAdapter, z } from '#adapter-kit/index.ts';
import { type Caller, nilAgent } from '#scheduling/caller.ts';
import { connectWithKey } from '#scheduling/connect.ts';
import { changeConnectionSettings, probeConnection, syncConnection } from '#scheduling/connections.ts';
import { rowId } from '#scheduling/ids.ts';
import { removeVisitType, reviewVisitTypes, setVisitType } from '#scheduling/visit-types.ts';
import { listConnections, saveLearnedSettings } from '#store/connections.ts';
import { memory } from '../../adapters/memory/index.ts';
import { startConnectGateway } from '../http/connect/support.ts';

/** What the EMR of these tests says of itself and of its practice. */
let learned: ConnectionSettings = {};
let services: Directory['services'] = [];

const told = defineAdapter({
  ...memory,
  id: 'told',
  settings: z.strictObject({
    rooms: z.string().default('').meta({ title: 'Rooms', required: true }),
    greeting: z.string().default('').meta({ title: 'Greeting' }),
    dialect: z.string().default('unknown'),
  }),
  operations: {
    ...memory.operations,
    probe: async () => ({ version: '1', settings: learned }),
    directory: async () => ({ practitioners: [], locations: [], services }),
  },
});
const gateway = await startConnectGateway({ adapters: [told] });
const { scheduling } = gateway.gateway;

async function addPractice(): Promise<Caller> {
  const practiceId = await gateway.addPractice();
  return { practiceId, agentId: nilAgent, actor: 'operator:Kim Lee', requestId: rowId(), origin: 'cli' };
}

async function connect(caller: Caller, settings: ConnectionSettings = { rooms: '2' }): Promise<string> {
  const origin = 'http://127.0.0.1:9/api';
  const asked = { adapter: 'told', kind: 'simulator', origin, secrets: { key: 'k' }, settings } as const;
  return (await connectWithKey(scheduling, caller, asked)).connectionId;
}

/** In force, as every use case has them. */
async function settingsOf({ practiceId }: Caller): Promise<ConnectionSettings | undefined> {
  return (await scheduling.database.withPractice(practiceId, listConnections))[0]?.settings;
}

test('what a probe learned stands over what people set, until they change it or it is learned anew', async () => {
  learned = { dialect: 'plain' };
  const caller = await addPractice();
  const connection = await connect(caller);
  assert.deepEqual(await settingsOf(caller), { rooms: '2', greeting: '', dialect: 'plain' });

  const changed = await changeConnectionSettings(scheduling, caller, connection, { dialect: 'ours' });
  assert.deepEqual(changed, { rooms: '2', greeting: '', dialect: 'ours' });
  assert.deepEqual(await settingsOf(caller), changed);
  await changeConnectionSettings(scheduling, caller, connection, { greeting: 'Hello' });
  assert.deepEqual(await settingsOf(caller), { rooms: '2', greeting: 'Hello', dialect: 'ours' });

  learned = { dialect: 'newer' };
  await probeConnection(scheduling, caller);
  assert.deepEqual(await settingsOf(caller), { rooms: '2', greeting: 'Hello', dialect: 'newer' });
});

test('a setting that an earlier probe told back is in force once it is changed, and so are all after the next probe', async () => {
  learned = { dialect: 'plain' };
  const caller = await addPractice();
  const connection = await connect(caller, { rooms: '2', greeting: 'Hello' });
  await scheduling.database.withPractice(caller.practiceId, (tx) =>
    saveLearnedSettings(tx, connection, { rooms: '1', greeting: 'Old', dialect: 'plain' }),
  );
  await changeConnectionSettings(scheduling, caller, connection, { rooms: '3' });
  assert.deepEqual(await settingsOf(caller), { rooms: '3', greeting: 'Old', dialect: 'plain' });
  await probeConnection(scheduling, caller);
  assert.deepEqual(await settingsOf(caller), { rooms: '3', greeting: 'Hello', dialect: 'plain' });
});

test('a setting without which nothing can be found has to be given, and cannot be emptied', async () => {
  const caller = await addPractice();
  const empty = { code: 'invalid-value', expression: 'rooms' };
  await assert.rejects(connect(caller, { greeting: 'Hello' }), empty);
  assert.equal(await settingsOf(caller), undefined, 'nothing is kept');
  const connection = await connect(caller);
  await assert.rejects(changeConnectionSettings(scheduling, caller, connection, { rooms: '' }), empty);
  assert.equal((await settingsOf(caller))?.rooms, '2');
});

const exam = { ref: '10', display: 'Exam', minutes: 30 };
const filling = { ref: '11', display: 'Filling', minutes: 60 };
const whitening = { ref: '12', display: 'Exam', minutes: 45 };

/** As `code ref mode`, the default with a star. */
async function typesOf(caller: Caller): Promise<string[]> {
  const types = await reviewVisitTypes(scheduling, caller);
  return types.map(
    ({ code, vendorRef, mode, isDefault }) => `${code} ${vendorRef} ${mode}${isDefault ? ' *' : ''}`,
  );
}

test('the EMR’s visit types are proposed the first time, and those that are new later come turned off', async () => {
  services = [exam];
  const caller = await addPractice();
  await connect(caller);
  assert.deepEqual(await typesOf(caller), ['exam 10 direct *']);

  services = [filling, exam, whitening];
  await syncConnection(scheduling, caller);
  const all = ['exam 10 direct *', 'exam-2 12 off', 'filling 11 off'];
  assert.deepEqual(await typesOf(caller), all);
  await syncConnection(scheduling, caller);
  assert.deepEqual(await typesOf(caller), all);
});

test('what staff have made of a visit type stays, whatever the EMR says of it or no longer says', async () => {
  services = [exam, filling];
  const caller = await addPractice();
  await connect(caller);
  const own = { vendorRef: '10', display: 'First visit', minutes: 50, mode: 'approval' } as const;
  await setVisitType(scheduling, caller, 'first-visit', own);
  await setVisitType(scheduling, caller, 'filling', { mode: 'off' });
  const before = await reviewVisitTypes(scheduling, caller);

  services = [{ ...exam, display: 'Examination', minutes: 20 }];
  await syncConnection(scheduling, caller);
  assert.deepEqual(await reviewVisitTypes(scheduling, caller), before);

  services = [exam, filling];
  await removeVisitType(scheduling, caller, 'filling');
  await syncConnection(scheduling, caller);
  assert.deepEqual(await typesOf(caller), ['exam 10 direct *', 'filling 11 off', 'first-visit 10 approval']);
});

test('an EMR without visit types gets one of half an hour, once, and its own come turned off', async () => {
  services = [];
  const caller = await addPractice();
  await connect(caller);
  await syncConnection(scheduling, caller);
  assert.deepEqual(await typesOf(caller), ['visit undefined direct *']);
  services = [{ ref: '13', display: '¿?', minutes: 30 }];
  await syncConnection(scheduling, caller);
  assert.deepEqual(await typesOf(caller), ['visit undefined direct *', 'visit-2 13 off']);
});
