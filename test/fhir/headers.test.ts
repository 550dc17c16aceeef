import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { Failure } from '#domain/failure.ts';
import { acceptsVersion, etagOf, parseIfMatch, requireIfMatch } from '#fhir/etag.ts';
import { parseIdempotencyKey } from '#fhir/idempotency-key.ts';
import { parsePrefer } from '#fhir/prefer.ts';

const code = (expected: string) => (error: unknown) => error instanceof Failure && error.code === expected;

describe('ETags', () => {
  it('are weak and come back as they went', () => {
    assert.equal(etagOf('3'), 'W/"3"');
    assert.deepEqual(parseIfMatch(etagOf('3')), ['3']);
  });
  it('are read weak, strong, as a list and as *', () => {
    assert.deepEqual(parseIfMatch('"3"'), ['3']);
    assert.deepEqual(parseIfMatch('W/"3", "2-1" ,W/"a.b"'), ['3', '2-1', 'a.b']);
    assert.equal(parseIfMatch(' * '), '*');
    assert.equal(parseIfMatch(undefined), undefined);
    assert.ok(acceptsVersion(['2', '3'], '3') && acceptsVersion('*', '9') && !acceptsVersion(['2'], '3'));
  });
  for (const header of ['3', 'W/3', '"3', '', 'W/"3" W/"4"', '"a","'])
    it(`refuses ${JSON.stringify(header)}`, () =>
      assert.throws(() => parseIfMatch(header), code('invalid-value')));
  it('are demanded where a version is needed', () =>
    assert.throws(() => requireIfMatch(undefined), code('version-required')));
});

describe('Prefer', () => {
  for (const [header, preferences] of [
    [undefined, { respondAsync: false }],
    ['respond-async', { respondAsync: true }],
    ['respond-async, wait=5', { respondAsync: true, waitSeconds: 5 }],
    ['Respond-Async; x=1,WAIT="3"', { respondAsync: true, waitSeconds: 3 }],
    ['wait=3600', { respondAsync: false, waitSeconds: 10 }],
    ['wait=0', { respondAsync: false, waitSeconds: 0 }],
    ['wait=-1, wait=2', { respondAsync: false }],
    ['return=minimal; foo, handling=strict', { respondAsync: false, return: 'minimal', handling: 'strict' }],
    ['return=OperationOutcome, return=minimal', { respondAsync: false, return: 'OperationOutcome' }],
    ['return=everything, handling=odd, ,=', { respondAsync: false }],
  ] as const)
    it(`reads ${header}`, () => assert.deepEqual(parsePrefer(header), preferences));
  it('is never an error', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (header) => typeof parsePrefer(header).respondAsync === 'boolean',
      ),
    );
  });
});

describe('Idempotency-Key', () => {
  for (const [header, key] of [
    [undefined, undefined],
    ['8e03978e-40d5-43dd-bc93-6894a57f9324', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    ['"8e03978e-40d5-43dd-bc93-6894a57f9324"', '8e03978e-40d5-43dd-bc93-6894a57f9324'],
    [' "a b" ', 'a b'],
    ['"a\\"b\\\\"', 'a"b\\'],
    ['call:42/book', 'call:42/book'],
    ['x'.repeat(255), 'x'.repeat(255)],
  ] as const)
    it(`reads ${header?.slice(0, 40)}`, () => assert.equal(parseIdempotencyKey(header), key));
  for (const header of ['', '""', 'x'.repeat(256), 'a b', 'a,b', '"open', 'ü', '"ü"', '"a"b"', 'a\u0007'])
    it(`refuses ${JSON.stringify(header).slice(0, 40)}`, () =>
      assert.throws(() => parseIdempotencyKey(header), code('invalid-value')));
});
