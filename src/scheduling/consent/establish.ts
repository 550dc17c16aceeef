import type { OAuthClient } from '#oauth/client.ts';
import { clientCredentialsGrant } from '#oauth/client-credentials-grant.ts';
import type { ScopeVerdict } from '#oauth/scope-verdict.ts';
import type { TokenAnswer } from '#oauth/token-answer.ts';
import { consumeAuthorizationRequest } from '#store/authorization-requests.ts';
import { insertConnection, listConnections, setConnectionCanWrite } from '#store/connections.ts';
import { endConsents, insertConsent } from '#store/consents.ts';
import { Secret } from '#vault/secret.ts';
import type { NewGrant } from '#vault/token-grant.ts';
import { attemptOf, type Caller } from '../caller.ts';
import { proveConnection } from '../connect.ts';
import { changeConnectionState, noteConnectionState } from '../connection-state.ts';
import { rowId } from '../ids.ts';
import { refuseClosed } from './admission.ts';
import { oauthOf } from './authorization-server.ts';
import { acceptedWider, judgeGrant, revokeTokens, serverOf } from './connection-grant.ts';
import { lookFirst } from './first-look.ts';
import { useLink } from './link-end.ts';
import { isOfAnotherPractice } from './links.ts';
import { newSecret } from './one-time.ts';
import { type BegunConsent, keepPending, withOutcome } from './pending.ts';
import { ConsentProblem, type ProblemCode } from './problem.ts';
import { problemOf, reportInternal } from './problem-of.ts';
import type { ConsentServices } from './services.ts';

type Granted = Pick<TokenAnswer, 'accessToken' | 'expiresInSeconds' | 'scope'> & {
  readonly refreshToken?: string;
};

/**
 * Makes a connection of a fresh grant: judges it, seals it together with the connection in one transaction, proves it
 * by a read without patient data and reads the directory. A grant that is not taken, for whatever reason, is revoked.
 *
 * A grant that is good while its first read fails stays: the connection says `degraded`, and the read can be repeated.
 * Not so where the EMR is one that may want wider scopes and refuses that read: then nothing is connected.
 *
 * @throws ConsentProblem of the scopes, `no-refresh-token`, of the first look, `registration-taken`, of a link that has ended, and
 *   as `refuseClosed`
 */
export async function establish(
  services: ConsentServices,
  caller: Caller,
  begun: Omit<BegunConsent, 'session'>,
  client: OAuthClient,
  granted: Granted,
): Promise<void> {
  const { on } = services;
  const { practiceId, link } = begun;
  const attempt = attemptOf(caller, {
    action: 'connection.connect',
    resourceId: link.connectionId,
  });
  const tokens = {
    accessToken: new Secret(granted.accessToken),
    refreshToken: granted.refreshToken === undefined ? undefined : new Secret(granted.refreshToken),
  };
  try {
    const verdict = await judge(services, begun, granted);
    const refusal = refusalOf(verdict, begun.registration, tokens);
    if (refusal) {
      await on.audit.write(practiceId, { ...attempt, outcome: 'refused', reason: 'insufficient-scope' });
      throw refusal;
    }
    await lookFirst(services, begun, tokens.accessToken).catch(async (error: unknown) => {
      await on.audit.write(practiceId, { ...attempt, outcome: 'refused', reason: 'emr-refused-access' });
      throw error;
    });
    await on.audit.transaction(practiceId, attempt, (tx) =>
      keep(services, tx, begun, { verdict, tokens, granted }),
    );
  } catch (error) {
    const { code, details, cause } = problemOf(error);
    // Best effort: what the EMR does not hear now ends by itself.
    const revocation = await revokeTokens(client, tokens).catch(() => 'failed' as const);
    throw new ConsentProblem(code, { ...details, revocation, cause });
  }
  on.cache.forget(`practice/${practiceId}`);
  try {
    await proveConnection(on, practiceId, link.connectionId);
  } catch (error) {
    const problem = problemOf(error);
    reportInternal(on.report, caller.requestId, problem);
    const reason = problem.code === 'emr-refused-access' ? 'unauthorized' : 'not-proven';
    const seen = { state: 'degraded', reason } as const;
    await on.database.withPractice(practiceId, (tx) =>
      noteConnectionState(tx, practiceId, link.connectionId, seen, on.clock.now()),
    );
    on.cache.forget(`practice/${practiceId}`);
  }
}

