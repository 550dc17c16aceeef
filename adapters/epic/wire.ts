import { z } from '#adapter-kit/index.ts';
import { fhirSent, fhirWire } from '../fhir-r4/index.ts';

/**
 * Epic's STU3 `$find` and `$book`, as far as scheduling needs them. R4 is the base's. Names, free text and the temporary
 * proposal's slots end at the wall.
 */

const concept = z.object({
  coding: z
    .array(z.object({ system: z.string().max(300).optional(), code: z.string().max(200).optional() }))
    .optional(),
});

/** A visit that `$find` proposes. Its id is good for this answer only, and may be longer than FHIR's 64 characters. */
export const proposal = z.object({
  resourceType: z.literal('Appointment'),
  id: fhirWire.fhirId,
  status: z.literal('proposed'),
  serviceType: z.array(concept).optional(),
  start: z.string().max(64),
  end: z.string().max(64),
  participant: z.array(
    z.object({ actor: z.object({ reference: z.string().max(512).optional() }).optional() }),
  ),
});
export type Proposal = z.infer<typeof proposal>;

/** What `$book` made: that it is booked, and its lasting id. The truth is read back. */
export const booked = z.object({
  resourceType: z.literal('Appointment'),
  id: fhirWire.fhirId,
  status: z.string(),
});

const instant = z
  .string()
  .max(20)
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);

/** Body of `$find`. No patient: a staff or back-end token needs none, and the answer is the same for everybody. */
export const findParameters = z.strictObject({
  resourceType: z.literal('Parameters'),
  parameter: z.tuple([
    z.strictObject({ name: z.literal('startTime'), valueDateTime: instant }),
    z.strictObject({ name: z.literal('endTime'), valueDateTime: instant }),
    z.strictObject({
      name: z.literal('serviceType'),
      valueCodeableConcept: z.strictObject({
        coding: z.tuple([
          z.strictObject({
            system: z
              .string()
              .max(80)
              .regex(/^urn:oid:1\.2\.840\.114350\.1\.13\.[0-9.]{1,20}\.7\.3\.808267\.11$/),
            code: z
              .string()
              .max(40)
              .regex(/^[A-Za-z0-9-]{1,40}$/),
          }),
        ]),
      }),
    }),
    z.strictObject({
      name: z.literal('location-reference'),
      valueReference: z.strictObject({
        // Absolute, below the connection's own base.
        reference: z
          .string()
          .max(512)
          .regex(/^https?:\/\/[A-Za-z0-9._~:/-]{1,300}\/api\/FHIR\/STU3\/Location\/[A-Za-z0-9._~-]{1,128}$/),
      }),
    }),
  ]),
});
export type FindParameters = z.infer<typeof findParameters>;

/** Body of `$book`: who, which proposal, and the marker for people who read the visit's note. */
export const bookParameters = z.strictObject({
  resourceType: z.literal('Parameters'),
  parameter: z.tuple([
    z.strictObject({
      name: z.literal('patient'),
      valueIdentifier: z.strictObject({ value: fhirWire.fhirId }),
    }),
    z.strictObject({
      name: z.literal('appointment'),
      valueIdentifier: z.strictObject({ value: fhirWire.fhirId }),
    }),
    z.strictObject({ name: z.literal('appointmentNote'), valueString: fhirSent.marker }),
  ]),
});
export type BookParameters = z.infer<typeof bookParameters>;
