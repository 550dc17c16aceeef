import { isIP } from 'node:net';
import type { RouteTable } from '#adapter-kit/index.ts';
import { WallRefusal } from './wall-refusal.ts';

/**
 * One place the gateway may talk to: a base address, the routes below it, and the headers that may carry credentials.
 * A `vendor` is reached by https on port 443 under a public DNS name. A `simulator` is one exact loopback origin over
 * plain http, and does not exist in production.
 *
 * @throws WallRefusal when the base address is anything else, or not in its canonical spelling (RFC 3986 §6.2).
 */
export function defineSite(options: SiteOptions, { production }: { readonly production: boolean }): Site {
  const { base, kind, routes, credentialHeaders } = options;
  const url = URL.canParse(base) ? new URL(base) : undefined;
  if (url === undefined || canonical(url) !== base) throw new WallRefusal('base-not-canonical', baseSentence);
  if (kind === 'vendor') {
    if (url.protocol !== 'https:') throw new WallRefusal('base-not-https', baseSentence);
    if (url.port !== '') throw new WallRefusal('base-port', baseSentence);
    if (isIP(url.hostname.replaceAll(/[[\]]/g, '')) !== 0 || !publicName.test(url.hostname))
      throw new WallRefusal('base-host', baseSentence);
  } else {
    if (production) throw new WallRefusal('simulator-in-production', 'Production has no simulators.');
    if (!loopbackOrigin.test(url.origin)) throw new WallRefusal('base-not-loopback', baseSentence);
  }
  return Object.freeze({
    base,
    origin: url.origin,
    kind,
    routes,
    credentialHeaders: Object.freeze(credentialHeaders.map((name) => name.toLowerCase())),
  });
}

export interface SiteOptions {
  /** Without a trailing slash, e.g. `https://api.opendental.com/api/v1` or `http://127.0.0.1:18081/api/v1`. */
  readonly base: string;
  readonly kind: 'vendor' | 'simulator';
  readonly routes: RouteTable;
  /** Names of the headers that authorization may set, e.g. `['authorization']`. */
  readonly credentialHeaders: readonly string[];
}
export interface Site extends SiteOptions {
  readonly origin: string;
}

const baseSentence = 'The base address of a connection is not acceptable.';
/** A registered name of at least two labels whose last one is not numeric and not reserved for private networks. */
const publicName =
  /^(?=.{1,253}$)(?!.*\.(?:localhost|local|internal|lan|home|corp|arpa|onion|invalid)$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;
const loopbackOrigin = /^http:\/\/(?:127\.0\.0\.1|\[::1\]):[1-9][0-9]{0,4}$/;

/** The only spelling a base address may have: no user, query or fragment, plain path segments, no trailing slash. */
function canonical(url: URL): string {
  const path = url.pathname === '/' ? '' : url.pathname;
  return /^(?:\/[A-Za-z0-9._~-]+)*$/.test(path) ? `${url.origin}${path}` : '';
}
