import { IncomingMessage, type OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type Provider from 'oidc-provider';
import type { errors, KoaContextWithOIDC } from 'oidc-provider';

/**
 * Asks oidc-provider in this process and hands its answer back instead of sending it, so that a fault can lose it. Host
 * and body are what the caller says they are: the addresses that the provider tells follow the Host header.
 */
export function providerCalls(provider: Provider): ProviderCalls {
  const pending = new WeakMap<IncomingMessage, Pending>();
  const failures = new WeakMap<IncomingMessage, errors.OIDCProviderError>();
  provider.use(async (context, next) => {
    const { request, resolve, reject } = pending.get(context.req) ?? unasked();
    context.respond = false;
    try {
      await next();
      // Its own routes alone make of a Koa context one with `oidc`.
      const { oidc } = context as Partial<KoaContextWithOIDC>;
      const { redirect_uri: redirectUri, authorization_id: authorizationId } = oidc?.params ?? {};
      resolve({
        request,
        status: context.status,
        headers: context.response.headers,
        body: context.body,
        failure: failures.get(context.req),
        redirectUri: typeof redirectUri === 'string' ? redirectUri : undefined,
        authorizationId: typeof authorizationId === 'string' ? authorizationId : undefined,
      });
    } catch (error) {
      reject(error);
    }
  });
  const noteFailure = (context: KoaContextWithOIDC, error: errors.OIDCProviderError): void =>
    void failures.set(context.req, error);
  // All of them tell the same two things; the types have one overload for each.
  for (const event of FAILURES) provider.on(event as 'grant.error', noteFailure);
  const handle = provider.callback();

  return {
    ask: (request) =>
      new Promise((resolve, reject) => {
        const { incoming, holder } = stage(request);
        pending.set(incoming, { request, resolve, reject });
        handle(incoming, holder).catch(reject);
      }),
    requestOf: (context) => (pending.get(context.req) ?? unasked()).request,
  };
}

export interface ProviderCalls {
  ask(request: ProviderRequest): Promise<ProviderAnswer>;
  /** The request that the provider is at work on. */
  requestOf(context: KoaContextWithOIDC): ProviderRequest;
}

export interface ProviderRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** On a refresh: answer the same refresh token, whatever the policy. */
  readonly keepsRefreshToken?: boolean;
}

export interface ProviderAnswer {
  readonly request: ProviderRequest;
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: unknown;
  readonly failure: errors.OIDCProviderError | undefined;
  /** Where an authorization request wants its answer. */
  readonly redirectUri: string | undefined;
  /** Of the record of the authorization request. */
  readonly authorizationId: string | undefined;
}

/** A request as Node would have made it, and a response that keeps headers and goes nowhere. */
export function stage({ method, url, headers, body }: ProviderRequest): {
  readonly incoming: IncomingMessage;
  readonly holder: ServerResponse;
} {
  const incoming = new IncomingMessage(new Socket());
  incoming.method = method;
  incoming.url = url;
  incoming.headers = { ...headers };
  if (body !== '') {
    incoming.headers['content-length'] = String(Buffer.byteLength(body));
    incoming.push(body);
  }
  incoming.push(null);
  return { incoming, holder: new ServerResponse(incoming) };
}

interface Pending {
  readonly request: ProviderRequest;
  readonly resolve: (answer: ProviderAnswer) => void;
  readonly reject: (reason: unknown) => void;
}

const FAILURES = [
  'authorization.error',
  'grant.error',
  'revocation.error',
  'introspection.error',
  'server_error',
] as const;

function unasked(): never {
  throw new Error('Nobody has asked this.');
}
