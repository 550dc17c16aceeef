import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { defineAdapter } from '#adapter-kit/index.ts';
import { changeConnectionState } from '#scheduling/connection-state.ts';
import { disableConnection } from '#scheduling/connections.ts';
import { disconnect } from '#scheduling/consent/disconnect.ts';
import { followTokens } from '#scheduling/consent/token-changes.ts';
import { onServer } from '#test/database.ts';
import { textOf } from '../../http/connect/browser.ts';
import { startConnectGateway, stopAfter } from '../../http/connect/support.ts';
import { startToyEmr, toy } from '../../http/connect/toy-emr.ts';
import { type AtSetup, atSetup, connect, connectionsOf, endOf, operatorOf, wayBack } from './on-the-way.ts';

/** What happens while a first read is under way. */
let meanwhile = async (): Promise<unknown> => undefined;
const slow = defineAdapter({
  ...toy,
  operations: {
    ...toy.operations,
    probe: async (ctx) => {
      await meanwhile();
      return toy.operations.probe(ctx);
    },
  },
});
const gateway = await startConnectGateway({ adapters: [slow] });
const { consent, scheduling, tokens } = gateway.gateway;
const emr = await startToyEmr();
stopAfter(emr);
await gateway.register(emr);

const ends = {
  disconnected: (practice: string, connectionId: string) =>
    disconnect(consent, operatorOf(practice), connectionId),
  disabled: (practice: string, connectionId: string) =>
    disableConnection(scheduling, operatorOf(practice), connectionId),
} as const;

for (const [what, end] of Object.entries(ends)) {
  test(`an open link, and a way back that is under way, do not undo that a connection was ${what}`, async () => {
    const practice = await gateway.addPractice();
    const first = await atSetup(gateway, practice);
    await connect(gateway, first);
    const { connectionId } = first;
    const open = await atSetup(gateway, practice, { connectionId });
    const callback = await wayBack(gateway, open);
    await end(practice, connectionId);
    const [before] = await connectionsOf(gateway, practice);
    const { activeGrants } = await emr.oauth();

    assert.match(textOf(await open.browser.arrive(callback)), /link has expired/);
    assert.match(textOf(await open.browser.press(open.setup, 'Continue to Toy EMR')), /link has expired/);
    assert.deepEqual(await connectionsOf(gateway, practice), [before]);
    assert.equal(await endOf(gateway, open.linkId), 'withdrawn');
    assert.equal(await endOf(gateway, first.linkId), 'used', 'What it did is done.');
    assert.equal((await emr.oauth()).activeGrants, activeGrants, 'The code was not even exchanged.');
  });
}

/** On a server: until `release`, no transaction of the practice that leaves a trail can commit. */
async function holdTrail(practice: string): Promise<{ release(): Promise<void> }> {
  if (!onServer) return { release: async () => {} };
  const owner = new pg.Client({ connectionString: gateway.database.ownerUrl });
  await owner.connect();
  await owner.query('begin');
  await owner.query('select 1 from postern.audit_head where practice_id = $1 for update', [practice]);
  return {
    async release() {
      await owner.query('commit');
      await owner.end();
    },
  };
}

test('of two ways back of one link that come at once one connects, and the other’s grant is given back', async () => {
  const practice = await gateway.addPractice();
  const first = await atSetup(gateway, practice);
  await connect(gateway, first);
  const at = await atSetup(gateway, practice, { connectionId: first.connectionId });
  const callbacks = [await wayBack(gateway, at), await wayBack(gateway, at)];
  const { activeGrants, revocations } = await emr.oauth();
  const trail = await holdTrail(practice);
  const pages = Promise.all(callbacks.map((callback) => at.browser.arrive(callback)));
  await delay(500); // both have their tokens by now, and wait
  await trail.release();
  const shown = await pages;
  for (const page of shown) assert.doesNotMatch(textOf(page), /our fault|something went wrong/i);
  assert.match(textOf(await at.browser.open(`${gateway.url}/connect/result`)), /is connected/);

  const { rows } = await gateway.database.asOwner(
    'select grant_epoch, (select count(*)::int from consent c where c.practice_id = t.practice_id) as consents from token t where practice_id = $1',
    [practice],
  );
  assert.deepEqual(rows, [{ grant_epoch: 2, consents: 2 }], 'Nothing was overwritten.');
  const after = await emr.oauth();
  assert.equal(after.activeGrants, activeGrants + 1);
  if (onServer) assert.ok(after.revocations > revocations);
  assert.match((await tokens.access(practice, at.connectionId)).token.reveal(), /./);
});

