import type { z } from 'zod';

/**
 * One call that may leave the gateway. A route table is everything the wall will ever let an adapter
 * send: adapters name a route and give parameters, they never build an address.
 */
export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH';
  /** Path below the connection's base address; segments in braces are typed by `path`, e.g. `/appointments/{AptNum}`. */
  readonly template: `/${string}`;
  readonly path?: Readonly<Record<string, Grammar>>;
  readonly query?: Readonly<Record<string, QueryGrammar>>;
  /** Strict schema of the body (of its fields, where it is a form); one that does not parse is refused before anything leaves. */
  readonly body?: z.ZodType;
  /** What the body is said to be; `application/json` when absent. */
  readonly contentType?:
    | 'application/fhir+json'
    | 'application/json-patch+json'
    | 'application/x-www-form-urlencoded';
  /** What answer is asked for; `application/json` when absent. */
  readonly accept?: 'application/fhir+json';
  /** `If-Match` (RFC 9110 §13.1.1) is sent, and has to be: an ETag as the EMR gave it. */
  readonly ifMatch?: true;
  /** `If-None-Exist` (FHIR R4 §3.1.0.8.1, conditional create) is sent, and has to be: a search of this form. */
  readonly ifNoneExist?: Grammar;
  /** Headers of the vendor with a fixed value, e.g. `{ 'x-drc-api-version': 'v4' }`; lower-case names. Always sent. */
  readonly headers?: Readonly<Record<`x-${string}`, string>>;
  /**
   * Schema of a successful answer; it drops every field that it does not name. `redirect`: the answer is an address, in
   * `location`, which nobody follows: the adapter may take an id from it and name another route.
   */
  readonly response: z.ZodType | 'empty' | 'redirect';
  /** Where the text of an answer 429 says in how many seconds to come back: the first group. */
  readonly retryAfterText?: RegExp;
  /** Statuses that count as success. */
  readonly ok: readonly number[];
  /** Whole exchange, milliseconds. */
  readonly timeoutMs: number;
  /** Largest decoded answer, bytes. */
  readonly maxResponseBytes: number;
  /** `read`: may be repeated by the wall after a failure that is surely transient. `write`: sent at most once, ever. */
  readonly effect: 'read' | 'write';
  /** Why a POST changes nothing and so may be a `read`, with the vendor's document. */
  readonly onlyReads?: string;
}

/** A closed grammar for one value. The wall tests the value's text against the whole pattern. */
export interface Grammar {
  readonly pattern: RegExp;
  readonly maxLength: number;
}
export interface QueryGrammar extends Grammar {
  readonly required?: boolean;
  /** How often the key may stand in one request (`date=ge…&date=lt…`); once when absent. */
  readonly repeat?: number;
}

export type RouteTable = Readonly<Record<string, Route>>;

export const grammar = {
  /** A positive database key. */
  id: { pattern: /^[1-9][0-9]{0,17}$/, maxLength: 18 },
  /** A whole number, zero included. */
  integer: { pattern: /^(0|[1-9][0-9]{0,8})$/, maxLength: 9 },
  /** yyyy-MM-dd, local date. */
  date: {
    pattern: /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$/,
    maxLength: 10,
  },
  /** yyyy-MM-dd HH:mm:ss, local date and time. */
  localDateTime: {
    pattern: /^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]) ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$/,
    maxLength: 19,
  },
  /** A person's name: letters, marks, spaces, apostrophes, hyphens, full stops. */
  personName: { pattern: /^[\p{L}\p{M}][\p{L}\p{M} .'’-]*$/u, maxLength: 100 },
  boolean: { pattern: /^(true|false)$/, maxLength: 5 },
  /** A FHIR id as EMRs really give them: RFC 3986 unreserved characters, longer than FHIR's 64. */
  fhirId: { pattern: /^[A-Za-z0-9._~-]+$/, maxLength: 128 },
  /** A FHIR instant with seconds and zone, after a search prefix where one is needed. */
  fhirInstant: {
    pattern:
      /^(ge|gt|le|lt)?[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})$/,
    maxLength: 40,
  },
  oneOf: (...values: readonly string[]): Grammar => ({
    pattern: new RegExp(
      `^(${values.map((value) => value.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')).join('|')})$`,
    ),
    maxLength: Math.max(...values.map((value) => value.length)),
  }),
} as const;
