import {
  addDays,
  instantToLocal,
  instantToLocalDate,
  localEdgeToInstant,
  localToInstant,
} from '#adapter-kit/index.ts';

/**
 * athenaOne writes `MM/DD/YYYY` and `HH:MM` without a zone and means three clocks by it: visits are in their department's,
 * `scheduleddatetime` and what the change feed is asked by are Eastern, and calls are counted by the day of Greenwich.
 */

/** Clock of `scheduleddatetime` and of the change feed (docs.athenahealth.com: "Eastern"). */
export const eastern = 'America/New_York';

const minute = 60_000;

/** `03/09/2027` of `2027-03-09`. */
export function toVendorDate(date: string): string {
  return `${date.slice(5, 7)}/${date.slice(8, 10)}/${date.slice(0, 4)}`;
}

/** `2027-03-09` of `03/09/2027`; not checked against the calendar. */
export function fromVendorDate(text: string): string {
  return `${text.slice(6, 10)}-${text.slice(0, 2)}-${text.slice(3, 5)}`;
}

/**
 * The instant of a slot, or undefined where the department's clock skips its time or shows it twice: nothing in the record
 * says which of the two is meant.
 *
 * @param date yyyy-MM-dd
 * @param time HH:mm
 */
export function slotInstant(date: string, time: string, zone: string): number | undefined {
  const local = `${date}T${time}:00`;
  const instant = localToInstant(local, zone);
  return instant === undefined || isRepeated(instant, local, zone) ? undefined : instant;
}

/** The instant of a visit that stands: of a time that is shown twice the earlier, of a skipped one the moment of change. */
export function visitInstant(date: string, time: string, zone: string): number | undefined {
  return localEdgeToInstant(`${date}T${time}:00`, zone);
}

/** The instant of `MM/DD/YYYY HH:MM:SS` on the Eastern clock, or undefined where that skips its words or shows them twice. */
export function fromEastern(text: string): number | undefined {
  const local = `${fromVendorDate(text)}T${text.slice(11)}`;
  const instant = localToInstant(local, eastern);
  return instant === undefined || isRepeated(instant, local, eastern) ? undefined : instant;
}

/** `MM/DD/YYYY HH:MM:SS` on the Eastern clock, at this instant or before it, and no other instant by the same words. */
export function toEasternBefore(instant: number): string {
  const local = instantToLocal(instant, eastern);
  const first = localToInstant(local, eastern);
  const isShownTwice =
    first === undefined || first !== instant - (instant % 1000) || isRepeated(first, local, eastern);
  return isShownTwice ? toEasternBefore(instant - 60 * minute) : wordsOf(local);
}

/** As {@link toEasternBefore}, at this instant or after it. */
export function toEasternAfter(instant: number): string {
  const local = instantToLocal(instant, eastern);
  const first = localToInstant(local, eastern);
  const isShownTwice =
    first === undefined || first !== instant - (instant % 1000) || isRepeated(first, local, eastern);
  return isShownTwice ? toEasternAfter(instant + 60 * minute) : wordsOf(local);
}

/** Local dates of a window in a zone, and one more on both sides, for lists that mix departments of several zones. */
export function datesAround(
  from: number,
  to: number,
  zone: string,
): { readonly first: string; readonly last: string } {
  return {
    first: addDays(instantToLocalDate(from, zone), -1),
    last: addDays(instantToLocalDate(to, zone), 1),
  };
}

function wordsOf(local: string): string {
  return `${toVendorDate(local.slice(0, 10))} ${local.slice(11, 19)}`;
}

/** Does the clock show these words again, half an hour or an hour after it showed them first? */
function isRepeated(first: number, local: string, zone: string): boolean {
  return [30, 60].some((minutes) => instantToLocal(first + minutes * minute, zone) === local);
}
