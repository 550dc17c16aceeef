import { randomUUID } from 'node:crypto';
import { decodeJwt } from 'jose';
import type { Endpoint } from './endpoint.ts';
import type { Issuer } from './issuer.ts';
import type { AuthorizationServerPlan, OAuthRequest } from './plan.ts';
import type { ProviderRequest } from './provider-call.ts';

/** A request to the authorization server, read and made ready for oidc-provider. */
export interface Arrival {
  readonly endpoint: Endpoint;
  readonly form: URLSearchParams;
  /** What an error hook may know; `reason` is still to come. */
  readonly about: OAuthRequest;
  readonly request: ProviderRequest;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  /** Without the question mark. */
  readonly search: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

export function readArrival({ plan, origin, store }: Issuer, endpoint: Endpoint, raw: RawRequest): Arrival {
  const form = new URLSearchParams(raw.body);
  const query = new URLSearchParams(raw.search);
  const asked = raw.method === 'POST' ? form : query;
  const headers: Record<string, string | undefined> = { ...raw.headers, host: new URL(origin).host };
  // The body is handed over whole.
  delete headers['transfer-encoding'];
  delete headers['content-length'];
  const about: OAuthRequest = {
    endpoint: reportedAs(endpoint),
    origin,
    path: raw.path,
    clientId: claimedClientId(asked, headers.authorization, plan),
    grantType: form.get('grant_type') ?? undefined,
    reason: undefined,
    id: randomUUID(),
  };
  if (plan.proofKeys === 'ignored')
    for (const part of [asked, form]) for (const name of PROOF_KEYS) part.delete(name);
  if (endpoint.name === 'authorize') {
    // Without `consent` the provider drops offline_access; `login` and no session: each time a person signs in.
    if (asked.get('prompt') !== 'none') asked.set('prompt', 'login consent');
    headers.cookie = undefined;
  }
  if (endpoint.name === 'introspection' || endpoint.name === 'revocation') {
    const opaque = store.jwts.get(form.get('token') ?? '')?.opaque;
    if (opaque !== undefined) form.set('token', opaque);
  }
  if (plan.basicCredentials === 'plain' && headers.authorization !== undefined)
    headers.authorization = formEncodedBasic(headers.authorization);
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(headers['content-type'] ?? '');
  // A form for the authorization endpoint is asked as a query: over plain http the provider takes no other.
  const isAsked = endpoint.name === 'authorize' && isForm;
  const search = String(isAsked ? form : query);
  return {
    endpoint,
    form,
    about,
    request: {
      method: isAsked ? 'GET' : raw.method,
      url: endpoint.asked + (search === '' ? '' : `?${search}`),
      headers,
      body: isAsked ? '' : isForm ? String(form) : raw.body,
    },
  };
}

/** Query of a logged request: what names no person and opens nothing is kept, the rest is only said to be there. */
export function loggedQuery(search: string): Record<string, string> {
  const entries = [...new URLSearchParams(search)];
  return Object.fromEntries(
    entries.map(([name, value]) => [name, LOGGED.has(name) ? value : '(not logged)']),
  );
}

const LOGGED: ReadonlySet<string> = new Set(
  'response_type response_mode client_id redirect_uri scope aud prompt code_challenge_method'.split(' '),
);

const PROOF_KEYS = ['code_challenge', 'code_challenge_method', 'code_verifier'];

function reportedAs({ name }: Endpoint): OAuthRequest['endpoint'] {
  return name === 'token' || name === 'revocation' || name === 'introspection' ? name : 'authorize';
}

function claimedClientId(
  asked: URLSearchParams,
  authorization: string | undefined,
  { basicCredentials }: AuthorizationServerPlan,
): string | undefined {
  const [id] = basicOf(authorization) ?? [];
  if (id !== undefined) return basicCredentials === 'plain' ? id : formDecoded(id);
  try {
    return asked.get('client_id') ?? decodeJwt(asked.get('client_assertion') ?? '').sub;
  } catch {
    return undefined;
  }
}

/** Id and secret as they stand in the header. */
function basicOf(authorization: string | undefined): [string, string] | undefined {
  const [, encoded] = /^Basic (\S+)$/i.exec(authorization ?? '') ?? [];
  if (encoded === undefined) return undefined;
  const [, id, secret] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString()) ?? [];
  return id === undefined || secret === undefined ? undefined : [id, secret];
}

/** The same credentials as RFC 6749 §2.3.1 writes them, for a provider that reads no others. */
function formEncodedBasic(authorization: string): string {
  const pair = basicOf(authorization);
  if (pair === undefined) return authorization;
  return `Basic ${Buffer.from(pair.map(encodeURIComponent).join(':')).toString('base64')}`;
}

function formDecoded(text: string): string | undefined {
  return new URLSearchParams(`x=${text}`).get('x') ?? undefined;
}
