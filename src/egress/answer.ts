import { type Route, VendorText, type WireAnswer, WireFailure } from '#adapter-kit/index.ts';
import type { Outcome } from './exchange.ts';
import { redirectedTo } from './without-redirects.ts';

/**
 * Turns the end of an exchange into what an adapter may see: the answer as the route's schema lets it through, every
 * other field dropped, or a WireFailure. The vendor's words are kept only as VendorText, 4,096 characters at most.
 */
export function readAnswer(routeId: string, route: Route, outcome: Outcome, now: number): ReadAnswer {
  if (outcome.kind !== 'answered') {
    const { reason, status, cause, retryAfterMs } = outcome;
    return failure(outcome.kind, {
      reason,
      ...(status && { status }),
      ...(cause && { cause }),
      ...(retryAfterMs !== undefined && { retryAfterSeconds: Math.ceil(retryAfterMs / 1_000) }),
    });
  }
  const { status, headers, body } = outcome;
  if (!route.ok.includes(status)) {
    const text = body.toString('utf8', 0, 4 * longestText).slice(0, longestText);
    const retryAfterSeconds =
      readRetryAfter(headers['retry-after'], now) ??
      (status === 429 ? secondsIn(text, route.retryAfterText) : undefined);
    return failure('answered', {
      reason: status >= 300 && status < 400 ? 'redirect' : 'status',
      status,
      text: new VendorText(text),
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    });
  }
  const location = headers[status >= 300 ? redirectedTo : 'location'];
  const told = {
    ...(typeof location === 'string' && { location }),
    ...(typeof headers.etag === 'string' && { etag: headers.etag }),
  };
  if (route.response === 'redirect')
    return told.location === undefined
      ? failure('unknown', { reason: 'redirect', status })
      : { answer: { status, body: undefined, ...told } };
  if (route.response === 'empty') return { answer: { status, body: undefined, ...told } };
  let json: unknown;
  try {
    json = parseJson(body);
  } catch {
    return failure('unknown', { reason: 'not-json', status });
  }
  try {
    const parsed = route.response.safeParse(json);
    if (parsed.success) return { answer: { status, body: parsed.data, ...told } };
  } catch {
    // A transform that throws, or nesting too deep for the schema: the answer is not of the route's form either way.
  }
  return failure('unknown', { reason: 'schema', status });

  function failure(...[kind, details]: Parameters<typeof wireFailure>): ReadAnswer {
    return { failure: wireFailure(kind, details) };
  }
  function wireFailure(
    kind: WireFailure['kind'],
    details: ConstructorParameters<typeof WireFailure>[2],
  ): WireFailure {
    return new WireFailure(kind, routeId, details);
  }
}

export type ReadAnswer = { readonly answer: WireAnswer<unknown> } | { readonly failure: WireFailure };

const longestText = 4_096;

/** Strict UTF-8, and no key that could reach a prototype when somebody copies the value. */
function parseJson(body: Buffer): unknown {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(body);
  // The reviver is slow, so it runs only where such a key could be, spelled out or escaped.
  if (!/__proto__|constructor|prototype|\\u/.test(text)) return JSON.parse(text);
  return JSON.parse(text, (key, value: unknown) => (prototypeKeys.has(key) ? undefined : value));
}
const prototypeKeys = new Set(['__proto__', 'constructor', 'prototype']);

/** RFC 9110 §10.2.3: seconds, or a date. */
function readRetryAfter(value: string | string[] | undefined, now: number): number | undefined {
  if (typeof value !== 'string') return undefined;
  if (/^[0-9]{1,9}$/.test(value)) return Number(value);
  const date = /^[A-Z][a-z]{2}, .* GMT$/.test(value) ? Date.parse(value) : Number.NaN;
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - now) / 1_000));
}

/** Whole seconds, rounded up, of a first group that is a plain decimal number. */
function secondsIn(text: string, pattern: RegExp | undefined): number | undefined {
  if (pattern === undefined) return undefined;
  // Without these flags a pattern begins at the beginning each time.
  const found = new RegExp(pattern.source, pattern.flags.replaceAll(/[gy]/g, '')).exec(text)?.[1];
  return /^[0-9]{1,9}(?:\.[0-9]{1,9})?$/.test(found ?? '') ? Math.ceil(Number(found)) : undefined;
}
