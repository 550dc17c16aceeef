import { z } from '#adapter-kit/index.ts';
import { fhirSent } from '../fhir-r4/index.ts';

/** What is sent to Oracle Health: fewer elements than FHIR has, because what it does not support can be an error. */

const oneSlot = z.tuple([fhirSent.sentSlot]);

/** POST Appointment: one slot and one patient. Time, place and practitioner are those of the slot. */
export const newAppointment = z.strictObject({
  resourceType: z.literal('Appointment'),
  status: z.literal('booked'),
  slot: oneSlot,
  participant: z.tuple([
    z.strictObject({
      actor: z.strictObject({ reference: fhirSent.idOf('Patient') }),
      status: z.literal('accepted'),
    }),
  ]),
  comment: fhirSent.marker,
});

/** The two changes of PATCH Appointment that we make, each in the combination that is documented. */
export const appointmentPatch = z.union([
  z.tuple([
    z.strictObject({ op: z.literal('replace'), path: z.literal('/status'), value: z.literal('cancelled') }),
    z.strictObject({
      op: z.literal('add'),
      path: z.literal('/cancelationReason'),
      value: z.strictObject({
        coding: z.tuple([
          z.strictObject({
            system: z.literal('http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason'),
            code: z.literal('pat'),
          }),
        ]),
      }),
    }),
  ]),
  z.tuple([z.strictObject({ op: z.literal('replace'), path: z.literal('/slot'), value: oneSlot })]),
]);

/** PATCH Slot: its status, to one of the two that may be set. */
export const slotPatch = z.tuple([
  z.strictObject({
    op: z.literal('replace'),
    path: z.literal('/status'),
    value: z.enum(['free', 'busy-tentative']),
  }),
]);
