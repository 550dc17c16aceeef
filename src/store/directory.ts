import type { HumanName } from '@medplum/fhirtypes';
import type { Tx } from './database.ts';

export type DirectoryKind = 'Practitioner' | 'Location' | 'Schedule';

/** A person, a place, or a person's book at a place, with our id and the EMR's. */
export interface DirectoryEntry {
  readonly kind: DirectoryKind;
  readonly id: string;
  readonly connectionId: string;
  /** Of a Schedule: the practitioner's and the location's, joined by `|`. */
  readonly vendorId: string;
  readonly facts: DirectoryFacts;
  readonly active: boolean;
}

/** What is told of it. */
export interface DirectoryFacts {
  readonly display: string;
  readonly name?: HumanName;
}

interface DirectoryRow {
  kind: DirectoryKind;
  id: string;
  connection_id: string;
  vendor_id: string;
  resource: DirectoryFacts;
  active: boolean;
}

export async function listDirectory(tx: Tx): Promise<DirectoryEntry[]> {
  const rows: DirectoryRow[] = await tx('directory_entry')
    .select('kind', 'id', 'connection_id', 'vendor_id', 'resource', 'active')
    .orderBy(['kind', 'id']);
  return rows.map((row) => ({
    kind: row.kind,
    id: row.id,
    connectionId: row.connection_id,
    vendorId: row.vendor_id,
    facts: row.resource,
    active: row.active,
  }));
}

/** Adds entries that are not known yet. */
export async function addDirectoryEntries(
  tx: Tx,
  practiceId: string,
  entries: readonly DirectoryEntry[],
  seenAt: Date,
): Promise<void> {
  if (entries.length > 0)
    await tx('directory_entry')
      .insert(rowsOf(practiceId, entries, seenAt))
      .onConflict()
      .ignore();
}

/** Replaces what a connection's directory says: entries that are not named any more become inactive. */
export async function saveDirectory(
  tx: Tx,
  practiceId: string,
  connectionId: string,
  entries: readonly DirectoryEntry[],
  seenAt: Date,
): Promise<void> {
  await tx('directory_entry')
    .where({ connection_id: connectionId })
    .whereNot({ kind: 'Schedule' })
    .update({ active: false });
  if (entries.length === 0) return;
  await tx('directory_entry')
    .insert(rowsOf(practiceId, entries, seenAt))
    .onConflict(['practice_id', 'kind', 'id'])
    .merge(['resource', 'active', 'seen_at']);
}

function rowsOf(practiceId: string, entries: readonly DirectoryEntry[], seenAt: Date) {
  return entries.map((entry) => ({
    practice_id: practiceId,
    kind: entry.kind,
    id: entry.id,
    connection_id: entry.connectionId,
    vendor_id: entry.vendorId,
    resource: JSON.stringify(entry.facts),
    active: entry.active,
    seen_at: seenAt,
  }));
}
