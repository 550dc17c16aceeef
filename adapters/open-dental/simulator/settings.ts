import { z } from '#simulator-kit/index.ts';

const acceptance = z.enum(['accept', 'reject400']).default('accept');

/**
 * What the vendor's documentation leaves open, and what a demo may want to switch. `GET` and `PUT /__sim/settings`.
 * Defaults are the worst case for a client wherever nothing better is known.
 */
export const settings = z.strictObject({
  /** One request a second for a customer key, as the vendor's remote service has it. */
  throttle: z.boolean().default(true),
  throttleGapMs: z.int().min(0).default(1000),
  /** For keys that may only read. */
  throttleReadOnlyGapMs: z.int().min(0).default(5000),
  /** Requests of one key that may wait; the next is answered 429. */
  throttleQueue: z.int().min(0).default(30),
  /** After this long a waiting request is answered 504, and performed all the same. */
  timeoutMs: z.int().min(1).default(60_000),
  /** POST and PUT of a time at which chair or provider is taken. */
  overlap: acceptance,
  /** … under a blockout that says "do not schedule". */
  blockout: acceptance,
  /** … that has passed. */
  past: acceptance,
  /** … in a hidden chair or with a hidden provider. */
  hidden: acceptance,
  /** Status after Break with sendToUnscheduledList "true". */
  breakTo: z.enum(['UnschedList', 'Broken']).default('UnschedList'),
  /** Did the office enable breakType Missed and Cancelled? */
  breakTypes: z.boolean().default(false),
  /** Error texts as a JSON string or as plain text. */
  errorFormat: z.enum(['json', 'text']).default('json'),
  /** Are `/appointments/slots` and `/appointments/Slots` the same? */
  subMethodCase: z.enum(['sensitive', 'insensitive']).default('sensitive'),
  /** Strict: numbers as JSON numbers and booleans as strings in bodies, as documented. */
  bodyTypes: z.enum(['strict', 'lenient']).default('strict'),
  duplicatePatient: z.enum(['accept', 'reject400']).default('reject400'),
  duplicatePatientText: z.string().default('Patient already exists.'),
  /** How an unset DateTimeArrived, … is written. Mixed: by the parity of AptNum. */
  notSetDates: z.enum(['mixed', 'year-0001', 'midnight']).default('mixed'),
  /** The office has disabled our customer key. */
  keyDisabled: z.boolean().default(false),
});

export type Settings = z.infer<typeof settings>;
