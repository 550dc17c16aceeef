import assert from 'node:assert/strict';
import { test } from 'node:test';
import { approveBase, listWaitingBases } from '#scheduling/consent/approvals.ts';
import { purgeWaitingBases } from '#store/base-approvals.ts';
import { textOf } from '../../http/connect/browser.ts';
import { startConnectGateway, stopAfter } from '../../http/connect/support.ts';
import { startToyEmr } from '../../http/connect/toy-emr.ts';
import { atSetup, connectionsOf, operatorOf } from './on-the-way.ts';

const gateway = await startConnectGateway();
const { consent, scheduling } = gateway.gateway;
const [machines, people] = [await startToyEmr(), await startToyEmr()];
stopAfter(machines, people);
const asSystem = {
  grantType: 'client_credentials',
  clientAuthentication: 'private_key_jwt',
  clientSecret: undefined,
} as const;
await gateway.register(machines, { context: 'toy-machines', ...asSystem });
await machines.register({
  token_endpoint_auth_method: 'private_key_jwt',
  client_secret: undefined as never, // it has none
  grant_types: ['client_credentials'],
  redirect_uris: [],
  jwks_uri: `${gateway.url}/oauth/jwks/toy-machines`,
});
await gateway.register(people, { context: 'toy-system', ...asSystem });
await gateway.register(people, { context: 'toy-people' });
const by = { person: 'Kim Lee', reason: 'Called their support' };
const { practiceId: _, ...operator } = operatorOf('');

test('a grant between two systems is not reached by naming the address of its EMR, nor by approving that address', async () => {
  const practice = await gateway.addPractice('Another Clinic');
  const { browser, setup } = await atSetup(gateway, practice, { emr: 'toy', kind: 'simulator' });
  const waiting = await browser.press(setup, 'Continue', { base: machines.base });
  assert.match(textOf(waiting), /We are checking this address/);
  // The form that begins, sent all the same.
  const forged = { ...waiting, text: waiting.text.replace('/connect/base', '/connect/begin') };
  assert.match(textOf(await browser.press(forged, 'Continue', {})), /not ready to be connected/);

  const none = { code: 'business-rule', hint: /no registration there by which people are asked/ };
  await assert.rejects(approveBase(consent, operator, by, machines.base), none);
  const other = { code: 'business-rule', hint: /asks nobody for a consent/ };
  await assert.rejects(approveBase(consent, operator, by, machines.base, 'toy-machines'), other);
  assert.match(textOf(await browser.open(`${gateway.url}/connect/setup`)), /We are checking/);
  assert.deepEqual(await connectionsOf(gateway, practice), []);
  assert.equal((await machines.oauth()).tokenRequests.client_credentials ?? 0, 0);
});

test('an address where both are registered leads to the consent screen, and naming it is on record', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(gateway, practice, { emr: 'toy', kind: 'simulator' });
  const settled = await browser.press(setup, 'Continue', { base: people.base });
  assert.match(textOf(settled), /What will be asked for.*Continue to Toy EMR/);
  const { rows } = await gateway.database.asOwner('select context from connect_link where practice_id = $1', [
    practice,
  ]);
  assert.deepEqual(rows, [{ context: 'toy-people' }]);
  assert.equal((await gateway.trail(practice)).at(-1), 'connection.name-base success');
});

test('a link uses a grant between two systems where it names it, and never because nothing else is there', async () => {
  const practice = await gateway.addPractice();
  const nothingElse = { emr: 'toy', kind: 'simulator', origin: machines.origin } as const;
  await assert.rejects(gateway.link(practice, nothingElse), {
    code: 'business-rule',
    hint: /Name the registration/,
  });
  const { browser, setup, connectionId } = await atSetup(gateway, practice, { emr: 'toy-machines' });
  assert.match(textOf(await browser.press(setup, 'Connect')), /is connected/);
  // What was named once is consented to again by the same.
  const again = await atSetup(gateway, practice, { emr: undefined, connectionId });
  assert.match(textOf(await again.browser.press(again.setup, 'Connect')), /is connected/);
});

test('an address that nobody approves is forgotten after its time, one that was approved is not', async () => {
  const [waiting, approved] = [await gateway.addPractice(), await gateway.addPractice()];
  const askedAt = new Date();
  const insert = (practice: string, decidedAt: Date | null) =>
    gateway.database.asOwner(
      `insert into base_approval (practice_id, approval_id, adapter, kind, origin, metadata, asked_at, decided_at, context, decided_by, reason)
       values ($1, $1, 'toy', 'simulator', 'http://127.0.0.1:9/emr', '{}', $2, $3, $4, $4, $4)`,
      [practice, askedAt, decidedAt, decidedAt && 'a test'],
    );
  await insert(waiting, null);
  await insert(approved, askedAt);
  const left = async () =>
    (await listWaitingBases(consent)).filter(({ practiceId }) => practiceId === waiting).length;
  const purge = (practice: string, before: number) =>
    scheduling.database.withPractice(practice, (tx) => purgeWaitingBases(tx, new Date(before)));
  const asked = askedAt.getTime();
  assert.deepEqual([await purge(waiting, asked), await left()], [0, 1]);
  assert.deepEqual([await purge(waiting, asked + 1), await left()], [1, 0]);
  assert.equal(await purge(approved, asked + 1), 0);
});
