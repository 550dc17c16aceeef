import { type ConnectLink, endLink, lockLink } from '#store/connect-links.ts';
import type { Tx } from '#store/database.ts';
import { ConsentProblem } from './problem.ts';

/**
 * Uses a link up, in the transaction that connects: of two that come at once the second waits here, and is refused. To be
 * called with the practice's connections locked.
 *
 * @throws ConsentProblem as {@link refuseEnded}, `link-unknown`
 */
export async function useLink(tx: Tx, linkId: string, at: Date): Promise<void> {
  const link = await lockLink(tx, linkId);
  if (!link) throw new ConsentProblem('link-unknown');
  refuseEnded(link);
  await endLink(tx, linkId, 'used', at);
}

/** @throws ConsentProblem `link-used`, `link-guessed`, `link-expired` */
export function refuseEnded({ endCode }: Pick<ConnectLink, 'endCode'>): void {
  if (endCode) throw new ConsentProblem(ofEnd[endCode]);
}

/** A link that was withdrawn is of no use any more, and a new one helps: as after its day. */
const ofEnd = { used: 'link-used', codes: 'link-guessed', withdrawn: 'link-expired' } as const;
