import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '#test/database.ts';
import { stopAfter } from '../http/connect/support.ts';
import { clientId, clientSecret, startToyEmr, toy, toyAdapter } from '../http/connect/toy-emr.ts';
import { createTestCli, world as openWorld } from './support.ts';

/** A setting by which a practice chooses what it consents to, changed at the command line. */
const { scopes } = toy.authorization;
const choosing = toyAdapter({
  scopes: {
    ...scopes,
    byChoice: [
      {
        ability: 'createPatient',
        wanted: ({ weekends }) => weekends === true,
        scopes: (_, system) => [system ? 'system/Patient.c' : 'user/Patient.c'],
        inWords: 'add a patient who is new',
      },
    ],
  },
});
const database = await createTestDatabase();
const cli = await createTestCli(database);
const emr = await startToyEmr({
  scopes: { offered: [...(scopes.askAsSystem?.v2 ?? []), 'system/Patient.c'] },
});
stopAfter(emr);
const world = { ...openWorld, adapters: [choosing] };
const because = ['--reason', 'The vendor has enabled us'];
await emr.register({ grant_types: ['client_credentials'] });
await cli.ask(
  `registration add toy-machines --adapter toy --kind simulator --origin ${emr.origin} --grant client_credentials`,
  {
    world,
    more: [...because, '--client-id', clientId, '--auth', 'client_secret_basic'],
    secrets: [clientSecret],
  },
);
await cli.ask('registration approve toy-machines', { world, more: because });

async function connected(setting: string) {
  const more = ['--name', 'Harbor Clinic', '--time-zone', 'America/Denver'];
  const { practiceId } = await cli.ask('practice add', { world, more });
  const trust = `connection trust --practice ${practiceId} --emr toy-machines`;
  const { connectionId } = await cli.ask(`${trust} --setting ${setting}`, { world });
  const set = (value: string) =>
    cli.type(`connection set ${connectionId} --practice ${practiceId} --setting ${value}`, { world });
  const granted = async () => {
    const [connection] = await cli.ask(`connection list --practice ${practiceId}`, { world });
    return connection.granted.includes('system/Patient.c');
  };
  const again = () => cli.ask(`${trust} --connection ${connectionId}`, { world });
  // The registration is one practice's at a time.
  const end = () => cli.ask(`connection disconnect ${connectionId} --practice ${practiceId}`, { world });
  return { set, granted, again, end };
}

test('What is turned on later waits for a new consent, and the command says so until there is one.', async () => {
  const { set, granted, again, end } = await connected('weekends=false');
  assert.equal(await granted(), false);
  for (const change of ['weekends=true', 'greeting=Hello']) {
    const { code, out } = await set(change);
    assert.equal(code, 0);
    assert.match(out, /has to consent again before the gateway may add a patient who is new/);
    assert.match(out, /connection link --practice ID --connection ID.*connection trust/);
  }
  await again();
  assert.equal(await granted(), true);
  assert.doesNotMatch((await set('greeting=Hi')).out, /consent/);
  await end();
});

test('What is turned off stays in the grant until a new consent, and the command says that too.', async () => {
  const { set, granted, again, end } = await connected('weekends=true');
  assert.equal(await granted(), true);
  assert.doesNotMatch((await set('greeting=Hello')).out, /consent/);
  assert.match((await set('weekends=false')).out, /still lets the gateway add a patient who is new/);
  assert.equal(await granted(), true);
  await again();
  assert.equal(await granted(), false);
  assert.doesNotMatch((await set('greeting=Hi')).out, /consent/);
  await end();
});
