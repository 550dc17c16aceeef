import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  digitsOf,
  hashSecret,
  isSame,
  isSecretForm,
  newCode,
  newSecret,
} from '#scheduling/consent/one-time.ts';

test('a secret has 256 bits and needs no escaping', () => {
  const secret = newSecret(randomBytes);
  assert.equal(Buffer.from(secret, 'base64url').length, 32);
  assert.ok(isSecretForm(secret));
  for (const other of [
    '',
    secret.slice(1),
    `${secret}A`,
    `${secret.slice(1)}=`,
    `${secret.slice(1)}/`,
    `${secret}\n`,
  ])
    assert.ok(!isSecretForm(other), other);
});

test('hashes of one secret for different purposes do not meet', () => {
  const secret = newSecret(randomBytes);
  const hashes = (['link', 'session', 'state'] as const).map((purpose) =>
    hashSecret(purpose, secret).toString('hex'),
  );
  assert.equal(new Set(hashes).size, 3);
  assert.ok(isSame(hashSecret('link', secret), hashSecret('link', secret)));
  assert.ok(!isSame(hashSecret('link', secret), Buffer.alloc(31)));
});

test('a code has eight digits, and no remainder favours any of them', () => {
  const drawn = [
    Buffer.from([0xff, 0xff, 0xff, 0xff]),
    Buffer.from([0xfa, 0x56, 0xea, 0x00]),
    Buffer.from([0, 0, 0, 7]),
  ];
  // The first two lie above the last whole hundred million: they are drawn again.
  assert.equal(
    newCode(() => drawn.shift() ?? assert.fail('It draws too often.')),
    '00000007',
  );
  const counts = Array.from({ length: 10 }, () => 0);
  for (let draws = 0; draws < 4_000; draws++) {
    const code = newCode(randomBytes);
    assert.match(code, /^\d{8}$/);
    const digit = Number(code[7]);
    counts[digit] = (counts[digit] ?? 0) + 1;
  }
  assert.ok(
    counts.every((count) => count > 250 && count < 550),
    counts.join(' '),
  );
});

test('of what a person typed only the spacing is left out', () => {
  for (const typed of ['12345678', '1234 5678', ' 1234-5678 ', '12 34 56 78', '1234–5678', '1234.5678'])
    assert.equal(digitsOf(typed), '12345678');
  assert.equal(digitsOf('1234x5678'), '1234x5678');
  assert.ok(digitsOf('1'.repeat(10_000)).length <= 100);
});
