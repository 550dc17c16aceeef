/** One SMART App Launch 2.2 scope of kind `system` (§ "Scopes for requesting FHIR Resources"). */
export interface Scope {
  readonly resource: string;
  /** A non-empty part of `cruds`, in that order. */
  readonly letters: string;
}

/** A right that an interaction needs: the letter on the resource type. */
export interface ScopeNeed {
  readonly resource: string;
  readonly letter: 'c' | 'r' | 'u' | 'd' | 's';
}

/** All that an agent may ever be given: scheduling, and of patients no more than to match and to create one. */
export const agentScopes: readonly string[] = [
  'system/Slot.rs',
  'system/Schedule.rs',
  'system/Practitioner.rs',
  'system/PractitionerRole.rs',
  'system/Location.rs',
  'system/HealthcareService.rs',
  'system/Appointment.crus',
  'system/Patient.cs',
];

/** What each operation needs; SMART defines no scopes for operations. One of those in a row is enough. */
export const operationNeeds = {
  find: [
    { resource: 'Slot', letter: 's' },
    { resource: 'Appointment', letter: 's' },
  ],
  hold: [{ resource: 'Appointment', letter: 'c' }],
  book: [{ resource: 'Appointment', letter: 'c' }],
  /** `$book` with an appointment that exists. */
  change: [{ resource: 'Appointment', letter: 'u' }],
  match: [{ resource: 'Patient', letter: 's' }],
} as const satisfies Record<string, readonly ScopeNeed[]>;

/**
 * Reads `system/Slot.rs` and the v1 spellings `.read`, `.write` and `.*`. Letters out of order, wildcard resources,
 * granular scopes and other contexts have no meaning here and give undefined.
 */
export function parseScope(text: string): Scope | undefined {
  const match = /^system\/([A-Z][A-Za-z]{1,40})\.(read|write|\*|c?r?u?d?s?)$/.exec(text);
  const [, resource, access] = match ?? [];
  if (resource === undefined || access === undefined || access === '') return undefined;
  return { resource, letters: versionOne.get(access) ?? access };
}

const versionOne: ReadonlyMap<string, string> = new Map([
  ['read', 'rs'],
  ['write', 'cud'],
  ['*', 'cruds'],
]);

/** Whether the granted scopes together allow all that `asked` names. What cannot be read is never allowed. */
export function coversScope(granted: readonly string[], asked: string): boolean {
  const scope = parseScope(asked);
  return (
    scope !== undefined && [...scope.letters].every((letter) => allowsLetter(granted, scope.resource, letter))
  );
}

/**
 * Whether a token with these scopes may do what needs one of `needs`.
 *
 * @param granted the token's `scope`, parts separated by spaces
 */
export function allows(granted: string, ...needs: readonly ScopeNeed[]): boolean {
  const scopes = granted.split(' ');
  return needs.some(({ resource, letter }) => allowsLetter(scopes, resource, letter));
}

function allowsLetter(granted: readonly string[], resource: string, letter: string): boolean {
  return granted.some((text) => {
    const scope = parseScope(text);
    return scope?.resource === resource && scope.letters.includes(letter);
  });
}