/** Why a grant is not worth keeping. */
function refusalOf(
  verdict: ScopeVerdict,
  { grantType }: BegunConsent['registration'],
  { refreshToken }: Pick<NewGrant, 'refreshToken'>,
): ConsentProblem | undefined {
  if (verdict.verdict === 'refuse') {
    const { surplus, missing } = verdict;
    return new ConsentProblem(ofRefusal[verdict.reason], { surplus, missing });
  }
  const needsRenewal = grantType === 'authorization_code' && !refreshToken;
  return needsRenewal ? new ConsentProblem('no-refresh-token') : undefined;
}

/**
 * Client credentials: the same without a person to send away (SMART App Launch 2.2 "Backend Services").
 *
 * @returns what went wrong, noted for the result page
 */
export async function consentForOurselves(
  services: ConsentServices,
  caller: Caller,
  begun: BegunConsent,
  client: OAuthClient,
): Promise<ProblemCode | undefined> {
  const { on, random } = services;
  const { practiceId, registration } = begun;
  const requestId = await on.database.withPractice(practiceId, async (tx) => {
    // Nobody comes back with this state: the request is used up as it begins, and tells its page how it went.
    const id = await keepPending(services, tx, begun, {
      issuer: serverOf(registration),
      redirectUri: '',
      state: newSecret(random),
      pkce: 'none',
    });
    await consumeAuthorizationRequest(tx, id, new Date(on.clock.now()));
    return id;
  });
  try {
    await withOutcome(services, { practiceId, requestId, reference: caller.requestId }, async () => {
      const granted = await clientCredentialsGrant(client, begun.asked);
      await establish(services, caller, begun, client, granted);
    });
    return undefined;
  } catch (error) {
    const problem = problemOf(error);
    reportInternal(on.report, caller.requestId, problem);
    return problem.code;
  }
}

async function judge(
  { on }: ConsentServices,
  { practiceId, registration, asked, settings }: Omit<BegunConsent, 'session'>,
  { scope }: Granted,
): Promise<ScopeVerdict> {
  const authorization = oauthOf(on.emr.adapterOf(registration.adapter));
  const accepted = await acceptedWider(on.database, practiceId, registration.context);
  return judgeGrant(authorization, registration, { asked, granted: scope, accepted, settings });
}

interface FreshGrant {
  readonly verdict: ScopeVerdict;
  readonly tokens: Pick<NewGrant, 'accessToken' | 'refreshToken'>;
  readonly granted: Granted;
}

async function keep(
  { on, tokens: vault }: ConsentServices,
  tx: Parameters<typeof insertConnection>[0],
  { practiceId, link, registration, asked, settings }: Omit<BegunConsent, 'session'>,
  { verdict, tokens, granted }: FreshGrant,
): Promise<void> {
  const { connectionId } = link;
  const { adapter, kind, origin } = registration;
  const scopes = granted.scope?.split(' ').filter((scope) => scope !== '') ?? asked;
  // The tokens' row before all others: a refresh may hold it while it waits for the EMR, and nobody else shall wait too.
  await vault.store(tx, practiceId, connectionId, {
    ...tokens,
    expiresInSeconds: granted.expiresInSeconds,
    scopes,
    server: serverOf(registration),
  });
  // Not earlier: until here tokens of the consent before may have been asked for.
  const now = new Date(on.clock.now());
  await refuseClosed(tx, link);
  if (await isOfAnotherPractice(tx, registration)) throw new ConsentProblem('registration-taken');
  await useLink(tx, link.linkId, now);
  const known = (await listConnections(tx)).find((one) => one.connectionId === connectionId);
  if (known?.disabledAt) throw new ConsentProblem('practice-closed');
  if (known) {
    const connected = { state: 'connected', reason: undefined } as const;
    await changeConnectionState(tx, practiceId, connectionId, connected, now.getTime());
  } else await insertConnection(tx, practiceId, { connectionId, adapter, kind, origin, settings });
  const readOnly = verdict.verdict === 'accept-read-only';
  await setConnectionCanWrite(tx, connectionId, !readOnly);
  await endConsents(tx, connectionId, now);
  await insertConsent(tx, practiceId, {
    consentId: rowId(),
    connectionId,
    context: registration.context,
    asked,
    granted: scopes,
    verdict: readOnly ? 'read-only' : 'full',
    unverified: verdict.verdict === 'accept-unverified',
    consentedAt: now,
  });
}

const ofRefusal = {
  empty: 'scope-empty',
  different: 'scope-different',
  wider: 'scope-wider',
  'required-read-missing': 'scope-missing',
} as const satisfies Record<Extract<ScopeVerdict, { verdict: 'refuse' }>['reason'], ProblemCode>;
