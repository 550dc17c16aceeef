import type { Adapter, Directory } from '#adapter-kit/adapter.ts';
import { Failure } from '#domain/failure.ts';
import {
  type Connection,
  disableConnection,
  insertConnection,
  listConnections,
  replaceCredentials,
  saveLearnedSettings,
  setConnectionSettings,
} from '#store/connections.ts';
import type { Tx } from '#store/database.ts';
import { type DirectoryEntry, saveDirectory } from '#store/directory.ts';
import { listVisitTypes, saveVisitType, type VisitType } from '#store/visit-types.ts';
import type { PracticeVault } from '#vault/practice-vault.ts';
import { attemptOf, type Caller } from './caller.ts';
import { changeConnectionState } from './connection-state.ts';
import { idOf, rowId } from './ids.ts';
import { connectionOf, readPracticeContext, refuseClosedPractice } from './practice-context.ts';
import type { Scheduling } from './scheduling.ts';

export interface KeyConnection {
  /** Id of the adapter. */
  readonly adapter: string;
  readonly kind: Connection['kind'];
  /** Exact origin and base path of the EMR's API. */
  readonly origin: string;
  /** The practice's own credentials by name, e.g. `{ customerKey }`. Sealed at once. */
  readonly secrets: Readonly<Record<string, string>>;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  /** Of a connection that gets another key, or that a key is tried for again. */
  readonly connectionId?: string;
}

/**
 * Connects a practice to an EMR that takes a key: seals the key, proves it by a read without patient data, reads the
 * directory and proposes the EMR's own visit types. A connection that could not be proven stays behind disabled, with
 * its key sealed, to be tried again or given up; one that was at work keeps the key it had.
 *
 * @returns id of the connection and the EMR's version where it tells it
 * @throws Failure `invalid-value` for an unknown adapter or settings it does not know, `missing-element` for a key that
 *   is not there, `connection-off` where the practice's mode forbids the address, `business-rule` while another
 *   connection is at work, `practice-disabled`, `refused-by-wall` for an address the wall does not talk to, `emr-away`,
 *   `emr-refused-access`
 */
export async function connectWithKey(
  on: Scheduling,
  caller: Caller,
  asked: KeyConnection,
): Promise<{ connectionId: string; version: string | undefined }> {
  const { practiceId } = caller;
  const { authorization, settings } = keyAdapter(on, asked);
  const missing = Object.entries(authorization.secrets)
    .filter(([name, { of }]) => of === 'practice' && !asked.secrets[name])
    .map(([name]) => name);
  if (missing.length > 0)
    throw new Failure('missing-element', { expression: missing.join(', '), hint: 'The EMR needs this key.' });

  const connectionId = asked.connectionId ?? rowId();
  const before = await on.database.withPractice(practiceId, async (tx) => {
    const connections = await listConnections(tx);
    const known = connections.find((one) => one.connectionId === connectionId);
    refuseSecondConnection(connections.filter((one) => one !== known));
    const secretsVersion = (known?.secretsVersion ?? 0) + 1;
    const secrets = (await on.vault.forPractice(tx, practiceId)).seal(
      { row: connectionId, kind: 'credentials', version: secretsVersion },
      JSON.stringify(asked.secrets),
    );
    if (known) {
      await replaceCredentials(tx, connectionId, { secrets, secretsVersion });
      if (!isAtWork(known)) await reopen(tx, practiceId, connectionId, settings, on.clock.now());
    } else await insertConnection(tx, practiceId, { ...asked, connectionId, secrets, settings });
    connectionOf(refuseClosedPractice(await readPracticeContext(tx)));
    const attempt = attemptOf(caller, { action: 'connection.connect', resourceId: connectionId });
    await on.audit.record(tx, practiceId, { ...attempt, outcome: 'success' });
    return known;
  });
  on.cache.forget(`practice/${practiceId}`);
  try {
    return { connectionId, ...(await proveConnection(on, practiceId)) };
  } catch (error) {
    const action = before && isAtWork(before) ? 'connection.change' : 'connection.disable';
    const attempt = attemptOf(caller, { action, resourceId: connectionId });
    await on.audit.transaction(practiceId, attempt, async (tx) => {
      if (before && isAtWork(before)) await replaceCredentials(tx, connectionId, before);
      else await disableConnection(tx, connectionId, new Date(on.clock.now()));
    });
    on.cache.forget(`practice/${practiceId}`);
    throw error;
  }
}

/**
 * Proves the practice's connection by a read without patient data, keeps what that read learned of the server, reads the
 * directory and, the first time, proposes the EMR's own visit types.
 *
 * @returns the EMR's version where it tells it
 * @throws Failure `connection-off`, `practice-disabled`, `emr-away`, `emr-refused-access`, `emr-throttled`
 */
