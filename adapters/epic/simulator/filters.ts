import { addDays, instantOf, isCalendarDate, localDateTime } from '#simulator-kit/index.ts';
import type { Issue } from './issue.ts';
import type { EpicCall } from './tables.ts';

/** Tests of search values that are used for more than one resource type. */

/** `code`, `system|code`, `|code`. */
export function tokenFits(
  value: string,
  codings: readonly { readonly system?: string; readonly code: string }[],
) {
  const bar = value.indexOf('|');
  const [system, code] = bar < 0 ? [undefined, value] : [value.slice(0, bar), value.slice(bar + 1)];
  return codings.some(
    (coding) => coding.code === code && (system === undefined || system === (coding.system ?? '')),
  );
}

/** The id in `Type/id`, an absolute address of it, or a bare id; undefined for another type. */
export function referenceId(value: string, type: string): string | undefined {
  const parts = value.split('/');
  if (parts.length === 1) return value;
  return parts.at(-2) === type ? parts.at(-1) : undefined;
}

/** FHIR string search: begins with, whatever the case and the accents (FHIR R4 §3.1.1.4.8). */
export function begins(text: string, value: string): boolean {
  return fold(text).startsWith(fold(value));
}

export function fold(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase();
}

/** A `date` value against an instant. Prefixes eq, lt, le, gt and ge; a day without zone is one of the practice's. */
export function dateTest(value: string, call: EpicCall): ((instant: string) => boolean) | Issue {
  const prefix = /^[a-z]{2}/.exec(value)?.[0] ?? 'eq';
  const range = rangeOf(value.replace(/^[a-z]{2}/, ''), call);
  const compare = COMPARISONS[prefix];
  if (range === undefined || compare === undefined)
    return { code: '59102', diagnostics: `Invalid date: ${value}.`, element: 'date' };
  return (instant) => compare(Date.parse(instant), range);
}

interface Range {
  readonly from: number;
  /** The first moment after it. */
  readonly to: number;
}

const COMPARISONS: Readonly<Record<string, (at: number, range: Range) => boolean>> = {
  eq: (at, { from, to }) => from <= at && at < to,
  ge: (at, { from }) => from <= at,
  gt: (at, { to }) => to <= at,
  lt: (at, { from }) => at < from,
  le: (at, { to }) => at < to,
};

function rangeOf(text: string, { practice, settings }: EpicCall): Range | undefined {
  const day = (date: string): Range => {
    const midnight = (on: string): number => Date.parse(instantOf(`${on} 00:00:00`, practice.timeZone));
    return { from: midnight(date), to: midnight(addDays(date, 1)) };
  };
  if (isCalendarDate(text)) return day(text);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text)) return undefined;
  const from = Date.parse(text);
  if (Number.isNaN(from)) return undefined;
  if (settings.dateSearch === 'day') return day(localDateTime(from, practice.timeZone).slice(0, 10));
  return { from, to: from + 1000 };
}
