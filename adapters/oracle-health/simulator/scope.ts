/** c create, r read, u update and patch, s search (SMART App Launch 2.2, scopes). */
export type Interaction = 'c' | 'r' | 'u' | 's';

/** Who asks, as the token says. */
export interface Caller {
  readonly clientId: string;
  readonly persona: 'system' | 'provider' | 'patient';
  /** The patient in whose name a patient token speaks. */
  readonly patient?: string;
  /** Granted scopes, separated by spaces. */
  readonly scope: string;
}

/** Does a scope of the caller's own level allow this? A patient's level needs a patient. */
export function allows(caller: Caller, type: string, needs: Interaction): boolean {
  const level = { system: 'system', provider: 'user', patient: 'patient' }[caller.persona];
  if (caller.persona === 'patient' && caller.patient === undefined) return false;
  return caller.scope.split(' ').some((scope) => {
    const [, own, resource, rights = ''] = scope.match(/^(\w+)\/(\w+)\.(\w+)$/) ?? [];
    return own === level && resource === type && lettersOf(rights).includes(needs);
  });
}

/** Everything a scheduling app may be given, as the vendor advertises it for a level. */
export function schedulingScopes(level: 'system' | 'user'): readonly string[] {
  const rights = {
    Appointment: 'crus',
    Slot: 'rus',
    Schedule: 'rs',
    Patient: 'crus',
    Practitioner: 'crs',
    Location: 'rs',
    Organization: 'crs',
  };
  return Object.entries(rights).map(([type, letters]) => `${level}/${type}.${letters}`);
}

/** v1 words and v2 letters in their order; anything else allows nothing. */
function lettersOf(rights: string): string {
  if (rights === 'read') return 'rs';
  if (rights === 'write') return 'cud';
  return /^c?r?u?d?s?$/.test(rights) ? rights : '';
}
