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
  /** What people set, with what probes learned of the server over it. */
  readonly settings: Record<string, string | number | boolean>;
  /** False where the practice's grant lets us read only. */
  readonly canWrite: boolean;
  /** Scopes of the newest grant or renewal; undefined where nothing was granted, as to a connection by a key. */
  readonly granted: readonly string[] | undefined;
  readonly state: ConnectionState;
  readonly stateSince: Date;
  readonly reasonCode: string | undefined;
  readonly lastSuccessAt: Date | undefined;
  /** Recent time of one request, milliseconds. */
  readonly latencyMs: number | undefined;
  readonly requests: { readonly day: string; readonly count: number } | undefined;
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
  'learned',
  'can_write',
  'state',
  'state_since',
  'reason_code',
  'last_success_at',
  'latency_ms',
  'requests_today',
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
  learned: Record<string, string | number | boolean>;
  can_write: boolean;
  granted: string[] | null;
  state: ConnectionState;
  state_since: Date;
  reason_code: string | null;
  last_success_at: Date | null;
  latency_ms: number | null;
  requests_today: number;
  /** yyyy-MM-dd */
  requests_on: string | null;
  disabled_at: Date | null;
}

/** The practice's connections, oldest first, disconnected ones included. */
export async function listConnections(tx: Tx): Promise<Connection[]> {
  const rows: ConnectionRow[] = await tx('connection')
    .select(
      ...columns,
      tx.raw("to_char(requests_day, 'YYYY-MM-DD') as requests_on"),
      // Nobody's lock is waited for: a refresh may hold the row's.
      tx.raw(
        '(select granted_scopes from token where token.connection_id = connection.connection_id) as granted',
      ),
    )
    .orderBy('created_at')
    .orderBy('connection_id');
  return rows.map((row) => ({
    connectionId: row.connection_id,
    adapter: row.adapter,
    kind: row.kind,
    origin: row.origin,
    secrets: row.secrets ?? undefined,
    secretsVersion: row.secrets_version,
    settings: { ...row.settings, ...row.learned },
    canWrite: row.can_write,
    granted: row.granted ?? undefined,
    state: row.state,
    stateSince: row.state_since,
    reasonCode: row.reason_code ?? undefined,
    lastSuccessAt: row.last_success_at ?? undefined,
    latencyMs: row.latency_ms ?? undefined,
    requests: row.requests_on === null ? undefined : { day: row.requests_on, count: row.requests_today },
    disabledAt: row.disabled_at ?? undefined,
  }));
}

/**
 * The same, and nobody else connects, disconnects, disables or enables anything of this practice until the transaction
 * ends. Order of locks: tokens, this, a link, a connection, the audit trail.
 */
export async function lockConnections(tx: Tx): Promise<Connection[]> {
  // The practice's row stands for connections that are not there yet.
  await tx('practice').forUpdate().first('practice_id');
  return listConnections(tx);
}

/**
 * Whether another practice has a connection at an address that has not ended, by the dispatch function. Nobody else who
 * asks this about the address gets an answer until the transaction ends: of two practices at once one finds the other.
 */
export async function isConnectedElsewhere(
  tx: Tx,
  { adapter, origin }: Pick<Connection, 'adapter' | 'origin'>,
): Promise<boolean> {
  await tx('oauth_registration').where({ adapter, origin }).orderBy('context').forUpdate().select('context');
  const { rows } = await tx.raw<{ rows: { found: boolean }[] }>(
    'select is_connected_elsewhere(?, ?) as found',
    [adapter, origin],
  );
  return rows[0]?.found !== false;
}

/** @param connection with sealed credentials where the EMR takes a key; tokens of OAuth have a table of their own */
export async function insertConnection(
  tx: Tx,
  practiceId: string,
  connection: Pick<Connection, 'connectionId' | 'adapter' | 'kind' | 'origin' | 'settings'> & {
    readonly secrets?: Buffer;
  },
): Promise<void> {
  await tx('connection').insert({
    practice_id: practiceId,
    connection_id: connection.connectionId,
    adapter: connection.adapter,
    kind: connection.kind,
    origin: connection.origin,
    secrets: connection.secrets ?? null,
    secrets_version: 1,
    settings: JSON.stringify(connection.settings),
  });
}

/**
 * Other credentials in the place of those that it has.
 *
 * @param from the version that they take the place of; where it has another one by now, nothing happens
 */
export async function replaceCredentials(
  tx: Tx,
  connectionId: string,
  from: number,
  credentials: Pick<Connection, 'secrets' | 'secretsVersion'>,
): Promise<boolean> {
  const replaced = await tx('connection')
    .where({ connection_id: connectionId, secrets_version: from })
    .update({ secrets: credentials.secrets ?? null, secrets_version: credentials.secretsVersion });
  return replaced === 1;
}

/** The next version has none: who still holds older ones does not bring them back. */
export async function destroyCredentials(tx: Tx, connectionId: string): Promise<void> {
  await tx('connection')
    .where({ connection_id: connectionId })
    .update({ secrets: null, secrets_version: tx.raw('secrets_version + 1') });
}

/** All that people set, in the place of what they had set; what probes learned is forgotten. */
export async function setConnectionSettings(
  tx: Tx,
  connectionId: string,
  settings: Connection['settings'],
): Promise<void> {
  await tx('connection')
    .where({ connection_id: connectionId })
    .update({ settings: JSON.stringify(settings), learned: '{}' });
}

