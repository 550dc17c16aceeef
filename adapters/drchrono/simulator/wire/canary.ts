import type { Settings } from '../settings.ts';

/** What must never leave a client, so that a leak can be found by this word. */
export const CANARY = 'CANARY-PHI';

/** A marked text where markers are on; else what the vendor has for nothing. */
export function canary(settings: Settings, name: string): string | null {
  if (!settings.emitCanaryPhi) return empty(settings);
  return `${CANARY}-${name}`;
}

/** A marked list, or an empty one. */
export function canaries(settings: Settings, name: string): readonly string[] {
  return settings.emitCanaryPhi ? [`${CANARY}-${name}`] : [];
}

/** A field without a value. */
export function empty({ empties }: Settings): '' | null {
  return empties === 'text' ? '' : null;
}
