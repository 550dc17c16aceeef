import type { Directory, Location, Practitioner } from '#adapter-kit/index.ts';
import type { FhirSettings } from '../settings.ts';
import type { HealthcareServiceResource, LocationResource, PractitionerResource } from '../wire/resources.ts';
import { tokenOf } from './token.ts';

const npi = 'http://hl7.org/fhir/sid/us-npi';

export function toPractitioner(wire: PractitionerResource): Practitioner & { readonly id: string } {
  const [name] = (wire.name ?? []).filter(({ use }) => use !== 'old');
  const identifier = (wire.identifier ?? []).find(
    ({ system, value = '' }) => system === npi && /^\d{10}$/.test(value),
  );
  return {
    resourceType: 'Practitioner',
    id: wire.id,
    active: wire.active !== false,
    ...(identifier?.value !== undefined && { identifier: [{ system: npi, value: identifier.value }] }),
    name: [
      {
        ...(name?.text !== undefined && { text: name.text }),
        ...(name?.family !== undefined && { family: name.family }),
        ...(name?.given !== undefined && name.given.length > 0 && { given: [...name.given] }),
        ...(name?.prefix !== undefined && name.prefix.length > 0 && { prefix: [...name.prefix] }),
        ...(name?.suffix !== undefined && name.suffix.length > 0 && { suffix: [...name.suffix] }),
        ...(name?.text === undefined && name?.family === undefined && { text: `Practitioner ${wire.id}` }),
      },
    ],
  };
}

export function toLocation(wire: LocationResource): Location & { readonly id: string } {
  return {
    resourceType: 'Location',
    id: wire.id,
    status: wire.status ?? 'active',
    name: wire.name ?? `Location ${wire.id}`,
    mode: wire.mode ?? 'instance',
  };
}

/** One visit type for each code of the services that are active. FHIR R4 gives a service no length. */
export function toServices(
  wires: readonly HealthcareServiceResource[],
  { visitMinutes, booking, operationNames }: FhirSettings,
): Directory['services'] {
  const found = new Map<string, Directory['services'][number]>();
  for (const wire of wires.filter(({ active }) => active !== false)) {
    // Medplum's operations name a service by reference.
    const isByReference = booking === 'operations' && operationNames === 'medplum';
    const refs = isByReference
      ? [`HealthcareService/${wire.id}`]
      : (wire.type ?? []).flatMap((type) => tokenOf(type) ?? []);
    for (const ref of refs)
      if (!found.has(ref))
        found.set(ref, {
          ref,
          display: wire.name ?? ref.slice(ref.lastIndexOf('|') + 1),
          minutes: visitMinutes,
        });
  }
  return [...found.values()];
}
