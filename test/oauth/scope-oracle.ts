import type { GrantedScopes, ScopeRefusal } from '#oauth/scope-verdict.ts';

/**
 * A second opinion on grants that shares no code and no method with the first: it parses nothing. It writes down every
 * spelling of every access there is, and every point (context, resource, letter, constraint) of a small world, and
 * then only looks up and compares sets. `FutureType` stands for the resource types of releases to come.
 */
export function judgeByOracle(given: GrantedScopes): OracleVerdict {
  const words = given.granted === undefined ? [...given.requested] : given.granted.split(' ');
  const everything = [
    ...words,
    ...given.policy.atMost,
    ...given.policy.requiredReads,
    ...given.policy.bookingWrites,
    ...(given.acceptedWider ?? []),
  ];
  const tags = [...new Set(['', ...everything.map(tagOf)])];
  const open = (scopes: readonly string[]): Set<string> =>
    new Set(scopes.flatMap((scope) => pointsOf(scope, tags)));

  const granted = open(words);
  const policy = open(given.policy.atMost);
  const tolerated = new Set([...policy, ...open(given.acceptedWider ?? [])]);
  const reads = without(needs(given.policy.requiredReads), granted);
  const writes = without(needs(given.policy.bookingWrites), granted);
  const missing = new Set([...reads, ...writes]);
  const surplus = new Set(
    words.filter((word) => pointsOf(word, tags).some((point) => !tolerated.has(point))),
  );
  const refuse = (reason: ScopeRefusal): OracleVerdict => ({ verdict: 'refuse', reason, missing, surplus });

  if (granted.size === 0) return refuse('empty');
  if (surplus.size > 0) return refuse(without(granted, policy).size === granted.size ? 'different' : 'wider');
  if (reads.size > 0) return refuse('required-read-missing');
  if (given.granted === undefined) return { verdict: 'accept-unverified', missing, surplus };
  return { verdict: writes.size > 0 ? 'accept-read-only' : 'accept', missing, surplus };
}

export interface OracleVerdict {
  readonly verdict: 'accept' | 'accept-read-only' | 'accept-unverified' | 'refuse';
  readonly reason?: ScopeRefusal;
  /** Points. */
  readonly missing: ReadonlySet<string>;
  /** Scopes. */
  readonly surplus: ReadonlySet<string>;
}

function without(points: ReadonlySet<string>, others: ReadonlySet<string>): Set<string> {
  return new Set([...points].filter((point) => !others.has(point)));
}

/** The points that a need names: under its own constraint only, whatever other constraints the world has. */
export function needs(scopes: readonly string[]): Set<string> {
  return new Set(scopes.flatMap((scope) => pointsOf(scope, [tagOf(scope)])));
}

export const worldResources = [
  'Appointment',
  'Slot',
  'Schedule',
  'Practitioner',
  'Location',
  'Patient',
  'Observation',
  'Condition',
  'MedicationRequest',
  'Encounter',
] as const;

/** Scopes of SMART that open no data. */
export const dataless = [
  'openid',
  'fhirUser',
  'profile',
  'offline_access',
  'online_access',
  'launch',
  'launch/patient',
  'launch/encounter',
] as const;

/** Every spelling of an access, with its letters: 31 non-empty parts of `cruds` in order, and three words of v1. */
const accesses = new Map<string, string>();
for (let bits = 1; bits < 32; bits++) {
  const letters = [...'cruds'].filter((_, at) => (bits >> at) % 2 === 1).join('');
  accesses.set(letters, letters);
}
const oldWords = new Map([
  ['read', 'rs'],
  ['write', 'cud'],
  ['*', 'cruds'],
]);

/** Every spelling of a scope without its constraint, with the points it opens. */
const spelled = new Map<string, { readonly points: readonly string[]; readonly mayNarrow: boolean }>();
for (const context of ['patient', 'user', 'system'])
  for (const resource of [...worldResources, '*'])
    for (const [access, letters] of [...accesses, ...oldWords]) {
      const types = resource === '*' ? [...worldResources, 'FutureType'] : [resource];
      const points = types.flatMap((type) => [...letters].map((letter) => `${context} ${type} ${letter}`));
      const entry = { points, mayNarrow: accesses.has(access) };
      spelled.set(`${context}/${resource}.${access}`, entry);
      spelled.set(`http://smarthealthit.org/fhir/scopes/${context}/${resource}.${access}`, entry);
    }

/** The constraint of a scope in one order, '' without one, undefined where it has no meaning. */
function constraintOf(scope: string): string | undefined {
  const mark = scope.indexOf('?');
  if (mark < 0) return '';
  const parts = scope.slice(mark + 1).split('&');
  const isGood = parts.every((part) => {
    const equals = part.indexOf('=');
    const name = part.slice(0, equals);
    return (
      equals > 0 &&
      equals < part.length - 1 &&
      part.lastIndexOf('=') === equals &&
      ![...name].some((character) => !'abcdefghijklmnopqrstuvwxyz_-:.'.includes(character.toLowerCase()))
    );
  });
  return isGood ? parts.sort().join('&') : undefined;
}

function tagOf(scope: string): string {
  return constraintOf(scope) ?? '';
}

/** A word that is not SMART's is a point of its own. */
function pointsOf(scope: string, tags: readonly string[]): string[] {
  if (scope === '' || dataless.some((name) => name === scope)) return [];
  const entry = spelled.get(scope.split('?')[0] ?? '');
  const constraint = constraintOf(scope);
  if (entry === undefined || constraint === undefined || (scope.includes('?') && !entry.mayNarrow))
    return [`word ${scope}`];
  const reached = constraint === '' ? tags : [constraint];
  return entry.points.flatMap((point) => reached.map((tag) => `${point} ${tag}`));
}
