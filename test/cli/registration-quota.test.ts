import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '#test/database.ts';
import { stopAfter } from '../http/connect/support.ts';
import { clientSecret, startToyEmr, toy, toyAdapter } from '../http/connect/toy-emr.ts';
import { install } from '../scheduling/application.ts';
import { createTestCli, world as openWorld } from './support.ts';

const database = await createTestDatabase();
const cli = await createTestCli(database, { PUBLIC_URL: 'https://postern.example' });
const emr = await startToyEmr();
stopAfter(emr);
const counting = toyAdapter({}, 'toy-counting');
const world = {
  ...openWorld,
  adapters: [
    toy,
    {
      ...counting,
      capabilities: { ...counting.capabilities, quota: { window: 'hour', calls: 500 } as const },
    },
  ],
};
const because = ['--reason', 'Their letter of March'];
const type = (words: string) => cli.type(words, { world, secrets: [clientSecret], more: because });
const ask = (words: string) => cli.ask(words, { world, more: because });
const show = async (context: string) => (await cli.type(`registration show ${context}`, { world })).out;
for (const [context, adapter, clientId] of [
  ['counted', 'toy-counting', 'gateway'],
  ['counted-too', 'toy-counting', 'gateway'],
  ['counted-apart', 'toy-counting', 'another'],
  ['uncounted', 'toy', 'gateway'],
] as const) {
  const words = `registration add ${context} --adapter ${adapter} --kind simulator --origin ${emr.origin}`;
  const added = await type(`${words} --client-id ${clientId} --auth client_secret_basic`);
  assert.equal(added.code, 0, added.err);
}

test('a registration tells how its calls stand, and what was agreed on with the vendor, with person and reason', async () => {
  assert.match(await show('counted'), /^calls +0 of 500 in the hour until [\d:.TZ-]+$/m);
  const agreed = await ask('registration quota --context counted --calls 2000');
  assert.deepEqual([agreed.calls.limit, agreed.calls.agreed], [2_000, true]);
  const shown = await show('counted');
  assert.match(shown, /^calls +0 of 2000 in the hour until .*, as agreed on$/m);
  assert.match(shown, /quota +Kim Lee +Their letter of March$/m);
});

test('what was agreed on is for all registrations of one client id at one host, and no other', async () => {
  assert.match(await show('counted-too'), /^calls +0 of 2000 /m);
  assert.match(await show('counted-apart'), /^calls +0 of 500 /m);
});

test('an EMR that counts no calls, a number that is none, and a registration that is none are refused', async () => {
  assert.match((await type('registration quota --context uncounted --calls 5')).err, /not counted/);
  assert.doesNotMatch(await show('uncounted'), /^calls/m);
  for (const calls of ['0', '-1', 'many', '1.5'])
    assert.notEqual((await type(`registration quota --context counted --calls ${calls}`)).code, 0, calls);
  assert.match((await type('registration quota --context nobody --calls 5')).err, /registration list/);
  assert.match((await type('registration quota --calls 5')).err, /Name the registration/);
  assert.match(await show('counted'), /of 2000 /);
});

test('a connection tells how the calls of its application stand, over all practices', async () => {
  const { practiceId } = await cli.ask('practice add', {
    world,
    more: ['--name', 'Harbor Clinic', '--time-zone', 'America/Denver'],
  });
  const facts = { adapter: 'toy-counting', origin: emr.origin };
  const { connectionId } = await install(database.database, 'counted', facts, practiceId);
  const [listed] = await cli.ask(`connection list --practice ${practiceId}`, { world });
  assert.deepEqual([listed.connectionId, listed.calls.used, listed.calls.limit], [connectionId, 0, 2_000]);
});
