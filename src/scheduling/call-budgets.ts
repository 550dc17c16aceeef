import { createHash } from 'node:crypto';
import type { Adapter, Quota } from '#adapter-kit/adapter.ts';
import {
  askForCall,
  budgetFacts,
  type CallAnswer,
  type CallAsk,
  type CallBudgetFacts,
  type CallQuota,
  closeBudget,
} from '#domain/call-budget.ts';
import { type ApplicationBudget, lockBudget, saveBudget } from '#store/application-budgets.ts';
import { paceFreeIn, reservePace } from '#store/connections.ts';
import type { Database } from '#store/database.ts';
import type { Report } from './report.ts';

/**
 * What the connections of one application may ask of its EMR together, counted in the database for all processes: the
 * application's row is locked, `#domain/call-budget.ts` says what becomes of the call, and what it says is kept. A
 * transaction each, so never to be called inside one.
 *
 * These transactions commit without waiting for the disk, because every call waits for one. A process of ours that ends
 * forgets no count. A crash of the database may forget those of about its last half second, and the places in line that
 * were taken in it: so many calls may then leave twice as densely, or beyond the quota by as many. The EMR's own answer
 * stands behind that.
 */
export interface CallBudgets {
  /**
   * Takes one call of the application's budget and, where it has one, the connection's next place in line: the same
   * moment in both, the first that suits them.
   */
  take(line: BudgetedLine, ask: Omit<CallAsk, 'practice' | 'afterMs'>): Promise<CallAnswer>;
  /**
   * The EMR refused a call because there were too many: nobody sends until it said. Where it said nothing, for a few
   * seconds that double at each repeat, or until the window ends when our count is near the quota.
   */
  close(line: BudgetedLine, retryAfterMs: number | undefined): Promise<void>;
}

export interface BudgetedLine {
  readonly practiceId: string;
  readonly connectionId: string;
  readonly quota: Quota;
  /** Least distance between two requests of the connection itself, milliseconds. */
  readonly gapMs: number;
}

export interface CallBudgetsOptions {
  readonly database: Database;
  readonly report: Report;
  /** Milliseconds since the epoch; the database's clock when absent, so that all processes agree on the window. */
  readonly clock?: (() => number) | undefined;
}

export function createCallBudgets({ database, report, clock }: CallBudgetsOptions): CallBudgets {
  /** When each application was told of last, and how many of its calls were left then. */
  const told = new Map<string, { readonly at: number; readonly endsAt: number }>();

  function tell({ application, adapter, context }: ApplicationBudget, facts: CallBudgetFacts, now: number) {
    const last = told.get(application);
    if (last && now < last.at + tellEveryMs && last.endsAt === facts.endsAt) return;
    told.set(application, { at: now, endsAt: facts.endsAt });
    report({
      event: 'emr.budget',
      adapter,
      context,
      left: facts.left,
      limit: facts.limit,
      until: facts.endsAt,
    });
  }

  return {
    async take({ practiceId, connectionId, quota, gapMs }, asked) {
      const taken = await database
        .withPractice(practiceId, async (tx) => {
          const found = await lockBudget(tx, connectionId);
          const atOnce: CallAnswer = { is: 'granted', waitMs: 0 };
          const limits = found && callQuota(quota, found.agreedCalls);
          const now = clock?.() ?? found?.now ?? 0;
          const afterMs = found && gapMs > 0 ? await paceFreeIn(tx, connectionId) : 0;
          const ask = { ...asked, practice: nameOf(practiceId), afterMs };
          const { answer, after } =
            found && limits
              ? askForCall(found.budget, ask, limits, now)
              : { answer: atOnce, after: undefined };
          if (found && after) await saveBudget(tx, found.application, after);
          const waitMs =
            answer.is === 'granted' && gapMs > 0
              ? await reservePace(tx, connectionId, gapMs, asked.withinMs, answer.waitMs)
              : 0;
          // Both or neither: a call that is not made now must not be counted.
          if (waitMs === undefined) throw new LineIsLong();
          return { found, limits, answer, after, now, waitMs };
        })
        .catch((error: unknown) => {
          if (error instanceof LineIsLong) return undefined;
          throw error;
        });
      // Who asks again at once would find the line as it is, and keep the application's row from others.
      if (taken === undefined)
        return { is: 'refused', why: 'turn', retryMs: Math.max(gapMs, asked.withinMs) };
      const { found, limits, answer, after, now, waitMs } = taken;
      if (found && limits && after) {
        tell(found, budgetFacts(after, limits, now), now);
        if (answer.is === 'refused')
          report({
            event: 'emr.no-budget',
            adapter: found.adapter,
            context: found.context,
            priority: asked.priority,
            why: answer.why,
          });
      }
      return answer.is === 'granted' ? { is: 'granted', waitMs: Math.max(answer.waitMs, waitMs) } : answer;
    },

    async close({ practiceId, connectionId, quota }, retryAfterMs) {
      const closed = await database.withPractice(practiceId, async (tx) => {
        const found = await lockBudget(tx, connectionId);
        if (!found) return undefined;
        const limits = callQuota(quota, found.agreedCalls);
        const now = clock?.() ?? found.now;
        const after = closeBudget(found.budget, limits, now, retryAfterMs);
        await saveBudget(tx, found.application, after);
        return { found, facts: budgetFacts(after, limits, now), now };
      });
      if (closed === undefined) return;
      told.delete(closed.found.application);
      tell(closed.found, closed.facts, closed.now);
    },
  };
}

/** How the calls of an application stand, as people see it. */
export interface BudgetFacts extends CallBudgetFacts {
  readonly window: Quota['window'];
  /** Whether `limit` was agreed on with the vendor; else it is what the adapter knows. */
  readonly agreed: boolean;
}

export function factsOf(quota: Quota, { agreedCalls, budget, now }: ApplicationBudget): BudgetFacts {
  const facts = budgetFacts(budget, callQuota(quota, agreedCalls), now);
  return { ...facts, window: quota.window, agreed: agreedCalls !== undefined };
}

/** What an EMR lets an application ask; undefined as well for an adapter that is not installed any more. */
export function installedQuota(
  emr: { readonly adapterOf: (id: string) => Adapter },
  adapter: string,
): Quota | undefined {
  try {
    return emr.adapterOf(adapter).capabilities.quota;
  } catch {
    return undefined;
  }
}

export function callQuota({ window, calls, perSecond }: Quota, agreedCalls: number | undefined): CallQuota {
  return {
    windowMs: windows[window],
    calls: agreedCalls ?? calls,
    // A tenth wider than it has to be: requests that left evenly do not arrive so.
    gapMs: perSecond === undefined ? 0 : Math.ceil(1_100 / perSecond),
  };
}

const windows = { hour: 3_600_000, day: 86_400_000 } as const satisfies Record<Quota['window'], number>;

const tellEveryMs = 10_000;

class LineIsLong extends Error {}

/** Tells practices apart in a row that belongs to none of them, without naming them there. */
function nameOf(practiceId: string): string {
  return createHash('sha256').update(practiceId).digest('base64url').slice(0, 12);
}
