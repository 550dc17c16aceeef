import assert from 'node:assert/strict';
import { createSecretKey, randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { type DataKey, dataKeyOf, openEnvelope, sealEnvelope, unwrapKey, wrapKey } from '#vault/envelope.ts';
import { lengthPrefixed } from '#vault/length-prefixed.ts';
import { VaultError } from '#vault/vault-error.ts';

const practice = randomUUID();
const context = { row: randomUUID(), kind: 'api-key', version: 3 };

function dataKey(): DataKey {
  return { id: randomUUID(), kekVersion: 1, key: createSecretKey(randomBytes(32)) };
}
function seal(key: DataKey, text: string): Buffer {
  return sealEnvelope(key, practice, context, Buffer.from(text), randomBytes(12));
}
function open(key: DataKey, sealed: Buffer): string {
  return openEnvelope(() => key.key, practice, context, sealed).toString();
}

test('every text opens as it was sealed', () => {
  const key = dataKey();
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const whole = Buffer.from(text).toString();
      assert.equal(open(key, seal(key, whole)), whole);
    }),
  );
});

test('the blob has the documented shape', () => {
  const key = { ...dataKey(), kekVersion: 0x01020304 };
  const sealed = seal(key, 'four');
  assert.equal(sealed.length, 1 + 4 + 16 + 12 + 4 + 16);
  assert.equal(sealed.readUInt8(0), 1);
  assert.equal(sealed.readUInt32BE(1), 0x01020304);
  assert.equal(dataKeyOf(sealed), key.id);
});

test('every single-bit flip of a hundred sealed values is refused', () => {
  const key = dataKey();
  let flips = 0;
  for (let record = 0; record < 100; record++) {
    const sealed = seal(key, randomBytes(record % 24).toString('hex'));
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const flipped = Buffer.from(sealed);
      flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      assert.throws(() => open(key, flipped), VaultError, `record ${record}, bit ${bit}`);
      flips++;
    }
  }
  assert.ok(flips > 50_000);
});

test('a value cut at any length, or with a byte more, is refused', () => {
  const key = dataKey();
  const sealed = seal(key, 'a value');
  for (let length = 0; length < sealed.length; length++)
    assert.throws(() => open(key, sealed.subarray(0, length)), VaultError);
  assert.throws(() => open(key, Buffer.concat([sealed, Buffer.from([0])])), { reason: 'not-authentic' });
});

test('an unknown format is refused before any key is asked for', () => {
  const sealed = seal(dataKey(), 'x');
  for (const format of [0, 2, 255]) {
    sealed.writeUInt8(format, 0);
    assert.throws(() => openEnvelope(() => assert.fail('asked'), practice, context, sealed), {
      reason: 'unknown-format',
    });
  }
});

test('fields with the same text in a row cannot slide into each other', () => {
  const sameText = [
    ['ab', 'c'],
    ['a', 'bc'],
    ['', 'abc'],
    ['abc', ''],
  ].map((fields) => lengthPrefixed(...fields).toString('hex'));
  assert.equal(new Set(sameText).size, 4);
  const key = dataKey();
  const sealed = sealEnvelope(
    key,
    practice,
    { row: 'a', kind: 'bc', version: 1 },
    Buffer.from('x'),
    randomBytes(12),
  );
  assert.throws(() => openEnvelope(() => key.key, practice, { row: 'ab', kind: 'c', version: 1 }, sealed), {
    reason: 'not-authentic',
  });
});

test('a wrapped key unwraps only for its practice, id, purpose and KEK version', () => {
  const kek = createSecretKey(randomBytes(32));
  const place = { practiceId: practice, dekId: randomUUID(), purpose: 'seal', kekVersion: 1 } as const;
  const key = createSecretKey(randomBytes(32));
  const wrapped = wrapKey(kek, place, key, randomBytes(12));
  assert.ok(unwrapKey(kek, place, wrapped).equals(key));
  for (const other of [
    { ...place, practiceId: randomUUID() },
    { ...place, dekId: randomUUID() },
    { ...place, purpose: 'index' as const },
    { ...place, kekVersion: 2 },
  ])
    assert.throws(() => unwrapKey(kek, other, wrapped), { reason: 'not-authentic' });
  assert.throws(() => unwrapKey(createSecretKey(randomBytes(32)), place, wrapped), {
    reason: 'not-authentic',
  });
  assert.throws(() => unwrapKey(kek, place, wrapped.subarray(1)), { reason: 'unknown-format' });
});
