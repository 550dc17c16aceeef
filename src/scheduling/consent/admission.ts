import { listConnections } from '#store/connections.ts';
import type { Tx } from '#store/database.ts';
import { refuseSecondConnection } from '../connect.ts';
import { readPracticeContext, refuseClosedPractice, refuseKind } from '../practice-context.ts';
import type { FoundLink } from './links.ts';
import { ConsentProblem } from './problem.ts';
import type { ConsentServices } from './services.ts';

/**
 * Whether this practice may connect by this link now.
 *
 * @throws ConsentProblem `link-used`; Failure `practice-disabled`, `baa-required`, `connection-off`, `business-rule`
 */
export async function refuseUnlessOpen(
  { on }: ConsentServices,
  { practiceId, link }: FoundLink,
): Promise<void> {
  if (link.endCode) throw new ConsentProblem('link-used');
  await on.database.withPractice(practiceId, (tx) => refuseClosed(tx, link));
}

/** The same inside the transaction that connects. @throws Failure as {@link refuseUnlessOpen} */
export async function refuseClosed(
  tx: Tx,
  { kind, connectionId }: Pick<FoundLink['link'], 'kind' | 'connectionId'>,
): Promise<void> {
  refuseKind(refuseClosedPractice(await readPracticeContext(tx)).practice, kind);
  const connections = await listConnections(tx);
  refuseSecondConnection(connections.filter((one) => one.connectionId !== connectionId));
}
