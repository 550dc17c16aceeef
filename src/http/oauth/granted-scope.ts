import { coversScope } from '#fhir/scopes.ts';

/**
 * The scope of a token (RFC 6749 §3.3): all that the agent is registered for when it asks for none, exactly what it
 * asks for when all of that is covered, and undefined, to be answered `invalid_scope`, when any of it is not.
 *
 * @example
 * grantedScope('system/Slot.rs system/Patient.cs', 'system/Slot.s'); // 'system/Slot.s'
 */
export function grantedScope(registered: string, asked: string | undefined): string | undefined {
  const granted = partsOf(registered);
  if (asked === undefined) return granted.join(' ');
  const wanted = partsOf(asked);
  if (wanted.length === 0 || !wanted.every((scope) => coversScope(granted, scope))) return undefined;
  return wanted.join(' ');
}

function partsOf(scope: string): string[] {
  return [...new Set(scope.split(' ').filter((part) => part !== ''))];
}
