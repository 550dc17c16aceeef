import { z } from '#simulator-kit/index.ts';

/**
 * What the vendor's documentation leaves open, what differs between practices, and what the vendor limits. `GET` and
 * `PUT /__sim/settings`. Defaults are what was recorded, and where nothing was, what is presumed.
 */
export const settings = z.strictObject({
  /** Token requests of a client in a minute of the clock: 5 in preview, 50 in production. */
  tokenCallsPerMinute: z.int().min(0).default(5),
  /** Calls of a client between two midnights of Greenwich. */
  callsPerDay: z.int().min(0).default(50_000),
  /** Calls of a client in a second; 0: not limited. */
  callsPerSecond: z.int().min(0).default(0),
  /** A call beyond the limits: of the present gateway, or of the retired one. */
  overLimit: z.enum(['429', 'legacy403']).default('429'),
  /** Whether the key has access to the practice at all. */
  practiceAccess: z.boolean().default(true),
  /** Operations that nobody has enabled, e.g. `GET /appointments/changed`, separated by commas, or `*`: 403. */
  forbiddenOperations: z.string().default(''),

  /** JSON types: drifting as recorded, everything a text, or proper. */
  typing: z.enum(['recorded', 'strings', 'proper']).default('recorded'),
  /** Flags are named `frozenyn`, as in the documentation, instead of `frozen`. */
  ynSuffix: z.boolean().default(false),
  /** Empty values: as recorded (`""`, `0`), or left out. */
  emptyValues: z.enum(['recorded', 'absent']).default('recorded'),
  /** `\/` for `/`. */
  escapeSlashes: z.boolean().default(true),
  /** `timezonename`: IANA, a legacy alias, or missing. */
  zoneName: z.enum(['iana', 'alias', 'absent']).default('iana'),
  /** Clock of `lastmodified`, and the one by which its filter is read. */
  lastModifiedZone: z.enum(['eastern', 'department']).default('eastern'),
  lastModifiedFilterZone: z.enum(['eastern', 'department']).default('eastern'),
  /** Clock of check-in times and of notes. */
  unstatedZone: z.enum(['eastern', 'department']).default('department'),
  /** Whether reasons tell their least notice and how far ahead they go. */
  reasonWindows: z.enum(['told', 'absent']).default('told'),
  /** An appointment that there is not. */
  missingAppointment: z.enum(['404', '410']).default('404'),

  /** Largest `limit` of `/appointments/open`, and what becomes of a larger one anywhere. */
  openLimit: z.int().min(1).default(10_000),
  limitTooLarge: z.enum(['clamp', 'reject400']).default('clamp'),
  /** Windows of a search by type. */
  practiceMinHours: z.int().min(0).default(24),
  practiceMaxDays: z.int().min(0).default(90),
  /** `duration` of a slot that was searched by reason. */
  reasonDuration: z.enum(['type', 'slot']).default('type'),

  /** What `departmentid` of a booking is checked against. */
  bookDepartment: z.enum(['nothing', 'slot']).default('nothing'),
  bookFrozen: z.enum(['reject409', 'accept']).default('reject409'),
  /** Booking of a slot that has begun. */
  bookPast: z.enum(['accept', 'reject409']).default('accept'),
  /** Booking with a reason that the slot does not fit. */
  bookUnfit: z.enum(['reject409', 'accept']).default('reject409'),
  /** Booking of a generic slot after which there is too little room for the type. */
  bookTooShort: z.enum(['reject409', 'accept']).default('reject409'),
  /** Whether booking and cancelling keep to the reason's least notice. */
  noticeOnBooking: z.enum(['ignored', 'enforced']).default('ignored'),
  noticeOnCancelling: z.enum(['ignored', 'enforced']).default('ignored'),
  /** Which field makes a booking urgent. */
  urgentField: z.enum(['both', 'urgentyn', 'urgent']).default('both'),
  /** The slots that a long appointment takes, read by their ids: they are no more, or still open. */
  takenSlots: z.enum(['gone', 'open']).default('gone'),

  /** Cancelling with another patient's id, a second time, and after check-in. */
  cancelWrongPatient: z.enum(['400', '404', '409']).default('400'),
  cancelAgain: z.enum(['404', '400', '409', '200']).default('404'),
  cancelCheckedIn: z.enum(['404', '400', '409']).default('404'),
  /** `templateappointmentid` of a slot that a cancellation opens. */
  reopenedTemplate: z.enum(['template-of-old', 'own-id']).default('template-of-old'),
  /** A long appointment opens again as the slots that it took, or as one. */
  reopenedLong: z.enum(['slots', 'one']).default('slots'),
  /** DELETE of what is not open. */
  deleteBooked: z.enum(['400', '404', '409']).default('400'),
  /** Answer of PUT confirmationstatus. */
  confirmationReply: z.enum(['success', 'empty']).default('success'),
  /** A visit moved at the desk: cancelled and written anew, or the same record at another time. */
  deskMove: z.enum(['new-record', 'same-record']).default('new-record'),

  /** How long a change takes to the feed. */
  feedDelaySeconds: z.int().min(0).default(0),
  /** How long rows that were read can be asked for again. */
  processedMinutes: z.int().min(0).default(60),
  /** A deleted slot in the feed: never told, or as a cancelled row. */
  deletedInFeed: z.enum(['absent', 'cancelled']).default('absent'),
  /** `/appointments/booked/multiple`, which one version of the documentation has. */
  bookedMultiple: z.boolean().default(false),

  /** Score below which a patient is no match unless the request says otherwise. */
  bestMatchScore: z.int().min(0).default(16),
});

export type Settings = z.infer<typeof settings>;

/** Is `one` in a setting that is a list? `*` stands for all. */
export function names(list: string, one: string): boolean {
  const items = list.split(',').map((item) => item.trim());
  return items.includes('*') || items.includes(one);
}
