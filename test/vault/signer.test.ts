import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { createGatewaySeal } from '#vault/gateway-seal.ts';
import { newKeyRingEntry, parseKeyRing } from '#vault/key-ring.ts';
import { createSigner } from '#vault/signer.ts';

const entry = newKeyRingEntry(1);
const message = Buffer.from('seq 41');

test('a signature of one process verifies in another with the same ring, and after a rotation', () => {
  const { key, signature } = createSigner(parseKeyRing(entry), 'audit').sign(message);
  const rotated = createSigner(parseKeyRing(`${entry},${newKeyRingEntry(2)}`), 'audit');
  assert.equal(rotated.verify(key, message, signature), true);
  assert.equal(rotated.sign(message).key, 2);
});

test('another message, purpose or key does not verify', () => {
  const ring = parseKeyRing(entry);
  const { key, signature } = createSigner(ring, 'audit').sign(message);
  assert.equal(createSigner(ring, 'audit').verify(key, Buffer.from('seq 40'), signature), false);
  assert.equal(createSigner(ring, 'other').verify(key, message, signature), false);
  assert.equal(
    createSigner(parseKeyRing(newKeyRingEntry(1)), 'audit').verify(key, message, signature),
    false,
  );
  assert.throws(() => createSigner(ring, 'audit').verify(9, message, signature), {
    reason: 'unknown-kek',
  });
});

test('what belongs to no practice is sealed for its place and survives a rotation', () => {
  const seal = createGatewaySeal(parseKeyRing(entry), randomBytes);
  const context = { row: 'jwks', kind: 'signing-key', version: 0 };
  const sealed = seal.seal(context, 'private');
  const rotated = createGatewaySeal(parseKeyRing(`${entry},${newKeyRingEntry(2)}`), randomBytes);
  assert.equal(rotated.open(context, sealed).reveal(), 'private');
  assert.throws(() => seal.open({ ...context, row: 'other' }, sealed), { reason: 'not-authentic' });
  for (let bit = 0; bit < sealed.length * 8; bit++) {
    const flipped = Buffer.from(sealed);
    flipped.writeUInt8(flipped.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    assert.throws(() => seal.open(context, flipped), { name: 'VaultError' });
  }
});
