import type { ZodError } from 'zod';
import type { Adapter, Directory } from '#adapter-kit/adapter.ts';
import { Failure } from '#domain/failure.ts';
import { type ConnectLink, reopenLink, withdrawLinks } from '#store/connect-links.ts';
import {
  type Connection,
  disableConnection,
  insertConnection,
  lockConnections,
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
import { useLink } from './consent/link-end.ts';
import { emptySettings } from './consent/settings-form.ts';
import { idOf, rowId } from './ids.ts';
import {
  connectionOf,
  type PracticeContext,
  readPracticeContext,
  refuseClosedPractice,
} from './practice-context.ts';
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
  /** By which a person of the practice does it. A connection that is there gets another key by a link alone. */
  readonly link?: Pick<ConnectLink, 'linkId' | 'connectionId'>;
}

/**
 * Connects a practice to an EMR that takes a key: seals the key, proves it by a read without patient data, reads the
 * directory and proposes the EMR's own visit types. A connection that could not be proven stays behind disabled, with
 * its key sealed, to be tried again or given up; one that was at work keeps the key it had. What people disconnect or
 * disable meanwhile stays as they left it. A link is used up, unless the proof fails: then it works again.
 *
 * @returns id of the connection and the EMR's version where it tells it
 * @throws Failure `invalid-value` for an unknown adapter, settings it does not know or that it needs and that are empty,
 *   `missing-element` for a key that is not there, `connection-off` where the practice's mode forbids the address,
 *   `business-rule` while another connection is at work, `practice-disabled`, `refused-by-wall` for an address the wall
 *   does not talk to, `emr-away`, `emr-refused-access`; ConsentProblem of a link that has ended
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

  const { link } = asked;
  const connectionId = link?.connectionId ?? rowId();
  const { before, secretsVersion } = await on.database.withPractice(practiceId, async (tx) => {
    const connections = await lockConnections(tx);
    if (link) await useLink(tx, link.linkId, new Date(on.clock.now()));
    const known = connections.find((one) => one.connectionId === connectionId);
    refuseSecondConnection(connections.filter((one) => one !== known));
    const version = (known?.secretsVersion ?? 0) + 1;
    const secrets = (await on.vault.forPractice(tx, practiceId)).seal(
      { row: connectionId, kind: 'credentials', version },
      JSON.stringify(asked.secrets),
    );
    if (known) {
      const fresh = { secrets, secretsVersion: version };
      await replaceCredentials(tx, connectionId, known.secretsVersion, fresh);
      if (!isAtWork(known)) await reopen(tx, practiceId, connectionId, settings, on.clock.now());
    } else await insertConnection(tx, practiceId, { ...asked, connectionId, secrets, settings });
    connectionOf(refuseClosedPractice(await readPracticeContext(tx)));
    const attempt = attemptOf(caller, { action: 'connection.connect', resourceId: connectionId });
    await on.audit.record(tx, practiceId, { ...attempt, outcome: 'success' });
    return { before: known, secretsVersion: version };
  });
  on.cache.forget(`practice/${practiceId}`);
  try {
    return { connectionId, ...(await proveConnection(on, practiceId, connectionId)) };
  } catch (error) {
    const action = before && isAtWork(before) ? 'connection.change' : 'connection.disable';
    const attempt = attemptOf(caller, { action, resourceId: connectionId });
    await on.audit.transaction(practiceId, attempt, async (tx) => {
      const known = (await lockConnections(tx)).find((one) => one.connectionId === connectionId);
      const isLeft = known?.secretsVersion === secretsVersion && !known.disabledAt;
      const at = new Date(on.clock.now());
      if (link) await reopenLink(tx, link.linkId);
      // Whoever disconnected or disabled it meanwhile did so to its links too.
      if (known && !isAtWork(known)) await withdrawLinks(tx, connectionId, at);
      if (before && isAtWork(before)) await replaceCredentials(tx, connectionId, secretsVersion, before);
      else if (isLeft) await disableConnection(tx, connectionId, at);
    });
    on.cache.forget(`practice/${practiceId}`);
    throw error;
  }
}

/**
 * Proves the connection that the practice's bookings go to, and no other, by a read without patient data, keeps what that
 * read learned of the server, reads the directory and proposes the EMR's own visit types, as {@link syncDirectory} does.
 *
 * @returns the EMR's version where it tells it
 * @throws Failure `connection-off`, `practice-disabled`, `emr-away`, `emr-refused-access`, `emr-throttled`
 */
export async function proveConnection(
  on: Scheduling,
  practiceId: string,
  connectionId: string,
): Promise<{ version: string | undefined }> {
  const context = refuseClosedPractice(await on.database.withPractice(practiceId, readPracticeContext));
  const connection = connectionOf(context);
  if (connection.connectionId !== connectionId)
    throw new Failure('connection-off', { hint: 'Bookings go to another connection by now.' });
  const version = await probe(on, context, connection);
  await syncDirectory(on, practiceId);
  return { version };
}

