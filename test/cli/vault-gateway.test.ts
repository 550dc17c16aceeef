import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { openSigningKeys } from '#http/oauth/signing-keys.ts';
import { placeOfSecret } from '#scheduling/consent/oauth-client.ts';
import { gatewayColumns, gatewayValuesBefore, writeGatewayValue } from '#store/gateway-values.ts';
import { listRegistrations } from '#store/oauth-registrations.ts';
import { sealedOtherwise } from '#store/sealed-columns.ts';
import { readWebhookSecret } from '#store/webhooks.ts';
import { createTestDatabase } from '#test/database.ts';
import { calls } from '#test/telling-emr.ts';
import { createGatewaySeal, type GatewaySeal } from '#vault/gateway-seal.ts';
import { newKeyRingEntry, parseKeyRing } from '#vault/key-ring.ts';
import { stopAfter } from '../http/connect/support.ts';
import { clientSecret, startToyEmr, toy } from '../http/connect/toy-emr.ts';
import { createTestCli, world as openWorld } from './support.ts';

const database = await createTestDatabase();
const [first, second] = [newKeyRingEntry(1), newKeyRingEntry(2)];
const cli = await createTestCli(database, { POSTERN_KEYS: first });
const rotated = await createTestCli(database, { POSTERN_KEYS: `${first},${second}` });
const alone = await createTestCli(database, { POSTERN_KEYS: second });
const emr = await startToyEmr();
stopAfter(emr);
const world = { ...openWorld, adapters: [{ ...toy, webhooks: calls }] };
const sealUnder = (ring: string): GatewaySeal => createGatewaySeal(parseKeyRing(ring), randomBytes);
const sealOfRing = { first: sealUnder(first), second: sealUnder(second) };

const add = (name: string, auth: string) =>
  cli.ask(
    `registration add ${name} --adapter toy --kind simulator --origin ${emr.origin} --client-id gateway --auth ${auth} --reason x`,
    { world, secrets: [clientSecret] },
  );
await add('toy-secret', 'client_secret_basic');
await add('toy-keys', 'private_key_jwt');
await cli.ask('registration approve toy-keys --reason x', { world });
const webhook = await cli.ask('registration webhook toy-keys --reason x', { world });
const signer = (seal: GatewaySeal) =>
  openSigningKeys({ database: database.database, seal, clock: () => new Date() });
const { kid } = (await signer(sealOfRing.first)).signingJwk;

/** What a gateway with this ring reads: our secret, our key, by what we know an EMR's calls, and whose key signs agents' tokens. */
async function opened(seal: GatewaySeal) {
  const registrations = await database.database.withoutPractice(listRegistrations);
  const [keys, secret] = registrations;
  const calling = await database.database.withoutPractice((tx) => readWebhookSecret(tx, 'toy-keys'));
  assert.ok(keys?.privateJwk && secret?.clientSecret && calling);
  return {
    secret: seal.open(placeOfSecret('toy-secret', 'client-secret'), secret.clientSecret).reveal(),
    kid: JSON.parse(seal.open(placeOfSecret('toy-keys', 'client-key'), keys.privateJwk).reveal()).kid,
    isPublished: keys.publicJwk?.kid,
    calling: seal.open(placeOfSecret('toy-keys', 'webhook-secret'), calling).reveal(),
    signer: (await signer(seal)).signingJwk.kid,
  };
}

test('the gateway’s own secrets are behind a new key of the ring until they are sealed anew, and then open without the old one', async () => {
  const before = await opened(sealOfRing.first);
  assert.deepEqual([before.secret, before.kid, before.signer], [clientSecret, before.isPublished, kid]);
  assert.equal(before.calling, webhook.secret);
  assert.equal((await cli.ask('vault status')).behind, 0);
  const status = await rotated.ask('vault status');
  assert.equal(status.behind, 4);
  assert.deepEqual(status.gateway, [
    { place: 'oauth_registration.client_secret', values: 1, behind: 1 },
    { place: 'oauth_registration.private_jwk', values: 1, behind: 1 },
    { place: 'webhook.secret', values: 1, behind: 1 },
    { place: 'signing_key.private_jwk', values: 1, behind: 1 },
  ]);
  assert.match((await rotated.type('vault status')).out, /secrets of the gateway itself: 4\./);

  assert.equal((await rotated.ask('vault rotate-kek')).secrets, 4);
  assert.equal((await alone.ask('vault status')).behind, 0);
  assert.deepEqual(await opened(sealOfRing.second), before);
  // The control: what the old key alone opened it does not open any more.
  await assert.rejects(opened(sealOfRing.first), { reason: 'unknown-kek' });
  assert.equal((await rotated.ask('vault rotate-kek')).secrets, 0, 'doing it again changes nothing');
});

test('one that does not open is named with exit code 1, and the others are sealed anew all the same', async () => {
  await add('toy-other', 'client_secret_basic');
  await add('toy-spoilt', 'client_secret_basic');
  await database.asOwner(
    "update oauth_registration set client_secret = set_byte(client_secret, 40, get_byte(client_secret, 40) # 1) where context = 'toy-spoilt'",
  );
  const { code, out } = await rotated.type('vault rotate-kek');
  assert.equal(code, 1);
  assert.match(out, /^Not opened: oauth_registration\.client_secret of toy-spoilt\. Keep its old key/m);
  assert.match(out, /^Secrets of the gateway itself sealed anew: 1\.$/m);
  assert.equal((await rotated.ask('vault status')).behind, 1);
  await database.asOwner("delete from oauth_registration where context = 'toy-spoilt'");
});

test('a secret that somebody replaces at the same moment is not overwritten by the one before', async () => {
  await add('toy-race', 'client_secret_basic');
  const column = gatewayColumns.find((one) => one.column === 'client_secret') ?? assert.fail();
  const place = placeOfSecret('toy-race', 'client-secret');
  await database.database.withoutPractice(async (tx) => {
    const value = (await gatewayValuesBefore(tx, column, 2)).find(({ row }) => row === 'toy-race');
    assert.ok(value);
    const newer = sealOfRing.second.seal(place, 'newer');
    await tx('oauth_registration').where({ context: 'toy-race' }).update({ client_secret: newer });
    assert.equal(await writeGatewayValue(tx, column, value, sealOfRing.second.seal(place, 'older')), false);
    const row = await tx('oauth_registration').where({ context: 'toy-race' }).first('client_secret');
    assert.equal(sealOfRing.second.open(place, row?.client_secret ?? assert.fail()).reveal(), 'newer');
  });
});

test('every column that is sealed under the key ring is one that a new key of the ring goes by', () => {
  const listed = gatewayColumns.map(({ table, column }) => `${table}.${column}`);
  const said = Object.entries(sealedOtherwise).flatMap(([name, how]) =>
    how === 'sealed under the key ring' ? [name] : [],
  );
  assert.deepEqual(listed.toSorted(), said.toSorted());
});