/** Some settings that people change: in force until a probe learns one of them anew. The others stay. */
export async function changeConnectionSettings(
  tx: Tx,
  connectionId: string,
  changes: Connection['settings'],
): Promise<void> {
  await tx('connection')
    .where({ connection_id: connectionId })
    .update({
      settings: tx.raw('settings || ?::jsonb', [JSON.stringify(changes)]),
      learned: tx.raw('learned - ?::text[]', [Object.keys(changes)]),
    });
}

/** All that a probe learned of the server, in the place of what was learned before; it stands over what people set. */
export async function saveLearnedSettings(
  tx: Tx,
  connectionId: string,
  learned: Connection['settings'],
): Promise<void> {
  await tx('connection')
    .where({ connection_id: connectionId })
    .update({ learned: JSON.stringify(learned) });
}

export async function setConnectionCanWrite(tx: Tx, connectionId: string, canWrite: boolean): Promise<void> {
  await tx('connection').where({ connection_id: connectionId }).update({ can_write: canWrite });
}

/** Adds what a process has seen since it last told. `day` is the UTC date of the requests, yyyy-MM-dd. */
export async function addConnectionHealth(
  tx: Tx,
  connectionId: string,
  seen: {
    readonly day: string;
    readonly requests: number;
    readonly lastSuccessAt: Date | undefined;
    readonly latencyMs: number | undefined;
  },
): Promise<void> {
  await tx('connection')
    .where({ connection_id: connectionId })
    .update({
      requests_today: tx.raw('case when requests_day = ?::date then requests_today else 0 end + ?', [
        seen.day,
        seen.requests,
      ]),
      requests_day: seen.day,
      last_success_at: tx.raw('greatest(last_success_at, ?)', [seen.lastSuccessAt ?? null]),
      ...(seen.latencyMs !== undefined && { latency_ms: Math.round(seen.latencyMs) }),
    });
}

/** The EMR's API is found at another address from now on; for simulators, whose ports may change. */
export async function moveConnection(tx: Tx, connectionId: string, origin: string): Promise<void> {
  await tx('connection').where({ connection_id: connectionId }).update({ origin });
}

/**
 * Moves a connection to a state, unless it is in one of `stays`. In the same state only the reason follows.
 *
 * @returns whether it was in another state before
 */
export async function setConnectionState(
  tx: Tx,
  connectionId: string,
  to: { readonly state: ConnectionState; readonly reason: string | undefined },
  now: Date,
  stays: readonly ConnectionState[],
): Promise<boolean> {
  const { state } = to;
  const reason = to.reason ?? null;
  const movable = () =>
    tx('connection')
      .where({ connection_id: connectionId })
      .whereNotIn('state', [...stays]);
  const changed = await movable()
    .whereNot({ state })
    .update({ state, reason_code: reason, state_since: now });
  if (changed > 0) return true;
  await movable()
    .where({ state })
    .whereRaw('reason_code is distinct from ?', [reason])
    .update({ reason_code: reason });
  return false;
}

export async function disableConnection(tx: Tx, connectionId: string, at: Date | null): Promise<boolean> {
  return (await tx('connection').where({ connection_id: connectionId }).update({ disabled_at: at })) > 0;
}

/**
 * Takes the connection's next place in line, shared by all processes.
 *
 * The transaction commits without waiting for the disk, so nothing else belongs into it: all that a crash of the database
 * can cost is a distance kept.
 *
 * @param gapMs least distance between two requests, milliseconds
 * @param maxWaitMs how long the caller would wait at most; 0 takes only what is free now
 * @param afterMs how long the caller waits in any case; the place is no sooner
 * @returns milliseconds to wait, or undefined when the line is longer than that (nothing was taken then)
 */
export async function reservePace(
  tx: Tx,
  connectionId: string,
  gapMs: number,
  maxWaitMs: number,
  afterMs = 0,
): Promise<number | undefined> {
  const { rows } = await tx.raw<{ rows: { wait: string }[] }>(
    `update connection
        set next_free_at = greatest(clock_timestamp() + ? * interval '1 millisecond', next_free_at) + ? * interval '1 millisecond'
      where connection_id = ?
        and coalesce(next_free_at, clock_timestamp()) <= clock_timestamp() + ? * interval '1 millisecond'
      returning extract(epoch from next_free_at - clock_timestamp()) * 1000 - ? as wait,
        set_config('synchronous_commit', 'off', true)`,
    [afterMs, gapMs, connectionId, maxWaitMs, gapMs],
  );
  const wait = rows[0]?.wait;
  return wait === undefined ? undefined : Math.max(0, Number(wait));
}

/** How long the line of a connection is now, milliseconds; 0 where it is free. Takes nothing. */
export async function paceFreeIn(tx: Tx, connectionId: string): Promise<number> {
  const { rows } = await tx.raw<{ rows: { wait: string | null }[] }>(
    'select extract(epoch from next_free_at - clock_timestamp()) * 1000 as wait from connection where connection_id = ?',
    [connectionId],
  );
  return Math.max(0, Math.ceil(Number(rows[0]?.wait ?? 0)));
}

/** The EMR asked for silence: no process sends to it for this many milliseconds. */
export async function restPace(tx: Tx, connectionId: string, ms: number): Promise<void> {
  await tx('connection')
    .where({ connection_id: connectionId })
    .update({
      next_free_at: tx.raw("greatest(next_free_at, clock_timestamp() + ? * interval '1 millisecond')", [ms]),
    });
}
