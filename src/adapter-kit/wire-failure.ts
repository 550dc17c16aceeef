import { inspect } from 'node:util';

/**
 * What the wall knows of a call that did not end in a success of its route.
 *
 * - `refused`: the wall did not let it out; nothing was sent.
 * - `not-sent`: no byte of the request reached the EMR (DNS, connect, TLS, no budget, breaker open).
 * - `answered`: the EMR answered in full with a status outside `route.ok`.
 * - `unknown`: bytes may have left and no trustworthy answer came back (time-out, reset, answer that is too large,
 *   unparsable or not of the route's schema). A write that ends so may have happened.
 */
export type WireFailureKind = 'refused' | 'not-sent' | 'answered' | 'unknown';

/** Text of the vendor's answer: it may hold patient data, so it cannot be printed, only tested against a pattern. */
export class VendorText {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  matches(pattern: RegExp): boolean {
    return pattern.test(this.#text);
  }
  toString(): string {
    return '[vendor text]';
  }
  toJSON(): string {
    return '[vendor text]';
  }
  [inspect.custom](): string {
    return '[vendor text]';
  }
}

export interface WireFailureDetails {
  /** Short stable code for logs, e.g. `timeout`, `reset`, `too-large`, `not-json`, `schema`, `connect`, `redirect`. */
  reason: string;
  status?: number;
  text?: VendorText;
  retryAfterSeconds?: number;
  cause?: unknown;
}

export class WireFailure extends Error {
  override readonly name = 'WireFailure';
  readonly kind: WireFailureKind;
  readonly route: string;
  readonly reason: string;
  readonly status: number | undefined;
  readonly text: VendorText | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(kind: WireFailureKind, route: string, details: WireFailureDetails) {
    super(
      `${route}: ${kind} (${details.reason})`,
      details.cause === undefined ? undefined : { cause: details.cause },
    );
    this.kind = kind;
    this.route = route;
    this.reason = details.reason;
    this.status = details.status;
    this.text = details.text;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
