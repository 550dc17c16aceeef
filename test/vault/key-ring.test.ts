import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { newKeyRingEntry, parseKeyRing, readKeyRing } from '#vault/key-ring.ts';

const one = randomBytes(32).toString('base64');
const two = randomBytes(32).toString('base64');

test('the highest version is the current key, whatever the order', () => {
  const ring = parseKeyRing(`2:${two},1:${one}`);
  assert.equal(ring.current, 2);
  assert.deepEqual(ring.get(1).export().toString('base64'), one);
  assert.deepEqual(ring.get(2).export().toString('base64'), two);
});

test('a key ring may stand in a file with comments, a line each', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'postern-ring-'));
  t.after(() => rm(folder, { recursive: true }));
  await writeFile(join(folder, 'keys'), `# made in the vault room\n1:${one}\n2:${two} # newest\n`);
  assert.equal(readKeyRing(join(folder, 'keys')).current, 2);
  assert.equal(readKeyRing(`1:${one}`).current, 1);
});

test('a new entry is one that can be read', () => {
  assert.equal(parseKeyRing(newKeyRingEntry(7)).current, 7);
});

test('an unknown version is refused by its number', () => {
  assert.throws(() => parseKeyRing(`1:${one}`).get(3), { reason: 'unknown-kek', message: /version 3/ });
});

test('a key ring does not print its keys', () => {
  const ring = parseKeyRing(`1:${one}`);
  for (const text of [
    inspect(ring, { showHidden: true, depth: null }),
    inspect(ring.get(1)),
    JSON.stringify(ring.get(1)),
  ])
    assert.ok(!text.includes(one) && !text.includes(Buffer.from(one, 'base64').toString('hex')));
});

const short = randomBytes(16).toString('base64');
const wrong: readonly (readonly [string, string, RegExp])[] = [
  ['nothing', '', /no key/],
  ['no version', one, /entry 1: write version:base64/],
  ['version 0', `0:${one}`, /entry 1/],
  ['a version with a leading zero', `01:${one}`, /entry 1/],
  ['a negative version', `-1:${one}`, /entry 1/],
  ['a short key', `1:${one},2:${short}`, /entry 2 \(version 2\): the key has 16 bytes, 32 are needed/],
  ['no base64', `1:${one.slice(0, -2)}!!`, /entry 1 \(version 1\): the key is not standard base64/],
  ['base64url', `1:${Buffer.alloc(32, 0xff).toString('base64url')}`, /not standard base64/],
  ['a version twice', `1:${one},1:${two}`, /entry 2: version 1 stands there twice/],
];
for (const [name, text, message] of wrong) {
  test(`a key ring with ${name} is refused, and the error holds no key`, () => {
    assert.throws(
      () => parseKeyRing(text),
      (error: Error) => {
        assert.match(error.message, message);
        for (const key of [one, two, short]) assert.ok(!inspect(error).includes(key.slice(0, 12)));
        return true;
      },
    );
  });
}
