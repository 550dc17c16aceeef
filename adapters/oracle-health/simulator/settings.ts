import { z } from '#simulator-kit/index.ts';

/**
 * What the vendor's documentation leaves open or lets a client choose. `GET` and `PUT /__sim/settings`. Defaults are
 * what is presumed, and where nothing is, the harder case for a client.
 */
export const settings = z.strictObject({
  /** Slot search without `_id`: does it need `service-type`, or is one of the three filters enough? */
  slotSearchNeeds: z.enum(['service-type', 'any-filter']).default('service-type'),
  /** Search parameters that are not known. */
  unknownParameter: z.enum(['ignore', 'reject400']).default('ignore'),
  /** `_count` of a Slot search below 5 or above 200. */
  countOutOfRange: z.enum(['reject400', 'clamp']).default('reject400'),
  /** Search dates without an offset: refused, or taken for the clinic's local time. */
  zonelessDates: z.enum(['reject400', 'practice-local']).default('reject400'),
  /** Appointment dates: as the workflow pages have them (`ge` and `lt`), or any prefix and none. */
  appointmentDates: z.enum(['workflow', 'any']).default('workflow'),
  /** Body of a refused search. */
  refusalFormat: z.enum(['outcome', 'text']).default('outcome'),
  /** A search of Patient, Practitioner, Location or Organization without a parameter. */
  bareSearch: z.enum(['reject400', 'accept']).default('reject400'),
  /** Names of the parameters in the address of the next page. */
  pageLinks: z.enum(['hyphen', 'plain']).default('hyphen'),
  /** The next page of slots begins with the last slot of the one before. */
  repeatOnNextPage: z.boolean().default(true),
  /** One resource at two locations: both of its slots go busy together. */
  linkedSlots: z.boolean().default(true),
  /** Who may book a busy-tentative slot (and set it free): the client that made it so, anyone, or nobody. */
  busyTentative: z.enum(['holder', 'anyone', 'nobody']).default('holder'),
  /** `replace /slot` sets the slot before free. */
  rescheduleFreesSlot: z.boolean().default(true),
  noShowFreesSlot: z.boolean().default(false),
  /** A cancelled appointment still names its slot. */
  cancelledKeepsSlot: z.boolean().default(true),
  /** Booking of a slot that has begun. */
  past: z.enum(['accept', 'reject422']).default('accept'),
  /** Words of the 422 for a slot that is not free. */
  slotTakenText: z.string().default('The slot is not available.'),
  /** Paths of a PATCH that are not documented. */
  unknownPatchPath: z.enum(['reject422', 'ignore']).default('reject422'),
  /** Ids of appointments that somebody is modifying, separated by commas, or `*`: their PATCH is answered 423. */
  beingModified: z.string().default(''),
  /** Whether what Millennium has to do beside a PATCH of an appointment fails (424). */
  sideOperation: z.enum(['works', 'fails424']).default('works'),
  /** Instants on the wire; mixed: by the last digit of the id. */
  milliseconds: z.enum(['mixed', 'always', 'never']).default('mixed'),
  /** A second Patient of the same name and birth date. */
  duplicatePatient: z.enum(['accept', 'reject422']).default('accept'),
  /** How `family`, `given` and `name` match. */
  patientNames: z.enum(['starts-with', 'exact']).default('starts-with'),
  /** Resource types that this tenant does not give although the scope says so, separated by commas: 403. */
  forbiddenResources: z.string().default(''),
  /** Ids of records that lack a mandatory field, separated by commas: whatever reads one of them is answered 500. */
  incompleteRecords: z.string().default(''),
  /** The app is not enabled for this tenant. */
  appDisabled: z.boolean().default(false),
});

export type Settings = z.infer<typeof settings>;

/** Is `one` in a setting that is a list? `*` stands for all. */
export function names(list: string, one: string): boolean {
  const items = list.split(',').map((item) => item.trim());
  return items.includes('*') || items.includes(one);
}
