import type { Settings } from '../settings.ts';
import type { Stored } from '../tables.ts';
import type { FhirResource } from './fhir-resource.ts';
import { metaOf } from './version.ts';

/** A resource as it was written, with what the server gives it. */
export function storedOnWire(
  { id, version, lastUpdated, resource }: Stored,
  settings: Settings,
): FhirResource {
  const { resourceType, ...rest } = resource;
  return { resourceType: String(resourceType), id, meta: metaOf(version, lastUpdated, settings), ...rest };
}
