import type { Adapter } from '#adapter-kit/adapter.ts';
import type { Wall } from '#egress/index.ts';
import { createAvailabilityCache } from '#scheduling/availability-cache.ts';
import type { Clock } from '#scheduling/clock.ts';
import { createEmrAccess, type EmrAccess } from '#scheduling/emr-access.ts';
import type { PracticeContext } from '#scheduling/practice-context.ts';
import type { Report } from '#scheduling/report.ts';
import type { Database } from '#store/database.ts';
import { Secret } from '#vault/secret.ts';
import type { Installed } from './application.ts';

/** What one process has towards EMRs, with tokens that are always good. All time is the clock's. */
export function oneProcess(options: {
  readonly database: Database;
  readonly adapter: Adapter;
  readonly wall: Wall;
  readonly clock: Clock;
  readonly report: Report;
  readonly tokenOf: (connectionId: string) => string;
}): EmrAccess {
  const { database, adapter, wall, clock, report, tokenOf } = options;
  const access = async (_: string, connectionId: string) => ({
    token: new Secret(tokenOf(connectionId)),
    version: 1,
    expiresAt: Number.POSITIVE_INFINITY,
  });
  return createEmrAccess({
    adapters: [adapter],
    wall,
    database,
    // Nothing is sealed where nobody has a key.
    vault: {} as never,
    tokens: { access, rejected: access } as never,
    health: { note: () => {}, flush: async () => {} },
    cache: createAvailabilityCache(clock.now),
    clock,
    random: () => 0,
    report,
    operatorSecret: () => undefined,
    windowClock: clock.now,
  });
}

/** As much of it as the way to an EMR looks at. */
export function contextOf({ practiceId }: Installed, timeZone: string): PracticeContext {
  return { practice: { practiceId, timeZone } } as PracticeContext;
}
