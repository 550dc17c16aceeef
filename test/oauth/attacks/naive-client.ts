import { createHash, randomBytes } from 'node:crypto';
import { type CryptoKey, SignJWT } from 'jose';

/**
 * A client as it is often written: it believes whatever document it reads, and does what works. Each attack here first
 * has to succeed against it, which shows that the attack is one.
 */
export interface NaiveClient {
  readonly clientId: string;
  readonly clientSecret?: string;
  readonly redirectUri: string;
  readonly scope: readonly string[];
  readonly fetch?: (url: string, init?: RequestInit) => Promise<Response>;
}

/** As it came, unread. */
export interface Discovered {
  readonly issuer?: string;
  readonly authorization_endpoint?: string;
  readonly token_endpoint: string;
  readonly revocation_endpoint?: string;
  readonly code_challenge_methods_supported?: readonly string[];
}

export interface NaivePending {
  readonly server: Discovered;
  readonly state: string;
  readonly codeVerifier?: string;
}

/** Uses PKCE where the server announces it, and the first method that it names. */
export function naiveBegin(client: NaiveClient, server: Discovered): { url: string; pending: NaivePending } {
  const state = randomBytes(16).toString('base64url');
  const codeVerifier = randomBytes(32).toString('base64url');
  const [method] = server.code_challenge_methods_supported ?? [];
  const url = new URL(server.authorization_endpoint ?? '');
  url.search = String(
    new URLSearchParams({
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: client.redirectUri,
      scope: client.scope.join(' '),
      state,
      ...(method === undefined ? {} : { code_challenge_method: method }),
      ...(method === 'plain' ? { code_challenge: codeVerifier } : {}),
      ...(method === 'S256'
        ? { code_challenge: createHash('sha256').update(codeVerifier).digest('base64url') }
        : {}),
    }),
  );
  return { url: url.href, pending: { server, state, ...(method === undefined ? {} : { codeVerifier }) } };
}

/** Compares the state, for it has heard of that, and nothing else. */
export async function naiveFinish(
  client: NaiveClient,
  pending: NaivePending,
  callback: URL,
): Promise<string | undefined> {
  if (callback.searchParams.get('state') !== pending.state) throw new Error('state');
  return naiveToken(client, pending.server, {
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code') ?? '',
    redirect_uri: client.redirectUri,
    ...(pending.codeVerifier === undefined ? {} : { code_verifier: pending.codeVerifier }),
  });
}

/** Asks the server's document again whenever it refreshes, so as to be up to date. */
export async function naiveRefresh(
  client: NaiveClient,
  fhirBase: string,
  refreshToken: string,
): Promise<void> {
  const { fetch = globalThis.fetch } = client;
  const answer = await fetch(`${fhirBase}/.well-known/smart-configuration`);
  // Believed as it is: that is the point.
  const server = (await answer.json()) as Discovered;
  await naiveToken(client, server, { grant_type: 'refresh_token', refresh_token: refreshToken });
}

async function naiveToken(
  { clientId, clientSecret, fetch = globalThis.fetch }: NaiveClient,
  server: Discovered,
  form: Record<string, string>,
): Promise<string | undefined> {
  const basic = Buffer.from(`${clientId}:${encodeURIComponent(clientSecret ?? '')}`).toString('base64');
  const answer = await fetch(server.token_endpoint, {
    method: 'POST',
    headers: clientSecret === undefined ? {} : { authorization: `Basic ${basic}` },
    body: new URLSearchParams({ ...form, ...(clientSecret === undefined ? { client_id: clientId } : {}) }),
  });
  const body: unknown = await answer.json();
  return typeof body === 'object' && body !== null && 'access_token' in body
    ? String(body.access_token)
    : undefined;
}

/** Signs for whomever the document names: one key for all servers, `aud` from what it has just read. */
export async function naiveAssertion(
  { clientId }: NaiveClient,
  key: CryptoKey,
  kid: string,
  audience: string,
): Promise<Record<string, string>> {
  const assertion = await new SignJWT({ jti: randomBytes(16).toString('hex') })
    .setProtectedHeader({ alg: 'ES384', kid, typ: 'JWT' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(audience)
    .setExpirationTime('4m')
    .sign(key);
  return {
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  };
}
