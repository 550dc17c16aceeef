import { Failure } from '#domain/failure.ts';
import { newestRequestedContext } from '#store/authorization-requests.ts';
import { insertWiderGrant, type WiderGrant } from '#store/wider-grants.ts';
import { attemptOf, type Caller } from '../caller.ts';
import { rowId } from '../ids.ts';
import { type Answerable, reasonOf } from './answerable.ts';
import { requireRegistration } from './registrations.ts';
import type { ConsentServices } from './services.ts';

/**
 * Records that a practice takes a grant wider than scheduling, because its EMR cannot narrow it: scope by scope, with
 * the person who answers for it and why. What leaves the gateway and what comes in stays as narrow as before.
 *
 * @param context at which EMR; absent: where the practice tried last
 * @throws Failure `not-found`, `missing-element`, `invalid-value` with the name of the field
 */
export async function acceptWider(
  services: ConsentServices,
  caller: Caller,
  by: Answerable,
  asked: { readonly context: string | undefined; readonly scopes: readonly string[] },
): Promise<WiderGrant> {
  const { on } = services;
  const { practiceId } = caller;
  const context =
    asked.context ?? (await on.database.withPractice(practiceId, (tx) => newestRequestedContext(tx)));
  if (context === undefined) throw new Failure('missing-element', { expression: 'context' });
  await requireRegistration(services, context);
  const scopes = [...new Set(asked.scopes.filter((scope) => scope !== ''))];
  if (scopes.length === 0) throw new Failure('missing-element', { expression: 'scopes' });
  if (scopes.length > 200 || !scopes.every(isScope))
    throw new Failure('invalid-value', { expression: 'scopes', hint: 'Scopes, separated by spaces.' });
  const accepted: WiderGrant = {
    acceptanceId: rowId(),
    context,
    scopes,
    by: by.person,
    at: new Date(on.clock.now()),
    reason: reasonOf(by.reason),
  };
  const attempt = attemptOf(caller, {
    action: 'connection.accept-wider',
    resourceId: accepted.acceptanceId,
  });
  await on.audit.transaction(practiceId, attempt, (tx) => insertWiderGrant(tx, practiceId, accepted));
  return accepted;
}

/** RFC 6749 §3.3 */
function isScope(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(text);
}
