import { randomUUID } from 'node:crypto';
import type { Audit } from '#audit/record.ts';
import { setConnectionCanWrite } from '#store/connections.ts';
import { afterTransaction } from '#store/transaction-end.ts';
import type { OnTokenChange } from '#vault/token-grant.ts';
import type { AvailabilityCache } from '../availability-cache.ts';
import { changeConnectionState } from '../connection-state.ts';
import type { Report } from '../report.ts';

/**
 * What a connection becomes when its tokens change: a grant that has ended needs a person, one that a renewal has made
 * narrower reads only. Written with the tokens, on the record, in one transaction.
 */
export function followTokens(parts: {
  readonly audit: Pick<Audit, 'record'>;
  readonly cache: AvailabilityCache;
  readonly clock: () => number;
  readonly report: Report;
}): OnTokenChange {
  const { audit, cache, clock, report } = parts;
  return async (tx, practiceId, change) => {
    const { connectionId } = change;
    const isGood = change.is === 'refreshed';
    if (isGood) {
      await setConnectionCanWrite(tx, connectionId, change.verdict.verdict !== 'accept-read-only');
    } else {
      const to = { state: 'needs_reconsent', reason: change.code } as const;
      const changed = await changeConnectionState(tx, practiceId, connectionId, to, clock(), [
        'disconnected',
      ]);
      if (changed)
        afterTransaction(tx, () => report({ event: 'connection.state', connection: connectionId, ...to }));
    }
    afterTransaction(tx, () => cache.forget(`practice/${practiceId}`));
    await audit.record(tx, practiceId, {
      actor: 'system:token-vault',
      action: 'connection.refresh',
      resourceId: connectionId,
      origin: 'job',
      requestId: randomUUID(),
      outcome: isGood ? 'success' : 'failed',
      ...(!isGood && { reason: 'connection-off' }),
    });
  };
}
