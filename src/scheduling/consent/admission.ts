import { lockConnections } from '#store/connections.ts';
import type { Tx } from '#store/database.ts';
import { refuseSecondConnection } from '../connect.ts';
import { readPracticeContext, refuseClosedPractice, refuseKind } from '../practice-context.ts';
import { refuseEnded } from './link-end.ts';
import type { FoundLink } from './links.ts';
import type { ConsentServices } from './services.ts';

/**
 * Whether this practice may connect by this link now.
 *
 * @throws ConsentProblem as `refuseEnded`; Failure `practice-disabled`, `baa-required`, `connection-off`, `business-rule`
 */
export async function refuseUnlessOpen(
  { on }: ConsentServices,
  { practiceId, link }: FoundLink,
): Promise<void> {
  refuseEnded(link);
  await on.database.withPractice(practiceId, (tx) => refuseClosed(tx, link));
}

/**
 * The same inside the transaction that connects: until its end nobody else connects the practice.
 *
 * @throws Failure as {@link refuseUnlessOpen}
 */
export async function refuseClosed(
  tx: Tx,
  { kind, connectionId }: Pick<FoundLink['link'], 'kind' | 'connectionId'>,
): Promise<void> {
  const connections = await lockConnections(tx);
  refuseKind(refuseClosedPractice(await readPracticeContext(tx)).practice, kind);
  refuseSecondConnection(connections.filter((one) => one.connectionId !== connectionId));
}
