import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  defineScopePolicy,
  type GrantedScopes,
  judgeScopes,
  type ScopePolicy,
  type ScopeVerdict,
} from '#oauth/scope-verdict.ts';
import { grants, policies, resourceScopes } from './scope-grants.ts';
import { judgeByOracle, needs, type OracleVerdict } from './scope-oracle.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
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

/** Whether a judge says what the oracle says, missing rights and surplus scopes included. */
function agrees(found: ScopeVerdict, expected: OracleVerdict): boolean {
  const shown = new Set([...expected.surplus].map((name) => (isScopeText(name) ? name : '(unreadable)')));
  return (
    found.verdict === expected.verdict &&
    (found.verdict !== 'refuse' || found.reason === expected.reason) &&
    isEqual(new Set(found.surplus), shown) &&
    isEqual(needs(found.missing), expected.missing)
  );
}
function isEqual<T>(one: ReadonlySet<T>, other: ReadonlySet<T>): boolean {
  return one.size === other.size && [...one].every((item) => other.has(item));
}
/** RFC 6749 §3.3. */
function isScopeText(name: string): boolean {
  return [...name].every((character) => character > ' ' && character <= '~' && !'"\\'.includes(character));
}

test('5,000 generated grants are judged as the oracle judges them', (t) => {
  t.diagnostic(`seed ${seed}`);
  const counts = new Map<string, number>();
  fc.assert(
    fc.property(grants, (given) => {
      const [found, expected] = [judgeScopes(given), judgeByOracle(given)];
      const outcome = expected.reason ?? expected.verdict;
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
      if (!agrees(found, expected)) assert.fail(inspect({ found, expected }));
    }),
    { numRuns: 5_000, seed },
  );
  t.diagnostic(inspect(counts));
  for (const outcome of outcomes)
    assert.ok((counts.get(outcome) ?? 0) >= 30, `${outcome}: ${counts.get(outcome) ?? 0} times`);
});

const outcomes = [
  'accept',
  'accept-read-only',
  'accept-unverified',
  'required-read-missing',
  'wider',
  'different',
  'empty',
] as const;

test('whatever goes beyond the policy, adding it to a grant never makes a refusal an acceptance', (t) => {
  t.diagnostic(`seed ${seed}`);
  let refused = 0;
  fc.assert(
    fc.property(grants, fc.array(resourceScopes, { minLength: 1, maxLength: 3 }), (given, added) => {
      const before = judgeScopes(given);
      if (before.verdict !== 'refuse' || given.granted === undefined) return;
      refused++;
      const granted = `${given.granted} ${added.join(' ')}`;
      const after = judgeScopes({ ...given, granted });
      const isWider = judgeByOracle({ ...given, granted: added.join(' ') }).surplus.size > 0;
      // A grant that is too small grows to a good one only within the policy; one that is too wide never does.
      if (isWider || before.reason === 'wider' || before.reason === 'different')
        assert.equal(after.verdict, 'refuse', granted);
    }),
    { numRuns: 2_000, seed },
  );
  assert.ok(refused >= 500, `${refused} refusals`);
});

test('only what the practice accepted makes a refused wide grant an acceptance', (t) => {
  t.diagnostic(`seed ${seed}`);
  fc.assert(
    fc.property(grants, (given) => {
      const alone = judgeScopes({ ...given, acceptedWider: [] });
      const verdict = judgeScopes(given);
      if (verdict.verdict === 'refuse') return;
      assert.equal(alone.verdict === 'refuse', verdict.widened.length > 0);
      if (alone.verdict === 'refuse') assert.deepEqual(alone.surplus, verdict.widened);
    }),
    { numRuns: 2_000, seed },
  );
});

/** Judges as people write them on a Friday. Each has to be caught. */
const respell = (change: (scope: string) => string) => (given: GrantedScopes) =>
  judgeScopes({ ...given, granted: given.granted?.split(' ').map(change).join(' ') });
const mutants: Record<string, (given: GrantedScopes) => ScopeVerdict> = {
  'v1 .write implies reading': respell((scope) => scope.replace(/\.write$/, '.cruds')),
  'v1 .read is r and d': respell((scope) => scope.replace(/\.read$/, '.rd')),
  'letters are sorted first': respell((scope) =>
    scope.replace(/(?<=\/\w+\.)[cruds]+(?=$|\?)/, (found) =>
      [...'cruds'].filter((letter) => found.includes(letter)).join(''),
    ),
  ),
  'case does not matter': respell((scope) =>
    scope.replace(
      /^(user|patient|system)\/(\w)(\w*)\.(\w+)$/i,
      (_, context: string, first: string, rest: string, access: string) =>
        `${context.toLowerCase()}/${first.toUpperCase()}${rest.toLowerCase()}.${access.toLowerCase()}`,
    ),
  ),
  'a wildcard is a resource like others': respell((scope) => scope.replace('/*.', '/Slot.')),
  'constraints are cut off': respell((scope) => scope.split('?')[0] ?? ''),
  'unknown words are let be': respell((scope) => (/^\w+\/\S+\.|:/.test(scope) ? scope : '')),
  'contexts are alike': respell((scope) => scope.replace(/^(?:patient|system)\//, 'user/')),
  'the last scope of a resource wins': (given) => {
    const scopes = given.granted?.split(' ') ?? [];
    const last = new Map(scopes.map((scope) => [scope.split('.')[0], scope]));
    return judgeScopes({ ...given, granted: given.granted && [...last.values()].join(' ') });
  },
  'an empty text is an absent one': (given) =>
    judgeScopes({ ...given, granted: given.granted?.trim() || undefined }),
  'an absent scope is verified': (given) =>
    judgeScopes({ ...given, granted: given.granted ?? given.requested.join(' ') }),
  'an absent scope is not judged': (given) =>
    given.granted === undefined
      ? { verdict: 'accept-unverified', missing: [], surplus: [], widened: [] }
      : judgeScopes(given),
  'one acceptance accepts everything': (given) =>
    judgeScopes({
      ...given,
      acceptedWider: given.acceptedWider?.length ? (given.granted?.split(' ') ?? []) : [],
    }),
  'acceptances are forgotten': (given) => judgeScopes({ ...given, acceptedWider: [] }),
  'writes are not needed': (given) =>
    judgeScopes({ ...given, policy: { ...given.policy, bookingWrites: [] } }),
  'reads are not needed': (given) =>
    judgeScopes({ ...given, policy: { ...given.policy, requiredReads: [] } }),
  'what was asked for is allowed': (given) =>
    judgeScopes({
      ...given,
      policy: { ...given.policy, atMost: [...given.policy.atMost, ...given.requested] },
    }),
  'only the first hundred characters count': (given) =>
    judgeScopes({ ...given, granted: given.granted?.slice(0, 100) }),
};
const sample = fc
  .sample(grants, { numRuns: 5_000, seed })
  .map((given) => ({ given, expected: judgeByOracle(given) }));
for (const [name, mutant] of Object.entries(mutants))
  test(`the oracle catches a judge by whom ${name}`, (t) => {
    const caught = sample.filter(({ given, expected }) => !agrees(mutant(given), expected)).length;
    t.diagnostic(`seed ${seed}: caught ${caught} times`);
    assert.ok(caught > 0, `not caught in ${sample.length} grants`);
  });
