import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConnectionSettings, Webhooks } from '#adapter-kit/adapter.ts';
import { z } from '#adapter-kit/index.ts';
import { WireFailure } from '#adapter-kit/wire-failure.ts';
import { connectSystem } from '#scheduling/consent/connect-system.ts';
import { disconnect } from '#scheduling/consent/disconnect.ts';
import { textOf } from '../../http/connect/browser.ts';
import { startConnectGateway, stopAfter } from '../../http/connect/support.ts';
import { startToyEmr, toy } from '../../http/connect/toy-emr.ts';
import { type AtSetup, atSetup, connectionsOf, operatorOf } from './on-the-way.ts';

/** As an EMR that says which practice a person belongs to. */
const webhooks: Webhooks = {
  setUp: 'Nowhere.',
  secretHeader: 'x-secret',
  deliveryHeader: 'x-delivery',
  eventHeader: 'x-event',
  events: [],
  body: z.object({ tenant: z.string(), appointment: z.string() }),
  tenantSetting: 'group',
};
const house: { answer: () => ConnectionSettings } = { answer: () => ({}) };
const grouped = {
  ...toy,
  webhooks,
  settings: z.strictObject({ group: z.string().default('') }),
  operations: { ...toy.operations, probe: async () => ({ version: '7', settings: house.answer() }) },
};
const gateway = await startConnectGateway({ adapters: [grouped] });
const emr = await startToyEmr();
const machines = await startToyEmr();
stopAfter(emr, machines);
await gateway.register(emr);
await gateway.register(machines, { context: 'toy-machines', grantType: 'client_credentials' });
await machines.register({ grant_types: ['client_credentials'], redirect_uris: [] });
const { consent, tokens } = gateway.gateway;

async function signIn({ browser, setup }: AtSetup) {
  const signedIn = await browser.press(await browser.press(setup, 'Continue to Toy EMR'), 'Sign in');
  return browser.press(signedIn, 'Allow');
}

/** Whose it is and how it is, without the counters that reads move. */
async function identityOf(practice: string) {
  const { rows } = await gateway.database.asOwner(
    'select connection_id, state, settings, learned, can_write from connection where practice_id = $1',
    [practice],
  );
  return rows;
}

test('who signs in to another practice of the EMR changes nothing: the grant is given back, the connection stays', async () => {
  house.answer = () => ({ group: '5150' });
  const practice = await gateway.addPractice();
  const first = await atSetup(gateway, practice);
  assert.match(textOf(await signIn(first)), /is connected/);
  const { connectionId } = first;
  const kept = await tokens.access(practice, connectionId);
  const before = await identityOf(practice);

  const again = await atSetup(gateway, practice, { connectionId });
  for (const [answer, says] of [
    [() => ({ group: '6160' }), /You signed in to another practice of your EMR/],
    [() => ({}), /You signed in to another practice of your EMR/],
    [
      () => {
        throw new WireFailure('unknown', 'house', { reason: 'timeout' });
      },
      /Your EMR did not answer/,
    ],
  ] as const) {
    house.answer = answer;
    const { revocations } = await emr.oauth();
    const setup = await again.browser.open(`${gateway.url}/connect/setup`);
    const page = textOf(await signIn({ ...again, setup }));
    assert.match(page, says);
    assert.ok((await emr.oauth()).revocations > revocations);
    assert.deepEqual(await identityOf(practice), before);
    const now = await tokens.access(practice, connectionId);
    assert.equal(now.token.reveal(), kept.token.reveal());
  }
  assert.equal(
    (await gateway.trail(practice)).filter((what) => what === 'connection.connect refused').length,
    3,
  );

  house.answer = () => ({ group: '5150' });
  const setup = await again.browser.open(`${gateway.url}/connect/setup`);
  assert.match(textOf(await signIn({ ...again, setup })), /is connected/);
  assert.notEqual((await tokens.access(practice, connectionId)).token.reveal(), kept.token.reveal());
});

test('of two practices whose links lead to one EMR that trusts us, one is connected', async () => {
  house.answer = () => ({});
  const practices = [await gateway.addPractice('Harbor Clinic'), await gateway.addPractice('Hill Clinic')];
  const both = await Promise.all(
    practices.map((practice) => atSetup(gateway, practice, { emr: 'toy-machines', kind: 'simulator' })),
  );
  for (const { setup } of both) assert.ok(textOf(setup).includes(`Address of your EMR: ${machines.origin}`));
  const { revocations } = await machines.oauth();
  const pages = await Promise.all(both.map(({ browser, setup }) => browser.press(setup, 'Connect')));
  const said = pages.map(textOf);
  assert.equal(said.filter((text) => /Clinic is connected/.test(text)).length, 1, said.join('\n'));
  assert.equal(said.filter((text) => /This address belongs to another practice/.test(text)).length, 1);
  assert.ok((await machines.oauth()).revocations > revocations);
  const rows = await Promise.all(practices.map((practice) => connectionsOf(gateway, practice)));
  assert.deepEqual(rows.map(({ length }) => length).sort(), [0, 1]);

  const winner = rows.findIndex(({ length }) => length === 1);
  const [taken, free] = [practices[winner] ?? '', practices[1 - winner] ?? ''];
  const trusted = () => connectSystem(consent, operatorOf(free), 'Kim Lee', { context: 'toy-machines' });
  await assert.rejects(trusted(), { code: 'business-rule' });
  await disconnect(consent, operatorOf(taken), rows[winner]?.[0]?.connection_id ?? '');
  assert.equal((await trusted()).state, 'connected');
});
