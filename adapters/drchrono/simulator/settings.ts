import { z } from '#simulator-kit/index.ts';

const milliseconds = z.int().min(0).max(600_000);

/**
 * What the vendor's documentation leaves open, lets a practice choose or contradicts. `GET` and `PUT /__sim/settings`.
 * Defaults are what is documented or presumed, and where nothing is, the harder case for a client.
 */
export const settings = z.strictObject({
  // The authorization server.
  /** Life of an access token in seconds. */
  accessTokenTtl: z
    .int()
    .min(2)
    .max(7 * 86_400)
    .default(172_800),
  /** Life of a code in seconds. */
  codeTtl: z.int().min(1).max(600).default(60),
  rotateRefreshToken: z.boolean().default(true),
  /** A refresh ends the access token before. */
  refreshEndsAccessToken: z.boolean().default(true),
  /** A refresh token that was used up. */
  spentRefreshStatus: z.enum(['400', '401']).default('400'),
  /** A code challenge: checked with its verifier, or not known. */
  pkce: z.enum(['ignored', 'accepted']).default('ignored'),

  // Who may do what.
  /** `/api/appointments` and what reads appointments wants `clinical` beside `calendar`. */
  appointmentsNeedClinicalScope: z.boolean().default(true),
  /** `/api/availability` wants `calendar:read`. */
  availabilityNeedsScope: z.boolean().default(true),
  /** Permissions inside the app: `all`, and then what is taken away: `all -frontdesk:scheduling -*:settings`. */
  grantedPermissions: z.string().default('all'),
  /** For requests without `X-DRC-API-Version`. */
  apiVersionDefault: z.enum(['v2', 'v3', 'v4']).default('v4'),
  /** Calls per application from full hour to full hour; 0: no limit. */
  hourlyLimit: z.int().min(0).default(500),
  /** Calls per application within a second; 0: no limit. */
  burstPerSecond: z.int().min(0).default(10),

  // Lists.
  /** How old lists are. A read by id is of today. */
  listLagMs: milliseconds.default(3000),
  availabilityLagMs: milliseconds.default(0),
  listKey: z.enum(['results', 'data']).default('results'),
  appointmentsDefaultPage: z.int().min(1).max(250).default(20),
  appointmentsMaxPage: z.int().min(1).max(250).default(250),
  /** Widest `date_range` of appointments, in days. */
  maxDateRangeDays: z.int().min(1).default(190),
  availabilityMaxDays: z.int().min(1).default(31),

  // Appointments.
  appointmentIds: z.enum(['string', 'number']).default('string'),
  /** Body of a 409; `rotate`: one after another. */
  conflictBody: z.enum(['rotate', 'empty', 'object', 'detail', 'text']).default('rotate'),
  overlapScope: z.enum(['office+doctor', 'office+room', 'doctor']).default('office+doctor'),
  /** Statuses that take no time, separated by commas. What is deleted never does. */
  overlapIgnores: z.string().default('Cancelled,Rescheduled,No Show'),
  blocksCauseConflict: z.enum(['409', '400', 'accept']).default('409'),
  /** `scheduled_time` with an offset. */
  offsetTimestamps: z.enum(['reject400', 'truncate']).default('reject400'),
  /** `patient: null`: refused, or a break. */
  rejectNullPatient: z.boolean().default(true),
  reasonMaxLength: z.int().min(1).default(100),
  /** Names that a practice has given, beside the vendor's; separated by commas. */
  customStatuses: z.string().default('Left Message'),
  /** The feature flag `consistent_recurrence_id`. */
  recurrenceKeys: z.boolean().default(false),
  /** Fields without a value. */
  empties: z.enum(['text', 'null']).default('text'),
  /** IANA zone of `created_at` and `updated_at`. */
  recordZone: z
    .string()
    .refine((zone) => Intl.supportedValuesOf('timeZone').includes(zone) || zone === 'UTC')
    .default('America/Los_Angeles'),
  /** Billing and clinical keys are filled with markers that must go nowhere. */
  emitCanaryPhi: z.boolean().default(true),
  /** So many GETs of an appointments list are answered `In progress`. */
  bulkPolls: z.int().min(0).default(1),

  // Availability and schedules.
  /** Older instances have no `/api/availability`. */
  availabilityOffered: z.boolean().default(true),
  /** Which appointments of the doctor take time from an opening. */
  availabilitySubtracts: z.enum(['office+room', 'office', 'doctor']).default('office+room'),
  /** Openings that have begun are told too. */
  availabilityPast: z.boolean().default(true),
  /** The work schedules are a beta. */
  workSchedulesOffered: z.boolean().default(true),
  /** `scheduled_time` of a template: a time of day, or a timestamp. */
  templateTime: z.enum(['time', 'timestamp']).default('time'),
  /** `exam_rooms` of an office: a list, or a text of one. */
  examRooms: z.enum(['list', 'text']).default('list'),

  // People.
  duplicatePatientGuard: z.enum(['off', '409', '400']).default('off'),
  /** How names of patients are found; the case never matters. */
  patientNames: z.enum(['exact', 'contains']).default('exact'),
  usersCurrentRedirect: z.enum(['302', '200']).default('302'),

  // Webhooks of the application.
  /** Empty: none. On loopback. */
  webhookUrl: z.string().default(''),
  webhookSecret: z.string().default(''),
  /** Separated by commas. */
  webhookEvents: z.string().default('APPOINTMENT_CREATE,APPOINTMENT_MODIFY,APPOINTMENT_DELETE'),
  /** The button that asks again whose the address is: every change presses it. */
  webhookVerifications: z.int().min(0).default(0),
  /** Whether a delivery says whose practice it is about. */
  webhookPracticeGroupId: z.boolean().default(true),
  /** After 1, 3 and 7 hours. */
  webhookRetries: z.boolean().default(true),
  /** How long such an hour is, in milliseconds. */
  webhookHourMs: z.int().min(10).default(3_600_000),
});

export type Settings = z.infer<typeof settings>;

/** The items of a setting that is a list. */
export function listed(list: string): readonly string[] {
  return list
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}
