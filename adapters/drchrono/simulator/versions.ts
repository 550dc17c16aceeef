import type { Versioned } from './tables.ts';

/** No list is older than this, so what was replaced before is forgotten. */
const OLDEST = 20 * 60_000;

/** The row as it was at `asOf`; undefined when there was none. */
export function versionAt<Row extends Versioned<Row>>(row: Row, asOf: number): Row | undefined {
  let version: Row | null = row;
  while (version !== null && version.writtenAt > asOf) version = version.before;
  return version ?? undefined;
}

/** What a new version has to keep of the one that it replaces. */
export function replaced<Row extends Versioned<Row>>(before: Row | undefined, now: number): Row | null {
  if (before === undefined) return null;
  const forgets = before.writtenAt < now - OLDEST || before.before === null;
  return forgets
    ? { ...before, before: null }
    : { ...before, before: replaced(before.before ?? undefined, now) };
}
