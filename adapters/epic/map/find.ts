import type { Interval, Opening } from '#adapter-kit/index.ts';
import { claimsOf, type FreeTime, idsIn, inOrder, type Page, readInstant, utc } from '../../fhir-r4/index.ts';
import type { FindParameters, Proposal } from '../wire.ts';
import { isVisitTypeSystem, visitTypeSystem } from './oid.ts';

/** One question to `$find`: a window, a visit type and a department. */
export interface Ask extends Interval {
  readonly code: string;
  readonly location: string;
}

/**
 * @param root what a Location's absolute address begins with, e.g. `https://…/api/FHIR/STU3`
 */
export function toFindParameters(
  { from, to, code, location }: Ask,
  environment: string,
  root: string,
): FindParameters {
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'startTime', valueDateTime: utc(from) },
      { name: 'endTime', valueDateTime: utc(to, 'up') },
      {
        name: 'serviceType',
        valueCodeableConcept: { coding: [{ system: visitTypeSystem(environment), code }] },
      },
      { name: 'location-reference', valueReference: { reference: `${root}/Location/${location}` } },
    ],
  };
}

/** A time that Epic proposes, for whom and where; `id` lasts no longer than the answer it came with. */
export interface Proposed {
  readonly id: string;
  readonly from: number;
  readonly to: number;
  /** The first is the one whom an opening names. */
  readonly practitioners: readonly string[];
  readonly location: string;
}

/**
 * What was proposed to one question. A proposal that names no place is at the one that was asked for; one that names
 * another place, or another visit type, was not asked for. Outcomes beside the proposals are no times.
 */
export function toProposals(
  page: Page,
  { code, location }: Pick<Ask, 'code' | 'location'>,
): readonly Proposed[] {
  return page.entry.flatMap(({ resource }) => {
    if (resource?.resourceType !== 'Appointment') return [];
    const proposal = resource as Proposal; // the route's schema lets no other appointments through
    const [from, to] = [readInstant(proposal.start), readInstant(proposal.end)];
    if (from === undefined || to === undefined || from >= to || isOfAnotherType(proposal, code)) return [];
    const actors = proposal.participant.map(({ actor }) => actor);
    const places = idsIn(actors, 'Location');
    const practitioners = idsIn(actors, 'Practitioner');
    if (practitioners.length === 0 || (places.length > 0 && !places.includes(location))) return [];
    return [{ id: proposal.id, from, to, practitioners, location }];
  });
}

export interface Wanted extends Interval {
  readonly now: number;
  readonly minutes: number;
  readonly practitioners: readonly string[];
  /** Of the question, where it named one. */
  readonly type: string | undefined;
  readonly timeZone: string;
}

/**
 * Openings among proposals, earliest first, each once: ids change with every answer, so what counts is who, where, when
 * and for what.
 */
export function openingsAmong(proposals: readonly Proposed[], wanted: Wanted): readonly Opening[] {
  const { from, to, now, minutes, type, timeZone } = wanted;
  const times = proposals.flatMap((proposed): FreeTime[] => {
    const { from: at, to: until, location, practitioners } = proposed;
    const [practitioner = ''] = practitioners;
    const isWanted = at >= Math.max(from, now) && at < to && until - at === minutes * 60_000;
    if (!isWanted || !wanted.practitioners.includes(practitioner)) return [];
    // A department is no room: others work there at the same time.
    const claims = claimsOf([], practitioners);
    return [{ key: { practitioner, location, type }, from: at, to: until, practitioner, location, claims }];
  });
  return inOrder(times, timeZone);
}

function isOfAnotherType({ serviceType = [] }: Proposal, code: string): boolean {
  const named = serviceType.flatMap(({ coding = [] }) =>
    coding.filter(({ system }) => isVisitTypeSystem(system)),
  );
  return named.length > 0 && !named.some((coding) => coding.code === code);
}
