import { z } from '#adapter-kit/index.ts';
import { type FhirSettings, fhirSettings } from '../fhir-r4/index.ts';

const { practitioners, locations, serviceTypes, visitMinutes } = fhirSettings.shape;

/**
 * What a practice sets for its connection. Oracle Health offers no way to list who and where can be booked: the customer
 * hands the ids over, and a search without a visit type is refused. Without any one of the three nothing can be found.
 */
export const settings = z.strictObject({
  /** Ids of the practitioners who are booked through us. */
  practitioners: practitioners.meta({ required: true }),
  /** Ids of the locations where they are. */
  locations: locations.meta({ required: true }),
  /** Visit types as `system|code;name;minutes`: all of SNOMED CT or all of the tenant's own codeSet 14249 in one search. */
  serviceTypes: serviceTypes.meta({ required: true }),
  /** Length of a visit type for which none is said. */
  visitMinutes,
  /** The server does not let us write; learned by the probe. */
  readOnly: z.boolean().default(false),
});
export type Settings = z.infer<typeof settings>;

/** The same in the words of every FHIR server. */
export const asFhirSettings = settings.transform(
  ({ readOnly, ...own }): FhirSettings => ({
    ...own,
    booking: readOnly ? 'none' : 'slot-reference',
    operationNames: 'argonaut',
    patch: !readOnly,
    patientCreate: false,
    createPatients: false,
    conditionalCreateProven: false,
    // An appointment has exactly one slot.
    joinSlots: false,
  }),
);
