import type { ConnectionSettings } from '#adapter-kit/adapter.ts';
import type { PendingAuthorization } from '#oauth/authorization-request.ts';
import {
  type AuthorizationRequestRow,
  insertAuthorizationRequest,
  noteAuthorizationOutcome,
} from '#store/authorization-requests.ts';
import type { ConnectLink } from '#store/connect-links.ts';
import type { Tx } from '#store/database.ts';
import type { JsonObject, OAuthRegistration } from '#store/oauth-registrations.ts';
import { rowId } from '../ids.ts';
import { hashSecret } from './one-time.ts';
import type { ProblemCode, ProblemDetails } from './problem.ts';
import { problemOf } from './problem-of.ts';
import { type ConsentServices, usualTerms } from './services.ts';

/** A consent that is being asked for. */
export interface BegunConsent {
  readonly practiceId: string;
  readonly link: ConnectLink;
  readonly registration: OAuthRegistration;
  /** What the one browser holds that began it. */
  readonly session: string;
  readonly asked: readonly string[];
  readonly settings: ConnectionSettings;
}

/**
 * Remembers what the way back is compared with: state and browser as hashes, the rest sealed for this request alone.
 *
 * @returns id of the request
 */
export async function keepPending(
  { on, terms }: ConsentServices,
  tx: Tx,
  begun: BegunConsent,
  { state, ...rest }: PendingAuthorization,
): Promise<string> {
  const { practiceId, link, registration, session, asked, settings } = begun;
  const requestId = rowId();
  const now = on.clock.now();
  const vault = await on.vault.forPractice(tx, practiceId);
  await insertAuthorizationRequest(tx, practiceId, {
    requestId,
    linkId: link.linkId,
    context: registration.context,
    stateHash: hashSecret('state', state),
    sessionHash: hashSecret('session', session),
    pending: vault.seal(placeOf(requestId), JSON.stringify(rest)),
    scopes: asked,
    settings,
    createdAt: new Date(now),
    expiresAt: new Date(now + (terms?.requestMs ?? usualTerms.requestMs)),
  });
  return requestId;
}

/** @param state as it came back, and was found by its hash */
export async function openPending(
  { on }: ConsentServices,
  tx: Tx,
  practiceId: string,
  { requestId, pending }: Pick<AuthorizationRequestRow, 'requestId' | 'pending'>,
  state: string,
): Promise<PendingAuthorization | undefined> {
  if (pending === undefined) return undefined;
  const opened = await on.vault.open(tx, practiceId, placeOf(requestId), pending);
  return { ...JSON.parse(opened.reveal()), state };
}

/** How a request went, as its page tells it. */
export type Outcome = {
  readonly code: 'connected' | ProblemCode;
  /** Id of the HTTP request that it went wrong in. */
  readonly reference?: string;
} & Pick<ProblemDetails, 'surplus' | 'missing' | 'revocation'>;

/**
 * Notes how a request went, whichever way, so that its page can be loaded again.
 *
 * @throws ConsentProblem in the place of whatever `work` throws
 */
export async function withOutcome(
  { on }: ConsentServices,
  about: { readonly practiceId: string; readonly requestId: string; readonly reference: string },
  work: () => Promise<void>,
): Promise<void> {
  const { practiceId, requestId, reference } = about;
  const note = (outcome: Outcome): Promise<void> =>
    on.database.withPractice(practiceId, (tx) => noteAuthorizationOutcome(tx, requestId, { ...outcome }));
  try {
    await work();
  } catch (error) {
    const { code, details } = problemOf(error);
    const { surplus = [], missing = [], revocation } = details;
    await note({ code, reference, surplus, missing, ...(revocation && { revocation }) }).catch(() => {});
    throw problemOf(error);
  }
  await note({ code: 'connected' });
}

/** What {@link withOutcome} noted. */
export function outcomeOf(noted: JsonObject | undefined): Outcome | undefined {
  // Written by withOutcome alone.
  return noted as unknown as Outcome | undefined;
}

function placeOf(requestId: string) {
  return { row: requestId, kind: 'authorization-request', version: 0 };
}
