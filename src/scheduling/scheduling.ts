import type { Audit } from '#audit/record.ts';
import type { Policy } from '#domain/booking-policy.ts';
import type { Database } from '#store/database.ts';
import type { Vault } from '#vault/practice-vault.ts';
import type { AvailabilityCache } from './availability-cache.ts';
import type { Clock } from './clock.ts';
import type { EmrAccess } from './emr-access.ts';
import type { Report } from './report.ts';

/** What the use cases are built on; put together in app.ts. */
export interface Scheduling {
  readonly database: Database;
  readonly vault: Vault;
  readonly audit: Audit;
  readonly emr: EmrAccess;
  readonly cache: AvailabilityCache;
  readonly clock: Clock;
  /** At least 0, less than 1. */
  readonly random: () => number;
  readonly policy: SchedulingPolicy;
  readonly report: Report;
}

export interface SchedulingPolicy {
  readonly holdSeconds: number;
  /** The booking protocol's numbers; Q and the read-after-write time come from the adapter. */
  readonly protocol: Policy;
  /** Stands in for every adapter's Q, milliseconds; for soaks. */
  readonly quietMs?: number;
}
