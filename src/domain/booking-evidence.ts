import type { Intent } from './booking-intent.ts';

/** A row of the EMR as a search saw it, with its markers already compared to ours. */
export interface SeenRow {
  readonly id: string;
  /** Still on the book. A patient is always live. */
  readonly live: boolean;
  /** Numbers of the sends of this intent whose marker the row carries. */
  readonly ourEpochs: readonly number[];
  /** The row carries the marker of another intent. */
  readonly foreign: boolean;
  /**
   * All that was asked for is so. Book: patient, start, minutes, practitioner, location. Move: the new start, minutes,
   * practitioner and location. Cancel: off the book, or gone. Patient: family, given, birth date.
   */
  readonly equal: boolean;
  /** When the row was made, where the EMR tells it. */
  readonly created: number | null;
  /** Made by our API user; null where the EMR does not tell. */
  readonly byUs: boolean | null;
  /** The EMR has no such row (any more). Only said of the target of a cancellation. */
  readonly missing?: boolean;
  /** A move left it in the place of another row, whose note and so whose markers it has: no twin of that one. */
  readonly successor?: boolean;
}

/** What a readable search proves about the rows of a booking. */
export interface Evidence {
  /** Live rows that stand for this intent, by marker, or by natural key when no marker is found. */
  readonly matches: readonly SeenRow[];
  /** Live rows that certainly are ours because they carry our marker. */
  readonly marked: readonly SeenRow[];
  /** A row of ours is there, but somebody took it off the book. */
  readonly removed: boolean;
  /** A row that could be ours and cannot be told: no marker and no time of creation. */
  readonly doubtful: boolean;
}

/** The small rules by which rows are recognised; a value, so that tests can show what each of them is good for. */
export interface EvidenceRules {
  isOurs(intent: Intent, row: SeenRow): boolean;
  isNatural(intent: Intent, row: SeenRow): boolean;
  survivor(rows: readonly SeenRow[], confirmedRef: string | null): SeenRow | undefined;
  /** Rows beside the survivor that we may cancel. */
  surplus(evidence: Evidence, rows: readonly SeenRow[], keep: string | null): readonly string[];
}

/** A clock of the EMR may be this far behind ours. */
const clockSlackMs = 5_000;

export const evidenceRules: EvidenceRules = {
  /** The marker of any send of this intent: a late row of an earlier send is ours too. */
  isOurs: (_intent, row) => row.ourEpochs.length > 0,
  /** Staff may have edited the note: the same visit, made since our first send, by nobody who is known to be another. */
  isNatural: (intent, row) =>
    row.live &&
    row.equal &&
    !row.foreign &&
    row.byUs !== false &&
    row.created !== null &&
    intent.firstSentAt !== null &&
    row.created >= intent.firstSentAt - clockSlackMs,
  /** The one a caller was told about while it lives, otherwise the lowest id: whoever looks chooses the same. */
  survivor: (rows, confirmedRef) =>
    rows.find((row) => row.id === confirmedRef) ?? rows.toSorted((a, b) => compareIds(a.id, b.id))[0],
  surplus: (evidence, _rows, keep) =>
    evidence.marked.filter((row) => row.id !== keep && row.successor !== true).map((row) => row.id),
};

/**
 * Weighs the rows of a readable search for a booking. A row that we cancelled cannot stand for the intent any more; if
 * it is on the book all the same (we had read it back too early), it is surplus again.
 */
export function weigh(intent: Intent, seen: readonly SeenRow[], rules: EvidenceRules): Evidence {
  const marked = seen.filter((row) => row.live && rules.isOurs(intent, row));
  const rows = seen.filter((row) => !intent.surplusGone.includes(row.id));
  const ours = rows.filter((row) => rules.isOurs(intent, row));
  const live = ours.filter((row) => row.live);
  return {
    matches: live.length > 0 ? live : rows.filter((row) => rules.isNatural(intent, row)),
    marked,
    removed: ours.some((row) => !row.live),
    doubtful: rows.some(
      (row) =>
        row.live &&
        row.equal &&
        row.created === null &&
        row.byUs !== false &&
        !row.foreign &&
        !ours.includes(row),
    ),
  };
}

/** Orders ids as the EMR counts them: `9` before `10`, otherwise by code unit. */
export function compareIds(a: string, b: string): number {
  const digits = /^[0-9]+$/;
  if (digits.test(a) && digits.test(b)) {
    const [x, y] = [BigInt(a), BigInt(b)];
    if (x !== y) return x < y ? -1 : 1;
  }
  return a < b ? -1 : a > b ? 1 : 0;
}
