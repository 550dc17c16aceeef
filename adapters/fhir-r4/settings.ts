import { z } from '#adapter-kit/index.ts';

const idList = z
  .string()
  .max(4_000)
  .regex(/^([A-Za-z0-9._~-]{1,128}(, ?[A-Za-z0-9._~-]{1,128})*)?$/);
/** `system|code`, optionally `;name` and `;minutes`, separated by commas. */
const typeList = z
  .string()
  .max(4_000)
  .regex(/^([^,;\s]+(;[^,;]+(;\d{1,3})?)?(, ?[^,;\s]+(;[^,;]+(;\d{1,3})?)?)*)?$/);

/**
 * What a FHIR server is asked to be taken for. The first group is learned by the probe from the CapabilityStatement; the
 * rest is the practice's.
 */
export const settings = z.strictObject({
  /** How this server books. `none`: it does not, or nobody has looked yet. */
  booking: z.enum(['none', 'slot-reference', 'operations', 'conditional-create']).default('none'),
  /** Whose names `$find` and `$book` have. */
  operationNames: z.enum(['argonaut', 'ihe', 'medplum']).default('argonaut'),
  /** Appointments can be changed by JSON Patch. */
  patch: z.boolean().default(false),
  /** Patients can be created. */
  patientCreate: z.boolean().default(false),

  /** The practice wants callers who are new to be created: asked for in its consent, and done where the server can. */
  createPatients: z.boolean().default(false).meta({
    title: 'Create patients who are new',
    description: 'Your EMR is then asked to allow that as well. Without it your staff do.',
  }),
  /**
   * Somebody has proven in a sandbox that two parallel creates with one `If-None-Exist` make one appointment. The next
   * probe looks at it.
   */
  conditionalCreateProven: z.boolean().default(false),
  /** The server books several consecutive slots with one appointment. */
  joinSlots: z.boolean().default(false),
  /** Ids of the only practitioners, all where empty. */
  practitioners: idList.default('').meta({
    title: 'Practitioners',
    description: 'FHIR ids of those who are booked, with commas between them.',
  }),
  /** Ids of the only locations, all where empty. */
  locations: idList.default('').meta({
    title: 'Locations',
    description: 'FHIR ids of the places where they are booked, with commas between them.',
  }),
  /** Visit types, all that the server names where empty. */
  serviceTypes: typeList.default('').meta({
    title: 'Visit types',
    description: 'Each as system|code;name;minutes, with commas between them.',
  }),
  /** Length that a visit type is proposed with where nobody says one. */
  visitMinutes: z.int().min(5).max(540).default(30),
});
export type FhirSettings = z.infer<typeof settings>;

export function listOf(text: string): readonly string[] {
  return text.split(',').flatMap((each) => each.trim() || []);
}

/** `system|code;name;minutes` as the parts of a visit type. */
export function serviceTypesOf({ serviceTypes, visitMinutes }: FhirSettings): readonly ServiceType[] {
  return listOf(serviceTypes).map((entry) => {
    const [token = '', name, minutes] = entry.split(';');
    return {
      token,
      display: name ?? token.slice(token.lastIndexOf('|') + 1),
      minutes: minutes === undefined ? visitMinutes : Number(minutes),
    };
  });
}
export interface ServiceType {
  readonly token: string;
  readonly display: string;
  readonly minutes: number;
}
