import { type Access, accessOf, coversAccess, overlapsAccess, parseScope } from './scope.ts';

/**
 * What may be in a grant, in scopes of the vendor: SMART's, or plain words such as `calendar:read`. SMART scopes are
 * compared by the rights they open, so v1 and v2 spellings meet; words are compared letter by letter.
 */
export interface ScopePolicy {
  /**
   * All that may be there. SMART scopes that open no data (`openid`, `fhirUser`, `profile`, `launch…`, `offline_access`,
   * `online_access`) always may. Where a vendor answers in v1, name `.write` here: it holds `d` as well.
   */
  readonly atMost: readonly string[];
  /** Without any one of these nothing can be searched: the grant is refused. */
  readonly requiredReads: readonly string[];
  /** Without any one of these nothing can be booked, moved or cancelled: the grant is good for reading. */
  readonly bookingWrites: readonly string[];
}

export interface GrantedScopes {
  /** What was asked for; of a refresh, what had been granted before (RFC 6749 §6). */
  readonly requested: readonly string[];
  /** `scope` of the token answer, undefined where it has none. */
  readonly granted: string | undefined;
  readonly policy: ScopePolicy;
  /** Scopes beyond the policy that the practice has accepted for this connection, by name, on record. */
  readonly acceptedWider?: readonly string[];
}

export type ScopeVerdict = {
  /** Scopes of the policy that the grant lacks, as far as it lacks them: `user/Slot.s` of `user/Slot.rs`. */
  readonly missing: readonly string[];
  /** Granted scopes beyond the policy that nobody accepted; without `refuse` there are none. */
  readonly surplus: readonly string[];
  /** Granted scopes beyond the policy that the practice accepted. */
  readonly widened: readonly string[];
} & (
  | { readonly verdict: 'accept' }
  /** All reads are there, a write is missing: search, and hand bookings to people. */
  | { readonly verdict: 'accept-read-only' }
  /** The server did not say: what was asked for counts as granted (RFC 6749 §5.1) until a probe has shown it. */
  | { readonly verdict: 'accept-unverified' }
  | { readonly verdict: 'refuse'; readonly reason: ScopeRefusal }
);

/**
 * `empty`: opens nothing at all. `different`: opens nothing of the policy, but something else. `wider`: opens something
 * beyond it as well. `required-read-missing`: stays within it, and too far.
 */
export type ScopeRefusal = 'empty' | 'different' | 'wider' | 'required-read-missing';

/**
 * Judges what a server granted. Run it on every token answer, refreshes included; refused grants are to be revoked.
 * What cannot be read counts as beyond the policy, so nothing that is added to a grant beyond it makes a refusal an
 * acceptance.
 *
 * @example
 * judgeScopes({ requested, granted: 'user/Slot.read user/Appointment.read', policy }).verdict; // 'accept-read-only'
 */
export function judgeScopes({ requested, granted, policy, acceptedWider = [] }: GrantedScopes): ScopeVerdict {
  const rights = rightsOf(granted === undefined ? requested : granted.split(' '));
  const allowed = rightsOf(policy.atMost);
  const tolerated = rightsOf([...policy.atMost, ...acceptedWider]);
  const lacking = (scopes: readonly string[]): Right[] =>
    rightsOf(scopes).filter((wanted) => !isCovered(wanted, rights));

  const beyond = rights.filter((right) => !isCovered(right, allowed));
  const widened = namesOf(beyond.filter((right) => isCovered(right, tolerated)));
  const surplus = namesOf(beyond.filter((right) => !isCovered(right, tolerated)));
  const missingReads = lacking(policy.requiredReads);
  const missingWrites = lacking(policy.bookingWrites);
  const found = { missing: namesOfMissing([...missingReads, ...missingWrites]), surplus, widened };
  const refuse = (reason: ScopeRefusal): ScopeVerdict => ({ verdict: 'refuse', reason, ...found });

  if (rights.length === 0) return refuse('empty');
  if (surplus.length > 0)
    return refuse(
      rights.some((right) => allowed.some((one) => overlaps(one, right))) ? 'wider' : 'different',
    );
  if (missingReads.length > 0) return refuse('required-read-missing');
  if (granted === undefined) return { verdict: 'accept-unverified', ...found };
  return { verdict: missingWrites.length > 0 ? 'accept-read-only' : 'accept', ...found };
}

/** Whether every right that some scopes open is held by others, in whatever spelling. */
export function coversScopes(held: readonly string[], wanted: readonly string[]): boolean {
  const rights = rightsOf(held);
  return rightsOf(wanted).every((right) => isCovered(right, rights));
}

/**
 * Checks a policy where it is written down and returns it unchanged.
 *
 * @throws RangeError for a wildcard, for a scope that only looks like SMART's, and for a need beyond `atMost`
 */
export function defineScopePolicy(policy: ScopePolicy): ScopePolicy {
  const allowed = rightsOf(policy.atMost);
  for (const text of [...policy.atMost, ...policy.requiredReads, ...policy.bookingWrites]) {
    const scope = parseScope(text);
    if (scope === undefined && /^(?:patient|user|system)\//i.test(text))
      throw new RangeError(`${text} is not a SMART scope.`);
    if (scope?.kind === 'resource' && scope.resource === '*')
      throw new RangeError(`${text} opens more than scheduling.`);
    if (!rightsOf([text]).every((right) => isCovered(right, allowed)))
      throw new RangeError(`${text} is needed but not allowed.`);
  }
  return policy;
}

/** A right with the name of the scope that opens it: a SMART triple, or a word that means itself. */
interface Right {
  readonly name: string;
  readonly access: Access | undefined;
}

/** SMART scopes that open no data give none. */
function rightsOf(scopes: readonly string[]): Right[] {
  return scopes
    .filter((name) => name !== '')
    .flatMap((name): Right[] => {
      const scope = parseScope(name);
      if (scope === undefined) return [{ name, access: undefined }];
      return scope.kind === 'resource' ? accessOf(scope).map((access) => ({ name, access })) : [];
    });
}

function isCovered(wanted: Right, held: readonly Right[]): boolean {
  return held.some((right) => covers(right, wanted));
}

function covers(held: Right, wanted: Right): boolean {
  if (held.access === undefined || wanted.access === undefined)
    return held.access === wanted.access && held.name === wanted.name;
  return coversAccess(held.access, wanted.access);
}

function overlaps(one: Right, other: Right): boolean {
  if (one.access === undefined || other.access === undefined) return covers(one, other);
  return overlapsAccess(one.access, other.access);
}

function namesOf(rights: readonly Right[]): string[] {
  return [...new Set(rights.map(({ name }) => shown(name)))];
}

/** The rights of one resource together again, as one scope. */
function namesOfMissing(rights: readonly Right[]): string[] {
  const groups = Map.groupBy(rights, ({ name, access }) =>
    access === undefined ? name : `${access.context}/${access.resource}.`,
  );
  return [...groups].flatMap(([start, group]) => {
    if (group[0]?.access === undefined) return [start];
    const constraints = new Map<string, Set<string>>();
    for (const { access } of group) {
      if (access === undefined) continue;
      const letters = constraints.get(access.constraint) ?? new Set();
      constraints.set(access.constraint, letters.add(access.letter));
    }
    return [...constraints].map(
      ([constraint, letters]) =>
        `${start}${[...'cruds'].filter((letter) => letters.has(letter)).join('')}${constraint === '' ? '' : `?${constraint}`}`,
    );
  });
}

/** A name comes from outside and is shown to people: no more of it than a scope can be. */
function shown(name: string): string {
  return /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(name) ? name : '(unreadable)';
}
