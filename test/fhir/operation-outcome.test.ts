import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { z } from 'zod';
import { Failure, type FailureCode, failureTable } from '#domain/failure.ts';
import { codeSystem } from '#fhir/canonical.ts';
import { notice, outcomeOf, progressOutcome } from '#fhir/operation-outcome.ts';
import { assertValidFhir } from '#test/fhir-validation.ts';

const statuses: Readonly<Record<FailureCode, number>> = {
  'malformed-json': 400,
  'malformed-resource': 400,
  'missing-element': 400,
  'invalid-value': 400,
  'invalid-date': 400,
  'window-too-long': 400,
  'unknown-parameter': 400,
  'demographics-in-url': 400,
  'version-required': 400,
  'patient-incomplete': 400,
  'no-token': 401,
  'invalid-token': 401,
  'agent-disabled': 401,
  'insufficient-scope': 403,
  'practice-disabled': 403,
  'baa-required': 403,
  'refused-by-wall': 403,
  'not-found': 404,
  'not-supported': 404,
  'unknown-patient': 404,
  'method-not-allowed': 405,
  'not-acceptable': 406,
  'slot-taken': 409,
  'stale-opening': 409,
  'hold-expired': 409,
  'version-conflict': 412,
  'body-too-large': 413,
  'unsupported-media-type': 415,
  'unknown-visit-type': 422,
  'visit-type-off': 422,
  'patient-ambiguous': 422,
  'patient-not-bookable': 422,
  'business-rule': 422,
  'booking-off': 422,
  'capability-missing': 422,
  'key-reused': 422,
  'forbidden-transition': 422,
  throttled: 429,
  internal: 500,
  'emr-away': 503,
  'emr-refused-access': 503,
  'emr-throttled': 503,
  'connection-off': 503,
  'audit-unavailable': 503,
  'outcome-unknown': 504,
};

describe('outcomeOf', () => {
  for (const [code, status] of Object.entries(statuses) as [FailureCode, number][])
    it(`answers ${code} with ${status} and a valid OperationOutcome`, () => {
      const answer = outcomeOf(new Failure(code));
      assert.equal(answer.status, status);
      assertValidFhir(answer.body);
      const [issue] = answer.body.issue;
      assert.equal(issue?.severity, 'error');
      assert.equal(issue?.code, failureTable[code].issue);
      assert.deepEqual(issue?.details, {
        coding: [{ system: codeSystem.failure, code }],
        text: failureTable[code].say,
      });
      assert.equal('WWW-Authenticate' in answer.headers, status === 401 || code === 'insufficient-scope');
      assert.equal('Retry-After' in answer.headers, [429, 503, 504].includes(status));
    });

  it('says the hint, the expression and the seconds to wait', () => {
    const { headers, body } = outcomeOf(
      new Failure('throttled', { hint: 'Slow down.', expression: 'Slot.start', retryAfterSeconds: 6.2 }),
    );
    assert.equal(headers['Retry-After'], '7');
    assert.equal(body.issue[0]?.diagnostics, 'Slow down.');
    assert.deepEqual(body.issue[0]?.expression, ['Slot.start']);
  });

  it('challenges by RFC 6750: no error code without a token, one for each kind of refusal', () => {
    const challenge = (code: FailureCode) => outcomeOf(new Failure(code)).headers['WWW-Authenticate'];
    assert.equal(challenge('no-token'), 'Bearer realm="postern"');
    assert.equal(challenge('invalid-token'), 'Bearer realm="postern", error="invalid_token"');
    assert.equal(challenge('insufficient-scope'), 'Bearer realm="postern", error="insufficient_scope"');
  });

  it('tells nothing of an error it does not know', () => {
    for (const error of [
      new Error('canary'),
      Object.assign(new Error('canary'), { type: 'canary', body: 'canary' }),
      'canary',
      { canary: 1 },
      undefined,
    ]) {
      const answer = outcomeOf(error);
      assert.equal(answer.status, 500);
      assert.doesNotMatch(JSON.stringify(answer), /canary/);
      assert.equal(answer.body.issue[0]?.details?.coding?.[0]?.code, 'internal');
    }
  });

  it('tells nothing of the cause of a failure it knows', () => {
    assert.doesNotMatch(
      JSON.stringify(outcomeOf(new Failure('emr-away', { cause: new Error('canary') }))),
      /canary/,
    );
  });

  it('tells the paths of a zod error and none of its values, nor keys that are no element names', () => {
    const schema = z.strictObject({
      participant: z.array(z.object({ status: z.literal('accepted') })),
      map: z.record(z.string(), z.number()),
    });
    const { error } = schema.safeParse({
      participant: [{ status: 'canary' }],
      map: { 'canary smith': 'canary' },
      canary: 1,
    });
    const answer = outcomeOf(error);
    assert.equal(answer.status, 400);
    assert.deepEqual(answer.body.issue[0]?.expression, ['participant[0].status', 'map']);
    assert.doesNotMatch(JSON.stringify(answer), /canary/);
  });

  for (const [type, status, code] of [
    ['entity.parse.failed', 400, 'malformed-json'],
    ['entity.too.large', 413, 'body-too-large'],
    ['charset.unsupported', 415, 'unsupported-media-type'],
    ['encoding.unsupported', 415, 'unsupported-media-type'],
  ] as const)
    it(`knows the body parser's ${type}`, () => {
      const answer = outcomeOf(Object.assign(new Error('canary'), { type, body: 'canary', status }));
      assert.equal(answer.status, status);
      assert.equal(answer.body.issue[0]?.details?.coding?.[0]?.code, code);
      assert.doesNotMatch(JSON.stringify(answer), /canary/);
    });

  it('takes an address that cannot be decoded for one that does not exist', () => {
    assert.equal(outcomeOf(new URIError('canary')).status, 404);
  });
});

describe('progressOutcome', () => {
  for (const progress of ['pending', 'needs-human'] as const)
    it(`answers ${progress} with 202 and where to ask again`, () => {
      const answer = progressOutcome(progress, {
        url: 'https://gateway.example.org/fhir/R4/operations/1',
        retryAfterSeconds: 0.2,
      });
      assert.equal(answer.status, 202);
      assert.deepEqual(answer.headers, {
        'Content-Location': 'https://gateway.example.org/fhir/R4/operations/1',
        'Retry-After': '1',
      });
      assert.equal(answer.body.issue[0]?.severity, 'information');
      assertValidFhir(answer.body);
    });
});

describe('notice', () => {
  it('is a valid outcome without an error', () => assertValidFhir(notice('information', 'Nothing is open.')));
});
