import { grammar, z } from '#adapter-kit/index.ts';
import { fhirId } from './resources.ts';

/** What is sent. A body that does not parse never leaves, so nothing but scheduling can be in one. */

/** The marker and nothing else. */
export const marker = z.string().regex(/^GW:[A-Z2-7]{10}\.[1-9][0-9]{0,3}$/);
const instant = z.string().max(40).regex(grammar.fhirInstant.pattern);
export const idOf = <const T extends string>(...types: readonly T[]) =>
  z.string().regex(new RegExp(`^(${types.join('|')})/[A-Za-z0-9._~-]{1,128}$`));
const code = z.string().regex(/^[^\s|]([^|]{0,198}[^\s|])?$/);
const system = z
  .string()
  .max(300)
  .regex(/^[A-Za-z][A-Za-z0-9+.-]*:[^\s|]+$/);
const sentConcept = z.strictObject({
  coding: z.tuple([z.strictObject({ system: system.optional(), code })]),
});

const sentParticipant = (...statuses: readonly [string, ...string[]]) =>
  z.strictObject({
    actor: z.strictObject({ reference: idOf('Patient', 'Practitioner', 'Location') }),
    status: z.enum(statuses),
  });
export const sentSlot = z.strictObject({ reference: idOf('Slot') });

const minutes = z.int().min(1).max(1_440);
const participants = sentParticipant('accepted').array().min(2).max(20);

/** POST [base]/Appointment that books slots. */
export const newAppointment = z.strictObject({
  resourceType: z.literal('Appointment'),
  /** The intent without the number of its send, so that a second send finds what the first one made. */
  identifier: z
    .tuple([
      z.strictObject({
        system: z.literal('urn:postern:booking'),
        value: z.string().regex(/^GW:[A-Z2-7]{10}$/),
      }),
    ])
    .optional(),
  status: z.literal('booked'),
  serviceType: z.tuple([sentConcept]).optional(),
  start: instant,
  end: instant,
  minutesDuration: minutes,
  slot: sentSlot.array().min(1).max(24),
  comment: marker,
  participant: participants,
});

/** Extension of a service type by which Medplum knows a HealthcareService. */
export const medplumService = 'https://medplum.com/fhir/service-type-reference';

/** A proposed visit, handed to `$book` as a resource. */
export const proposedAppointment = z.strictObject({
  resourceType: z.literal('Appointment'),
  id: fhirId.optional(),
  contained: z
    .strictObject({
      resourceType: z.literal('Slot'),
      id: fhirId,
      schedule: z.strictObject({ reference: idOf('Schedule') }),
      status: z.enum(['busy', 'free']),
      start: instant,
      end: instant,
    })
    .array()
    .optional(),
  status: z.enum(['proposed', 'pending']),
  serviceType: z
    .tuple([
      z.strictObject({
        coding: sentConcept.shape.coding.optional(),
        extension: z
          .tuple([
            z.strictObject({
              url: z.literal(medplumService),
              valueReference: z.strictObject({ reference: idOf('HealthcareService') }),
            }),
          ])
          .optional(),
      }),
    ])
    .optional(),
  start: instant,
  end: instant,
  minutesDuration: minutes.optional(),
  slot: sentSlot.array().optional(),
  comment: marker,
  participant: sentParticipant('needs-action', 'accepted', 'tentative').array().min(2).max(20),
});

/** Parameters of `$book`, each by its own name (Argonaut Scheduling 1.0.1, IHE ITI-117, Medplum). */
export const bookParameters = z.strictObject({
  resourceType: z.literal('Parameters'),
  parameter: z
    .union([
      z.strictObject({ name: z.literal('appt-id'), valueUri: idOf('Appointment') }),
      z.strictObject({ name: z.literal('patient-id'), valueUri: idOf('Patient') }),
      z.strictObject({ name: z.literal('comment'), valueString: marker }),
      z.strictObject({
        name: z.enum(['appt-resource', 'appointment-resource', 'appointment']),
        resource: proposedAppointment,
      }),
    ])
    .array()
    .min(1)
    .max(4),
});

const actorPath = z.string().regex(/^\/participant\/\d{1,2}\/actor$/);
/** JSON Patch (RFC 6902) of an appointment: off the book, or to another time and place. */
export const appointmentPatch = z
  .union([
    z.strictObject({ op: z.literal('replace'), path: z.literal('/status'), value: z.literal('cancelled') }),
    z.strictObject({
      op: z.literal('add'),
      path: z.literal('/cancelationReason'),
      value: z.strictObject({
        coding: z.tuple([
          z.strictObject({
            system: z.literal('http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason'),
            code: z.enum(['pat', 'prov', 'other', 'oth-err']),
          }),
        ]),
      }),
    }),
    z.strictObject({
      op: z.enum(['add', 'replace']),
      path: z.literal('/slot'),
      value: sentSlot.array().min(1).max(24),
    }),
    z.strictObject({ op: z.enum(['add', 'replace']), path: z.enum(['/start', '/end']), value: instant }),
    z.strictObject({ op: z.literal('add'), path: z.literal('/minutesDuration'), value: minutes }),
    z.strictObject({
      op: z.literal('replace'),
      path: actorPath,
      value: z.strictObject({ reference: idOf('Practitioner', 'Location') }),
    }),
    z.strictObject({
      op: z.literal('add'),
      path: z.literal('/participant/-'),
      value: sentParticipant('accepted'),
    }),
  ])
  .array()
  .min(1)
  .max(30);
export type PatchOperation = z.infer<typeof appointmentPatch>[number];

const name = z.string().max(grammar.personName.maxLength).regex(grammar.personName.pattern);
/** POST [base]/Patient/_search: names and birth date stand in the body, where no log of addresses has them. */
export const patientSearch = z.strictObject({
  family: name,
  given: name,
  birthdate: z.string().regex(grammar.date.pattern),
  _count: z.enum(['50']),
});

/** POST [base]/Patient: the least that makes a person known. */
export const newPatient = z.strictObject({
  resourceType: z.literal('Patient'),
  active: z.literal(true),
  name: z.tuple([z.strictObject({ use: z.literal('official'), family: name, given: z.tuple([name]) })]),
  telecom: z
    .union([
      z.strictObject({
        system: z.literal('phone'),
        value: z.string().regex(/^[0-9()+. -]{7,20}$/),
        use: z.literal('mobile'),
      }),
      z.strictObject({ system: z.literal('email'), value: z.email().max(100) }),
    ])
    .array()
    .max(2)
    .optional(),
  gender: z.enum(['male', 'female', 'other', 'unknown']).optional(),
  birthDate: z.string().regex(grammar.date.pattern),
});
export type NewPatient = z.infer<typeof newPatient>;
