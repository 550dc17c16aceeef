/**
 * One scope of SMART App Launch 2.2 ("Scopes and Launch Context"), in the words of its grammar. Case matters. `resource`
 * scopes open FHIR data; the other kinds open none.
 */
export type Scope =
  | ResourceScope
  /** `launch`, `launch/patient` … */
  | { readonly kind: 'launch'; readonly context: string | undefined }
  | { readonly kind: 'identity'; readonly name: 'openid' | 'fhirUser' | 'profile' }
  | { readonly kind: 'lifetime'; readonly name: 'offline_access' | 'online_access' };

export interface ResourceScope {
  readonly kind: 'resource';
  readonly context: ScopeContext;
  /** A resource type, or `*` for all of them, those of future releases included. */
  readonly resource: string;
  /** A non-empty part of `cruds`, in that order. */
  readonly letters: string;
  /** Search parameters that narrow the scope, as they were written; empty when nothing does. */
  readonly constraints: readonly (readonly [name: string, value: string])[];
}
export type ScopeContext = 'patient' | 'user' | 'system';

/**
 * Reads `user/Appointment.crus`, `user/Appointment.rs?status=booked`, the v1 spellings `.read` (`rs`), `.write` (`cud`,
 * which does not imply reading) and `.*` (`cruds`), and the URI form of each. Letters out of order, as in `.sr`, have no
 * meaning in SMART and get none here.
 *
 * @returns undefined for whatever is not SMART's, e.g. `calendar:read`
 */
export function parseScope(text: string): Scope | undefined {
  const plain = plainScopes.get(text);
  if (plain !== undefined) return plain;
  const launch = /^launch\/([a-z]{1,40})$/.exec(text);
  if (launch !== null) return { kind: 'launch', context: launch[1] };

  const match = resourceScope.exec(text.startsWith(uriPrefix) ? text.slice(uriPrefix.length) : text);
  const { context, resource, access = '', query } = match?.groups ?? {};
  if (!isContext(context) || resource === undefined) return undefined;
  const old = versionOne.get(access);
  // v1 has no constraints.
  if (old !== undefined)
    return query === undefined
      ? { kind: 'resource', context, resource, letters: old, constraints: [] }
      : undefined;
  const constraints = constraintsOf(query);
  return constraints === undefined
    ? undefined
    : { kind: 'resource', context, resource, letters: access, constraints };
}

/** One right: a letter of `cruds` on a resource type, perhaps only where its search parameters match. */
export interface Access {
  readonly context: ScopeContext;
  readonly resource: string;
  readonly letter: string;
  /** The constraints as one text, in an order of their own; `''` where there are none. */
  readonly constraint: string;
}

/** All rights that a resource scope opens. */
export function accessOf({ context, resource, letters, constraints }: ResourceScope): readonly Access[] {
  const constraint = constraints
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join('&');
  return [...letters].map((letter) => ({ context, resource, letter, constraint }));
}

/** Whether who has the right `held` has the right `wanted` too. A constraint is met only by none or by the very same. */
export function coversAccess(held: Access, wanted: Access): boolean {
  return (
    held.context === wanted.context &&
    held.letter === wanted.letter &&
    (held.resource === '*' || held.resource === wanted.resource) &&
    (held.constraint === '' || held.constraint === wanted.constraint)
  );
}

/** Whether there is something that both rights open. */
export function overlapsAccess(one: Access, other: Access): boolean {
  const meet = (a: string, b: string, all: string): boolean => a === b || a === all || b === all;
  return (
    one.context === other.context &&
    one.letter === other.letter &&
    meet(one.resource, other.resource, '*') &&
    meet(one.constraint, other.constraint, '')
  );
}

const uriPrefix = 'http://smarthealthit.org/fhir/scopes/';
const resourceScope =
  /^(?<context>patient|user|system)\/(?<resource>\*|[A-Z][A-Za-z]{0,63})\.(?<access>read|write|\*|(?=[cruds])c?r?u?d?s?)(?:\?(?<query>[\x21\x23-\x5b\x5d-\x7e]+))?$/;
const versionOne: ReadonlyMap<string, string> = new Map([
  ['read', 'rs'],
  ['write', 'cud'],
  ['*', 'cruds'],
]);
const plainScopes: ReadonlyMap<string, Scope> = new Map([
  ['launch', { kind: 'launch', context: undefined }],
  ['openid', { kind: 'identity', name: 'openid' }],
  ['fhirUser', { kind: 'identity', name: 'fhirUser' }],
  ['profile', { kind: 'identity', name: 'profile' }],
  ['offline_access', { kind: 'lifetime', name: 'offline_access' }],
  ['online_access', { kind: 'lifetime', name: 'online_access' }],
]);

function constraintsOf(query: string | undefined): readonly (readonly [string, string])[] | undefined {
  if (query === undefined) return [];
  const pairs: (readonly [string, string])[] = [];
  for (const part of query.split('&')) {
    const [name, value, ...more] = part.split('=');
    if (name === undefined || !/^[A-Za-z_][A-Za-z0-9_.:-]*$/.test(name)) return undefined;
    if (value === undefined || value === '' || more.length > 0) return undefined;
    pairs.push([name, value]);
  }
  return pairs;
}

function isContext(text: string | undefined): text is ScopeContext {
  return text === 'patient' || text === 'user' || text === 'system';
}
