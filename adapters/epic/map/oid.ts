/**
 * Epic's OIDs differ from environment to environment in the part after `1.13.`. A visit type has one OID where `$find`
 * is asked and another where R4 tells of it, so two systems are never compared as text.
 */
const visitTypeArcs = { find: '7.3.808267.11', appointment: '7.2.808267' } as const;

/** The system of a visit type as `$find` wants it, e.g. `urn:oid:1.2.840.114350.1.13.0.1.7.3.808267.11`. */
export function visitTypeSystem(environment: string): string {
  return `urn:oid:1.2.840.114350.1.13.${environment}.${visitTypeArcs.find}`;
}

export function isVisitTypeSystem(system: string | undefined): boolean {
  return Object.values(visitTypeArcs).some(
    (arc) => system?.startsWith('urn:oid:1.2.840.114350.1.13.') === true && system.endsWith(`.${arc}`),
  );
}
