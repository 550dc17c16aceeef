import { type ChangeHint, grammar, markersIn, z } from '#adapter-kit/index.ts';

/**
 * DrChrono's JSON in its own words, as far as scheduling needs it; every other field is dropped at the border, those of
 * billing, insurance and charts among them, which come unasked with every appointment. Ids come as numbers or as text,
 * "no value" is null, "" or nothing at all.
 */

/** A key of doctors, offices, profiles, patients. */
const id = z.union([
  z.int().positive(),
  z
    .string()
    .regex(/^[1-9]\d{0,14}$/)
    .transform(Number),
]);
/** Such a key, or none: null, "", 0. */
const optionalId = z
  .union([id, z.literal(0), z.literal(''), z.null()])
  .optional()
  .transform(orNothing);
/** Usually numeric, not always; an instance of a series is told as its date and the id of the series. */
const appointmentId = z.union([
  z.int().positive().transform(String),
  z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/),
]);
const localDate = z.string().regex(grammar.date.pattern);
const localDateTime = z.string().regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/);
/** Described as an instant with an offset, shown without one. */
const anyDateTime = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})?)?$/);
/** Minutes after midnight of `HH:mm` or `HH:mm:ss`; `24:00` is the end of the day. */
const timeOfDay = z
  .string()
  .regex(/^(([01]\d|2[0-3]):[0-5]\d|24:00)(:00)?$/)
  .transform((text) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3, 5)));
const text = z.string().nullish().transform(orEmpty);
const flag = z.boolean().nullish().transform(Boolean);

function orNothing(value: number | '' | null | undefined): number | undefined {
  return value === '' || value === null || value === 0 ? undefined : value;
}
function orEmpty(value: string | null | undefined): string {
  return value ?? '';
}

/** A page of a list: `results`, which the vendor's specification calls `data`, and what names the next one. */
function page<Row extends z.ZodType>(row: Row) {
  const rows = z.array(row).optional();
  return z
    .object({ results: rows, data: rows, next: z.string().max(4_096).nullish() })
    .transform(({ results, data, next }, context) => {
      const found = results ?? data;
      const cursor = next ? cursorIn(next) : undefined;
      if (found === undefined || (next && cursor === undefined)) {
        context.addIssue({ code: 'custom', message: 'Neither rows nor a way to them.' });
        return z.NEVER;
      }
      return { rows: found, cursor };
    });
}
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly cursor: string | undefined;
}

/** The address of the next page is never asked: the route is named again with the cursor out of it. */
function cursorIn(address: string): string | undefined {
  const known = URL.canParse(address, 'https://next.invalid');
  return (known && new URL(address, 'https://next.invalid').searchParams.get('cursor')) || undefined;
}

/** Names that DrChrono itself gives a status; practices add their own. */
export const knownStatuses = [
  '',
  'Arrived',
  'Checked In',
  'Checked In Online',
  'In Room',
  'In Session',
  'Complete',
  'Confirmed',
  'Not Confirmed',
  'Rescheduled',
  'Cancelled',
  'No Show',
] as const;
export type Status = (typeof knownStatuses)[number] | 'of-the-practice';

function toStatus(name: string | null | undefined): Status {
  return knownStatuses.find((known) => known === (name ?? '')) ?? 'of-the-practice';
}

/** `appointments`: visits, breaks, and instances of series that are no rows yet. `reason` is not named here. */
export const appointment = z.object({
  /** null: an instance of a series. */
  id: appointmentId.nullish().transform((value) => value ?? undefined),
  doctor: id,
  office: id,
  /** 1-based; 0 for breaks. */
  exam_room: optionalId,
  /** None: a break. */
  patient: optionalId,
  scheduled_time: localDateTime,
  duration: z
    .int()
    .nonnegative()
    .nullish()
    .transform((minutes) => minutes ?? 0),
  /** A name that the practice made is its own words: what matters of it is that there is one. */
  status: z.string().nullish().transform(toStatus),
  appt_is_break: flag,
  recurring_appointment: flag,
  is_virtual_base: flag,
  base_recurring_appointment: appointmentId
    .or(z.literal(''))
    .nullish()
    .transform((value) => value || undefined),
  deleted_flag: flag,
  updated_at: z.string().max(40).nullish().transform(orEmpty),
  /** Free text of the office: only our markers come through. */
  notes: z
    .string()
    .nullish()
    .transform((words) => markersIn(words ?? '')),
});
export type AppointmentRow = z.infer<typeof appointment>;
export const appointments = page(appointment);

