import type { Resource } from '@medplum/fhirtypes';
import { Failure } from '#domain/failure.ts';
import { searchset } from '#fhir/bundle.ts';
import {
  healthcareServiceOf,
  locationOf,
  type Named,
  practitionerOf,
  practitionerRoleOf,
  scheduleOf,
} from '#fhir/directory.ts';
import type { Interaction } from '#fhir/interaction.ts';
import { parseSearch } from '#fhir/search.ts';
import { matchesSearch } from '#fhir/search-filter.ts';
import { isSearchType } from '#fhir/search-parameters.ts';
import { readDirectory } from '#scheduling/directory.ts';
import type { PracticeContext } from '#scheduling/practice-context.ts';
import type { Scheduling } from '#scheduling/scheduling.ts';
import { type FhirRequest, type Handler, searchQuery } from './exchange.ts';
import { named, visitTypeCode } from './present.ts';

type Identified = Resource & { readonly id: string };

/** Search over the directory: schedules, practitioners, roles, places and services of the practice. */
export const searchDirectory: Handler = async ({ scheduling }, request, interaction) => {
  const type = interaction.resource;
  if (type === undefined || !isSearchType(type)) throw new Failure('not-supported');
  const search = parseSearch(type, searchQuery(request), request);
  const all = (await resourcesOf(scheduling, request, interaction)).filter((one) =>
    matchesSearch(one, search),
  );
  const from = search.cursor === undefined ? 0 : Number(search.cursor);
  if (!Number.isInteger(from) || from < 0) throw new Failure('invalid-value', { expression: '_cursor' });
  const count = search.count ?? 100;
  const matches = all.slice(from, from + count);
  const more = count > 0 && from + count < all.length;
  return {
    status: 200,
    body: searchset({
      base: request.base,
      path: type,
      applied: search.applied,
      matches,
      total: all.length,
      ...(more && { nextCursor: String(from + count) }),
    }),
  };
};

export const readDirectoryEntry: Handler = async ({ scheduling }, request, interaction) => {
  const found = (await resourcesOf(scheduling, request, interaction)).find((one) => one.id === request.id);
  if (!found) throw new Failure('not-found');
  return { status: 200, body: found };
};

async function resourcesOf(
  scheduling: Scheduling,
  request: FhirRequest,
  { resource }: Interaction,
): Promise<Identified[]> {
  const { zone } = request;
  const context = { ...request.context, directory: await readDirectory(scheduling, request.caller) };
  const entries = (kind: 'Practitioner' | 'Location') =>
    context.directory.filter((entry) => entry.kind === kind).map((entry) => ({ ...entry, ...entry.facts }));
  switch (resource) {
    case 'Practitioner':
      return entries('Practitioner').map((one) => practitionerOf(one));
    case 'Location':
      return entries('Location').map((one) => locationOf(one, zone));
    case 'PractitionerRole':
      return entries('Practitioner').map((one) =>
        practitionerRoleOf({
          id: one.id,
          active: one.active,
          practitioner: { id: one.id, display: one.display },
          locations: placesOf(context, one.vendorId),
          services: servicesOf(context, one.id),
        }),
      );
    case 'HealthcareService':
      return context.visitTypes.map((type) =>
        healthcareServiceOf({
          id: type.code,
          visitType: { code: type.code, display: type.display },
          minutes: type.minutes,
          active: type.mode !== 'off',
          approval: type.mode === 'approval',
          patients: type.patients === 'any' ? 'all' : type.patients,
          locations: type.locations.flatMap((id) => named(context, 'Location', id) ?? []),
        }),
      );
    case 'Schedule':
      return schedules(context);
    default:
      return [];
  }
}

/** Every Schedule that a Slot of this practice refers to. */
export async function scheduleResources(scheduling: Scheduling, request: FhirRequest): Promise<Identified[]> {
  return schedules({ ...request.context, directory: await readDirectory(scheduling, request.caller) });
}

function schedules(context: PracticeContext): Identified[] {
  return context.directory
    .filter((entry) => entry.kind === 'Schedule')
    .map((entry) => {
      const [practitioner = '', location = ''] = entry.vendorId.split('|');
      const who = byVendorId(context, 'Practitioner', practitioner);
      const where = byVendorId(context, 'Location', location);
      return scheduleOf(
        {
          id: entry.id,
          active: entry.active,
          ...(who && { practitioner: who }),
          ...(where && { location: where }),
          services: context.visitTypes.flatMap((type) => visitTypeCode(context, type.code) ?? []),
        },
        context.practice.timeZone,
      );
    });
}

function byVendorId(
  context: PracticeContext,
  kind: 'Practitioner' | 'Location',
  vendorId: string,
): Named | undefined {
  const entry = context.directory.find((one) => one.kind === kind && one.vendorId === vendorId);
  return entry && { id: entry.id, display: entry.facts.display };
}

/** Where a practitioner has been seen to have openings. */
function placesOf(context: PracticeContext, practitioner: string): Named[] {
  return context.directory
    .filter((entry) => entry.kind === 'Schedule' && entry.vendorId.startsWith(`${practitioner}|`))
    .flatMap((entry) => byVendorId(context, 'Location', entry.vendorId.slice(practitioner.length + 1)) ?? []);
}

function servicesOf(context: PracticeContext, practitionerId: string): Named[] {
  return context.visitTypes
    .filter((type) => type.practitioners.length === 0 || type.practitioners.includes(practitionerId))
    .map((type) => ({ id: type.code, display: type.display }));
}
