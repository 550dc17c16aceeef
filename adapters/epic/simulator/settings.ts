import { z } from '#simulator-kit/index.ts';

/**
 * What Epic's documentation leaves open, what customers set up differently, and what a demo may want to switch. `GET` and
 * `PUT /__sim/settings`. README.md says where each default comes from.
 */
export const settings = z.strictObject({
  /** The part of an OID that differs between customers and environments; `0` is the public sandbox, `236.2` a customer. */
  environment: z
    .string()
    .regex(/^\d+(\.\d+)*$/)
    .default('0'),

  /** How long the id of a proposed appointment can be booked. */
  temporaryIdSeconds: z.int().min(0).default(300),
  /** HTTP status of a stale or unknown temporary id (59144). */
  staleIdStatus: z.literal([400, 404]).default(400),
  /** What `$book` says when the time was taken since `$find`, and its HTTP status. */
  takenCode: z.enum(['59159', '59144', '59134', '59177']).default('59159'),
  takenStatus: z.literal([200, 400, 409, 422]).default(400),
  /** What `$book` says of a patient whom nobody knows. */
  bookUnknownPatient: z.enum(['4100', '59144']).default('4100'),
  /** Where `appointmentNote` of a booking can be read again. */
  noteReadBack: z.enum(['none', 'comment', 'description', 'patientInstruction']).default('none'),

  /** `$find` without a visit type: times of every visit type, or none and 59200. */
  withoutVisitType: z.enum(['all', '59200']).default('all'),
  /** Is the department a participant of a proposed appointment? */
  locationInFind: z.boolean().default(false),
  /** Times in one answer of `$find`; with more, 4119 is told. */
  findLimit: z.int().min(1).default(1000),

  /** HTTP status of a verb that a known path does not have. */
  unsupportedVerb: z.literal([405, 404]).default(405),
  /** What counts in `POST _search`: the body since February 2026, the query string before. */
  postSearch: z.enum(['body', 'query']).default('body'),
  /** Most entries on a page. */
  pageSize: z.int().min(1).default(1000),
  /** How long the link to the next page works. */
  pagingSeconds: z.int().min(0).default(300),
  /** How an appointment or patient search without a restricting parameter is refused. */
  unrestrictedSearch: z.enum(['59159', '4111']).default('59159'),
  /** Are practitioners, roles, locations and organizations told to a search that names none of them? */
  directorySearch: z.enum(['open', 'restricted']).default('open'),
  /** Parameters that the CapabilityStatement names and nothing documents (`practitioner`, `location`, `actor`, …). */
  unreliableParameters: z.enum(['ignored', 'applied']).default('ignored'),
  /** Does `date` mind the time of day, or the day alone? */
  dateSearch: z.enum(['time', 'day']).default('time'),
  /** More patients than this are 4127. */
  patientLimit: z.int().min(1).default(100),
  /** How an appointment reads that the front desk deleted: 410 with 4103, 404 with 59008, or with that status. */
  deleted: z.enum(['gone', 'unknown', 'entered-in-error']).default('gone'),

  /** The scope that stands for `$find` and `$book`. */
  operationScope: z.enum(['none', 'appointment-read', 'appointment-write']).default('appointment-read'),
  /** Are the two operations ticked in the app's registration? */
  findTicked: z.boolean().default(true),
  bookTicked: z.boolean().default(true),
  /** Has the customer mapped the backend app to a user? If not, it gets tokens and no call works. */
  backendUserMapped: z.boolean().default(true),
  /** Has the customer licensed the private web service that cancels? */
  privateServices: z.boolean().default(false),
});

export type Settings = z.infer<typeof settings>;
