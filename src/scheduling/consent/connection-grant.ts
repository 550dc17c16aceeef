import type { Adapter, ConnectionSettings } from '#adapter-kit/adapter.ts';
import { WallRefusal } from '#egress/wall-refusal.ts';
import { clientCredentialsGrant } from '#oauth/client-credentials-grant.ts';
import { ourFailure, tokenEndpointFailure } from '#oauth/oauth-failure.ts';
import { refreshGrant } from '#oauth/refresh-grant.ts';
import { revokeToken } from '#oauth/revocation.ts';
import { judgeScopes, type ScopeVerdict } from '#oauth/scope-verdict.ts';
import { listConnections } from '#store/connections.ts';
import { type Consent, currentConsent, listConsents } from '#store/consents.ts';
import type { Database } from '#store/database.ts';
import { type OAuthRegistration, readRegistration } from '#store/oauth-registrations.ts';
import { listWiderGrants } from '#store/wider-grants.ts';
import type { LooseTokens, TokenGrant } from '#vault/token-grant.ts';
import { oauthOf } from './authorization-server.ts';
import { consentedChoices } from './chosen-scopes.ts';
import { type ClientSources, oauthClientOf, pinnedServer } from './oauth-client.ts';
import { askedScopes } from './scope-plan.ts';

/** How the tokens of connections are renewed and given up; what the token vault asks for. */
export interface ConnectionGrants {
  /**
   * How the tokens of one connection are renewed, and what an answer may grant: by its newest consent, by the
   * registration that it was given to, and by its settings. Opens transactions of its own.
   *
   * @throws Error for a connection that was never consented to, or is not any more
   */
  grantOf(practiceId: string, connectionId: string): Promise<TokenGrant>;
  /**
   * Tells the EMR that tokens are not used any more (RFC 7009), as the registration that they were granted to.
   *
   * @throws OAuthFailure; Error when nothing was consented to by then, or at another authorization server
   */
  revoke(practiceId: string, connectionId: string, tokens: LooseTokens): Promise<'revoked' | 'not-offered'>;
}

export interface ConnectionGrantsOptions extends ClientSources {
  readonly database: Database;
  readonly adapterOf: (id: string) => Adapter;
}

export function createConnectionGrants(options: ConnectionGrantsOptions): ConnectionGrants {
  const { database, adapterOf } = options;

  async function registrationOf(consent: Consent | undefined): Promise<OAuthRegistration> {
    const registration =
      consent && (await database.withoutPractice((tx) => readRegistration(tx, consent.context)));
    if (!registration) throw new Error('The connection was never consented to.');
    return registration;
  }

  return {
    async grantOf(practiceId, connectionId) {
      const { consent, settings } = await database.withPractice(practiceId, async (tx) => ({
        consent: await currentConsent(tx, connectionId),
        settings: (await listConnections(tx)).find((one) => one.connectionId === connectionId)?.settings,
      }));
      const registration = await registrationOf(consent);
      if (!consent) throw new Error('The connection is not consented to any more.');
      const authorization = oauthOf(adapterOf(registration.adapter));
      const accepted = [
        ...(await acceptedWider(database, practiceId, registration.context)),
        ...consentedChoices(authorization.scopes, registration, consent.asked),
      ];
      return {
        profile: authorization.refreshTokens,
        server: serverOf(registration),
        async refresh(refreshToken) {
          const client = await oauthClientOf(options, authorization, registration).catch((error: unknown) => {
            // Nothing was sent. What is missing is for the operator, and not in a failure's words.
            throw ourFailure(error instanceof WallRefusal ? 'wall' : 'client-key');
          });
          if (registration.grantType === 'client_credentials')
            return clientCredentialsGrant(client, consent.asked);
          // Nothing to renew it by: a person has to consent again.
          if (refreshToken === undefined) throw tokenEndpointFailure('invalid_grant');
          return refreshGrant(client, refreshToken.reveal());
        },
        judge: (scope) =>
          judgeGrant(authorization, registration, {
            asked: consent.asked,
            granted: scope ?? consent.granted.join(' '),
            accepted,
            settings: settings ?? {},
          }),
      };
    },

    async revoke(practiceId, connectionId, tokens) {
      const { askedAt, server } = tokens;
      const consents = await database.withPractice(practiceId, (tx) => listConsents(tx, connectionId));
      const given = consents.find((one) => askedAt === undefined || one.consentedAt <= askedAt);
      const registration = await registrationOf(given);
      // A consent that waited for the refresh has an earlier date than the request.
      if (server !== undefined && server !== serverOf(registration))
        throw new Error('These tokens are of another authorization server.');
      const authorization = oauthOf(adapterOf(registration.adapter));
      return revokeTokens(await oauthClientOf(options, authorization, registration), tokens);
    },
  };
}

/** Revokes the refresh token, with which most servers end the access tokens too, else the access token. */
export async function revokeTokens(
  client: Parameters<typeof revokeToken>[0],
  { accessToken, refreshToken }: LooseTokens,
): Promise<'revoked' | 'not-offered'> {
  let told: 'revoked' | 'not-offered' = 'not-offered';
  if (refreshToken) told = await revokeToken(client, refreshToken.reveal(), 'refresh_token');
  if (accessToken) told = await revokeToken(client, accessToken.reveal(), 'access_token');
  return told;
}

/** What a grant is worth, by what was asked, by what the practice has accepted beyond it, and by what it has chosen. */
export function judgeGrant(
  authorization: Parameters<typeof askedScopes>[0],
  registration: Parameters<typeof askedScopes>[1],
  grant: {
    readonly asked: readonly string[];
    readonly granted: string | undefined;
    readonly accepted: readonly string[];
    readonly settings: ConnectionSettings;
  },
): ScopeVerdict {
  return judgeScopes({
    requested: grant.asked,
    granted: grant.granted,
    policy: askedScopes(authorization, registration, grant.settings).policy,
    acceptedWider: grant.accepted,
  });
}

/** Scopes beyond scheduling that a practice has accepted at one EMR. */
export async function acceptedWider(
  database: Database,
  practiceId: string,
  context: string,
): Promise<readonly string[]> {
  const grants = await database.withPractice(practiceId, (tx) => listWiderGrants(tx, context));
  return [...new Set(grants.flatMap(({ scopes }) => scopes))];
}

/** By which name refreshes count against an authorization server's limit. */
export function serverOf(registration: OAuthRegistration): string {
  return pinnedServer(registration).issuer;
}
