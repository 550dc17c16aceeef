import { findMarkers } from '#domain/marker.ts';
import type { WireEntry } from './network.ts';
import { collide, type Place, type Row, samePlace, stateAt, type Write } from './rows.ts';
import type { Evidence, Violation } from './verdict.ts';
import { stemOf } from './world.ts';

/** What somebody who watches the wire between gateway and EMR has to see, whatever the faults. */
export function checkWire({ world, told, rows }: Evidence): Violation[] {
  const { profile, emr } = world;
  const { quietMs, maxSendMs, maxAttempts, readAfterWriteMs } = profile.policy;
  const found: Violation[] = [];
  const byStem = new Map([...told.keys()].map((intent) => [stemOf(intent), intent]));
  const sends = Map.groupBy(
    emr.wire.filter((entry) => entry.marker !== ''),
    (entry) => stemIn(entry),
  );
  for (const [stem, entries] of sends) {
    const intent = byStem.get(stem) ?? stem;
    const report = (rule: string, detail = '') => found.push({ rule, intent, detail });
    if (entries.length > maxAttempts) report('an intent is sent three times at most', String(entries.length));
    for (const [index, entry] of entries.entries()) {
      const earlier = entries.slice(0, index);
      if (earlier.some((other) => epochIn(other) >= epochIn(entry)))
        report('each number is sent once, in order', entry.marker);
      const open = earlier.filter((other) => other.answer !== 'refused' && other.answer !== 'not-done');
      if (open.some((other) => entry.at - other.at < quietMs - maxSendMs))
        report('nothing is sent again while an earlier send may still land', entry.marker);
      const seenBy = entry.at - readAfterWriteMs - 15_000;
      const { facts } = entry;
      if (facts.kind !== 'book') continue;
      const mine = rows.get(intent) ?? [];
      if (emr.rows.some((row) => !mine.includes(row) && standsThere(row, seenBy, entry.at, facts)))
        report('nothing is sent for a time that is visibly taken', entry.marker);
      const readable = mine.filter((row) => row.created < seenBy && !wasHidden(row));
      if (readable.some((row) => isLive(row, seenBy) && isLive(row, entry.at)))
        report('nothing is sent again when its row is there to be read', entry.marker);
      if (readable.some((row) => row.writes.some((write) => isRemoval(write) && write.at < seenBy)))
        report('what staff took off the book is not booked again', entry.marker);
    }
  }
  return [...found, ...overStaff(emr.wire, world), ...overWaiting(sends, byStem, told)];
}

/** While a request is pending or with people, its time is not sent for anybody else. */
function overWaiting(
  sends: ReadonlyMap<string, readonly WireEntry[]>,
  intents: ReadonlyMap<string, string>,
  told: Evidence['told'],
): Violation[] {
  const waiting = [...sends].flatMap(([stem, [first]]) => {
    const open = (told.get(intents.get(stem) ?? '') ?? []).filter((each) => isOpen(each.answer.status));
    if (first?.facts.kind !== 'book' || open.length === 0) return [];
    return [{ stem, place: first.facts, from: first.at, to: Math.max(...open.map((each) => each.begunAt)) }];
  });
  const booked = [...sends].flatMap(([stem, list]) =>
    list.flatMap(({ at, facts }) => (facts.kind === 'book' ? [{ stem, at, facts }] : [])),
  );
  return waiting.flatMap(({ stem, place, from, to }) =>
    booked
      .filter(
        (entry) => entry.stem !== stem && from < entry.at && entry.at < to && collide(entry.facts, place),
      )
      .map((entry) => ({
        rule: "a time that is pending or with people is nobody else's",
        intent: intents.get(stem) ?? stem,
        detail: intents.get(entry.stem) ?? entry.stem,
      })),
  );
}

function isOpen(status: string): boolean {
  return status === 'pending' || status === 'needs_human';
}

/** A move is not sent over a move that staff made after the caller had asked. */
function overStaff(wire: readonly WireEntry[], { emr, profile }: Evidence['world']): Violation[] {
  return wire.flatMap((entry) => {
    const { facts } = entry;
    if (facts.kind !== 'move') return [];
    const seenBy = entry.at - profile.policy.readAfterWriteMs - 15_000;
    const writes = emr.byId.get(facts.target)?.writes ?? [];
    const last = writes.findLast((write) => write.action === 'move' && write.at < seenBy);
    const elsewhere =
      last?.by === 'staff' &&
      last.to !== undefined &&
      !samePlace(last.to, facts.origin) &&
      !samePlace(last.to, facts);
    return elsewhere
      ? [
          {
            rule: 'a move of ours does not undo a move by staff',
            intent: stemIn(entry),
            detail: facts.target,
          },
        ]
      : [];
  });
}

/** Staff have deleted the row or taken the marker out of its note: it cannot be known for ours any more. */
function wasHidden(row: Row): boolean {
  return row.writes.some((write) => write.action === 'delete' || write.action === 'edit-note');
}

function isLive(row: Row, at: number): boolean {
  return stateAt(row, at)?.status === 'booked';
}

function standsThere(row: Row, from: number, to: number, place: Place): boolean {
  const [before, then] = [stateAt(row, from), stateAt(row, to)];
  return before === then && then?.status === 'booked' && collide(then, place);
}

function isRemoval(write: Write): boolean {
  return write.by === 'staff' && write.action === 'cancel';
}

function stemIn(entry: WireEntry): string {
  const [marker = ''] = findMarkers(entry.marker);
  return marker.slice(0, marker.lastIndexOf('.'));
}

function epochIn(entry: WireEntry): number {
  return Number(entry.marker.slice(entry.marker.lastIndexOf('.') + 1));
}
