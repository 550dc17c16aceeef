import { Failure, failureTable } from '#domain/failure.ts';
import { insertAuditEvents } from '#store/audit-events.ts';
import type { Database, Tx } from '#store/database.ts';
import { type AuditAttempt, type AuditEvent, type AuditOutcome, auditActions } from './event.ts';

/**
 * Writes audit events (45 CFR 164.312(b)). What cannot be recorded does not happen: every function throws
 * `audit-unavailable` then, after an alert, and the data that was read or the change that was made goes nowhere.
 */
export interface Audit {
  /**
   * Part of the caller's transaction. Let it be the last statement: from here until the commit the practice's other
   * events wait, and a transaction that goes on to wait for one of those would deadlock.
   */
  record(tx: Tx, practiceId: string, ...events: readonly AuditEvent[]): Promise<void>;
  /** In a transaction of its own, committed when it resolves: for refusals, and before data read elsewhere leaves. */
  write(practiceId: string, ...events: readonly AuditEvent[]): Promise<void>;
  /**
   * Runs `work` and its event in one transaction. When `work` fails, the failure is recorded in another, and thrown.
   *
   * @param account the attempt; it is asked for with the result, or with undefined when there is none
   */
  transaction<T>(practiceId: string, account: Account<T>, work: (tx: Tx) => Promise<T>): Promise<T>;
  /** The same for work that may not be inside a transaction, such as a call to the EMR: the event is committed after it. */
  around<T>(practiceId: string, account: Account<T>, work: () => Promise<T>): Promise<T>;
}

export type Account<T> =
  | AuditAttempt
  | ((result: Awaited<T> | undefined) => AuditAttempt | readonly AuditAttempt[]);

export interface AuditOptions {
  readonly database: Database;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** UUIDs. */
  readonly newId: () => string;
  /** Tells the operator, by log event and metric. */
  readonly alert: (name: 'audit-unavailable') => void;
}

export function createAudit({ database, clock, newId, alert }: AuditOptions): Audit {
  const unavailable = (cause: unknown): Failure => {
    alert('audit-unavailable');
    return new Failure('audit-unavailable', { cause });
  };

  async function record(tx: Tx, practiceId: string, ...events: readonly AuditEvent[]): Promise<void> {
    try {
      await insertAuditEvents(
        tx,
        practiceId,
        events.map((event) => ({
          id: newId(),
          at: new Date(clock()),
          actor: event.actor,
          onBehalfOf: event.onBehalfOf ?? null,
          action: event.action,
          resourceType: auditActions[event.action].resource,
          resourceId: event.resourceId ?? null,
          patientLink: event.patient ?? null,
          outcome: event.outcome,
          reason: event.reason ?? null,
          origin: event.origin,
          requestId: event.requestId ?? null,
        })),
      );
    } catch (error) {
      throw unavailable(error);
    }
  }

  async function write(practiceId: string, ...events: readonly AuditEvent[]): Promise<void> {
    try {
      await database.withPractice(practiceId, (tx) => record(tx, practiceId, ...events));
    } catch (error) {
      throw isUnavailable(error) ? error : unavailable(error);
    }
  }

  return {
    record,
    write,
    async transaction(practiceId, account, work) {
      let recorded = false;
      try {
        return await database.withPractice(practiceId, async (tx) => {
          const result = await work(tx);
          await record(tx, practiceId, ...eventsOf(account, result));
          recorded = true;
          return result;
        });
      } catch (error) {
        if (recorded) throw unavailable(error); // the commit itself failed
        if (!isUnavailable(error)) await write(practiceId, ...eventsOf(account, undefined, error));
        throw error;
      }
    },
    async around(practiceId, account, work) {
      let result: Awaited<ReturnType<typeof work>>;
      try {
        result = await work();
      } catch (error) {
        if (!isUnavailable(error)) await write(practiceId, ...eventsOf(account, undefined, error));
        throw error;
      }
      await write(practiceId, ...eventsOf(account, result));
      return result;
    },
  };
}

function eventsOf<T>(account: Account<T>, result: Awaited<T> | undefined, error?: unknown): AuditEvent[] {
  const attempts = typeof account === 'function' ? account(result) : account;
  const end =
    error === undefined
      ? { outcome: 'success' as const }
      : { outcome: outcomeOf(error), reason: codeOf(error) };
  return (Array.isArray(attempts) ? attempts : [attempts]).map((attempt) => ({ ...attempt, ...end }));
}

/** What kept somebody out is a refusal; what broke on the way is a failure; a time-out may still come true. */
function outcomeOf(error: unknown): AuditOutcome {
  const { issue } = failureTable[codeOf(error)];
  if (issue === 'timeout') return 'pending';
  return issue === 'transient' || issue === 'exception' ? 'failed' : 'refused';
}

function codeOf(error: unknown): Failure['code'] {
  return error instanceof Failure ? error.code : 'internal';
}

function isUnavailable(error: unknown): boolean {
  return error instanceof Failure && error.code === 'audit-unavailable';
}
