import { Agent, type Dispatcher, fetch as undiciFetch } from 'undici';
import type { Route } from '#adapter-kit/index.ts';
import { admits } from './admits.ts';
import { createConnector, type Dial, dialTcp, type Lookup, lookupAll } from './connector.ts';
import { readBody, readHeaders } from './outgoing-request.ts';
import { defineSite, type Site, type SiteOptions } from './site.ts';
import { WallRefusal } from './wall-refusal.ts';
import { withoutRedirects } from './without-redirects.ts';

/**
 * The wall: the only way out of the gateway. `through(site)` is a dispatcher that lets pass what `admits` lets pass at
 * that one site, whichever HTTP client hands it the request (`fetch`, undici, fhir-kit-client). Requests are rebuilt
 * from what was judged; redirects are never followed; no proxy is taken from the environment.
 *
 * A write gets a connection of its own: on a reused one undici may send a request again after a reset.
 */
export function createWall(options: WallOptions): Wall {
  const { production, lookup = lookupAll, dial = dialTcp, ca, connectTimeoutMs = 5_000 } = options;
  const simulators = new Set<string>();
  const connect = createConnector({ lookup, dial, ca, timeoutMs: connectTimeoutMs, simulators });
  // The whole exchange has a timeout of its own (exchange.ts); these only bound clients that bring none.
  const limits = { connect, headersTimeout: 120_000, bodyTimeout: 120_000, maxHeaderSize: 16_384 };
  const reads = new Agent({ ...limits, pipelining: 1, keepAliveTimeout: 4_000, keepAliveMaxTimeout: 30_000 });
  const writes = new Agent({ ...limits, pipelining: 0 });
  const guarded = new WeakMap<Site, Dispatcher>();

  const through = (site: Site): Dispatcher => {
    let dispatcher = guarded.get(site);
    if (dispatcher === undefined) {
      dispatcher = reads.compose(guard(site, writes));
      guarded.set(site, dispatcher);
    }
    return dispatcher;
  };

  return {
    site: (siteOptions) => {
      const site = defineSite(siteOptions, { production });
      if (site.kind === 'simulator') simulators.add(site.origin);
      return site;
    },
    through,
    fetch: (site) => (input, init) => undiciFetch(input, { ...init, dispatcher: through(site) }),
    close: async () => {
      await Promise.all([reads.destroy(), writes.destroy()]);
    },
  };
}

export interface WallOptions {
  /** Refuses simulators. */
  readonly production: boolean;
  /** All addresses of a name; the system's resolver by default. */
  readonly lookup?: Lookup;
  readonly dial?: Dial;
  /** Certificate authorities to trust instead of the platform's own, PEM. */
  readonly ca?: string | undefined;
  /** For name, connection and TLS together, milliseconds. */
  readonly connectTimeoutMs?: number;
}
export interface Wall {
  /** @throws WallRefusal when the base address is not one the wall may talk to. */
  site(options: SiteOptions): Site;
  through(site: Site): Dispatcher;
  /** A `fetch` that reaches this site only, for libraries that take one (openid-client, jose). */
  fetch(site: Site): typeof undiciFetch;
  /** Ends all connections, at once. */
  close(): Promise<void>;
}

function guard(site: Site, writes: Dispatcher): Dispatcher.DispatcherComposeInterceptor {
  return (dispatchRead) => (options, handler) => {
    let route: Route | undefined;
    const answers = withoutRedirects(
      handler,
      (status) => route?.response === 'redirect' && route.ok.includes(status),
    );
    readBody(options.body)
      .then((body) => {
        // undici would add these to the address and the connection after we have judged them.
        if (options.query || options.upgrade) throw new WallRefusal('request');
        const origin = options.origin instanceof URL ? options.origin.origin : options.origin;
        const headers = readHeaders(options.headers);
        const request = { method: options.method, url: `${origin}${options.path}`, headers, body };
        const admission = admits(request, [site]);
        if (!admission.admitted) return answers.fail(new WallRefusal(admission.reason));
        route = admission.route;
        const clean: Dispatcher.DispatchOptions = {
          origin: site.origin,
          path: request.url.slice(site.origin.length),
          method: admission.route.method,
          headers: headers.filter(([name]) => name !== 'content-length').flat(),
          body: body ?? null,
          idempotent: admission.route.effect === 'read',
        };
        return admission.route.effect === 'read'
          ? dispatchRead(clean, answers)
          : writes.dispatch(clean, answers);
      })
      .catch((error: unknown) => answers.fail(error instanceof Error ? error : new WallRefusal('request')));
    return true;
  };
}
