import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { openSigningKeys } from '#http/oauth/signing-keys.ts';
import { openDatabase } from '#store/database.ts';
import { createTestDatabase } from '#test/database.ts';
import { createGatewaySeal } from '#vault/gateway-seal.ts';
import { parseKeyRing } from '#vault/key-ring.ts';

const db = await createTestDatabase();
const kek = (version: number) => `${version}:${Buffer.alloc(32, version).toString('base64')}`;
const sealUnder = (...versions: number[]) =>
  createGatewaySeal(parseKeyRing(versions.map(kek).join(',')), randomBytes);
let now = Date.now();
const clock = () => new Date(now);
const open = (seal = sealUnder(1), database = db.database) => openSigningKeys({ database, seal, clock });
const generations = async () =>
  (await db.asOwner('select generation from signing_key order by 1')).rows.map((row) => row.generation);

test('six processes that start at once on an empty database agree on one key', async () => {
  const databases = Array.from({ length: 6 }, () =>
    openDatabase({ url: db.url, kind: db.kind, poolSize: 1 }),
  );
  const keys = await Promise.all(databases.map((database) => open(sealUnder(1), database)));
  assert.equal(new Set(keys.map(({ signingJwk }) => signingJwk.kid)).size, 1);
  assert.deepEqual(await generations(), [1]);
  await Promise.all(databases.map((database) => database.close()));
});

test('the private key is in the database only sealed', async () => {
  const { signingJwk } = await open();
  const { rows } = await db.asOwner('select private_jwk, public_jwk from signing_key');
  assert.ok(signingJwk.d);
  assert.ok(!rows[0].private_jwk.includes(signingJwk.d));
  assert.ok(!rows[0].private_jwk.includes(Buffer.from(signingJwk.d, 'base64url')));
  assert.deepEqual(Object.keys(rows[0].public_jwk).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
});

test('a new key encryption key beside the old one changes nothing', async () => {
  const before = await open();
  assert.equal((await open(sealUnder(1, 2))).signingJwk.kid, before.signingJwk.kid);
  assert.deepEqual(await generations(), [1]);
});

test('when the old one has left the ring a new key signs, and running processes know it within a second', async () => {
  const running = await open();
  await running.publicJwks();
  const fresh = await open(sealUnder(3));
  const kid = String(fresh.signingJwk.kid);
  assert.notEqual(kid, running.signingJwk.kid);
  assert.deepEqual(await generations(), [1, 2]);
  assert.equal(await running.verificationKey(kid), undefined);
  now += 1_000;
  assert.ok(await running.verificationKey(kid));
  assert.ok(await fresh.verificationKey(String(running.signingJwk.kid)), 'tokens of the old key stay good');
  assert.equal((await fresh.publicJwks()).length, 2);
});

test('a key that the operator deleted is forgotten within a minute', async () => {
  const keys = await open(sealUnder(3));
  assert.equal((await keys.publicJwks()).length, 2);
  await db.asOwner('delete from signing_key where generation = 1');
  now += 60_000;
  assert.equal((await keys.publicJwks()).length, 1);
});

test('made-up key ids ask the database once a second, however many they are', async () => {
  let queries = 0;
  const counting = {
    ...db.database,
    withoutPractice: ((work) => {
      queries += 1;
      return db.database.withoutPractice(work);
    }) as typeof db.database.withoutPractice,
  };
  const keys = await open(sealUnder(3), counting);
  queries = 0;
  await Promise.all(Array.from({ length: 200 }, (_, index) => keys.verificationKey(`made up ${index}`)));
  assert.equal(queries, 1);
});

test('a sealed key that was tampered with stops the start instead of being replaced', async () => {
  await db.asOwner(
    'update signing_key set private_jwk = set_byte(private_jwk, 60, get_byte(private_jwk, 60) # 1)',
  );
  await assert.rejects(open(sealUnder(3)), { reason: 'not-authentic' });
});
