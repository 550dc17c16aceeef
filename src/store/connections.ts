import type { Tx } from './database.ts';

export type ConnectionState = 'connected' | 'degraded' | 'needs_reconsent' | 'disconnected';

export interface Connection {
  readonly connectionId: string;
  /** Id of the adapter. */
  readonly adapter: string;
  readonly kind: 'vendor' | 'vendor-sandbox' | 'simulator';
  /** Exact origin and base path of the EMR's API. */
  readonly origin: string;
  /** Sealed JSON of the practice's credentials. */
  readonly secrets: Buffer | undefined;
  readonly secretsVersion: number;
  readonly settings: Record<string, string | number | boolean>;
  readonly state: ConnectionState;
  readonly stateSince: Date;
  readonly reasonCode: string | undefined;
  readonly disabledAt: Date | undefined;
}

const columns = [
  'connection_id',
  'adapter',
  'kind',
  'origin',
  'secrets',
  'secrets_version',
  'settings',
  'state',
  'state_since',
  'reason_code',
  'disabled_at',
] as const;

interface ConnectionRow {
  connection_id: string;
  adapter: string;
  kind: Connection['kind'];
  origin: string;
  secrets: Buffer | null;
  secrets_version: number;
  settings: Record<string, string | number | boolean>;
  state: ConnectionState;
  state_since: Date;
  reason_code: string | null;
  disabled_at: Date | null;
}

/** The practice's connections, oldest first, disconnected ones included. */
export async function listConnections(tx: Tx): Promise<Connection[]> {
  const rows: ConnectionRow[] = await tx('connection')
    .select(...columns)
    .orderBy('created_at')
    .orderBy('connection_id');
  return rows.map((row) => ({
    connectionId: row.connection_id,
    adapter: row.adapter,
    kind: row.kind,
    origin: row.origin,
    secrets: row.secrets ?? undefined,
    secretsVersion: row.secrets_version,
    settings: row.settings,
    state: row.state,
    stateSince: row.state_since,
    reasonCode: row.reason_code ?? undefined,
    disabledAt: row.disabled_at ?? undefined,
  }));
}

export async function insertConnection(
  tx: Tx,
  practiceId: string,
  connection: Pick<Connection, 'connectionId' | 'adapter' | 'kind' | 'origin' | 'settings'> & {
    readonly secrets: Buffer;
  },
): Promise<void> {
  await tx('connection').insert({
    practice_id: practiceId,
    connection_id: connection.connectionId,
    adapter: connection.adapter,
    kind: connection.kind,
    origin: connection.origin,
    secrets: connection.secrets,
    secrets_version: 1,
    settings: JSON.stringify(connection.settings),
  });
}

/** The EMR's API is found at another address from now on; for simulators, whose ports may change. */
export async function moveConnection(tx: Tx, connectionId: string, origin: string): Promise<void> {
  await tx('connection').where({ connection_id: connectionId }).update({ origin });
}

/** Moves a connection to a state; says whether it was in another one before. */
export async function setConnectionState(
  tx: Tx,
  connectionId: string,
  state: ConnectionState,
  reasonCode: string | undefined,
  now: Date,
): Promise<boolean> {
  const changed = await tx('connection')
    .where({ connection_id: connectionId })
    .andWhereNot({ state })
    .update({ state, reason_code: reasonCode ?? null, state_since: now });
  return changed > 0;
}

export async function disableConnection(tx: Tx, connectionId: string, at: Date | null): Promise<boolean> {
  return (await tx('connection').where({ connection_id: connectionId }).update({ disabled_at: at })) > 0;
}

/**
 * Takes the connection's next place in line, shared by all processes.
 *
 * @param gapMs least distance between two requests, milliseconds
 * @param maxWaitMs how long the caller would wait at most; 0 takes only what is free now
 * @returns milliseconds to wait, or undefined when the line is longer than that (nothing was taken then)
 */
export async function reservePace(
  tx: Tx,
  connectionId: string,
  gapMs: number,
  maxWaitMs: number,
): Promise<number | undefined> {
  const { rows } = await tx.raw<{ rows: { wait: string }[] }>(
    `update connection
        set next_free_at = greatest(clock_timestamp(), coalesce(next_free_at, clock_timestamp())) + ? * interval '1 millisecond'
      where connection_id = ?
        and coalesce(next_free_at, clock_timestamp()) <= clock_timestamp() + ? * interval '1 millisecond'
      returning extract(epoch from next_free_at - clock_timestamp()) * 1000 - ? as wait`,
    [gapMs, connectionId, maxWaitMs, gapMs],
  );
  const wait = rows[0]?.wait;
  return wait === undefined ? undefined : Math.max(0, Number(wait));
}

/** The EMR asked for silence: no process sends to it for this many milliseconds. */
export async function restPace(tx: Tx, connectionId: string, ms: number): Promise<void> {
  await tx('connection')
    .where({ connection_id: connectionId })
    .update({
      next_free_at: tx.raw("greatest(next_free_at, clock_timestamp() + ? * interval '1 millisecond')", [ms]),
    });
}
