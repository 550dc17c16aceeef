import { type AdapterContext, createFhirClient, type Directory } from '#adapter-kit/index.ts';
import { directoryMap, fhirClient, type fhirWire, listOf, versionIn } from '../fhir-r4/index.ts';
import { r4, routes } from './routes.ts';
import { ownSettings, visitTypesOf } from './settings.ts';

/**
 * The server's version, which everybody may read, and a department, which only an authorised client may. Without one in
 * the settings a department is asked for that does not exist: "not found" is said to authorised clients only.
 */
export async function probe(ctx: AdapterContext): Promise<{ readonly version?: string }> {
  const fhir = createFhirClient(ctx.http, routes, { base: r4 });
  const { body } = await fhir.capabilityStatement<fhirWire.CapabilityStatement>();
  const [location = 'none'] = listOf(ownSettings(ctx.settings).locations);
  await fhirClient.readOne(fhir, 'Location', location);
  return { version: versionIn(body) };
}

/** Who, where and for what the settings name, each read by itself: nothing is listed. */
export async function directory(ctx: AdapterContext): Promise<Directory> {
  const settings = ownSettings(ctx.settings);
  const fhir = createFhirClient(ctx.http, routes, { base: r4 });
  const people = await Promise.all(
    listOf(settings.practitioners).map((id) => fhirClient.readOne(fhir, 'Practitioner', id)),
  );
  const places = await Promise.all(
    listOf(settings.locations).map((id) => fhirClient.readOne(fhir, 'Location', id)),
  );
  return {
    practitioners: people.flatMap((found) => (found ? [directoryMap.toPractitioner(found.resource)] : [])),
    locations: places.flatMap((found) => (found ? [directoryMap.toLocation(found.resource)] : [])),
    services: visitTypesOf(settings).map(({ code, display, minutes }) => ({ ref: code, display, minutes })),
  };
}
