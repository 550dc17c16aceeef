import { receiveAuthorizationResponse } from '#oauth/authorization-response.ts';
import {
  type AuthorizationRequestRow,
  consumeAuthorizationRequest,
  noteAuthorizationOutcome,
  readAuthorizationRequest,
  requestOfState,
} from '#store/authorization-requests.ts';
import { readLink } from '#store/connect-links.ts';
import { attemptOf } from '../caller.ts';
import { oauthOf } from './authorization-server.ts';
import { establish } from './establish.ts';
import { refuseEnded } from './link-end.ts';
import { type Visit, visitorOf } from './links.ts';
import { oauthClientOf } from './oauth-client.ts';
import { hashSecret, isSame, isSecretForm } from './one-time.ts';
import { openPending, withOutcome } from './pending.ts';
import { ConsentProblem } from './problem.ts';
import { problemOf } from './problem-of.ts';
import { openRegistration, redirectUriOf } from './registrations.ts';
import type { ConsentServices } from './services.ts';

/** A browser that comes back from an EMR. */
export interface Callback extends Visit {
  /** Of the path it came back to. */
  readonly context: string;
  /** The query as it came, without its question mark. */
  readonly query: string;
}

/**
 * Finishes the way to the EMR (RFC 6749 §4.1.2, RFC 9207). It counts only in the browser that began it, at the callback
 * address of the registration that was asked, and once: of two that come at once one goes on. The code is exchanged by
 * the process that it reached and goes nowhere else.
 *
 * @throws ConsentProblem `callback-unknown`, `callback-elsewhere` (nothing was used up), `callback-used`,
 *   `callback-refused`, what the EMR answered, and as `establish`. From `callback-refused` on it is noted for the page
 *   that the browser is sent to.
 */
export async function finishConsent(services: ConsentServices, callback: Callback): Promise<void> {
  const { on } = services;
  const state = stateIn(callback.query);
  const key = await on.database.withoutPractice((tx) => requestOfState(tx, hashSecret('state', state)));
  if (!key) throw new ConsentProblem('callback-unknown');
  const { practiceId, requestId } = key;
  const attempt = attemptOf(visitorOf(practiceId, callback), { action: 'connection.authorize' });
  const refused = { ...attempt, outcome: 'refused', reason: 'invalid-value' } as const;

  const { request, pending } = await on.database.withPractice(practiceId, async (tx) => {
    const row = await readAuthorizationRequest(tx, requestId);
    if (!row || !isOwn(row, callback.session)) return { request: undefined, pending: undefined };
    return { request: row, pending: await openPending(services, tx, practiceId, row, state) };
  });
  if (!request) {
    await on.audit.write(practiceId, refused);
    throw new ConsentProblem('callback-elsewhere');
  }
  const won = await on.database.withPractice(practiceId, (tx) =>
    consumeAuthorizationRequest(tx, requestId, new Date(on.clock.now())),
  );
  if (!won || !pending) {
    // Too late is worth telling; one that was used, or is being used, tells by itself how it went.
    if (!request.consumedAt && request.expiresAt.getTime() <= on.clock.now())
      await on.database.withPractice(practiceId, (tx) =>
        noteAuthorizationOutcome(tx, requestId, {
          code: 'callback-used',
          reference: callback.requestId,
        }),
      );
    await on.audit.write(practiceId, refused);
    throw new ConsentProblem('callback-used');
  }
  const about = { practiceId, requestId, reference: callback.requestId };
  await withOutcome(services, about, async () => {
    try {
      // The answer of one server, brought to the address of another: their mix-up ends here (RFC 9700 §4.4).
      if (request.context !== callback.context) throw new ConsentProblem('callback-refused');
      const link = await on.database.withPractice(practiceId, (tx) => readLink(tx, request.linkId));
      if (!link) throw new ConsentProblem('link-unknown');
      refuseEnded(link);
      const registration = await openRegistration(services, request.context);
      const authorization = oauthOf(on.emr.adapterOf(registration.adapter));
      const client = await oauthClientOf({ ...services, clock: on.clock.now }, authorization, registration);
      const address = new URL(`${redirectUriOf(services, callback.context)}?${callback.query}`);
      const granted = await receiveAuthorizationResponse(client, pending, address);
      const { scopes: asked, settings } = request;
      await establish(
        services,
        visitorOf(practiceId, callback),
        { practiceId, link, registration, asked, settings },
        client,
        granted,
      );
    } catch (error) {
      const problem = problemOf(error);
      if (problem.code === 'callback-refused') await on.audit.write(practiceId, refused);
      throw problem;
    }
  });
}

/** @throws ConsentProblem `callback-unknown` for what cannot be a state of ours */
function stateIn(query: string): string {
  const given = new URLSearchParams(query).getAll('state');
  const [state = ''] = given;
  if (given.length !== 1 || !isSecretForm(state)) throw new ConsentProblem('callback-unknown');
  return state;
}

function isOwn({ sessionHash }: AuthorizationRequestRow, session: string | undefined): boolean {
  return session !== undefined && isSame(sessionHash, hashSecret('session', session));
}
