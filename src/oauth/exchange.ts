import { OAuthFailure, ourFailure } from './oauth-failure.ts';

/** What of `fetch` is used here. Redirects are an error, bodies are text. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;
export interface FetchInit {
  readonly method: 'GET' | 'POST';
  readonly headers: Record<string, string>;
  readonly body?: string;
  readonly redirect: 'error';
  readonly signal?: AbortSignal;
}
export interface FetchAnswer {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: AsyncIterable<Uint8Array> | null;
}

export interface Answer {
  readonly status: number;
  /** From `Retry-After` (RFC 9110 §10.2.3), where it is there and makes sense. */
  readonly retryAfterSeconds: number | undefined;
  /** The body, if it is a JSON object; else undefined. */
  readonly json: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Sends one request once and reads the answer whole, at most 64 KiB of it. Whether it is JSON is seen by reading it: the
 * content type decides nothing.
 *
 * @throws OAuthFailure when no whole answer came: `unreachable`, `timeout`, `reset`, `redirect`, `too-large`, `wall`
 */
export async function exchange(
  ask: Fetch,
  clock: () => number,
  request: Omit<FetchInit, 'redirect'> & { readonly url: string },
): Promise<Answer> {
  const { url, ...init } = request;
  try {
    const answer = await ask(url, { ...init, redirect: 'error' });
    const text = await textOf(answer.body);
    if (text === undefined) throw ourFailure('too-large', { status: answer.status });
    const retryAfterSeconds = secondsUntil(answer.headers.get('retry-after'), clock);
    return { status: answer.status, retryAfterSeconds, json: jsonObject(text) };
  } catch (error) {
    throw transportFailure(error, init.signal);
  }
}

const mostBytes = 65_536;

async function textOf(body: AsyncIterable<Uint8Array> | null): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop early cancels the rest of the body.
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > mostBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function jsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Seconds or a date; more than a day is not believed. */
function secondsUntil(retryAfter: string | null, clock: () => number): number | undefined {
  if (retryAfter === null) return undefined;
  const seconds = /^\d{1,9}$/.test(retryAfter)
    ? Number(retryAfter)
    : Math.ceil((Date.parse(retryAfter) - clock()) / 1_000);
  return seconds >= 0 && seconds <= 86_400 ? seconds : undefined;
}

/**
 * What became of a request whose answer is not there. Errors of other people's `fetch` are read by name and code, along
 * their causes; nothing of them is kept.
 */
function transportFailure(error: unknown, signal: AbortSignal | undefined): OAuthFailure {
  const links = chainOf(error);
  for (const link of links) if (link instanceof OAuthFailure) return link;
  const found = links.flatMap(({ name, code, reason, message }) =>
    [name, code, reason, message].filter((word) => typeof word === 'string'),
  );
  const has = (...words: readonly string[]): boolean => words.some((word) => found.includes(word));
  if (has('WallRefusal') || (has('ConnectFailure') && has('address'))) return ourFailure('wall');
  if (has('ConnectFailure', ...neverConnected)) return ourFailure('unreachable');
  if (signal?.aborted === true || has('TimeoutError', 'AbortError')) return ourFailure('timeout');
  if (has('unexpected redirect')) return ourFailure('redirect');
  return ourFailure('reset');
}

/** Codes of Node and undici for an end before the first byte of a request; a certificate is judged before it too. */
const neverConnected = [
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
] as const;

type Link = Error & { readonly code?: unknown; readonly reason?: unknown };

/** An error and its causes. */
function chainOf(error: unknown): Link[] {
  const links: Link[] = [];
  for (let next = error; next instanceof Error && links.length < 8; next = next.cause) links.push(next);
  return links;
}
