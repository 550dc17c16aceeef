import assert from 'node:assert/strict';
import type { Resource } from '@medplum/fhirtypes';
import { canonicalRoot } from '#fhir/canonical.ts';
import { assertValidFhir } from './fhir-validation.ts';

/** What came back. Its body was found to be valid FHIR R4 and valid by our profiles. */
export interface FhirResponse {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into the JSON of answers that they assert on
  readonly body: any;
  /** Code of ours, for an OperationOutcome that says no or "not yet". */
  readonly code: string | undefined;
}

export interface FhirCall {
  /** An object or list goes out as JSON, URLSearchParams as a form, a text as it is. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Another token than the agent's own; null for none. */
  readonly token?: string | null;
}

/** An agent of one practice as its own code would call: a token of the token endpoint, then FHIR. */
export interface TestAgent {
  readonly id: string;
  readonly clientId: string;
  readonly secret: string;
  /** The same one each time: it lives longer than a test file. */
  token(): Promise<string>;
  /** @param path below the FHIR base, or an absolute address on the gateway, e.g. of a `next` link */
  fhir(method: string, path: string, call?: FhirCall): Promise<FhirResponse>;
}

export function createTestAgent(options: {
  readonly url: string;
  readonly id: string;
  readonly clientId: string;
  readonly secret: string;
}): TestAgent {
  const { url, id, clientId, secret } = options;
  let known: string | undefined;
  async function token(): Promise<string> {
    if (known !== undefined) return known;
    const credentials = Buffer.from(`${clientId}:${secret}`).toString('base64');
    const answer = await fetch(`${url}/oauth/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${credentials}` },
      body: new URLSearchParams({ grant_type: 'client_credentials' }),
    });
    const granted = (await answer.json()) as { access_token: string }; // RFC 6749 §5.1
    assert.equal(answer.status, 200, JSON.stringify(granted));
    known = granted.access_token;
    return known;
  }
  return {
    id,
    clientId,
    secret,
    token,
    fhir: async (method, path, call = {}) =>
      callFhir(url, method, path, { ...call, token: call.token === undefined ? await token() : call.token }),
  };
}

/** One request to the FHIR door. Every answer is checked, so that no test can forget to. */
export async function callFhir(
  url: string,
  method: string,
  path: string,
  { body, headers = {}, token }: FhirCall,
): Promise<FhirResponse> {
  const address = path.startsWith('http') ? path : `${url}/fhir/R4${path}`;
  const answer = await fetch(address, {
    method,
    redirect: 'manual',
    signal: AbortSignal.timeout(30_000),
    headers: { ...contentType(method, body), ...(token && { authorization: `Bearer ${token}` }), ...headers },
    ...(body !== undefined && { body: encoded(body) }),
  });
  const text = await answer.text();
  const where = `${method} ${path}: ${answer.status}`;
  assert.ok(answer.headers.get('x-request-id'), `${where} names the request.`);
  if (text === '')
    return { status: answer.status, headers: answer.headers, body: undefined, code: undefined };
  const resource: unknown = JSON.parse(text);
  if (!path.endsWith('/.well-known/smart-configuration')) {
    assert.match(answer.headers.get('content-type') ?? '', /^application\/fhir\+json; charset=utf-8$/, where);
    assert.equal(answer.headers.get('cache-control'), 'no-store', where);
    assertValidFhir(resource);
    assertProfiled(resource as Resource); // assertValidFhir takes nothing else
  }
  return {
    status: answer.status,
    headers: answer.headers,
    body: resource,
    code: codeOf(resource as Resource),
  };
}

function contentType(method: string, body: unknown): Record<string, string> {
  if (body === undefined || typeof body === 'string') return {};
  if (body instanceof URLSearchParams) return { 'content-type': 'application/x-www-form-urlencoded' };
  return { 'content-type': method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json' };
}

function encoded(body: unknown): string {
  if (typeof body === 'string') return body;
  return body instanceof URLSearchParams ? body.toString() : JSON.stringify(body);
}

/** What we emit says by which profile of ours it can be judged; the CapabilityStatement alone has none. */
function assertProfiled(resource: Resource): void {
  const inner = resource.resourceType === 'Bundle' ? (resource.entry ?? []) : [];
  for (const { resource: one, response } of inner) {
    if (one) assertProfiled(one);
    if (response?.outcome) assertProfiled(response.outcome);
  }
  if (resource.resourceType === 'CapabilityStatement') return;
  const claims = resource.meta?.profile ?? [];
  assert.ok(
    claims.some((claim) => claim.startsWith(canonicalRoot)),
    `${resource.resourceType} claims a profile.`,
  );
}

function codeOf(resource: Resource): string | undefined {
  return resource.resourceType === 'OperationOutcome'
    ? resource.issue[0]?.details?.coding?.[0]?.code
    : undefined;
}
