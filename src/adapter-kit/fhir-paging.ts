import { Client, type FhirResource } from 'fhir-kit-client';
import { z } from 'zod';
import { WireFailure } from './wire-failure.ts';

/**
 * The bundle's `next` link as one below our own base. A server names its pages by addresses of its own, and what it
 * says about its host is never followed: the link has to stand where the bundle's `self` link stands (FHIR R4 §3.1.1.4.1
 * wants one in every searchset), and only what comes after that FHIR base is kept. The query is opaque (§3.1.0.7).
 *
 * @returns undefined after the last page
 * @throws WireFailure of kind `refused` for a link that leads elsewhere
 */
export function nextPageOf(bundle: unknown, baseUrl: string): PageLink | undefined {
  const { link = [] } = bundleForm.parse(bundle);
  const next = link.find(({ relation }) => relation === 'next')?.url;
  if (next === undefined) return undefined;
  const self = link.find(({ relation }) => relation === 'self')?.url;
  const asked = requestOf(bundle)?.url;
  if (self === undefined || asked === undefined) throw strange();
  const [from, to] = [readUrl(self, baseUrl), readUrl(next, baseUrl)];
  const path = withoutSearch(new URL(asked).pathname).slice(
    new URL(baseUrl).pathname.replace(/\/$/, '').length,
  );
  const place = withoutSearch(from.pathname);
  if (!place.endsWith(path)) throw strange();
  const root = place.slice(0, place.length - path.length);
  const isThere = to.origin === from.origin && `${to.pathname}/`.startsWith(`${root}/`) && to.username === '';
  if (!isThere) throw strange();
  const url = `${baseUrl}${to.pathname.slice(root.length)}${to.search}`;
  return { resourceType: 'Bundle', link: [{ relation: 'next', url }] };
}

export interface PageLink extends FhirResource {
  link: { relation: string; url: string }[];
}

const bundleForm = z.object({
  link: z.array(z.object({ relation: z.string(), url: z.string() })).optional(),
});

function requestOf(bundle: unknown): { url: string } | undefined {
  return Client.httpFor(bundle as FhirResource).request; // looks for one property that it hides in what it returns
}

function readUrl(text: string, baseUrl: string): URL {
  const url = URL.parse(text, `${baseUrl}/`);
  if (url === null) throw strange();
  return url;
}

function withoutSearch(pathname: string): string {
  return pathname.replace(/\/_search$/, '');
}

function strange(): WireFailure {
  return new WireFailure('refused', 'fhir-client', { reason: 'next-page' });
}