/** What a list is asked to send, which is what is kept of it. */
export const appointmentFields = Object.keys(appointment.shape).join(',');

/** Of what was booked, the id: the truth is read back. */
export const writtenAppointment = z.object({ id: appointmentId });

/** `schedule_blocks`, without `description`, which may say why somebody is away. */
export const scheduleBlock = z.object({
  provider: id,
  office: optionalId,
  exam_room: optionalId,
  start_time: anyDateTime,
  end_time: anyDateTime,
});
export type ScheduleBlockRow = z.infer<typeof scheduleBlock>;
export const scheduleBlocks = page(scheduleBlock);

/** Hours by weekday, of a doctor or an office; a part of the API that is still called beta. */
const workSchedule = z.object({
  office: optionalId,
  work_days: z.array(
    z.object({
      iso_weekday: z.enum(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']),
      enabled: z.boolean(),
      work_hours: z.array(z.object({ start_time: timeOfDay, end_time: timeOfDay, enabled: z.boolean() })),
    }),
  ),
});
export type WorkSchedule = z.infer<typeof workSchedule>;
/** One that is there and cannot be read is not the same as none: nothing may be concluded from it. */
const anyWorkSchedule = z
  .unknown()
  .optional()
  .transform((value): WorkSchedule | 'unreadable' | undefined => {
    if (value === undefined || value === null || value === '') return undefined;
    return workSchedule.safeParse(value).data ?? 'unreadable';
  });

/** `doctors`, without e-mail, telephone numbers and picture. */
export const doctor = z.object({
  id,
  first_name: text,
  last_name: text,
  suffix: text,
  timezone: text,
  is_account_suspended: flag,
  npi_number: text,
  doctor_work_schedule: anyWorkSchedule,
});
export type DoctorRow = z.infer<typeof doctor>;
export const doctors = page(doctor);

const room = z.object({
  index: z.int().positive(),
  name: text,
  online_scheduling: flag,
});
const rooms = z.array(room);
export type Room = z.infer<typeof room>;

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** `offices`, without tax numbers. */
export const office = z.object({
  id,
  name: text,
  /** Whose office it is. */
  doctor: optionalId,
  archived: flag,
  start_time: timeOfDay.nullish().catch(undefined),
  end_time: timeOfDay.nullish().catch(undefined),
  /** A list, although the specification calls it a string; one that cannot be read has no room. */
  exam_rooms: z
    .unknown()
    .optional()
    .transform((value) => rooms.safeParse(typeof value === 'string' ? parseJson(value) : value).data ?? []),
  office_work_schedule: anyWorkSchedule,
});
export type OfficeRow = z.infer<typeof office>;
export const offices = page(office);

/** `appointment_profiles`: visit types, without the reason that the vendor fills in. */
export const profile = z.object({
  id,
  name: text,
  duration: z.int().nonnegative().nullish(),
  doctor: optionalId,
  archived: flag,
});
export type ProfileRow = z.infer<typeof profile>;
export const profiles = page(profile);

/** `appointment_templates`: when a doctor usually sees one profile. */
export const template = z.object({
  id,
  office: id,
  exam_room: optionalId,
  /** A time of day, perhaps after a date. In any other form it is no time, and the template holds never. */
  scheduled_time: z
    .string()
    .transform((value) => /^(?:\d{4}-\d{2}-\d{2}[T ])?(\d{2}:\d{2}(?::00)?)$/.exec(value)?.[1] ?? '')
    .pipe(timeOfDay)
    .optional()
    .catch(undefined),
  profile: id,
  duration: z.int().nonnegative().nullish(),
  /** 0 is Monday. */
  week_days: z
    .array(z.int().min(0).max(6))
    .nullish()
    .transform((days) => days ?? []),
  date_start: localDate.or(z.literal('')).nullish(),
  date_end: localDate.or(z.literal('')).nullish(),
  archived: flag,
});
export type TemplateRow = z.infer<typeof template>;
export const templates = page(template);

const timeSpan = z.object({ start: timeOfDay, end: timeOfDay });
const openSlots = z.array(z.object({ ...timeSpan.shape, availability: z.array(timeSpan) }));
/** `open_slots` are the hours worked; what can be booked are the units in their `availability`. */
const openDay = z.object({ date: localDate, open_slots: openSlots });
export type OpenDay = z.infer<typeof openDay>;
const echo = { doctor: optionalId, office: optionalId, exam_room: optionalId };

/** `availability` of one day or of a range: two forms, told as one. */
export const availability = z
  .object({ ...echo, ...openDay.shape })
  .or(z.object({ ...echo, dates: z.array(openDay) }))
  .transform((answer) => ({
    doctor: answer.doctor,
    office: answer.office,
    exam_room: answer.exam_room,
    days: 'dates' in answer ? answer.dates : [{ date: answer.date, open_slots: answer.open_slots }],
  }));
export type Availability = z.infer<typeof availability>;

/** `users/{id}`: which practice the connection is, and whose patients its new ones become. */
export const user = z.object({ id, doctor: optionalId, practice_group: optionalId });
export type User = z.infer<typeof user>;

/** `patients_summary`. The status is the one thing kept besides the summary, because it says whom nobody may book. */
export const patient = z.object({
  id,
  first_name: text,
  last_name: text,
  date_of_birth: z.string().nullish().transform(orEmpty),
  gender: text,
  patient_status: text,
});
export type PatientRow = z.infer<typeof patient>;
export const patients = page(patient);
export const writtenPatient = z.object({ id });

const sentId = z.int().positive();
const sentLocalDateTime = z.string().regex(/^\d{4}-\d{2}-\d{2}T([01]\d|2[0-3]):[0-5]\d:00$/);
const sentMinutes = z.int().min(1).max(1_440);
const sentName = z.string().max(grammar.personName.maxLength).regex(grammar.personName.pattern);

/** Body of POST appointments. No `allow_overlapping`, ever, and no `reason`, which patients are shown. */
export const newAppointment = z.strictObject({
  doctor: sentId,
  office: sentId,
  exam_room: sentId,
  patient: sentId,
  scheduled_time: sentLocalDateTime,
  duration: sentMinutes,
  profile: sentId.optional(),
  status: z.literal('Not Confirmed'),
  /** The marker and nothing else. */
  notes: z.string().regex(/^GW:[A-Z2-7]{10}\.[1-9][0-9]{0,3}$/),
});
export type NewAppointment = z.infer<typeof newAppointment>;

/** Body of PATCH appointments/{id}: what changes, and nothing that stays. */
export const movedAppointment = z
  .strictObject({
    doctor: sentId.optional(),
    office: sentId.optional(),
    exam_room: sentId.optional(),
    scheduled_time: sentLocalDateTime.optional(),
    duration: sentMinutes.optional(),
  })
  .refine((changes) => Object.keys(changes).length > 0);
export type MovedAppointment = z.infer<typeof movedAppointment>;

export const cancelledAppointment = z.strictObject({ status: z.literal('Cancelled') });

/** Body of POST patients_summary: the least that makes a person known. No `allow_duplicates`. */
export const newPatient = z.strictObject({
  first_name: sentName,
  last_name: sentName,
  date_of_birth: z.string().regex(grammar.date.pattern),
  gender: z.enum(['Male', 'Female', 'Other', 'UNK']),
  doctor: sentId,
});
export type NewPatient = z.infer<typeof newPatient>;

/** What is read of a delivery: whose it is and which appointment. */
export const delivery: z.ZodType<ChangeHint> = z
  .object({ practice_group_id: id, object: z.object({ id: appointmentId }) })
  .transform((body) => ({ tenant: String(body.practice_group_id), appointment: body.object.id }));
