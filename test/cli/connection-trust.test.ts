import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createTestDatabase } from '#test/database.ts';
import { stopAfter } from '../http/connect/support.ts';
import { clientId, clientSecret, startToyEmr, toy } from '../http/connect/toy-emr.ts';
import { createTestCli, world as openWorld } from './support.ts';

/** A practice whose EMR trusts the gateway is connected by one command. */
const database = await createTestDatabase();
const cli = await createTestCli(database);
const emr = await startToyEmr();
stopAfter(emr);
const world = { ...openWorld, adapters: [...openWorld.adapters, toy] };
const because = ['--reason', 'The vendor has enabled us'];
await emr.register({ grant_types: ['client_credentials'] });
await register('toy-machines', 'client_credentials');
await register('toy-people', 'authorization_code');

async function register(context: string, grant: string): Promise<void> {
  const words = `registration add ${context} --adapter toy --kind simulator --origin ${emr.origin} --grant ${grant}`;
  const more = [...because, '--client-id', clientId, '--auth', 'client_secret_basic'];
  await cli.ask(words, { world, more, secrets: [clientSecret] });
  await cli.ask(`registration approve ${context}`, { world, more: because });
}

beforeEach(async () => {
  emr.closed = false;
  await emr.liftFaults();
});

/** Of one address there is one practice at a time. */
afterEach(async () => {
  const { rows } = await database.asOwner(
    "select practice_id, connection_id from connection where state <> 'disconnected'",
  );
  for (const { practice_id: practice, connection_id: connection } of rows)
    await cli.ask(`connection disconnect ${connection} --practice ${practice}`, { world });
});

async function addPractice(): Promise<string> {
  const more = ['--name', 'Harbor Clinic', '--time-zone', 'America/Denver'];
  return (await cli.ask('practice add', { world, more })).practiceId;
}
const trust = (practice: string, emrName = 'toy-machines') =>
  `connection trust --practice ${practice} --emr ${emrName}`;

test('It is connected with the settings that are typed, and says its state.', async () => {
  const practice = await addPractice();
  const { code, out } = await cli.type(
    `${trust(practice)} --setting greeting=Hello --setting weekends=true`,
    {
      world,
    },
  );
  assert.equal(code, 0);
  assert.match(out, /^state +connected$/m);
  assert.ok(out.includes(emr.origin), 'Whose EMR it is can be told by the address.');
  const [row] = await cli.ask(`connection list --practice ${practice}`, { world });
  assert.deepEqual([row.settings.greeting, row.settings.weekends, row.settings.grid], ['Hello', true, 15]);
  const { rows } = await database.asOwner(
    "select person, outcome from operator_action where command = 'connection trust' and subject = $1",
    [row.connectionId],
  );
  assert.deepEqual(rows, [{ person: 'Kim Lee', outcome: 'done' }]);
  const trail = await database.asOwner(
    "select actor, outcome from audit_event where action = 'connection.connect' and resource_id = $1",
    [row.connectionId],
  );
  assert.deepEqual(trail.rows, [{ actor: 'operator:Kim Lee', outcome: 'success' }]);
  assert.ok(cli.transcript.every((text) => !text.includes(clientSecret)));
});

test('A first read that fails is said, and the command has not succeeded.', async () => {
  emr.closed = true;
  const { code, out } = await cli.type(trust(await addPractice()), { world });
  assert.equal(code, 1);
  assert.match(out, /^state +degraded$/m);
  assert.match(out, /^reason +unauthorized$/m);
});

test('A registration that leads to the EMR of another practice is refused by its name, until that practice is disconnected.', async () => {
  const first = await addPractice();
  const { connectionId } = await cli.ask(trust(first), { world });
  const second = await addPractice();
  const { clients } = await emr.oauth();
  for (const words of [
    trust(second),
    `connection link --practice ${second} --emr toy-machines --kind simulator`,
  ]) {
    const { code, err } = await cli.type(words, { world });
    assert.equal(code, 1, words);
    assert.match(err, /the address of the registration toy-machines/);
    assert.ok(err.includes(emr.origin) && !err.includes(first) && !err.includes(connectionId));
  }
  assert.deepEqual((await emr.oauth()).clients, clients);
  assert.deepEqual(await cli.ask(`connection list --practice ${second}`, { world }), []);
  // Where people sign in, several practices may have one address.
  const people = await cli.ask(`connection link --practice ${second} --emr toy-people --kind simulator`, {
    world,
  });
  assert.equal(people.origin, emr.origin);
  // Its own connection, anew.
  assert.equal((await cli.type(`${trust(first)} --connection ${connectionId}`, { world })).code, 0);
  // A disabled connection may be enabled again, so it counts too.
  await cli.ask(`connection disable ${connectionId} --practice ${first}`, { world });
  assert.equal((await cli.type(trust(second), { world })).code, 1);
  await cli.ask(`connection disconnect ${connectionId} --practice ${first}`, { world });
  assert.equal((await cli.type(trust(second), { world })).code, 0);
});

const refused: Readonly<Record<string, readonly [emrName: string, fault: string | undefined, says: RegExp]>> =
  {
    'a registration that asks people': ['toy-people', undefined, /make a connect link/],
    'a registration that there is not': ['nobody', undefined, /not approved, or retired|adapter/],
    'an authorization server that is busy': ['toy-machines', 'token-error', /busy.*try again/],
    'a grant that is wider': ['toy-machines', 'scopes-wider', /granted more than scheduling/],
    'a grant that is too narrow': ['toy-machines', 'scopes-narrower', /granted too little|granted something/],
  };
for (const [what, [name, fault, says]] of Object.entries(refused))
  test(`Because of ${what} nothing is connected, and a sentence says so.`, async () => {
    const practice = await addPractice();
    if (fault !== undefined) await emr.fault({ name: fault });
    const { code, err } = await cli.type(trust(practice, name), { world });
    assert.ok(code > 0);
    assert.match(err, says);
    assert.deepEqual(await cli.ask(`connection list --practice ${practice}`, { world }), []);
    const { rows } = await database.asOwner(
      'select 1 from connect_link where practice_id = $1 and end_code is null',
      [practice],
    );
    assert.deepEqual(rows, []);
  });
