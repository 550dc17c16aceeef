import {
  covers,
  freeStarts,
  type Interval,
  localDay,
  localEdgeToInstant,
  type Opening,
  subtract,
  toInstantWithOffset,
} from '#adapter-kit/index.ts';
import type { Office } from '../office.ts';
import type { Settings } from '../settings.ts';
import type { AppointmentRow, ScheduleRow } from '../wire.ts';
import { blocks, lengthOf } from './appointment.ts';
import { claimsOf, vendorKeyOf } from './vendor-key.ts';

/**
 * Open time as the vendor advises offices with several chairs and providers to compute it: who works when and where
 * (schedules) minus what stands on the schedule (appointments, blockouts). Chair and provider are both free over the
 * whole visit; a chair is taken by any provider's visit, a provider by a visit in any chair.
 */
export interface Book {
  readonly office: Office;
  readonly schedules: readonly ScheduleRow[];
  readonly appointments: readonly AppointmentRow[];
}

export interface Rules {
  readonly timeZone: string;
  readonly settings: Settings;
  /** AppointmentTypeNum whose own list of allowed blockouts applies, when it has one. */
  readonly type?: number;
}

export interface SlotQuery {
  readonly window: Interval;
  readonly minutes: number;
  readonly gridMinutes: number;
  readonly now: number;
  readonly practitioners?: readonly string[];
  readonly locations?: readonly string[];
}

/** Every opening in the window, earliest first. */
export function openSlots(book: Book, rules: Rules, query: SlotQuery): readonly Opening[] {
  const busy = busyTime(book, rules);
  const shown = new Map<number, string>();
  const show = (instant: number): string => {
    const text = shown.get(instant) ?? toInstantWithOffset(instant, rules.timeZone);
    shown.set(instant, text);
    return text;
  };
  return pairsAtWork(book, rules)
    .filter(({ op, prov }) => isAsked(query.locations, op) && isAsked(query.practitioners, prov))
    .flatMap(({ op, prov, hours }) =>
      freeStarts({
        open: hours,
        busy: [...busy.everywhere, ...(busy.ops.get(op) ?? []), ...(busy.provs.get(prov) ?? [])],
        window: query.window,
        minutes: query.minutes,
        gridMinutes: query.gridMinutes,
        timeZone: rules.timeZone,
        now: query.now,
      }).map((start) => ({ op, prov, start })),
    )
    .sort((a, b) => a.start - b.start || a.op - b.op || a.prov - b.prov)
    .map(({ op, prov, start }) => ({
      vendorKey: vendorKeyOf({
        op,
        prov,
        ...(rules.type !== undefined && { type: rules.type }),
      }),
      start: show(start),
      end: show(start + query.minutes * minute),
      minutes: query.minutes,
      practitioner: String(prov),
      location: String(op),
      claims: claimsOf(op, [prov]),
    }));
}

/** Are this chair and this provider both at work and free over the whole time? */
export function isFree(
  book: Book,
  rules: Rules,
  place: { op: number; prov: number },
  during: Interval,
): boolean {
  const busy = busyTime(book, rules);
  const hours =
    pairsAtWork(book, rules).find(({ op, prov }) => op === place.op && prov === place.prov)?.hours ?? [];
  const taken = [
    ...busy.everywhere,
    ...(busy.ops.get(place.op) ?? []),
    ...(busy.provs.get(place.prov) ?? []),
  ];
  return covers(subtract(hours, taken), during);
}

/** Is this provider at work, in whatever chair, and free over the whole time? */
export function isProviderFree(book: Book, rules: Rules, prov: number, during: Interval): boolean {
  const busy = busyTime(book, rules);
  const hours = book.schedules.filter((row) => row.SchedType === 'Provider' && row.ProvNum === prov);
  const taken = [...busy.everywhere, ...(busy.provs.get(prov) ?? [])];
  return covers(
    subtract(
      hours.flatMap((row) => hoursOf(row, rules.timeZone)),
      taken,
    ),
    during,
  );
}

const minute = 60_000;

