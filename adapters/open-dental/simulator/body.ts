import { invented, refuse } from './error.ts';
import { isLocalDateTime } from './query.ts';
import type { DentalCall } from './tables.ts';

/** The JSON object of a POST or PUT. Fields are undefined when missing and a 400 when of the wrong type. */
export function readBody(call: DentalCall): Body {
  const fields = parseObject(call);
  const lenient = call.settings.bodyTypes === 'lenient';
  const invalid = (name: string): Error => refuse(call, 400, `${name} is invalid`);
  const text = (name: string): string | undefined => {
    const value = fields[name];
    if (value !== undefined && typeof value !== 'string') throw invalid(name);
    return value;
  };
  const body: Body = {
    has: (name) => fields[name] !== undefined,
    text,
    integer(name) {
      const value = fields[name];
      if (value === undefined) return undefined;
      const number = lenient && typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value;
      if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) throw invalid(name);
      return number;
    },
    flag(name) {
      const value = fields[name];
      if (value === undefined) return undefined;
      if (lenient && typeof value === 'boolean') return value;
      if (value !== 'true' && value !== 'false') throw invalid(name);
      return value === 'true';
    },
    dateTime(name) {
      const value = text(name);
      if (value !== undefined && !isLocalDateTime(value))
        throw refuse(call, 400, `${name} format must be yyyy-MM-dd HH:mm:ss`);
      return value;
    },
    choice(name, choices) {
      const value = fields[name];
      const choice = choices.find((one) => one === value);
      if (value !== undefined && choice === undefined) throw invalid(name);
      return choice;
    },
    required(name, value) {
      if (value === undefined) throw refuse(call, 400, `${name} is required.`);
      return value;
    },
  };
  return body;
}

export interface Body {
  has(name: string): boolean;
  text(name: string): string | undefined;
  integer(name: string): number | undefined;
  /** Booleans travel as the strings "true" and "false". */
  flag(name: string): boolean | undefined;
  /** `yyyy-MM-dd HH:mm:ss`. */
  dateTime(name: string): string | undefined;
  choice<T extends string>(name: string, choices: readonly T[]): T | undefined;
  /** Answers 400 `<name> is required.` for a missing value. */
  required<T>(name: string, value: T | undefined): T;
}

function parseObject(call: DentalCall): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(call.request.body);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  } catch {
    // Said below.
  }
  throw refuse(call, 400, invented.badJson);
}
