import { randomUUID } from 'node:crypto';
import { originOf } from './answer.ts';
import { type Issue, operationOutcome } from './issue.ts';
import type { EpicCall, FhirVersion, Resource } from './tables.ts';

/**
 * A searchset. `total` is the number of matches on this page, never of all; what there is to say about the search is the
 * last entry, and an empty one always has something to say (4101).
 */
export function searchset(call: EpicCall, version: FhirVersion, content: SearchsetContent): Resource {
  const { matches, included = [], issues, next } = content;
  const base = fhirBase(call, version);
  const entry = (resource: Resource, mode: string): object => ({
    fullUrl: `${base}/${resource.resourceType}/${resource.id}`,
    resource,
    search: { mode },
  });
  const outcome = matches.length === 0 ? [...issues, { code: '4101' } as const] : issues;
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: matches.length,
    link: [
      { relation: 'self', url: content.self },
      ...(next === undefined ? [] : [{ relation: 'next', url: next }]),
    ],
    entry: [
      ...matches.map((resource) => entry(resource, 'match')),
      ...included.map((resource) => entry(resource, 'include')),
      ...(outcome.length === 0
        ? []
        : [
            {
              fullUrl: `urn:uuid:${randomUUID()}`,
              resource: operationOutcome(call.settings, outcome),
              search: { mode: 'outcome' },
            },
          ]),
    ],
  };
}

export interface SearchsetContent {
  readonly self: string;
  readonly next?: string | undefined;
  readonly matches: readonly Resource[];
  readonly included?: readonly Resource[];
  readonly issues: readonly Issue[];
}

/** e.g. `http://127.0.0.1:8201/interconnect-fhir-oauth/api/FHIR/R4`. */
export function fhirBase({ request }: Pick<EpicCall, 'request'>, version: FhirVersion): string {
  return `${originOf(request)}${ROOT}/api/FHIR/${version}`;
}

export const ROOT = '/interconnect-fhir-oauth';
