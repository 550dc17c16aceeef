import { Failure } from '#domain/failure.ts';
import { withdrawLinks } from '#store/connect-links.ts';
import { type Connection, destroyCredentials, lockConnections } from '#store/connections.ts';
import { currentConsent, endConsents, noteRevocation } from '#store/consents.ts';
import type { Tx } from '#store/database.ts';
import { attemptOf, type Caller } from '../caller.ts';
import { changeConnectionState } from '../connection-state.ts';
import type { ConsentServices } from './services.ts';

/** `no-grant`: there was nothing to take back at the EMR, because it takes a key, or the grant had ended before. */
export type Revocation = 'revoked' | 'not-offered' | 'failed' | 'no-grant';

/**
 * Ends a connection for good, and the links that are open for it: its secrets are destroyed at once and nothing uses
 * them any more, on every process within a second; then the EMR is told (RFC 7009), as far as it can be. The trail stays.
 * Doing it again finishes what a crash left.
 *
 * @throws Failure `not-found`
 */
export async function disconnect(
  { on, tokens, grants }: Pick<ConsentServices, 'on' | 'tokens' | 'grants'>,
  caller: Caller,
  connectionId: string,
): Promise<{ readonly connection: Connection; readonly revocation: Revocation }> {
  const { practiceId } = caller;
  const attempt = attemptOf(caller, { action: 'connection.disconnect', resourceId: connectionId });
  async function close(tx: Tx): Promise<Connection | undefined> {
    const known = (await lockConnections(tx)).find((one) => one.connectionId === connectionId);
    if (!known) return undefined;
    const gone = { state: 'disconnected', reason: 'asked' } as const;
    const now = on.clock.now();
    await withdrawLinks(tx, connectionId, new Date(now));
    await destroyCredentials(tx, connectionId);
    await changeConnectionState(tx, practiceId, connectionId, gone, now);
    return known;
  }
  // First what stops everybody, and alone: the tokens' row may be waiting for an authorization server.
  const stopped = await on.database.withPractice(practiceId, async (tx) => {
    const known = await close(tx);
    if (!known) return undefined;
    await on.audit.record(tx, practiceId, { ...attempt, outcome: 'pending' });
    return known;
  });
  on.cache.forget(`practice/${practiceId}`);
  if (!stopped) throw new Failure('not-found', { expression: 'connection' });

  const { consent, loose } = await on.audit.transaction(practiceId, attempt, async (tx) => {
    const ended = await tokens.end(tx, practiceId, connectionId);
    // Whoever connected it anew meanwhile would be left with a connection that has no tokens.
    await close(tx);
    const given = await currentConsent(tx, connectionId);
    await endConsents(tx, connectionId, new Date(on.clock.now()));
    return { consent: given, loose: ended };
  });
  if (!loose) return { connection: stopped, revocation: 'no-grant' };
  const revocation = await grants.revoke(practiceId, connectionId, loose).catch(() => 'failed' as const);
  if (consent)
    await on.database.withPractice(practiceId, (tx) => noteRevocation(tx, consent.consentId, revocation));
  return { connection: stopped, revocation };
}
