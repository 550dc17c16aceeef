import { z } from '#simulator-kit/index.ts';

/**
 * What FHIR R4 leaves to a server. `GET` and `PUT /__sim/settings`. Defaults are what the specification suggests, and
 * where it is silent, the harder case for a client that can still be booked.
 */
export const settings = z.strictObject({
  /** `If-None-Exist` is looked at, and the CapabilityStatement says so. */
  conditionalCreate: z.boolean().default(true),
  /** A create with `If-None-Exist` where it is not: refused, or done as if nothing had been said. */
  withoutConditionalCreate: z.enum(['reject400', 'ignore']).default('reject400'),
  /** Whether an appointment for a slot that is not free is refused. */
  slotRule: z.enum(['enforced', 'none']).default('enforced'),
  /** Status of that refusal. */
  slotTaken: z.enum(['409', '422', '400']).default('409'),
  /** An appointment with several slots: one after another of one schedule, or none at all. */
  severalSlots: z.enum(['consecutive', 'reject422']).default('consecutive'),
  /** Whether the time of somebody who is booked is taken in their other schedules too. */
  otherSchedules: z.enum(['taken', 'open']).default('taken'),
  noShowFreesSlot: z.boolean().default(false),
  /** The actors of the slot's schedule are written into the appointment where they are missing. */
  addsActors: z.boolean().default(false),
  /** Booking of a time that has begun. */
  past: z.enum(['accept', 'reject422']).default('accept'),
  /** PATCH is served, and the CapabilityStatement says so. */
  patch: z.boolean().default(true),
  /** PUT and PATCH without If-Match. */
  withoutIfMatch: z.enum(['reject400', 'accept']).default('reject400'),
  /** Version ids that count up, or that say nothing. */
  versionIds: z.enum(['opaque', 'numbers']).default('opaque'),
  /** Body of a success for which no `Prefer: return=` was said. */
  returns: z.enum(['representation', 'minimal']).default('representation'),
  /** Search parameters that are not known, unless `Prefer: handling=` says it. */
  unknownParameter: z.enum(['ignore', 'reject400']).default('ignore'),
  /** `Bundle.total` of a search. */
  total: z.boolean().default(true),
  /** Page size where none is asked for, and the largest. */
  pageSize: z.int().min(1).max(1_000).default(20),
  largestPage: z.int().min(1).max(1_000).default(100),
  /** So many days ahead there are slots. */
  publishedDays: z.int().min(1).max(1_000).default(400),
});

export type Settings = z.infer<typeof settings>;