/** Each chair with each provider who works in it, and when. */
function pairsAtWork({ office, schedules }: Book, { timeZone }: Rules) {
  const pairs = new Map<string, { readonly op: number; readonly prov: number; readonly hours: Interval[] }>();
  for (const row of schedules) {
    if (row.SchedType !== 'Provider' || !office.providers.has(row.ProvNum)) continue;
    for (const op of chairsOf(row, office)) {
      const pair = pairs.get(`${op}|${row.ProvNum}`) ?? {
        op,
        prov: row.ProvNum,
        hours: [],
      };
      pair.hours.push(...hoursOf(row, timeZone));
      pairs.set(`${op}|${row.ProvNum}`, pair);
    }
  }
  return [...pairs.values()];
}

/** A row that is linked to no chair is work in the chairs that name the provider as theirs. */
function chairsOf(row: ScheduleRow, office: Office): readonly number[] {
  if (row.operatories.length > 0) return row.operatories.filter((op) => office.operatories.has(op));
  const own = [...office.operatories.values()].filter(
    (op) => op.ProvDentist === row.ProvNum || op.ProvHygienist === row.ProvNum,
  );
  return own.map((op) => op.OperatoryNum);
}

function hoursOf(row: ScheduleRow, zone: string): readonly Interval[] {
  const from = localEdgeToInstant(`${row.SchedDate} ${row.StartTime}`, zone);
  const to = localEdgeToInstant(`${row.SchedDate} ${row.StopTime}`, zone);
  return from === undefined || to === undefined || from >= to ? [] : [{ from, to }];
}

interface Busy {
  readonly everywhere: readonly Interval[];
  readonly ops: ReadonlyMap<number, readonly Interval[]>;
  readonly provs: ReadonlyMap<number, readonly Interval[]>;
}

function busyTime(book: Book, rules: Rules): Busy {
  const everywhere: Interval[] = [];
  const ops = new Map<number, Interval[]>();
  const provs = new Map<number, Interval[]>();
  const add = (to: Map<number, Interval[]>, key: number, interval: Interval): void => {
    const known = to.get(key);
    if (known === undefined) to.set(key, [interval]);
    else known.push(interval);
  };
  for (const row of book.appointments) {
    const from = blocks(row, rules.settings)
      ? localEdgeToInstant(row.AptDateTime, rules.timeZone)
      : undefined;
    if (from === undefined) continue;
    const during = { from, to: from + lengthOf(row) * minute };
    add(ops, row.Op, during);
    for (const prov of [row.ProvNum, row.ProvHyg]) add(provs, prov, during);
  }
  for (const row of book.schedules) {
    const day = localDay(row.SchedDate, rules.timeZone);
    if (row.SchedType === 'Practice' && rules.settings.practiceRowMeansClosed) everywhere.push(day);
    if (row.SchedType !== 'Blockout' || !forbids(row, book.office, rules)) continue;
    // A blockout without an end of its own, or without chairs, is taken for the larger one: better no offer than a wrong one.
    const during = hoursOf(row, rules.timeZone)[0] ?? day;
    if (row.operatories.length === 0) everywhere.push(during);
    for (const op of row.operatories) add(ops, op, during);
  }
  return { everywhere, ops, provs };
}

/**
 * "Do not schedule" blockouts forbid every visit; so does one of a kind that the office has hidden since, because its
 * rule cannot be read. An appointment type that lists blockouts may go into those of the others that it lists.
 */
function forbids(row: ScheduleRow, office: Office, { type }: Rules): boolean {
  const kind = office.blockoutTypes.get(row.BlockoutType);
  if (kind === undefined || kind.ItemValue.includes('NS')) return true;
  const allowed = type === undefined ? undefined : office.allowedBlockouts.get(type);
  return allowed !== undefined && !allowed.has(String(row.BlockoutType)) && !allowed.has(row.blockoutType);
}

function isAsked(asked: readonly string[] | undefined, num: number): boolean {
  return asked === undefined || asked.length === 0 || asked.includes(String(num));
}