/**
 * A read without patient data that proves address and credentials; what it learned of the server is kept.
 *
 * @returns the EMR's version where it tells it
 */
export async function probe(
  on: Scheduling,
  context: PracticeContext,
  connection: Connection,
): Promise<string | undefined> {
  const { practiceId } = context.practice;
  const { version, settings } = await on.emr.open(context, connection, 'call').run('probe');
  if (settings)
    await on.database.withPractice(practiceId, (tx) =>
      saveLearnedSettings(tx, connection.connectionId, settings),
    );
  on.cache.forget(`practice/${practiceId}`);
  return version;
}

/**
 * Bookings go to one account. For who connects: of connections that are locked.
 *
 * @throws Failure `business-rule` when there is one at work
 */
export function refuseSecondConnection(connections: readonly Connection[]): void {
  if (connections.some(isAtWork))
    throw new Failure('business-rule', {
      hint: 'The practice has a connection that is at work. Disable it first.',
    });
}

export function isAtWork({ disabledAt, state }: Pick<Connection, 'disabledAt' | 'state'>): boolean {
  return disabledAt === undefined && state !== 'disconnected';
}

/**
 * Reads practitioners, places and types anew. People and places that the EMR does not name any more become inactive.
 *
 * While the practice has no visit type, all of the EMR's are proposed, ready to be booked. Later on a type that is new
 * comes `off`, for staff to turn on: nothing becomes bookable by itself. A type is known by what it maps to in the EMR
 * (`vendorRef`), whatever staff have made of its code, words or length; what is there is never changed. One that staff
 * have removed is new again, so one that shall stay away is better turned off.
 */
export async function syncDirectory(on: Scheduling, practiceId: string): Promise<void> {
  const context = await on.database.withPractice(practiceId, readPracticeContext);
  const connection = connectionOf(context);
  const directory = await on.emr.open(context, connection, 'call').run('directory');
  await on.database.withPractice(practiceId, async (tx) => {
    const vault = await on.vault.forPractice(tx, practiceId);
    const entries = directoryEntries(vault, connection.connectionId, directory);
    await saveDirectory(tx, practiceId, connection.connectionId, entries, new Date(on.clock.now()));
    const known = await listVisitTypes(tx);
    for (const type of proposedVisitTypes(directory, known)) await saveVisitType(tx, practiceId, type);
  });
  on.cache.forget(`practice/${practiceId}`);
}

function keyAdapter(on: Scheduling, { adapter: id, settings }: KeyConnection) {
  const adapter = on.emr.adapterOf(id);
  if (adapter.authorization.kind !== 'api-key')
    throw new Failure('business-rule', { hint: 'This EMR is connected by consent: make a connect link.' });
  return { authorization: adapter.authorization, settings: settingsOf(adapter, settings) };
}

/** Names of the settings that a schema does not take, those that it does not know among them. */
export function wrongNames({ issues }: ZodError): string[] {
  return issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys' ? issue.keys : [issue.path.join('.')],
  );
}

/** @throws Failure `invalid-value` with the names of the settings that are wrong, or needed and empty */
export function settingsOf(
  adapter: Adapter,
  settings: KeyConnection['settings'],
): Record<string, string | number | boolean> {
  const parsed = adapter.settings.safeParse(settings);
  const wrong = parsed.success ? emptySettings(adapter, parsed.data) : wrongNames(parsed.error);
  if (!parsed.success || wrong.length > 0)
    throw new Failure('invalid-value', {
      expression: wrong.join(', '),
      hint: `See adapters/${adapter.id}/README.md for its settings.`,
    });
  return parsed.data;
}

/**
 * Puts a connection to work again that was disconnected or never proven. One that people have disabled has no open link:
 * only a link whose own proof failed was opened again.
 */
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

/**
 * The EMR's own types that the practice does not have. Where it has none, the first of them is its default, and one of half
 * an hour stands in for those of an EMR without types.
 */
function proposedVisitTypes({ services: named }: Directory, known: readonly VisitType[]): VisitType[] {
  const isFirst = known.length === 0;
  const refs = new Set(known.map(({ vendorRef }) => vendorRef));
  const services =
    isFirst && named.length === 0
      ? [{ ref: undefined, display: 'Visit', minutes: 30 }]
      : named.filter(({ ref }) => !refs.has(ref));
  const codes = new Set(known.map(({ code }) => code));
  return services.map((service, index) => {
    const words = service.display
      .normalize('NFKD')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 48);
    const base = words || 'visit';
    let code = base;
    for (let n = 2; codes.has(code); n++) code = `${base}-${n}`;
    codes.add(code);
    return {
      code,
      display: service.display,
      minutes: service.minutes,
      vendorRef: service.ref,
      practitioners: [],
      locations: [],
      patients: 'any',
      mode: isFirst ? 'direct' : 'off',
      isDefault: isFirst && index === 0,
    };
  });
}
