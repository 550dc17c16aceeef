import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { epochOf, findMarkers, markerFor, markerStem } from '#domain/marker.ts';

const stem = markerStem(Uint8Array.from({ length: 32 }, (_, index) => index * 7));

test('a marker is short, and its stem depends on the HMAC alone', () => {
  assert.match(stem, /^GW:[A-Z2-7]{10}$/);
  assert.equal(markerStem(Uint8Array.from({ length: 32 }, (_, index) => index * 7)), stem);
  assert.notEqual(markerStem(new Uint8Array(32).fill(1)), stem);
  assert.ok(markerFor(stem, 999).length <= 20);
});

test('an HMAC that is too short for ten characters is refused', () => {
  assert.throws(() => markerStem(new Uint8Array(6)), /at least 7 bytes/);
});

test('every marker is found again in a note that people have edited', () => {
  const code = stem.slice(3);
  for (const note of [
    `${stem}.1`,
    `called twice; ${stem}.1 please confirm`,
    `${stem}.1.`,
    stem.toLowerCase().concat('.1'),
    `gw: ${code} .1`,
    `GW :${code}. 1`,
    `x${' '}${stem}.1\r\nsecond line`,
    `GW:${code.replaceAll('O', '0').replaceAll('I', '1').replaceAll('B', '8')}.1`,
  ])
    assert.deepEqual(findMarkers(note), [`${stem}.1`], note);
});

test('text that only looks like a marker is not one', () => {
  const code = stem.slice(3);
  for (const note of [
    '',
    'GW',
    `GW:${code}`,
    `GW:${code}.0`,
    `GW:${code}.1234`,
    `GW:${code.slice(1)}.1`,
    `XGW:${code}.1`,
    `GW:${code}A.1`,
  ])
    assert.deepEqual(findMarkers(note), [], note);
});

test('the number of the send is read from our markers only', () => {
  assert.equal(epochOf(stem, `${stem}.12`), 12);
  assert.equal(epochOf(stem, `${markerStem(new Uint8Array(32).fill(9))}.12`), undefined);
  assert.equal(epochOf(stem, 'nothing'), undefined);
});

test('any marker survives any surrounding text without letters or digits beside it', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 10, maxLength: 32 }),
      fc.integer({ min: 1, max: 999 }),
      (bytes, epoch) => {
        const marker = markerFor(markerStem(bytes), epoch);
        assert.deepEqual(findMarkers(`(${marker})`), [marker]);
        assert.equal(epochOf(markerStem(bytes), marker), epoch);
      },
    ),
  );
});
