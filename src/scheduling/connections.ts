import { Failure } from '#domain/failure.ts';
import { readBudgetOfConnection } from '#store/application-budgets.ts';
import { withdrawLinks } from '#store/connect-links.ts';
import {
  type Connection,
  listConnections,
  lockConnections,
  disableConnection as setDisabledAt,
  changeConnectionSettings as storeSettings,
} from '#store/connections.ts';
import type { Tx } from '#store/database.ts';
import { type BudgetFacts, factsOf, installedQuota } from './call-budgets.ts';
import { attemptOf, type Caller } from './caller.ts';
import { probe, refuseSecondConnection, settingsOf, syncDirectory } from './connect.ts';
import { connectionOf, readPracticeContext, refuseClosedPractice } from './practice-context.ts';
import type { Scheduling } from './scheduling.ts';

/** A connection as people see it: no credentials, not even sealed. */
export interface ConnectionFacts extends Omit<Connection, 'secrets' | 'secretsVersion'> {
  /** How the calls of the application stand by which it is connected, over all practices, where the EMR counts them. */
  readonly calls?: BudgetFacts;
}

/** The practice's accounts at EMRs, read on the record. */
export function reviewConnections(on: Scheduling, caller: Caller): Promise<ConnectionFacts[]> {
  const attempt = attemptOf(caller, { action: 'connection.list' });
  return on.audit.transaction(caller.practiceId, attempt, async (tx) => {
    const found: ConnectionFacts[] = [];
    for (const connection of await listConnections(tx)) {
      const { secrets: _, secretsVersion: __, ...facts } = connection;
      const calls = await callsOf(on, tx, connection);
      found.push({ ...facts, ...(calls && { calls }) });
    }
    return found;
  });
}

async function callsOf(on: Scheduling, tx: Tx, connection: Connection): Promise<BudgetFacts | undefined> {
  const quota = installedQuota(on.emr, connection.adapter);
  const budget = quota && (await readBudgetOfConnection(tx, connection.connectionId));
  return quota && budget && factsOf(quota, budget);
}

/**
 * Proves address and credentials by a read without patient data, and keeps what it learned of the server.
 *
 * @param connectionId the one that bookings go to when absent
 * @returns the EMR's version where it tells it
 * @throws Failure `not-found`, `connection-off`, `practice-disabled`, `emr-away`, `emr-refused-access`
 */
export async function probeConnection(
  on: Scheduling,
  caller: Caller,
  connectionId?: string,
): Promise<{ connectionId: string; version: string | undefined }> {
  const { context, connection } = await usable(on, caller, connectionId);
  const attempt = attemptOf(caller, { action: 'connection.probe', resourceId: connection.connectionId });
  return on.audit.around(caller.practiceId, attempt, async () => {
    const version = await probe(on, context, connection);
    return { connectionId: connection.connectionId, version };
  });
}

/** Reads the directory of the practice's EMR anew. Fails as {@link probeConnection} does. */
export async function syncConnection(on: Scheduling, caller: Caller): Promise<{ connectionId: string }> {
  const { connection } = await usable(on, caller);
  const attempt = attemptOf(caller, { action: 'directory.sync', resourceId: connection.connectionId });
  await on.audit.around(caller.practiceId, attempt, () => syncDirectory(on, caller.practiceId));
  return { connectionId: connection.connectionId };
}

/**
 * Ends all traffic of a connection, on every process within a second, and the links that are open for it.
 *
 * @throws Failure `not-found`
 */
export function disableConnection(on: Scheduling, caller: Caller, connectionId: string): Promise<void> {
  return turn(on, caller, connectionId, 'off');
}

/** @throws Failure `not-found`; `business-rule` while bookings go to another connection */
export function enableConnection(on: Scheduling, caller: Caller, connectionId: string): Promise<void> {
  return turn(on, caller, connectionId, 'on');
}

/**
 * Changes some of a connection's settings. They are in force at once, over what a probe learned before, until a probe
 * learns them anew.
 *
 * @returns all that are in force now
 * @throws Failure `not-found`; `invalid-value` with the names of those that the adapter does not take, or that are needed
 *   and empty
 */
export async function changeConnectionSettings(
  on: Scheduling,
  caller: Caller,
  connectionId: string,
  changes: Connection['settings'],
): Promise<Connection['settings']> {
  const { practiceId } = caller;
  const attempt = attemptOf(caller, { action: 'connection.change', resourceId: connectionId });
  const settings = await on.audit.transaction(practiceId, attempt, async (tx) => {
    const known = (await listConnections(tx)).find((one) => one.connectionId === connectionId);
    if (!known) throw new Failure('not-found');
    const changed = settingsOf(on.emr.adapterOf(known.adapter), { ...known.settings, ...changes });
    const named = Object.entries(changed).filter(([name]) => Object.hasOwn(changes, name));
    await storeSettings(tx, connectionId, Object.fromEntries(named));
    return changed;
  });
  on.cache.forget(`practice/${practiceId}`);
  return settings;
}

async function turn(on: Scheduling, caller: Caller, connectionId: string, to: 'on' | 'off'): Promise<void> {
  const { practiceId } = caller;
  const action = to === 'off' ? 'connection.disable' : 'connection.change';
  const attempt = attemptOf(caller, { action, resourceId: connectionId });
  await on.audit.transaction(practiceId, attempt, async (tx) => {
    const connections = await lockConnections(tx);
    const known = connections.find((one) => one.connectionId === connectionId);
    if (!known) throw new Failure('not-found');
    const now = new Date(on.clock.now());
    if (to === 'on') refuseSecondConnection(connections.filter((one) => one !== known));
    else await withdrawLinks(tx, connectionId, now);
    const since = known.disabledAt ?? now;
    await setDisabledAt(tx, connectionId, to === 'off' ? since : null);
  });
  on.cache.forget(`practice/${practiceId}`);
}

async function usable(on: Scheduling, caller: Caller, connectionId?: string) {
  const context = refuseClosedPractice(
    await on.database.withPractice(caller.practiceId, readPracticeContext),
  );
  if (connectionId === undefined) return { context, connection: connectionOf(context) };
  const connections = await on.database.withPractice(caller.practiceId, listConnections);
  const connection = connections.find((one) => one.connectionId === connectionId);
  if (!connection) throw new Failure('not-found');
  if (connection.disabledAt) throw new Failure('connection-off', { hint: 'This connection is disabled.' });
  return { context, connection: connectionOf({ ...context, connection }) };
}
