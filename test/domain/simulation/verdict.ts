import type { Row } from './rows.ts';
import type { Told, World } from './world.ts';

export interface Violation {
  readonly rule: string;
  readonly intent: string;
  readonly detail: string;
}

/** All that the checker may know: what callers were told, and what the EMR and the wire remember. */
export interface Evidence {
  readonly world: World;
  /** What was told about each intent, in order. */
  readonly told: ReadonlyMap<string, readonly Told[]>;
  /** Rows that were written for each intent, by the marker they were born with. */
  readonly rows: ReadonlyMap<string, readonly Row[]>;
}
