import { isCalendarDate } from '#simulator-kit/index.ts';
import { refuse } from './error.ts';
import type { DentalCall } from './tables.ts';

/** Query parameters. Each is undefined when missing and a 400 when it does not parse. */
export function integerParam(call: DentalCall, name: string): number | undefined {
  const text = textParam(call, name);
  if (text === undefined) return undefined;
  if (!/^-?\d{1,18}$/.test(text)) throw refuse(call, 400, `${name} is invalid`);
  return Number(text);
}

export function textParam(call: DentalCall, name: string): string | undefined {
  return call.request.query.get(name) ?? undefined;
}

export function dateParam(call: DentalCall, name: string): string | undefined {
  const text = textParam(call, name);
  if (text !== undefined && !isCalendarDate(text))
    throw refuse(call, 400, `${name} format must be yyyy-MM-dd`);
  return text;
}

export function dateTimeParam(call: DentalCall, name: string): string | undefined {
  const text = textParam(call, name);
  if (text !== undefined && !isLocalDateTime(text))
    throw refuse(call, 400, `${name} format must be yyyy-MM-dd HH:mm:ss`);
  return text;
}

export function choiceParam<T extends string>(
  call: DentalCall,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = textParam(call, name);
  const choice = choices.find((one) => one === text);
  if (text !== undefined && choice === undefined) throw refuse(call, 400, `${name} is invalid`);
  return choice;
}

/** Inclusive at both ends; `date` stands for both. */
export function dateRange(call: DentalCall): {
  readonly from: string | undefined;
  readonly to: string | undefined;
} {
  const day = dateParam(call, 'date');
  return { from: day ?? dateParam(call, 'dateStart'), to: day ?? dateParam(call, 'dateEnd') };
}

/** At most 100 rows, from Offset on. */
export function page<T>(call: DentalCall, rows: readonly T[]): readonly T[] {
  const offset = Math.max(0, integerParam(call, 'Offset') ?? 0);
  const limit = Math.min(PAGE, Math.max(0, integerParam(call, 'Limit') ?? PAGE));
  return rows.slice(offset, offset + limit);
}

/** A filter that lets everything pass when its parameter is missing. */
export function equals<T>(wanted: T | undefined, value: T): boolean {
  return wanted === undefined || wanted === value;
}

export function isLocalDateTime(text: string): boolean {
  const [date = '', time = '', ...rest] = text.split(' ');
  return isCalendarDate(date) && isTimeOfDay(time) && rest.length === 0;
}

export function isTimeOfDay(text: string): boolean {
  return /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(text);
}

const PAGE = 100;
