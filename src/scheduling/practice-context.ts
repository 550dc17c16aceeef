import { Failure } from '#domain/failure.ts';
import { type Connection, listConnections } from '#store/connections.ts';
import type { Database, Tx } from '#store/database.ts';
import { type DirectoryEntry, listDirectory } from '#store/directory.ts';
import { type Practice, readPractice } from '#store/practices.ts';
import { listVisitTypes, type VisitType } from '#store/visit-types.ts';
import type { AvailabilityCache } from './availability-cache.ts';

/** What every use case needs to know of the practice it works for; at most a second old. */
export interface PracticeContext {
  readonly practice: Practice;
  /** The account at the EMR that bookings go to. */
  readonly connection: Connection | undefined;
  readonly visitTypes: readonly VisitType[];
  readonly directory: readonly DirectoryEntry[];
}

/**
 * Reads the practice, unless that was done within the last second: disabling a practice or a connection works within a
 * second on every process.
 *
 * @throws Failure `practice-disabled`, `baa-required`
 */
export async function practiceContext(
  database: Database,
  cache: AvailabilityCache,
  practiceId: string,
): Promise<PracticeContext> {
  const context = await cache.get(`practice/${practiceId}`, 1_000, () =>
    database.withPractice(practiceId, readPracticeContext),
  );
  return refuseClosedPractice(context);
}

export async function readPracticeContext(tx: Tx): Promise<PracticeContext> {
  const practice = await readPractice(tx);
  if (!practice) throw new Failure('not-found');
  const connections = await listConnections(tx);
  return {
    practice,
    connection: connections.find((one) => one.disabledAt === undefined && one.state !== 'disconnected'),
    visitTypes: await listVisitTypes(tx),
    directory: await listDirectory(tx),
  };
}

/** @throws Failure `practice-disabled`, `baa-required` */
export function refuseClosedPractice(context: PracticeContext): PracticeContext {
  if (context.practice.disabledAt) throw new Failure('practice-disabled');
  if (context.practice.mode === 'live' && !context.practice.baa) throw new Failure('baa-required');
  return context;
}

/** @throws Failure `connection-off` when the practice has no working account, or one that its mode does not allow. */
export function connectionOf(context: PracticeContext): Connection {
  const account = accountOf(context);
  if (account.state === 'needs_reconsent')
    throw new Failure('connection-off', { hint: 'The practice has to consent to the connection again.' });
  return account;
}

/**
 * The account that bookings are for, whether or not it can be used at this moment: a request that is known is worth
 * keeping for people while it cannot.
 *
 * @throws Failure `connection-off` when there is none, or one that the practice's mode does not allow
 */
export function accountOf(context: PracticeContext): Connection {
  const { connection, practice } = context;
  if (!connection) throw new Failure('connection-off');
  refuseKind(practice, connection.kind);
  return connection;
}

/** @throws Failure `connection-off` for a kind of EMR that the practice's mode does not allow */
export function refuseKind({ mode }: Pick<Practice, 'mode'>, kind: Connection['kind']): void {
  if (mode === 'sandbox' && kind === 'vendor')
    throw new Failure('connection-off', {
      hint: 'A sandbox practice connects to simulators and vendor sandboxes only.',
    });
}

/** @throws Failure `unknown-visit-type`, `visit-type-off` */
export function visitTypeOf(context: PracticeContext, code: string | undefined): VisitType {
  const type =
    code === undefined
      ? (context.visitTypes.find((one) => one.isDefault) ?? context.visitTypes[0])
      : context.visitTypes.find((one) => one.code === code);
  if (!type) throw new Failure('unknown-visit-type');
  if (type.mode === 'off') throw new Failure('visit-type-off');
  return type;
}
