import type { AuditEventRow } from '#store/audit-events.ts';
import { genesis, hashOf } from './hash.ts';

/** A place in a chain: the last event that was found good. */
export interface Link {
  readonly seq: number;
  readonly hash: string;
}

export const start: Link = { seq: 0, hash: genesis };

/** How many events are read, and covered by a checkpoint, at once. */
export const pageSize = 512;

export interface Flaw {
  /** The first event that is not what it was. */
  readonly seq: number;
  /**
   * - `changed`: a column, its place or its hash is another one.
   * - `missing`: it stood here and does not any more.
   * - `extra`: it stands where the chain had ended.
   * - `differs-from-checkpoint`: the chain was computed anew from here on.
   * - `head`: the chain's head names another hash.
   * - `checkpoint`: the checkpoint over this event was edited, removed, or signed by a key that is not in the ring.
   * - `checkpoint-overdue`: for longer than agreed nothing outside has covered this event.
   */
  readonly why:
    | 'changed'
    | 'missing'
    | 'extra'
    | 'differs-from-checkpoint'
    | 'head'
    | 'checkpoint'
    | 'checkpoint-overdue';
}

/** Is this the event that follows? Its hash is computed from its columns. */
export function follows(before: Link, event: AuditEventRow): Flaw | undefined {
  const seq = before.seq + 1;
  if (event.seq !== seq) return { seq, why: 'missing' };
  if (event.prevHash !== before.hash || hashOf(event) !== event.hash) return { seq, why: 'changed' };
  return undefined;
}
