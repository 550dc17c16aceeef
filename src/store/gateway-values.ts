import type { Tx } from './database.ts';

/**
 * Where values stand that belong to no practice and are sealed under the key ring itself: whoever replaces a key of the
 * ring has to reach every one of them before the old key leaves it. The seal's row is the key of the row, its version 0.
 * All functions here are for transactions without a practice.
 */
export interface GatewayColumn {
  readonly table: string;
  readonly column: string;
  readonly key: string;
  /** The seal's kind. */
  readonly kind: string;
}

export const gatewayColumns: readonly GatewayColumn[] = [
  { table: 'oauth_registration', column: 'client_secret', key: 'context', kind: 'client-secret' },
  { table: 'oauth_registration', column: 'private_jwk', key: 'context', kind: 'client-key' },
  { table: 'webhook', column: 'secret', key: 'context', kind: 'webhook-secret' },
  { table: 'signing_key', column: 'private_jwk', key: 'key_id', kind: 'signing-key' },
];

export interface GatewayValue {
  /** The seal's row. */
  readonly row: string;
  readonly sealed: Buffer;
}

/** The ring's version stands after one byte of format, its highest byte first, so that bytes compare as numbers do. */
const versionOf = (column: string): string => `substring(${column} from 2 for 4)`;

function bytesOf(version: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(version);
  return bytes;
}

/** The values that an older key of the ring than `version` sealed. */
export async function gatewayValuesBefore(
  tx: Tx,
  { table, column, key }: GatewayColumn,
  version: number,
): Promise<GatewayValue[]> {
  return tx(table)
    .select({ row: key, sealed: column })
    .whereRaw(`${versionOf(column)} < ?`, [bytesOf(version)])
    .orderBy(key);
}

/** Puts a value sealed anew in the place of the one that was read, unless somebody wrote another one since. */
export async function writeGatewayValue(
  tx: Tx,
  { table, column, key }: GatewayColumn,
  { row, sealed }: GatewayValue,
  resealed: Buffer,
): Promise<boolean> {
  const changed = await tx(table)
    .where({ [key]: row, [column]: sealed })
    .update({ [column]: resealed });
  return changed === 1;
}

/** How many values there are, and how many of them an older key of the ring than `version` sealed. */
export async function countGatewayValues(
  tx: Tx,
  { table, column }: GatewayColumn,
  version: number,
): Promise<{ readonly values: number; readonly behind: number }> {
  const { rows } = await tx.raw<{ rows: { values: string; behind: string }[] }>(
    `select count(${column}) as values, count(${column}) filter (where ${versionOf(column)} < ?) as behind from ${table}`,
    [bytesOf(version)],
  );
  return { values: Number(rows[0]?.values), behind: Number(rows[0]?.behind) };
}
