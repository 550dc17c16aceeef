import type { EmrAnswer } from '#simulator-kit/index.ts';
import { baseOf } from '../base.ts';
import { fhir, notFound, outcomeOf, refuse } from '../outcome.ts';
import type { ClinicCall, Stored } from '../tables.ts';
import type { FhirResource } from '../wire/fhir-resource.ts';
import { versionHeaders, versionId } from '../wire/version.ts';

/** A read, or 304 for who has it already (FHIR R4 §3.1.0.2.1). */
export function readAnswer(
  { request, settings }: ClinicCall,
  resource: FhirResource,
  version: number,
  lastUpdated: number,
): EmrAnswer {
  const headers = versionHeaders(version, lastUpdated, settings);
  const has = versionIn(request.headers['if-none-match']);
  if (has === versionId(version, settings)) return { status: 304, headers };
  return fhir(200, resource, headers);
}

/** The answer to a write that went well, as `Prefer: return=` wants it. */
export function writtenAnswer(
  call: ClinicCall,
  status: 200 | 201,
  { id, version, lastUpdated }: Stored,
  resource: FhirResource,
): EmrAnswer {
  const { request, settings } = call;
  const { resourceType } = resource;
  const headers = {
    ...versionHeaders(version, lastUpdated, settings),
    location: `${baseOf(call)}/${resourceType}/${id}/_history/${versionId(version, settings)}`,
  };
  const [, wanted = settings.returns] =
    request.headers.prefer?.match(/\breturn=(minimal|representation|OperationOutcome)\b/) ?? [];
  if (wanted === 'minimal') return { status, headers, body: '' };
  if (wanted === 'OperationOutcome')
    return fhir(status, outcomeOf('information', 'informational', 'It is written.'), headers);
  return fhir(status, resource, headers);
}

/** 412 for a version that is not the last one (FHIR R4 §3.1.0.5.1). */
export function requireVersion({ request, settings }: ClinicCall, version: number): void {
  const given = request.headers['if-match'];
  if (given === undefined) {
    if (settings.withoutIfMatch === 'accept') return;
    throw refuse(400, 'required', 'If-Match is required.');
  }
  if (versionIn(given) !== versionId(version, settings))
    throw refuse(412, 'conflict', 'The resource was changed by somebody else.');
}

/** A stored resource of an id: 410 for one that was deleted, 404 for one that never was. */
export function found<T extends Stored>(call: ClinicCall, type: string, row: T | undefined): T {
  if (row !== undefined) return row;
  if (call.db.table('gone').get(`${type}/${call.path.id}`) !== undefined)
    throw refuse(410, 'deleted', 'The resource was deleted.');
  throw notFound();
}

/** `W/"3"` and `"3"` are the same. */
function versionIn(header: string | undefined): string | undefined {
  return header?.match(/^(?:W\/)?"([^"]*)"$/)?.[1];
}
