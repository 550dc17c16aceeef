import { randomUUID } from 'node:crypto';
import { importJWK, type JWK, SignJWT } from 'jose';
import type { OAuthAnswer } from './answer.ts';
import { type Issuer, settingsOf } from './issuer.ts';
import type { AuthorizationServerPlan, BearerToken } from './plan.ts';
import { split } from './scopes.ts';
import type { TokenStore } from './token-store.ts';

/** Turns a token answer of oidc-provider into the vendor's: its form of token, its members, its refresh policy. */
export async function issue(
  { plan, origin, store }: Issuer,
  answer: OAuthAnswer,
  grantType: string | undefined,
  rescope: Rescope = (scopes) => scopes,
): Promise<OAuthAnswer> {
  const { body } = answer;
  if (typeof body === 'string' || typeof body.access_token !== 'string') return answer;
  const opaque = body.access_token;
  const scope = rescope(split(store.bearer(opaque)?.scope)).join(' ');
  writeScope(store, opaque, scope);
  const token = store.bearer(opaque);
  if (grantType === 'refresh_token' && plan.refreshEndsAccessTokens === true)
    store.endOtherAccessTokens(opaque);
  // A token that is over the moment it was made cannot be told of.
  if (token === undefined) return answer;
  const { refresh_token, ...rest } = body;
  const keeps = grantType === 'refresh_token' && settingsOf(plan, store).refreshTokens === 'kept';
  return {
    ...answer,
    body: {
      ...rest,
      ...(plan.expiresIn === 'string' && { expires_in: String(rest.expires_in) }),
      access_token:
        plan.accessTokenFormat === 'jwt' ? await jwtOf(store, origin, plan, opaque, token) : opaque,
      scope,
      ...(refresh_token === undefined || keeps ? {} : { refresh_token }),
      ...plan.tokenMembers?.(token),
    },
  };
}

export type Rescope = (scopes: readonly string[]) => readonly string[];

/** What the answer says is what the token is good for. */
function writeScope(store: TokenStore, opaque: string, scope: string): void {
  for (const model of ['AccessToken', 'ClientCredentials'].map(store.model)) {
    const row = model.get(opaque);
    if (row !== undefined && row.payload.scope !== scope)
      store.write(() => model.put(opaque, { ...row, payload: { ...row.payload, scope } }));
  }
}

/** A JWT that stands for the token; nobody but the server is to look into it. */
async function jwtOf(
  store: TokenStore,
  origin: string,
  { paths }: AuthorizationServerPlan,
  opaque: string,
  { clientId, subject, scope, expiresAt }: BearerToken,
): Promise<string> {
  // Made by `signingKeys` before the first request.
  const key = store.keys.get('ES256')?.jwk as JWK & { readonly alg: string };
  const jwt = await new SignJWT({ client_id: clientId, scope, jti: randomUUID() })
    .setProtectedHeader({ alg: key.alg, typ: 'at+jwt', ...(key.kid === undefined ? {} : { kid: key.kid }) })
    .setIssuer(origin + paths.issuer)
    .setSubject(subject ?? clientId)
    .setIssuedAt()
    .setExpirationTime(Math.floor(expiresAt / 1000))
    .sign(await importJWK(key));
  store.write(() => store.jwts.put(jwt, { id: jwt, opaque, expiresAt }));
  return jwt;
}
