import { type Interval, isNamedByWallClock, type Opening, toInstantWithOffset } from '#adapter-kit/index.ts';
import { type VendorKey, vendorKeyOf } from './vendor-key.ts';

/** A time that is free, milliseconds, and what an opening says of it besides. */
export interface FreeTime extends Interval, Pick<Opening, 'practitioner' | 'location' | 'claims'> {
  readonly key: VendorKey;
}

/**
 * Free times as openings, earliest first, each once. Left out are times in the hour that the wall clock shows for the
 * second time, of which nobody could be told, and those that no key can name.
 */
export function inOrder(times: readonly FreeTime[], timeZone: string): readonly Opening[] {
  const found = new Map<string, { readonly from: number; readonly opening: Opening }>();
  for (const { key, from, to, practitioner, location, claims } of times) {
    const vendorKey = vendorKeyOf(key);
    const [start, end] = [toInstantWithOffset(from, timeZone), toInstantWithOffset(to, timeZone)];
    // Only the day after a change can repeat a time, and asking the calendar about every start is slow.
    const mayRepeat = offsetOf(start) !== offsetOf(toInstantWithOffset(from - day, timeZone));
    if (vendorKey === undefined || (mayRepeat && !isNamedByWallClock(from, timeZone))) continue;
    const minutes = (to - from) / 60_000;
    const opening = { vendorKey, start, end, minutes, practitioner, location, claims };
    found.set(`${from} ${vendorKey}`, { from, opening });
  }
  return [...found.values()]
    .sort((a, b) => a.from - b.from || (a.opening.vendorKey < b.opening.vendorKey ? -1 : 1))
    .map(({ opening }) => opening);
}

const day = 24 * 60 * 60_000;

function offsetOf(instant: string): string {
  return instant.slice(-6);
}
