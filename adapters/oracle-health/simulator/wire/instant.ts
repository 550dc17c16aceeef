import type { Settings } from '../settings.ts';

/** An instant in UTC, with milliseconds or without. */
export function instantOnWire(at: number, settings: Settings, id: string): string {
  const text = new Date(at).toISOString();
  const whole = settings.milliseconds === 'never' || (settings.milliseconds === 'mixed' && isEven(id));
  return whole ? text.replace('.000Z', 'Z') : text;
}

function isEven(id: string): boolean {
  return Number(id.at(-1)) % 2 === 0;
}