export async function proveConnection(
  on: Scheduling,
  practiceId: string,
): Promise<{ version: string | undefined }> {
  const context = refuseClosedPractice(await on.database.withPractice(practiceId, readPracticeContext));
  const connection = connectionOf(context);
  const { version, settings } = await on.emr.open(context, connection, 'call').run('probe');
  if (settings)
    await on.database.withPractice(practiceId, (tx) =>
      saveLearnedSettings(tx, connection.connectionId, settings),
    );
  await syncDirectory(on, practiceId);
  return { version };
}

/** Bookings go to one account. @throws Failure `business-rule` when there is one at work */
export function refuseSecondConnection(connections: readonly Connection[]): void {
  if (connections.some(isAtWork))
    throw new Failure('business-rule', {
      hint: 'The practice has a connection that is at work. Disable it first.',
    });
}

export function isAtWork({ disabledAt, state }: Pick<Connection, 'disabledAt' | 'state'>): boolean {
  return disabledAt === undefined && state !== 'disconnected';
}

/** Reads practitioners, places and types anew; what the EMR does not name any more becomes inactive. */
export async function syncDirectory(on: Scheduling, practiceId: string): Promise<void> {
  const context = await on.database.withPractice(practiceId, readPracticeContext);
  const connection = connectionOf(context);
  const directory = await on.emr.open(context, connection, 'call').run('directory');
  await on.database.withPractice(practiceId, async (tx) => {
    const vault = await on.vault.forPractice(tx, practiceId);
    const entries = directoryEntries(vault, connection.connectionId, directory);
    await saveDirectory(tx, practiceId, connection.connectionId, entries, new Date(on.clock.now()));
    if ((await listVisitTypes(tx)).length > 0) return;
    for (const type of proposedVisitTypes(directory)) await saveVisitType(tx, practiceId, type);
  });
  on.cache.forget(`practice/${practiceId}`);
}

function keyAdapter(on: Scheduling, { adapter: id, settings }: KeyConnection) {
  const adapter = on.emr.adapterOf(id);
  if (adapter.authorization.kind !== 'api-key')
    throw new Failure('business-rule', { hint: 'This EMR is connected by consent: make a connect link.' });
  return { authorization: adapter.authorization, settings: settingsOf(adapter, settings) };
}

/** @throws Failure `invalid-value` with the names of the settings that are wrong */
export function settingsOf(
  adapter: Adapter,
  settings: KeyConnection['settings'],
): Record<string, string | number | boolean> {
  const parsed = adapter.settings.safeParse(settings);
  if (!parsed.success)
    throw new Failure('invalid-value', {
      expression: parsed.error.issues.map((issue) => issue.path.join('.')).join(', '),
      hint: `See adapters/${adapter.id}/README.md for its settings.`,
    });
  return parsed.data;
}

/** Puts a connection to work again that was given up or never proven. */
async function reopen(
  tx: Tx,
  practiceId: string,
  connectionId: string,
  settings: Connection['settings'],
  now: number,
): Promise<void> {
  await disableConnection(tx, connectionId, null);
  await setConnectionSettings(tx, connectionId, settings);
  await changeConnectionState(tx, practiceId, connectionId, { state: 'connected', reason: undefined }, now);
}

function directoryEntries(
  vault: PracticeVault,
  connectionId: string,
  directory: Directory,
): DirectoryEntry[] {
  const entry = (kind: 'Practitioner' | 'Location', vendorId: string) => ({
    kind,
    id: idOf(vault.index(kind, `${connectionId}|${vendorId}`)),
    connectionId,
    vendorId,
  });
  const practitioners = directory.practitioners.map((one): DirectoryEntry => {
    const [name] = one.name ?? [];
    const display = name?.text ?? [...(name?.given ?? []), name?.family].filter(Boolean).join(' ');
    return {
      ...entry('Practitioner', one.id),
      facts: { display: display || 'Practitioner', ...(name && { name }) },
      active: one.active !== false,
    };
  });
  const locations = directory.locations.map(
    (one): DirectoryEntry => ({
      ...entry('Location', one.id),
      facts: { display: one.name ?? 'Location' },
      active: one.status !== 'inactive',
    }),
  );
  return [...practitioners, ...locations];
}

/** The EMR's own types; one of half an hour where it has none. The first is the default. */
function proposedVisitTypes(directory: Directory): VisitType[] {
  const services =
    directory.services.length > 0 ? directory.services : [{ ref: undefined, display: 'Visit', minutes: 30 }];
  const codes = new Set<string>();
  return services.map((service, index) => {
    const words = service.display
      .normalize('NFKD')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 48);
    let code = words || 'visit';
    for (let n = 2; codes.has(code); n++) code = `${words}-${n}`;
    codes.add(code);
    return {
      code,
      display: service.display,
      minutes: service.minutes,
      vendorRef: service.ref,
      practitioners: [],
      locations: [],
      patients: 'any',
      mode: 'direct',
      isDefault: index === 0,
    };
  });
}
