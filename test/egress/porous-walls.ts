import type { RouteTable } from '#adapter-kit/index.ts';
import { admits, type OutgoingRequest, type Site } from '#egress/index.ts';

/** Walls that are kind in one way each. The checker that finds nothing in the real one must find every one of these. */
export const porousWalls: Readonly<Record<string, (request: OutgoingRequest, site: Site) => boolean>> = {
  'looks at the prefix only': (request, site) =>
    admitted(request, site) || (request.method === 'GET' && request.url.startsWith(`${site.base}/`)),
  'decodes the path before matching': (request, site) => {
    const [path = '', ...query] = request.url.split('?');
    return admitted(
      { ...request, url: [attempt(() => decodeURIComponent(path)) ?? path, ...query].join('?') },
      site,
    );
  },
  'decodes twice': (request, site) => admitted({ ...request, url: request.url.replaceAll('%25', '%') }, site),
  'lets the platform tidy the address first': (request, site) =>
    admitted({ ...request, url: attempt(() => new URL(request.url).href) ?? '' }, site),
  'compares without regard to case': (request, site) => {
    const lower = (text: string) => text.toLowerCase();
    const routes = Object.values(site.routes);
    return (
      admitted(request, site) ||
      routes.some(
        ({ method, template, query }) =>
          query === undefined &&
          method === request.method &&
          request.body === undefined &&
          lower(request.url) ===
            lower(site.base + template.replace(/\{\w+\}/, request.url.split('/').at(-1) ?? '')),
      ) ||
      (/%[0-9a-f]{2}/.test(request.url) &&
        admitted(
          { ...request, url: request.url.replaceAll(/%[0-9a-f]{2}/g, (hex) => hex.toUpperCase()) },
          site,
        )) ||
      admitted({ ...request, url: request.url.replace(/^[^/]+\/\/[^/]+/, lower) }, site)
    );
  },
  'drops what comes after a hash': (request, site) =>
    admitted({ ...request, url: request.url.split('#')[0] ?? '' }, site),
  'drops the user': (request, site) =>
    admitted({ ...request, url: request.url.replace(/\/\/[^/@]*@/, '//') }, site),
  'does not care for the port': (request, site) =>
    admitted({ ...request, url: request.url.replace(/(\/\/[^/:]+):\d*/, '$1') }, site),
  'merges slashes': (request, site) =>
    admitted({ ...request, url: request.url.replaceAll(/(?<!:)\/{2,}/g, '/') }, site),
  'ignores query keys it does not know': (request, site) => {
    const known = new Set(Object.values(site.routes).flatMap(({ query }) => Object.keys(query ?? {})));
    const [path = '', query = ''] = request.url.split('?');
    const kept = query.split('&').filter((pair) => known.has(pair.split('=')[0] ?? ''));
    return admitted({ ...request, url: kept.length > 0 ? `${path}?${kept.join('&')}` : path }, site);
  },
  'takes the last of two keys': (request, site) => {
    const [path = '', query] = request.url.split('?');
    if (query === undefined) return admitted(request, site);
    const last = new Map(query.split('&').map((pair) => [pair.split('=')[0], pair]));
    return admitted({ ...request, url: `${path}?${[...last.values()].join('&')}` }, site);
  },
  'looks past headers it does not know': (request, site) =>
    admitted(
      { ...request, headers: request.headers.filter(([name]) => !/method|host|forwarded|url/i.test(name)) },
      site,
    ),
  'lets any x- header pass': (request, site) =>
    admittedWith(request, site, (name) => !name.startsWith('x-') || fixedNames(site).has(name)),
  'lets a fixed header go with any route': (request, site) => {
    const fixed = fixedNames(site);
    return admitted(request, site) || admittedWith(request, site, (name) => !fixed.has(name));
  },
  'knows fixed headers by name only': (request, site) =>
    Object.values(site.routes as RouteTable).some(({ headers = {} }) => {
      const own = new Map<string, string>(Object.entries(headers));
      return admitted(
        { ...request, headers: request.headers.map(([name, value]) => [name, own.get(name) ?? value]) },
        site,
      );
    }),
  'does without a header that is fixed': (request, site) =>
    Object.values(site.routes as RouteTable).some(({ headers = {} }) => {
      const given = new Set(request.headers.map(([name]) => name));
      const more = Object.entries(headers).filter(([name]) => !given.has(name));
      return admitted({ ...request, headers: [...request.headers, ...more] }, site);
    }),
  'trusts the schema to drop body keys': (request, site) => {
    if (request.body === undefined) return admitted(request, site);
    const { body } = request;
    return Object.values(site.routes).some(({ body: schema }) => {
      const value = attempt((): unknown => JSON.parse(body));
      if (schema === undefined || typeof value !== 'object' || value === null) return false;
      const kept = Object.entries(value).filter(
        ([key]) => !/^(?:SSN|SQL|constructor|allow_overlapping)$/.test(key),
      );
      return admitted({ ...request, body: JSON.stringify(Object.fromEntries(kept)) }, site);
    });
  },
  'reads the body its own way': (request, site) =>
    admitted(
      { ...request, body: attempt(() => JSON.stringify(JSON.parse(request.body ?? ''))) ?? request.body },
      site,
    ),
  'takes any method': (request, site) =>
    ['GET', 'POST', 'PUT', 'PATCH'].some((method) => admitted({ ...request, method }, site)),
};

function admitted(request: OutgoingRequest, site: Site): boolean {
  return admits(request, [site]).admitted;
}

function admittedWith(request: OutgoingRequest, site: Site, keeps: (name: string) => boolean): boolean {
  return admitted({ ...request, headers: request.headers.filter(([name]) => keeps(name)) }, site);
}

function fixedNames(site: Site): ReadonlySet<string> {
  return new Set(
    Object.values(site.routes as RouteTable).flatMap(({ headers }) => Object.keys(headers ?? {})),
  );
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