test('of two links of one practice that are followed at once one connects', async () => {
  const practice = await gateway.addPractice();
  const both: AtSetup[] = [await atSetup(gateway, practice), await atSetup(gateway, practice)];
  const callbacks = [];
  for (const at of both) callbacks.push({ at, callback: await wayBack(gateway, at) });
  const { activeGrants } = await emr.oauth();
  const trail = await holdTrail(practice);
  const pages = Promise.all(callbacks.map(({ at, callback }) => at.browser.arrive(callback)));
  await delay(500); // both have their tokens by now, and wait
  await trail.release();
  const said = (await pages).map((page) =>
    /Harbor Clinic is connected/.test(textOf(page)) ? 'connected' : 'refused',
  );
  assert.deepEqual(said.sort(), ['connected', 'refused']);
  assert.equal((await connectionsOf(gateway, practice)).length, 1);
  assert.equal((await emr.oauth()).activeGrants, activeGrants + 1);
});

test('a first read that fails after the connection was disconnected leaves it disconnected', async () => {
  const practice = await gateway.addPractice();
  const at = await atSetup(gateway, practice);
  const callback = await wayBack(gateway, at);
  meanwhile = async () => {
    meanwhile = async () => undefined;
    await disconnect(consent, operatorOf(practice), at.connectionId);
    throw new Error('The first read is broken.');
  };
  await at.browser.arrive(callback);
  const [connection] = await connectionsOf(gateway, practice);
  assert.deepEqual([connection?.state, connection?.reason_code], ['disconnected', 'asked']);
  const failed = gateway.events.findLast(({ event }) => event === 'request.failed');
  assert.deepEqual(failed && { ...failed, request: '' }, {
    event: 'request.failed',
    request: '',
    error: 'Error',
  });
});

test('a grant that ends, or a connection that is made, while somebody disconnects leaves it disconnected', async () => {
  const practice = await gateway.addPractice();
  const at = await atSetup(gateway, practice);
  await connect(gateway, at);
  const { connectionId } = at;
  const now = scheduling.clock.now();
  const connected = { state: 'connected', reason: undefined } as const;
  // What comes between the two transactions of disconnecting.
  const end: typeof consent.tokens.end = async (tx, ...which) => {
    await changeConnectionState(tx, practice, connectionId, connected, now);
    return consent.tokens.end(tx, ...which);
  };
  await disconnect({ ...consent, tokens: { ...consent.tokens, end } }, operatorOf(practice), connectionId);
  const stateOf = async () => (await connectionsOf(gateway, practice))[0]?.state;
  assert.equal(await stateOf(), 'disconnected');

  const { audit, cache, clock, report, database } = scheduling;
  const follow = followTokens({ audit, cache, clock: clock.now, report });
  const ended = { is: 'needs-reconsent', connectionId, code: 'invalid_grant' } as const;
  await database.withPractice(practice, (tx) => follow(tx, practice, ended));
  assert.equal(await stateOf(), 'disconnected');
});

const broken = {
  'its refusal cannot be recorded': {
    fault: { name: 'scopes-wider', text: 'user/Observation.rs' },
    breakIt: 'alter table audit_event add constraint shut check (false) not valid',
    mend: 'alter table audit_event drop constraint shut',
  },
  'it cannot be judged': {
    fault: undefined,
    breakIt: 'alter table wider_grant rename to wider_grant_away',
    mend: 'alter table wider_grant_away rename to wider_grant',
  },
} as const;
for (const [why, { fault, breakIt, mend }] of Object.entries(broken)) {
  test(`a grant is given back when ${why}`, async () => {
    const practice = await gateway.addPractice();
    const at = await atSetup(gateway, practice);
    if (fault) await emr.fault(fault);
    const callback = await wayBack(gateway, at);
    const { activeGrants } = await emr.oauth();
    await gateway.database.asOwner(breakIt);
    try {
      assert.match(textOf(await at.browser.arrive(callback)), /our side|not.*connected/i);
    } finally {
      await gateway.database.asOwner(mend);
    }
    const { rows } = await gateway.database.asOwner(
      "select outcome->>'code' as code, outcome->>'revocation' as revocation from authorization_request where practice_id = $1",
      [practice],
    );
    assert.deepEqual(rows, [{ code: 'internal', revocation: 'revoked' }]);
    assert.equal((await emr.oauth()).activeGrants, activeGrants);
    assert.deepEqual(await connectionsOf(gateway, practice), []);
    assert.ok(gateway.events.some(({ event }) => event === 'request.failed'));
  });
}
