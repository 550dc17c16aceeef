import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { type GrantedScopes, judgeScopes, type ScopeVerdict } from '#oauth/scope-verdict.ts';
import { grants, resourceScopes } from './scope-grants.ts';
import { judgeByOracle, needs, type OracleVerdict } from './scope-oracle.ts';

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));

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

/** Grants, and what might be added to them. */
const widenings = fc.sample(
  fc.tuple(
    grants,
    fc.array(
      fc.oneof(
        { weight: 3, arbitrary: resourceScopes },
        { weight: 1, arbitrary: fc.constantFrom('user/*.cruds', 'user/*.rs', 'user/*.read') },
      ),
      { minLength: 1, maxLength: 3 },
    ),
  ),
  { numRuns: 2_000, seed },
);

/**
 * Grants that a judge refuses, and accepts when something beyond the policy is added. A grant that is too small grows to
 * a good one within the policy only; one that is too wide never does.
 */
function grownToAcceptance(judge: (given: GrantedScopes) => ScopeVerdict): string[] {
  return widenings.flatMap(([given, added]) => {
    const before = judge(given);
    if (before.verdict !== 'refuse' || given.granted === undefined) return [];
    const isWider = judgeByOracle({ ...given, granted: added.join(' ') }).surplus.size > 0;
    if (!isWider && before.reason !== 'wider' && before.reason !== 'different') return [];
    const granted = `${given.granted} ${added.join(' ')}`;
    return judge({ ...given, granted }).verdict === 'refuse' ? [] : [granted];
  });
}

test('whatever goes beyond the policy, adding it to a grant never makes a refusal an acceptance', (t) => {
  t.diagnostic(`seed ${seed}`);
  assert.deepEqual(grownToAcceptance(judgeScopes), []);
});

test('a judge who only looks for what is missing is caught by that', (t) => {
  const content = (given: GrantedScopes): ScopeVerdict =>
    judgeScopes({ ...given, acceptedWider: given.granted?.split(' ') ?? [] });
  const grown = grownToAcceptance(content).length;
  t.diagnostic(`seed ${seed}: caught ${grown} times`);
  assert.ok(grown > 0);
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
