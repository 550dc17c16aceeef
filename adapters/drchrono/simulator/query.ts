import { epochDay, isCalendarDate } from '#simulator-kit/index.ts';
import { invalid } from './answer.ts';
import type { PracticeCall } from './tables.ts';

/** A whole number in the query; undefined when there is none. 400 for anything else. */
export function intParam({ request }: PracticeCall, name: string): number | undefined {
  const text = request.query.get(name) ?? '';
  if (text === '') return undefined;
  if (!/^\d{1,15}$/.test(text)) throw invalid({ [name]: 'Enter a whole number.' });
  return Number(text);
}

export function dateParam({ request }: PracticeCall, name: string): string | undefined {
  const text = request.query.get(name) ?? '';
  if (text === '') return undefined;
  if (!isCalendarDate(text)) throw invalid({ [name]: 'Enter a valid date.' });
  return text;
}

/** `2026-03-09/2026-03-15`, both days included; 400 when it is wider than `mostDays`. */
export function rangeParam({ request }: PracticeCall, name: string, mostDays: number): DateRange | undefined {
  const text = request.query.get(name) ?? '';
  if (text === '') return undefined;
  const [from = '', to = '', ...more] = text.split('/');
  if (!isCalendarDate(from) || !isCalendarDate(to) || more.length > 0 || from > to)
    throw invalid({ [name]: 'Enter a date range, YYYY-MM-DD/YYYY-MM-DD.' });
  if (epochDay(to) - epochDay(from) > mostDays)
    throw invalid({ [name]: `The range may not be longer than ${mostDays} days.` });
  return { from, to };
}

export interface DateRange {
  readonly from: string;
  readonly to: string;
}

export function flagParam({ request }: PracticeCall, name: string): boolean {
  return ['true', '1'].includes((request.query.get(name) ?? '').toLowerCase());
}

/** The named keys of an object when `fields` names some, else all. */
export function onlyFields({ request }: PracticeCall, object: object): object {
  const names = (request.query.get('fields') ?? '').split(',').filter((name) => name !== '');
  if (names.length === 0) return object;
  return Object.fromEntries(Object.entries(object).filter(([name]) => names.includes(name)));
}

/** The moment that lists of now are of. */
export function listMoment({ settings, fault, now }: PracticeCall): number {
  const lag = fault?.name === 'list-lag' ? (fault.delayMs ?? LONG_LAG_MS) : settings.listLagMs;
  return now - lag;
}

/** The fault `list-lag` without a `delayMs`. */
const LONG_LAG_MS = 30_000;
