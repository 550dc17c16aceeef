import { type fhirWire, idIn } from '../../fhir-r4/index.ts';

type Extensions = fhirWire.SlotResource['extension'];

/** Oracle Health's own extensions, under `https://fhir-ehr.cerner.com/r4/StructureDefinition/` or another host's. */
function named(extensions: Extensions, name: string) {
  return extensions?.find(({ url }) => url.endsWith(`/r4/StructureDefinition/${name}`));
}

/** Where a slot is; its schedule does not say. */
export function schedulingLocation({ extension }: { readonly extension?: Extensions }): string | undefined {
  return idIn(named(extension, 'scheduling-location')?.valueReference, 'Location');
}

/** May the appointment be changed so? Where nothing is said, the server will say it. */
export function isAllowed(
  { extension }: { readonly extension?: Extensions },
  change: 'cancel' | 'move',
): boolean {
  const name = change === 'cancel' ? 'is-cancelable' : 'is-reschedulable';
  return named(extension, name)?.valueBoolean !== false;
}
