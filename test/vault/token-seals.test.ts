import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import type { TokenRow } from '#store/token-row.ts';
import { createTestDatabase } from '#test/database.ts';
import type { PracticeVault } from '#vault/practice-vault.ts';
import { Secret } from '#vault/secret.ts';
import { openToken, sealTokens, type TokenKind } from '#vault/token-seal.ts';
import { VaultError } from '#vault/vault-error.ts';
import { type Place, tokenWorld } from './token-process.ts';

const db = await createTestDatabase();
const world = tokenWorld(db);

const kinds = ['access', 'refresh', 'previous-refresh'] as const;
const columnOf = { access: 'access', refresh: 'refresh', 'previous-refresh': 'previousRefresh' } as const;

interface Sealed {
  readonly keys: PracticeVault;
  readonly connectionId: string;
  readonly kind: TokenKind;
  readonly version: number;
  readonly text: string;
  readonly bytes: Buffer;
}

/** Tokens of three practices, seven connections each, in two versions. */
async function manyTokens(): Promise<Sealed[]> {
  const all: Sealed[] = [];
  for (let practice = 0; practice < 3; practice++) {
    const place = await world.newPlace();
    const { vault, database } = world.start(place);
    const keys = await database.withPractice(place.practice, (tx) => vault.forPractice(tx, place.practice));
    for (let connection = 0; connection < 7; connection++) {
      const connectionId = randomUUID();
      for (const version of [1, 2]) {
        const texts = { access: randomUUID(), refresh: randomUUID(), 'previous-refresh': randomUUID() };
        const { values } = sealTokens(keys, connectionId, version, {
          access: new Secret(texts.access),
          refresh: new Secret(texts.refresh),
          previousRefresh: new Secret(texts['previous-refresh']),
          previousUntil: new Date(),
          issuedAt: new Date(),
          expiresAt: new Date(),
          refreshAfter: new Date(),
          scopes: [],
        });
        for (const kind of kinds) {
          const bytes = values[columnOf[kind]];
          assert.ok(bytes);
          all.push({ keys, connectionId, kind, version, text: texts[kind], bytes });
        }
      }
    }
  }
  return all;
}

/** Opens `bytes` in the place of `at`, as a row that has been tampered with. */
function openAt({ keys, connectionId, kind, version }: Sealed, bytes: Buffer): string | undefined {
  const row = { connectionId, version, values: { [columnOf[kind]]: bytes } };
  // Only what a seal depends on.
  return openToken(keys, row as unknown as TokenRow, kind)?.reveal();
}

test('more than ten thousand swaps of tokens between rows, kinds, versions and practices are refused', async () => {
  const all = await manyTokens();
  let refused = 0;
  for (const from of all) {
    for (const to of all) {
      if (from === to) assert.equal(openAt(to, from.bytes), from.text);
      else {
        assert.throws(() => openAt(to, from.bytes), VaultError);
        refused += 1;
      }
    }
  }
  assert.ok(refused > 10_000, `${refused}`);
});

test('every single-bit flip of a hundred sealed tokens is refused', async () => {
  const all = (await manyTokens()).slice(0, 100);
  let flips = 0;
  for (const token of all) {
    for (let bit = 0; bit < token.bytes.length * 8; bit++) {
      const flipped = Buffer.from(token.bytes);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      assert.throws(() => openAt(token, flipped), VaultError);
      flips += 1;
    }
  }
  assert.equal(all.length, 100);
  assert.ok(flips > 50_000, `${flips}`);
});

const minutes = 60_000;
async function refreshed(): Promise<Place> {
  const place = await world.newPlace('grace');
  const process = world.start(place);
  await place.consent(process);
  await db.asOwner('update token set forced_at = null where connection_id = $1', [place.connection]);
  place.now += 60 * minutes;
  await process.tokens.access(place.practice, place.connection);
  return place;
}
const opens = (place: Place) => world.start(place).tokens.access(place.practice, place.connection);

const tampers: readonly (readonly [string, (one: Place, other: Place) => Promise<unknown>])[] = [
  [
    'the token of another connection',
    (one, other) =>
      db.asOwner(
        'update token set at_ct = (select at_ct from token where connection_id = $2) where connection_id = $1',
        [one.connection, other.connection],
      ),
  ],
  [
    'the refresh token in the place of the access token',
    (one) => db.asOwner('update token set at_ct = rt_ct where connection_id = $1', [one.connection]),
  ],
  [
    'a version that was put back',
    (one) =>
      db.asOwner('update token set token_version = token_version - 1 where connection_id = $1', [
        one.connection,
      ]),
  ],
  [
    'one bit of it',
    (one) =>
      db.asOwner(
        'update token set at_ct = set_byte(at_ct, 40, get_byte(at_ct, 40) # 1) where connection_id = $1',
        [one.connection],
      ),
  ],
];
for (const [what, tamper] of tampers) {
  test(`a row that was given ${what} is refused, and no request leaves`, async () => {
    const [one, other] = [await refreshed(), await refreshed()];
    await tamper(one, other);
    await assert.rejects(opens(one), { name: 'VaultError' });
    assert.equal(one.server.requests.length, 1);
    assert.ok((await opens(other)).token);
  });
}

test('a refresh token of another connection is not sent', async () => {
  const [one, other] = [await refreshed(), await refreshed()];
  await db.asOwner(
    'update token set rt_ct = (select rt_ct from token where connection_id = $2) where connection_id = $1',
    [one.connection, other.connection],
  );
  one.now += 60 * minutes;
  await assert.rejects(opens(one), { name: 'VaultError' });
  assert.equal(one.server.requests.length + other.server.requests.length, 2);
});
