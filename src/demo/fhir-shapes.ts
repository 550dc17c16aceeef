import { z } from 'zod';

/** What the story reads of FHIR R4 resources. An Appointment keeps the rest as well, because it is sent back to move it. */
export const appointment = z.looseObject({
  resourceType: z.literal('Appointment'),
  id: z.string(),
  meta: z.looseObject({ versionId: z.string().optional() }).optional(),
  extension: z.array(z.looseObject({ url: z.string(), valueInstant: z.string().optional() })).optional(),
  status: z.string(),
  start: z.string(),
  end: z.string(),
  participant: z.array(
    z.looseObject({ actor: z.looseObject({ display: z.string().optional() }).optional() }),
  ),
});
export type Appointment = z.infer<typeof appointment>;

export const patient = z.object({ resourceType: z.literal('Patient'), id: z.string() });

export const healthcareService = z.object({
  resourceType: z.literal('HealthcareService'),
  id: z.string(),
  name: z.string(),
  comment: z.string().optional(),
});

export const capabilityStatement = z.object({
  fhirVersion: z.string(),
  rest: z.array(
    z.object({ extension: z.array(z.object({ url: z.string(), valueCode: z.string().optional() })) }),
  ),
});

export function searchset<T extends z.ZodType>(resource: T) {
  return z.object({
    resourceType: z.literal('Bundle'),
    type: z.literal('searchset'),
    total: z.number(),
    entry: z.array(z.object({ resource })).default([]),
  });
}

const extension = z.object({
  url: z.string(),
  valueReference: z.object({ reference: z.string() }).optional(),
});

export const operationOutcome = z.object({
  resourceType: z.literal('OperationOutcome'),
  issue: z.array(
    z.object({
      extension: z.array(extension).default([]),
      details: z
        .object({ coding: z.array(z.object({ code: z.string() })).default([]), text: z.string().optional() })
        .optional(),
      diagnostics: z.string().optional(),
    }),
  ),
});

/** What `/operations/[id]` answers when it is over. */
export const operationStatus = z.object({
  resourceType: z.literal('Bundle'),
  type: z.literal('batch-response'),
  entry: z.tuple([
    z.object({
      resource: z.unknown().optional(),
      response: z.object({
        status: z.string(),
        outcome: z.unknown().optional(),
        etag: z.string().optional(),
      }),
    }),
  ]),
});

/** The simulator's own account (src/simulator-kit/README.md). */
export const ledger = z.object({
  appointments: z.array(
    z.object({
      id: z.string(),
      start: z.string().nullable(),
      status: z.string(),
      writes: z.array(z.object({ by: z.string(), action: z.string() })),
    }),
  ),
});
