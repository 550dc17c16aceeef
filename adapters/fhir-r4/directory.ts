import type { AdapterContext, Directory } from '#adapter-kit/index.ts';
import { clientOf, searchAll } from './client.ts';
import type { FhirDialect } from './dialect.ts';
import { learnedFrom, versionIn } from './map/conformance.ts';
import { toLocation, toPractitioner, toServices } from './map/directory.ts';
import { idIn, idsIn } from './map/reference.ts';
import { byIds, readRoles, readSchedules } from './office.ts';
import { type FhirSettings, listOf, serviceTypesOf } from './settings.ts';
import type { CapabilityStatement } from './wire/resources.ts';

/** GET metadata: how this server is booked, which the connection keeps, and nothing that the practice has set. */
export async function probe(dialect: FhirDialect, ctx: AdapterContext) {
  const statement = await readStatement(dialect, ctx);
  const settings = dialect.settings.parse(ctx.settings);
  return { version: versionIn(statement), settings: learnedFrom(statement, settings) };
}

/**
 * The CapabilityStatement, which everybody may read, and then a location, which only an authorised client may: so this
 * resolves only where address and credentials are good. It does not matter whether there is such a location.
 */
export async function readStatement(dialect: FhirDialect, ctx: AdapterContext): Promise<CapabilityStatement> {
  const fhir = clientOf(dialect, ctx);
  const { body } = await fhir.capabilityStatement<CapabilityStatement>();
  const [location = '0'] = listOf(dialect.settings.parse(ctx.settings).locations);
  await searchAll(fhir, 'Location', { _id: location, _count: 100 }, 'locations');
  return body;
}

/** People and places that have schedules, or that the settings name. */
export async function directory(dialect: FhirDialect, ctx: AdapterContext): Promise<Directory> {
  const settings = dialect.settings.parse(ctx.settings);
  const { practitioners, locations } = await named(dialect, ctx, settings);
  const people = await byIds(dialect, ctx, 'Practitioner', 'practitioners', practitioners);
  const places = await byIds(dialect, ctx, 'Location', 'locations', locations);
  return {
    practitioners: people.of('Practitioner').filter(isOneOf(practitioners)).map(toPractitioner),
    locations: places.of('Location').filter(isOneOf(locations)).map(toLocation),
    services: await services(dialect, ctx, settings),
  };
}

async function named(dialect: FhirDialect, ctx: AdapterContext, settings: FhirSettings) {
  const listed = { practitioners: listOf(settings.practitioners), locations: listOf(settings.locations) };
  if (dialect.directory === 'settings') return listed;
  const actors = [...(await readSchedules(dialect, ctx)).values()].flatMap(({ actor }) => actor);
  const roles = [...(await readRoles(dialect, ctx, actors)).values()];
  const held = roles.flatMap(({ practitioner }) => idIn(practitioner, 'Practitioner') ?? []);
  const at = idsIn(
    roles.flatMap(({ location = [] }) => location),
    'Location',
  );
  const practitioners = [...new Set([...idsIn(actors, 'Practitioner'), ...held])];
  const locations = [...new Set([...idsIn(actors, 'Location'), ...at])];
  return {
    practitioners: listed.practitioners.length > 0 ? listed.practitioners : practitioners,
    locations: listed.locations.length > 0 ? listed.locations : locations,
  };
}

async function services(
  dialect: FhirDialect,
  ctx: AdapterContext,
  settings: FhirSettings,
): Promise<Directory['services']> {
  if (settings.serviceTypes !== '' || dialect.directory === 'settings')
    return serviceTypesOf(settings).map(({ token, display, minutes }) => ({ ref: token, display, minutes }));
  const found = await searchAll(
    clientOf(dialect, ctx),
    'HealthcareService',
    { active: true, _count: 200 },
    'healthcareServices',
  );
  return toServices(found.of('HealthcareService'), settings);
}

/** A server that ignores `_id` gives others too. */
function isOneOf(ids: readonly string[]) {
  return ({ id }: { readonly id: string }) => ids.includes(id);
}
