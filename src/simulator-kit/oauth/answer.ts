import type { OutgoingHttpHeaders } from 'node:http';
import type { EmrAnswer } from '../emr-message.ts';
import type { Arrival } from './arrival.ts';
import { pageHeaders } from './pages.ts';
import type { AuthorizationServerPlan } from './plan.ts';
import type { ProviderAnswer } from './provider-call.ts';

/** An answer of the authorization server before it is sent; an object is sent as JSON. */
export interface OAuthAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string | Readonly<Record<string, unknown>>;
}

/** What oidc-provider answered, in the manner of the vendor. */
export function vendorAnswer(
  plan: AuthorizationServerPlan,
  arrival: Arrival,
  answer: ProviderAnswer,
): OAuthAnswer {
  const { name } = arrival.endpoint;
  const { 'content-length': _, 'content-type': type, ...headers } = answer.headers;
  const body = bodyOf(answer.body);
  if (answer.failure !== undefined && DIRECT.has(name)) return failureAnswer(plan, arrival, answer);
  if (typeof headers.location === 'string' && answer.redirectUri !== undefined)
    return { ...answer, headers: { ...headers, location: backAtClient(plan, arrival, answer) }, body: '' };
  if (name === 'discovery' && typeof body === 'object')
    return { ...answer, headers, body: metadata(plan, body) };
  if (typeof body === 'object') return { ...answer, headers, body };
  return { ...answer, headers: { ...headers, ...(/html/.test(String(type)) ? pageHeaders : {}) }, body };
}

/** An error of token, revocation or introspection endpoint. */
export function oauthError(
  plan: AuthorizationServerPlan,
  arrival: Arrival,
  status: number,
  code: string,
  reason: string | undefined,
): OAuthAnswer {
  const request = { ...arrival.about, reason };
  const {
    headers = {},
    body = '',
    ...rest
  }: EmrAnswer = plan.error?.(status, code, request) ?? {
    status,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify({ error: code, ...(reason === undefined ? {} : { error_description: reason }) }),
  };
  return { ...rest, headers: { 'cache-control': 'no-store', pragma: 'no-cache', ...headers }, body };
}

/** The answer to an authorization request: who signed in before in this browser is forgotten, so that another may. */
export function withoutSession(origin: string, answer: OAuthAnswer): OAuthAnswer {
  const cookies = [answer.headers['set-cookie'] ?? []].flat().map(String);
  const ended = `${sessionCookie(origin)}=; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly`;
  return { ...answer, headers: { ...answer.headers, 'set-cookie': [...cookies, ended] } };
}

/** Cookies are not told apart by port, and several simulators share a host. */
export function sessionCookie(origin: string): string {
  return `emr_session_${new URL(origin).port}`;
}

function failureAnswer(
  plan: AuthorizationServerPlan,
  arrival: Arrival,
  { failure, headers }: ProviderAnswer,
): OAuthAnswer {
  const { statusCode = 500, error = 'server_error', error_description } = failure ?? {};
  // The hook is told why; a vendor without one says no more than the server does.
  const reason = plan.error === undefined ? error_description : (failure?.error_detail ?? error_description);
  const answer = oauthError(plan, arrival, statusCode, error, reason);
  const { 'www-authenticate': challenge } = headers;
  if (answer.status !== 401 || challenge === undefined) return answer;
  return { ...answer, headers: { 'www-authenticate': challenge, ...answer.headers } };
}

/** The address to which the person is sent back. */
function backAtClient(
  plan: AuthorizationServerPlan,
  { about }: Arrival,
  { headers, redirectUri = '', failure }: ProviderAnswer,
): string {
  const location = String(headers.location);
  if (!location.startsWith(redirectUri)) return location;
  const address = new URL(location);
  const { searchParams } = address;
  if (!plan.authorizationResponseIss) searchParams.delete('iss');
  if (failure !== undefined && plan.redirectError !== undefined) {
    const reason = failure.error_detail ?? failure.error_description;
    for (const name of ['error', 'error_description', 'scope']) searchParams.delete(name);
    const members = plan.redirectError(failure.error, { ...about, reason });
    for (const [name, value] of Object.entries(members)) searchParams.set(name, value);
  }
  return address.href;
}

function metadata(
  plan: AuthorizationServerPlan,
  { authorization_response_iss_parameter_supported: _, ...rest }: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  return plan.authorizationResponseIss
    ? { ...rest, authorization_response_iss_parameter_supported: true }
    : rest;
}

function bodyOf(body: unknown): string | Readonly<Record<string, unknown>> {
  if (typeof body === 'string') return body;
  if (body === undefined || body === null) return '';
  // Whatever else oidc-provider answers with is an object of JSON.
  return body as Readonly<Record<string, unknown>>;
}

/** Endpoints whose errors are answers, and not pages or redirects. */
const DIRECT: ReadonlySet<string> = new Set(['token', 'revocation', 'introspection']);
