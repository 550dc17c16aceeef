import { Failure } from '#domain/failure.ts';
import { isSearchType, searchTables } from './search-parameters.ts';

/**
 * Refuses patient data in the query string of any FHIR request, because addresses are kept in logs everywhere on the
 * way. A reference to a patient is a random id and may pass. To be called for every request, before routing.
 *
 * @param type resource type in the path, if any
 * @throws Failure `demographics-in-url`
 */
export function refuseDemographicsInUrl(type: string | undefined, query: URLSearchParams): void {
  for (const name of query.keys()) {
    if (type !== undefined && isSearchType(type) && Object.hasOwn(searchTables[type].parameters, name))
      continue;
    if (namesPatientData(type, name))
      throw new Failure('demographics-in-url', {
        hint: 'To find or tell who the patient is, use POST Patient/$match.',
      });
  }
}

function namesPatientData(type: string | undefined, name: string): boolean {
  const links = name.split('.').map((link) => link.split(':'));
  const tail =
    links
      .at(-1)?.[0]
      ?.toLowerCase()
      .replaceAll(/[-_\s]/g, '') ?? '';
  const modifier = links[0]?.[1];
  const ofPatient = links.length > 1 || type === 'Patient' || modifier === 'identifier';
  return (
    demographics.has(tail) ||
    tail.startsWith('address') ||
    (ofPatient && (tail === 'identifier' || modifier === 'identifier'))
  );
}

/** FHIR R4 search parameters of Patient and the other names by which agents send the same. */
const demographics: ReadonlySet<string> = new Set([
  'name',
  'family',
  'given',
  'firstname',
  'lastname',
  'fullname',
  'patientname',
  'patientresource',
  'birthdate',
  'dateofbirth',
  'dob',
  'deathdate',
  'deceased',
  'gender',
  'sex',
  'phone',
  'phonenumber',
  'phonetic',
  'mobile',
  'email',
  'telecom',
  'ssn',
]);
