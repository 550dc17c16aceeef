import { grammar, markersIn, z } from '#adapter-kit/index.ts';

/**
 * FHIR R4 resources as far as scheduling needs them: every element that is not named here ends at the wall, narrative,
 * names of patients beside references, reasons and notes among them. Ids may be longer than FHIR's 64 characters,
 * because servers send such.
 */

export const fhirId = z.string().max(grammar.fhirId.maxLength).regex(grammar.fhirId.pattern);
/** Where it leads, and no words about it. */
const reference = z.object({
  reference: z
    .string()
    .transform((text) => (/^[A-Za-z0-9._~:/#-]{1,512}$/.test(text) ? text : undefined))
    .optional(),
});
/** Codes only: text and display are the office's words. */
const concept = z.object({
  coding: z
    .array(z.object({ system: z.string().max(300).optional(), code: z.string().max(200).optional() }))
    .optional(),
});
const meta = z.object({ versionId: z.string().max(64).optional() });
/** Extensions of the kinds that some dialect reads; the others are dropped with their values. */
const extension = z.object({
  url: z.string().max(300),
  valueReference: reference.optional(),
  valueBoolean: z.boolean().optional(),
});
const base = { id: fhirId, meta: meta.optional() };

export const slot = z.object({
  resourceType: z.literal('Slot'),
  ...base,
  extension: z.array(extension).optional(),
  serviceType: z.array(concept).optional(),
  schedule: reference,
  status: z.string(),
  /** Kept as text: an impossible instant makes a slot that is not offered, not a search that fails. */
  start: z.string().max(64),
  end: z.string().max(64),
  overbooked: z.boolean().optional(),
});
export type SlotResource = z.infer<typeof slot>;

export const schedule = z.object({
  resourceType: z.literal('Schedule'),
  ...base,
  active: z.boolean().optional(),
  serviceType: z.array(concept.extend({ extension: z.array(extension).optional() })).optional(),
  /** An actor that is only displayed has no reference. */
  actor: z.array(reference),
});
export type ScheduleResource = z.infer<typeof schedule>;

const status = z.enum([
  'proposed',
  'pending',
  'booked',
  'arrived',
  'checked-in',
  'fulfilled',
  'cancelled',
  'noshow',
  'entered-in-error',
  'waitlist',
]);

const appointmentFields = {
  resourceType: z.literal('Appointment'),
  meta: meta.optional(),
  extension: z.array(extension).optional(),
  status,
  serviceType: z.array(concept).optional(),
  start: z.string().max(64).optional(),
  end: z.string().max(64).optional(),
  minutesDuration: z.number().optional(),
  slot: z.array(reference).optional(),
  created: z.string().max(64).optional(),
  /** Free text of the office: only our markers come through. */
  comment: z.string().transform(markersIn).optional(),
  /** In the order of the resource, so that a patch can name one. */
  participant: z.array(z.object({ actor: reference.optional() })),
};
export const appointment = z.object({ ...appointmentFields, id: fhirId });
export type AppointmentResource = z.infer<typeof appointment>;

/** What `$find` proposes: it may have no id, and brings the slots that it would take. */
export const proposal = z.object({
  ...appointmentFields,
  id: fhirId.optional(),
  contained: z
    .array(z.looseObject({ resourceType: z.string() }))
    .transform((all) =>
      all.flatMap((each) => {
        const parsed = containedSlot.safeParse(each);
        return parsed.success ? [parsed.data] : [];
      }),
    )
    .optional(),
});
const containedSlot = slot.extend({ id: fhirId.optional() });
export type ProposalResource = z.infer<typeof proposal>;

const humanName = z.object({
  use: z.string().max(20).optional(),
  family: z.string().optional(),
  given: z.array(z.string()).optional(),
});
const contactPoint = z.object({
  system: z.string().max(20).optional(),
  use: z.string().max(20).optional(),
  value: z.string().optional(),
});

export const patient = z.object({
  resourceType: z.literal('Patient'),
  ...base,
  active: z.boolean().optional(),
  name: z.array(humanName).optional(),
  telecom: z
    .array(contactPoint)
    .transform((all) => all.filter(({ system }) => system === 'phone' || system === 'email'))
    .optional(),
  gender: z.enum(['male', 'female', 'other', 'unknown']).optional(),
  birthDate: z.string().optional(),
  deceasedBoolean: z.boolean().optional(),
  /** That it is there is all that counts. */
  deceasedDateTime: z
    .string()
    .transform(() => true)
    .optional(),
});
export type PatientResource = z.infer<typeof patient>;

const practitionerName = humanName.extend({
  text: z.string().optional(),
  prefix: z.array(z.string()).optional(),
  suffix: z.array(z.string()).optional(),
});
export const practitioner = z.object({
  resourceType: z.literal('Practitioner'),
  ...base,
  active: z.boolean().optional(),
  /** The US NPI alone: the others may be of any kind. */
  identifier: z
    .array(z.object({ system: z.string().optional(), value: z.string().optional() }))
    .transform((all) => all.filter(({ system }) => system === 'http://hl7.org/fhir/sid/us-npi'))
    .optional(),
  name: z.array(practitionerName).optional(),
});
export type PractitionerResource = z.infer<typeof practitioner>;

export const practitionerRole = z.object({
  resourceType: z.literal('PractitionerRole'),
  ...base,
  active: z.boolean().optional(),
  practitioner: reference.optional(),
  location: z.array(reference).optional(),
});
export type PractitionerRoleResource = z.infer<typeof practitionerRole>;

export const location = z.object({
  resourceType: z.literal('Location'),
  ...base,
  status: z.enum(['active', 'suspended', 'inactive']).optional(),
  name: z.string().optional(),
  mode: z.enum(['instance', 'kind']).optional(),
});
export type LocationResource = z.infer<typeof location>;

export const healthcareService = z.object({
  resourceType: z.literal('HealthcareService'),
  ...base,
  active: z.boolean().optional(),
  name: z.string().optional(),
  type: z.array(concept).optional(),
});
export type HealthcareServiceResource = z.infer<typeof healthcareService>;

/** Severity and codes; what an issue says in words may be about a patient. */
export const operationOutcome = z.object({
  resourceType: z.literal('OperationOutcome'),
  issue: z.array(
    z.object({
      severity: z.string(),
      code: z.string(),
      details: concept.optional(),
    }),
  ),
});
export type OperationOutcomeResource = z.infer<typeof operationOutcome>;

export type AnyResource =
  | SlotResource
  | ScheduleResource
  | AppointmentResource
  | PatientResource
  | PractitionerResource
  | PractitionerRoleResource
  | LocationResource
  | HealthcareServiceResource
  | OperationOutcomeResource;

export const capabilityStatement = z.object({
  resourceType: z.literal('CapabilityStatement'),
  fhirVersion: z.string().max(20),
  software: z.object({ version: z.string().optional() }).optional(),
  rest: z
    .array(
      z.object({
        mode: z.string(),
        resource: z
          .array(
            z.object({
              type: z.string(),
              interaction: z.array(z.object({ code: z.string() })).default([]),
              versioning: z.string().optional(),
              conditionalCreate: z.boolean().optional(),
              /** R4: a canonical. STU3: a Reference, of which nothing is kept. */
              operation: z
                .array(z.object({ name: z.string(), definition: z.unknown().transform(asText) }))
                .default([]),
            }),
          )
          .default([]),
        operation: z
          .array(z.object({ name: z.string(), definition: z.unknown().transform(asText) }))
          .default([]),
      }),
    )
    .default([]),
});
export type CapabilityStatement = z.infer<typeof capabilityStatement>;

function asText(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
