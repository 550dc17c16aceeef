import type { Tx } from './database.ts';
import type { SealedColumn } from './sealed-columns.ts';

/** One sealed value and the place that it was sealed for. */
export interface SealedValue {
  readonly key: Readonly<Record<string, string>>;
  readonly context: { readonly row: string; readonly kind: string; readonly version: number };
  readonly sealed: Buffer;
}

/** Where the id of the data key stands in a sealed value: after one byte of format and four of the KEK's version. */
const keyIdOf = (column: string): string => `substring(${column} from 6 for 16)`;

/**
 * Values that another data key than `dekId` sealed. Their rows are locked; those that somebody else is changing just
 * now are left for the next time.
 */
export async function readOtherwiseSealed(
  tx: Tx,
  practiceId: string,
  { table, column, key, row, kind, version }: SealedColumn,
  dekId: string,
  most: number,
): Promise<SealedValue[]> {
  const keys = key.join(', ');
  const { rows } = await tx.raw<{ rows: Record<string, unknown>[] }>(
    `select ${keys}, (${row})::text as seal_row, ${version} as seal_version, ${column} as sealed from ${table}
     where practice_id = ? and ${column} is not null and ${keyIdOf(column)} <> ?
     order by ${keys} limit ? for update skip locked`,
    [practiceId, bytesOf(dekId), most],
  );
  return rows.map((found) => ({
    key: Object.fromEntries(key.map((name) => [name, String(found[name])])),
    context: { row: String(found.seal_row), kind, version: Number(found.seal_version) },
    // A column of type bytea.
    sealed: found.sealed as Buffer,
  }));
}

/** Puts a value under another data key in the place of the one that was read, unless somebody wrote a new one since. */
export async function writeResealed(
  tx: Tx,
  practiceId: string,
  { table, column, version }: SealedColumn,
  value: SealedValue,
  resealed: Buffer,
): Promise<boolean> {
  const changed = await tx(table)
    .where({
      practice_id: practiceId,
      ...value.key,
      [column]: value.sealed,
      ...(version !== 0 && { [version]: value.context.version }),
    })
    .update({ [column]: resealed });
  return changed === 1;
}

/** How many values of the practice a data key has sealed that are still there. */
export async function countSealedBy(
  tx: Tx,
  practiceId: string,
  columns: readonly SealedColumn[],
  dekId: string,
): Promise<number> {
  const counts = columns.map(
    ({ table, column }) =>
      `(select count(${column}) from ${table} where practice_id = ? and ${keyIdOf(column)} = ?)`,
  );
  const { rows } = await tx.raw<{ rows: { left: string }[] }>(
    `select ${counts.join(' + ')} as left`,
    columns.flatMap(() => [practiceId, bytesOf(dekId)]),
  );
  return Number(rows[0]?.left);
}

function bytesOf(dekId: string): Buffer {
  return Buffer.from(dekId.replaceAll('-', ''), 'hex');
}
