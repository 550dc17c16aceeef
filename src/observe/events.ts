import type { SchedulingEvent } from '#scheduling/report.ts';

/**
 * All that the gateway ever writes to its log: an event's name and typed fields that hold codes, ids of ours, route
 * names and numbers. No text of a caller, of an EMR or of an error gets in, because no field for it exists.
 */
export type LogEvent =
  | SchedulingEvent
  | {
      readonly event: 'gateway.started';
      readonly url: string;
      readonly database: string;
      readonly version: string;
    }
  | { readonly event: 'gateway.stopping'; readonly signal: string }
  | { readonly event: 'gateway.warning'; readonly sentence: string }
  | { readonly event: 'gateway.crash'; readonly error: string }
  | {
      readonly event: 'http.answered';
      readonly route: string;
      readonly method: string;
      readonly status: number;
      readonly ms: number;
      readonly code: string | undefined;
      readonly request: string;
      readonly practice: string | undefined;
      readonly agent: string | undefined;
    }
  | {
      readonly event: 'token.answered';
      readonly outcome: string;
      readonly agent: string | undefined;
      readonly error: string | undefined;
    }
  | {
      readonly event: 'hook.answered';
      /** Name of the registration that was called. */
      readonly registration: string;
      readonly outcome: string;
      /** Hints about appointments of ours. */
      readonly hints: number;
    }
  | { readonly event: 'round.failed'; readonly round: string; readonly code: string }
  | { readonly event: 'audit.broken'; readonly practice: string; readonly seq: number; readonly why: string };

/** Events somebody has to look at. */
export const alerts: ReadonlySet<LogEvent['event']> = new Set([
  'audit.unavailable',
  'audit.broken',
  'gateway.crash',
  'request.failed',
  'round.failed',
  'intent.failed',
  'token.our-fault',
  'spill.unwritable',
  'spill.unreadable',
]);
