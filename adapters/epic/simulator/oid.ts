/**
 * Epic's identifier and code systems. `environment` is the part that differs between customers
 * (`urn:oid:1.2.840.114350.1.13.{environment}.1.7…`).
 */
export const oid = {
  /** Contact serial number of a visit. */
  csn: (environment: string) => within(environment, '3.698084.8'),
  surgeryCase: (environment: string) => within(environment, '2.798267'),
  /** Visit type as `$find` takes and STU3 tells it. */
  visitTypeStu3: (environment: string) => within(environment, '3.808267.11'),
  /** The same visit type in R4. */
  visitTypeR4: (environment: string) => within(environment, '2.808267'),
  surgerySpecialty: (environment: string) => within(environment, '4.836982.5030'),
  outcome: (environment: string) => within(environment, '2.657369'),
  mrn: (environment: string) => within(environment, '5.737384.14'),
  provider: (environment: string) => within(environment, '2.697780'),
  department: (environment: string) => within(environment, '2.686980'),
  epicPatient: 'urn:oid:1.2.840.114350.1.1',
  npi: 'http://hl7.org/fhir/sid/us-npi',
} as const;

function within(environment: string, rest: string): string {
  return `urn:oid:1.2.840.114350.1.13.${environment}.1.7.${rest}`;
}
