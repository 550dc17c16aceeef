import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineScopePolicy, judgeScopes, type ScopePolicy } from '#oauth/scope-verdict.ts';
import { policies } from './scope-grants.ts';

const { v2, v1, words } = policies;

const all = v2.atMost.join(' ');
const rows: readonly {
  readonly name: string;
  readonly policy?: ScopePolicy;
  readonly granted: string | undefined;
  readonly accepted?: readonly string[];
  readonly verdict: string;
  readonly missing?: readonly string[];
  readonly surplus?: readonly string[];
  readonly widened?: readonly string[];
}[] = [
  { name: 'all that was asked', granted: all, verdict: 'accept' },
  { name: 'all in other words', granted: all.replace('.crus', '.rs user/Appointment.cu'), verdict: 'accept' },
  { name: 'all in v1', policy: v1, granted: v1.atMost.join(' '), verdict: 'accept' },
  {
    name: 'v1 asked, v2 answered',
    policy: v1,
    granted: 'user/Appointment.cruds user/Slot.rs user/Schedule.rs',
    verdict: 'accept',
  },
  {
    name: 'with identity and lifetime',
    granted: `openid ${all} fhirUser launch offline_access`,
    verdict: 'accept',
  },
  { name: 'a vendor’s own words', policy: words, granted: words.atMost.join(' '), verdict: 'accept' },
  {
    name: 'the reads alone',
    granted: 'user/Appointment.rs user/Slot.rs user/Schedule.rs',
    verdict: 'accept-read-only',
    missing: ['user/Appointment.cu'],
  },
  {
    name: 'a write without the other',
    granted: all.replace('crus', 'crs'),
    verdict: 'accept-read-only',
    missing: ['user/Appointment.u'],
  },
  {
    name: 'a constrained write',
    granted: `user/Appointment.rs user/Appointment.cu?status=booked user/Slot.rs`,
    verdict: 'accept-read-only',
    missing: ['user/Appointment.cu'],
  },
  {
    name: 'words without the one that writes',
    policy: words,
    granted: 'calendar:read patients:summary:read',
    verdict: 'accept-read-only',
    missing: ['calendar:write'],
  },
  { name: 'nothing said', granted: undefined, verdict: 'accept-unverified' },
  {
    name: 'without a read that is needed',
    granted: 'user/Appointment.crus user/Slot.r',
    verdict: 'required-read-missing',
    missing: ['user/Slot.s'],
  },
  {
    name: 'writes, from which no reading follows',
    policy: v1,
    granted: 'user/Appointment.write user/Appointment.read',
    verdict: 'required-read-missing',
    missing: ['user/Slot.rs'],
  },
  {
    name: 'a wildcard',
    granted: `${all} user/*.rs`,
    verdict: 'wider',
    surplus: ['user/*.rs'],
  },
  {
    name: 'a clinical resource, however little of it',
    granted: `${all} user/Observation.s?category=vital-signs`,
    verdict: 'wider',
    surplus: ['user/Observation.s?category=vital-signs'],
  },
  {
    name: 'a letter too many',
    granted: all.replace('crus', 'cruds'),
    verdict: 'wider',
    surplus: ['user/Appointment.cruds'],
  },
  {
    name: 'a scope that nobody can read',
    granted: `${all} user/Slot.sr`,
    verdict: 'wider',
    surplus: ['user/Slot.sr'],
  },
  {
    name: 'a wildcard that the practice has accepted',
    granted: `${all} user/*.rs`,
    accepted: ['user/*.rs'],
    verdict: 'accept',
    widened: ['user/*.rs'],
  },
  {
    name: 'more than the practice has accepted',
    granted: `${all} user/*.cruds`,
    accepted: ['user/*.rs'],
    verdict: 'wider',
    surplus: ['user/*.cruds'],
    widened: ['user/*.cruds'],
  },
  {
    name: 'a vendor’s clinical word',
    policy: words,
    granted: `${words.atMost.join(' ')} clinical:read`,
    verdict: 'wider',
    surplus: ['clinical:read'],
  },
  {
    name: 'a vendor’s clinical word that the practice has accepted',
    policy: words,
    granted: `${words.atMost.join(' ')} clinical:read`,
    accepted: ['clinical:read'],
    verdict: 'accept',
    widened: ['clinical:read'],
  },
  {
    name: 'other resources',
    granted: 'user/Observation.rs user/Condition.rs',
    verdict: 'different',
    surplus: ['user/Observation.rs', 'user/Condition.rs'],
  },
  {
    name: 'the same resources of one patient',
    granted: 'patient/Slot.rs',
    verdict: 'different',
    surplus: ['patient/Slot.rs'],
  },
  { name: 'an empty text', granted: '', verdict: 'empty' },
  { name: 'nothing but who signed in', granted: 'openid fhirUser offline_access', verdict: 'empty' },
];
for (const { name, policy = v2, granted, accepted = [], verdict, ...named } of rows) {
  test(`${name}: ${verdict}`, () => {
    const found = judgeScopes({ requested: policy.atMost, granted, policy, acceptedWider: accepted });
    assert.equal(found.verdict === 'refuse' ? found.reason : found.verdict, verdict);
    for (const list of ['missing', 'surplus', 'widened'] as const)
      if (named[list] !== undefined || verdict.startsWith('accept'))
        assert.deepEqual(found[list], named[list] ?? [], list);
  });
}

test('when the server says nothing, what was asked is judged instead', () => {
  const requested = [...v2.atMost, 'user/Observation.rs'];
  const verdict = judgeScopes({ requested, granted: undefined, policy: v2 });
  assert.equal(verdict.verdict, 'refuse');
  assert.deepEqual(verdict.surplus, ['user/Observation.rs']);
});

test('what stands in a scope is shown only when it can be one', () => {
  const granted = `${all} <b>"bold"</b> ${'x'.repeat(300)} tab\there`;
  assert.deepEqual(judgeScopes({ requested: [], granted, policy: v2 }).surplus, ['(unreadable)']);
});

for (const [name, policy] of Object.entries(policies))
  test(`the ${name} policy is a good one`, () => assert.equal(defineScopePolicy(policy), policy));

const wrongPolicies: readonly (readonly [message: RegExp, change: Partial<ScopePolicy>])[] = [
  [/user\/\*\.rs opens more/, { atMost: [...v2.atMost, 'user/*.rs'] }],
  [/user\/Slot\.sr is not a SMART scope/, { requiredReads: ['user/Slot.sr'] }],
  [/User\/Slot\.rs is not a SMART scope/, { requiredReads: ['User/Slot.rs'] }],
  [/user\/Slot\.d is needed but not allowed/, { bookingWrites: ['user/Slot.d'] }],
];
for (const [message, change] of wrongPolicies)
  test(`a policy is refused: ${message.source}`, () =>
    assert.throws(() => defineScopePolicy({ ...v2, ...change }), { name: 'RangeError', message }));
