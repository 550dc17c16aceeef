import type { TokenEvent } from '#vault/token-grant.ts';

/** What happened, in codes and ids; never a person. The composition turns it into log lines and metrics. */
export type Report = (event: SchedulingEvent) => void;

export type SchedulingEvent =
  | {
      readonly event: 'emr.exchange';
      readonly connection: string;
      readonly route: string;
      readonly status: string;
      readonly ms: number;
    }
  /** How many calls an EMR lets an application still make until an instant (ms); told now and then. */
  | {
      readonly event: 'emr.budget';
      readonly adapter: string;
      readonly context: string;
      readonly left: number;
      readonly limit: number;
      readonly until: number;
    }
  | {
      readonly event: 'emr.no-budget';
      readonly adapter: string;
      readonly context: string;
      readonly priority: string;
      readonly why: string;
    }
  | {
      readonly event: 'connection.state';
      readonly connection: string;
      readonly state: string;
      readonly reason: string | undefined;
    }
  | {
      readonly event: 'intent.step';
      readonly intent: string;
      readonly kind: string;
      readonly phase: string;
      readonly code: string | undefined;
    }
  | { readonly event: 'intent.note'; readonly intent: string; readonly note: string }
  | { readonly event: 'intent.failed'; readonly intent: string; readonly code: string }
  /** Looking at, or asking for, changes in an EMR begins to fail. */
  | { readonly event: 'changes.failed'; readonly connection: string | undefined; readonly code: string }
  | { readonly event: 'request.failed'; readonly request: string; readonly error: string }
  | { readonly event: 'audit.unavailable' }
  | TokenEvent;
