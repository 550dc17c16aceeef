import type {
  Bundle,
  BundleEntry,
  BundleLink,
  Extension,
  OperationOutcome,
  Patient,
  Resource,
} from '@medplum/fhirtypes';
import { extension, profile } from './canonical.ts';

type Identified = Resource & { readonly id?: string };

export interface SearchsetPage {
  /** Address of this FHIR server without a trailing slash. */
  readonly base: string;
  /** What was asked for, below the base, e.g. `Slot` or `Appointment/$find`. */
  readonly path: string;
  /** Parameters as applied; none of them may hold patient data. */
  readonly applied: readonly (readonly [name: string, value: string])[];
  readonly matches: readonly Identified[];
  readonly includes?: readonly Identified[];
  /** Information or warnings, never an error (FHIR R4 §3.1.1.1). */
  readonly outcome?: OperationOutcome;
  /** Matches over all pages; the length of `matches` when missing. */
  readonly total?: number;
  /** Where the next page starts. */
  readonly nextCursor?: string;
  /** IHE's bundle profile is claimed as well; for bundles of Appointments only. */
  readonly ihe?: boolean;
}

/** A page of matches: FHIR R4 §3.1.1.1 searchset with total, `self` and `next`. Without entries it has none. */
export function searchset(page: SearchsetPage): Bundle {
  const address = (more: readonly (readonly [string, string])[]): string => {
    const pairs = [...page.applied, ...more].map(([name, value]): [string, string] => [name, value]);
    const query = new URLSearchParams(pairs).toString();
    return `${page.base}/${page.path}${query === '' ? '' : `?${query}`}`;
  };
  const link: BundleLink[] = [{ relation: 'self', url: address([]) }];
  if (page.nextCursor !== undefined)
    link.push({ relation: 'next', url: address([['_cursor', page.nextCursor]]) });
  const entry: BundleEntry[] = [
    ...page.matches.map((resource) => entryOf(resource, 'match', page.base)),
    ...(page.includes ?? []).map((resource) => entryOf(resource, 'include', page.base)),
    ...(page.outcome === undefined ? [] : [entryOf(page.outcome, 'outcome', page.base)]),
  ];
  // IHE's profile wants at least one entry, so an empty answer can claim it only with an outcome in it.
  const profiles =
    page.ihe === true && entry.length > 0 ? [profile.searchset, profile.iheBundle] : [profile.searchset];
  return {
    resourceType: 'Bundle',
    meta: { profile: profiles },
    type: 'searchset',
    total: page.total ?? page.matches.length,
    link,
    ...(entry.length > 0 && { entry }),
  };
}

/** How sure it is that a Patient is the one described (FHIR R4 code system match-grade). */
export type MatchGrade = 'certain' | 'probable' | 'possible';

/** The answer of `Patient/$match` (FHIR R4 Patient "find matches"): best first, each with score and grade. */
export function matchBundle(
  base: string,
  matches: readonly { readonly patient: Patient & { readonly id: string }; readonly grade: MatchGrade }[],
): Bundle {
  const bundle = searchset({
    base,
    path: 'Patient/$match',
    applied: [],
    matches: matches.map(({ patient }) => patient),
  });
  const graded = bundle.entry?.map((entry, index): BundleEntry => {
    const grade = matches[index]?.grade ?? 'possible';
    const graded: Extension = { url: extension.matchGrade, valueCode: grade };
    return { ...entry, search: { mode: 'match', score: scores[grade], extension: [graded] } };
  });
  return { ...bundle, ...(graded !== undefined && { entry: graded }) };
}

const scores: Readonly<Record<MatchGrade, number>> = { certain: 1, probable: 0.8, possible: 0.5 };

/**
 * What the address of a finished operation answers: a batch-response with one entry that carries the status which the
 * request itself would have had.
 */
export function operationStatusBundle(finished: {
  readonly status: number;
  readonly resource?: Resource;
  readonly outcome?: OperationOutcome;
  readonly location?: string;
  readonly etag?: string;
}): Bundle {
  const { status, resource, outcome, location, etag } = finished;
  return {
    resourceType: 'Bundle',
    meta: { profile: [profile.operationStatus] },
    type: 'batch-response',
    entry: [
      {
        ...(resource !== undefined && { resource }),
        response: {
          status: String(status),
          ...(location !== undefined && { location }),
          ...(etag !== undefined && { etag }),
          ...(outcome !== undefined && { outcome }),
        },
      },
    ],
  };
}

function entryOf(resource: Identified, mode: 'match' | 'include' | 'outcome', base: string): BundleEntry {
  const { id } = resource;
  return {
    ...(id !== undefined && { fullUrl: `${base}/${resource.resourceType}/${id}` }),
    resource,
    search: { mode },
  };
}
