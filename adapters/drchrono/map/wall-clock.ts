import {
  addDays,
  type Interval,
  instantToLocal,
  instantToLocalDate,
  localEdgeToInstant,
  localToInstant,
  parseInstant,
} from '#adapter-kit/index.ts';

const minute = 60_000;

/** The zone of this name, or undefined where nobody knows one. Legacy names such as `US/Pacific` are names. */
export function toZone(name: string): string | undefined {
  // Offsets and abbreviations do not say when clocks change.
  if (!/^[A-Za-z]+(\/[A-Za-z0-9_+-]+){1,2}$/.test(name)) return undefined;
  try {
    instantToLocalDate(0, name);
    return name;
  } catch {
    return undefined;
  }
}

/** The moment of a local date and minutes after its midnight, 1440 being the next one; a skipped time is the change. */
export function edgeOf(date: string, minutes: number, zone: string): number | undefined {
  const day = addDays(date, Math.floor(minutes / 1_440));
  const [hours, rest] = [Math.floor((minutes % 1_440) / 60), minutes % 60];
  return localEdgeToInstant(`${day}T${twoDigits(hours)}:${twoDigits(rest)}`, zone);
}

/** As {@link edgeOf}, and undefined for a time that the clocks skip. */
export function momentOf(date: string, minutes: number, zone: string): number | undefined {
  return localToInstant(`${date}T${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}`, zone);
}

/**
 * Does the wall clock name this moment, and no other by the same words? Of an hour that autumn repeats, neither showing
 * can be booked: DrChrono has no place to say which.
 */
export function isNamedOnce(instant: number, zone: string): boolean {
  const local = instantToLocal(instant, zone);
  if (localToInstant(local, zone) !== instant) return false;
  // By half an hour (Lord Howe), an hour, or two (Troll).
  return [30, 60, 120].every((later) => instantToLocal(instant + later * minute, zone) !== local);
}

/** All the time that a stretch from a local time on may be, where the clocks show it twice. */
export function stretchFrom(local: string, minutes: number, zone: string): Interval | undefined {
  const from = localEdgeToInstant(local, zone);
  if (from === undefined) return undefined;
  const shown = instantToLocal(from, zone);
  const again = [120, 60, 30].find((later) => instantToLocal(from + later * minute, zone) === shown) ?? 0;
  return { from, to: from + (again + minutes) * minute };
}

/** What a text may mean that is described as an instant and shown as a local time. */
export function readingsOf(text: string, zone: string): readonly number[] {
  const local = localEdgeToInstant(text.slice(0, 19), zone);
  const instant = parseInstant(text);
  return [local, instant].filter((moment) => moment !== undefined);
}

function twoDigits(number: number): string {
  return String(number).padStart(2, '0');
}
