/** c create, r read, u update and patch, s search (SMART App Launch 2.2, scopes). */
export type Interaction = 'c' | 'r' | 'u' | 's';

/** Who asks, as the token says. */
export interface Caller {
  readonly clientId: string;
  readonly level: 'user' | 'system';
  /** Granted scopes, separated by spaces. */
  readonly scope: string;
}

/** What may be granted of each resource type. Nothing is ever deleted by the API. */
export const RIGHTS: Readonly<Record<string, string>> = {
  Appointment: 'crus',
  Slot: 'rs',
  Schedule: 'rs',
  Patient: 'crs',
  Practitioner: 'rs',
  PractitionerRole: 'rs',
  Location: 'rs',
  HealthcareService: 'rs',
};

/** Does a scope of the caller's own level allow this? */
export function allows(caller: Caller, type: string, needs: Interaction): boolean {
  return caller.scope.split(' ').some((scope) => {
    const [, level, resource, rights = ''] = scope.match(/^(\w+)\/(\w+)\.(\w+)$/) ?? [];
    return level === caller.level && resource === type && lettersOf(rights).includes(needs);
  });
}

/** Everything that scheduling needs and this server gives, at one level. */
export function schedulingScopes(level: Caller['level']): readonly string[] {
  return Object.entries(RIGHTS).map(([type, letters]) => `${level}/${type}.${letters}`);
}

/** v1 words and v2 letters in their order; anything else allows nothing. */
function lettersOf(rights: string): string {
  if (rights === 'read') return 'rs';
  if (rights === 'write') return 'cud';
  return /^c?r?u?d?s?$/.test(rights) ? rights : '';
}
