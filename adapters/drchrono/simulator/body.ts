import { isCalendarDate, Refusal } from '#simulator-kit/index.ts';
import { detail, invalid } from './answer.ts';
import type { PracticeCall } from './tables.ts';

export type Body = Readonly<Record<string, unknown>>;

/** JSON or a form; a list of objects where JSON has one. */
export function readBody({ request }: PracticeCall): Body | readonly Body[] {
  const type = (request.headers['content-type'] ?? '').toLowerCase();
  if (type.startsWith('application/x-www-form-urlencoded'))
    return Object.fromEntries(new URLSearchParams(request.body));
  if (!type.startsWith('application/json'))
    throw new Refusal(detail(415, `Unsupported media type "${type.split(';')[0]}" in request.`));
  const value = parse(request.body);
  if (Array.isArray(value)) return value.map(objectOf);
  return objectOf(value);
}

export function readOne(call: PracticeCall): Body {
  const body = readBody(call);
  if (isList(body)) throw invalid({ non_field_errors: 'Invalid data. Expected a dictionary, but got list.' });
  return body;
}

export function isList(body: Body | readonly Body[]): body is readonly Body[] {
  return Array.isArray(body);
}

/**
 * Reads fields one by one and collects what is wrong with them. A field that is missing or wrong reads as undefined.
 * Numbers and truth may come as texts.
 */
export function readFields(body: Body): Fields {
  const faults: Record<string, string> = {};
  const say = (name: string, text: string): undefined => {
    faults[name] ??= text;
    return undefined;
  };
  const given = (name: string): unknown => {
    const value = body[name];
    if (value === null) return say(name, 'This field may not be null.');
    return value;
  };
  return {
    has: (name) => body[name] !== undefined,
    isNull: (name) => body[name] === null,
    say,
    require(names) {
      for (const name of names) if (body[name] === undefined) say(name, 'This field is required.');
    },
    int(name, least = 0) {
      const value = given(name);
      if (value === undefined) return undefined;
      const isNumber = typeof value === 'number' || (typeof value === 'string' && /^-?\d+$/.test(value));
      const number = Number(value);
      if (!isNumber || !Number.isInteger(number)) return say(name, 'A valid integer is required.');
      if (number < least) return say(name, `Ensure this value is greater than or equal to ${least}.`);
      return number;
    },
    text(name) {
      const value = given(name);
      if (value === undefined || typeof value === 'string') return value;
      return typeof value === 'number' ? String(value) : say(name, 'Not a valid string.');
    },
    truth(name) {
      const value = given(name);
      if (value === undefined || typeof value === 'boolean') return value;
      if (value === 'true' || value === 'false') return value === 'true';
      return say(name, 'Must be a valid boolean.');
    },
    date(name) {
      const value = given(name);
      if (value === undefined) return undefined;
      if (typeof value === 'string' && isCalendarDate(value)) return value;
      return say(name, 'Date has wrong format. Use one of these formats instead: YYYY-MM-DD.');
    },
    list(name) {
      const value = given(name);
      if (value === undefined) return undefined;
      if (Array.isArray(value)) return value;
      return say(name, 'Expected a list of items.');
    },
    check() {
      if (Object.keys(faults).length > 0) throw invalid(faults);
    },
  };
}

export interface Fields {
  has(name: string): boolean;
  isNull(name: string): boolean;
  /** Notes what is wrong; the first word about a field stands. */
  say(name: string, text: string): undefined;
  require(names: readonly string[]): void;
  int(name: string, least?: number): number | undefined;
  text(name: string): string | undefined;
  truth(name: string): boolean | undefined;
  date(name: string): string | undefined;
  list(name: string): readonly unknown[] | undefined;
  /** 400 with all that was wrong. */
  check(): void;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(detail(400, 'JSON parse error'));
  }
}

function objectOf(value: unknown): Body {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw invalid({ non_field_errors: `Invalid data. Expected a dictionary, but got ${typeof value}.` });
}
