import { grammar, markersIn, z } from '#adapter-kit/index.ts';

/**
 * Open Dental's JSON in its own words, as far as scheduling needs it; every other field is dropped at the border. Ids
 * come as numbers or, in schedules, as text; booleans as "true" and "True"; "no value" is 0, "" or the year 0001.
 */

/** A foreign or primary key; 0 stands for none. */
const key = z.union([
  z.int().nonnegative(),
  z
    .string()
    .regex(/^[0-9]{1,15}$/)
    .transform(Number),
]);
const primaryKey = key.refine((value) => value > 0);
const flag = z.union([
  z.boolean(),
  z
    .string()
    .regex(/^(true|false)?$/i)
    .transform((value) => value.toLowerCase() === 'true'),
]);
const localDate = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const localTime = z.string().regex(/^\d{2}:\d{2}:\d{2}$/);
const localDateTime = z.string().regex(/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/);
const notSet = '0001-01-01 00:00:00';

/** GET /appointments. `ProcDescript`, insurance and colors are not named here, so they end at the wall. */
export const appointment = z.object({
  AptNum: primaryKey,
  PatNum: key,
  AptStatus: z.string(),
  /** One character for five minutes of the whole visit, `X` and `/` alike. */
  Pattern: z.string().regex(/^[X/]*$/i),
  Op: key,
  ProvNum: key,
  ProvHyg: key.default(0),
  /** Free text of the office: only our markers come through. */
  Note: z.string().default('').transform(markersIn),
  AptDateTime: localDateTime,
  DateTimeArrived: localDateTime.default(notSet),
  DateTimeSeated: localDateTime.default(notSet),
  DateTimeDismissed: localDateTime.default(notSet),
  DateTStamp: localDateTime,
  SecDateTEntry: localDateTime.default(notSet),
});
export type AppointmentRow = z.infer<typeof appointment>;

/** POST /appointments and PUT /appointments/{AptNum}: the truth is read back, so the number is enough. */
export const writtenAppointment = z.object({ AptNum: primaryKey });

/** GET /histappointments. */
export const history = z.object({
  HistApptNum: primaryKey,
  AptNum: key,
  HistApptAction: z.string(),
  HistDateTStamp: localDateTime,
});
export type HistoryRow = z.infer<typeof history>;

/** GET /schedules: every value is text. */
export const schedule = z.object({
  ScheduleNum: primaryKey,
  SchedDate: localDate,
  StartTime: localTime,
  StopTime: localTime,
  SchedType: z.string(),
  ProvNum: key.default(0),
  BlockoutType: key.default(0),
  blockoutType: z.string().default(''),
  /** `"4,5"` becomes `[4, 5]`, `""` becomes `[]`. */
  operatories: z
    .string()
    .regex(/^(\d{1,15}(, ?\d{1,15})*)?$/)
    .transform((list) => (list === '' ? [] : list.split(',').map(Number))),
});
export type ScheduleRow = z.infer<typeof schedule>;

/** GET /operatories: chairs. */
export const operatory = z.object({
  OperatoryNum: primaryKey,
  OpName: z.string(),
  Abbrev: z.string().default(''),
  IsHidden: flag,
  ProvDentist: key.default(0),
  ProvHygienist: key.default(0),
  ClinicNum: key.default(0),
});
export type OperatoryRow = z.infer<typeof operatory>;

/** GET /providers, without SSN, birth date and licence. */
export const provider = z.object({
  ProvNum: primaryKey,
  Abbr: z.string().default(''),
  LName: z.string().default(''),
  FName: z.string().default(''),
  Suffix: z.string().default(''),
  IsHidden: flag,
  IsNotPerson: flag.default(false),
  ProvStatus: z.string().default('Active'),
  NationalProvID: z.string().default(''),
});
export type ProviderRow = z.infer<typeof provider>;

/** GET /definitions?Category=25: kinds of blockout. */
export const definition = z.object({
  DefNum: primaryKey,
  ItemValue: z.string().default(''),
  Category: key,
});
export type DefinitionRow = z.infer<typeof definition>;

/** GET /appointmenttypes, without procedure codes. */
export const appointmentType = z.object({
  AppointmentTypeNum: primaryKey,
  AppointmentTypeName: z.string(),
  IsHidden: flag,
  /** Empty where the length follows from procedures. */
  Pattern: z.string().default(''),
  /** Names or numbers of the only blockouts into which this type may go; empty for no such rule. */
  BlockoutTypes: z.string().default(''),
});
export type AppointmentTypeRow = z.infer<typeof appointmentType>;

/** GET /preferences?PrefName=…. */
export const preference = z.object({
  PrefName: z.string(),
  ValueString: z.string(),
});

export type Preference = z.infer<typeof preference>;

/** GET /patients/Simple, minimum demographics. */
export const patient = z.object({
  PatNum: primaryKey,
  LName: z.string(),
  FName: z.string(),
  PatStatus: z.string(),
  Gender: z.string().default('Unknown'),
  Birthdate: localDate,
  HmPhone: z.string().default(''),
  WkPhone: z.string().default(''),
  WirelessPhone: z.string().default(''),
  Email: z.string().default(''),
});
export type PatientRow = z.infer<typeof patient>;

/** POST /patients. */
export const writtenPatient = z.object({ PatNum: primaryKey });

const sentKey = z.int().positive();
const sentLocalDateTime = z.string().regex(grammar.localDateTime.pattern);
/** 5 minutes to 9 hours; Open Dental silently cuts longer ones. */
const sentPattern = z.string().regex(/^X{1,108}$/);
const sentName = z.string().max(grammar.personName.maxLength).regex(grammar.personName.pattern);

/** Body of POST /appointments. No AppointmentTypeNum: it would attach procedures. */
export const newAppointment = z.strictObject({
  PatNum: sentKey,
  Op: sentKey,
  ProvNum: sentKey,
  ClinicNum: sentKey.optional(),
  AptDateTime: sentLocalDateTime,
  AptStatus: z.literal('Scheduled'),
  Pattern: sentPattern,
  /** The marker and nothing else. */
  Note: z.string().regex(/^GW:[A-Z2-7]{10}\.[1-9][0-9]{0,3}$/),
});
export type NewAppointment = z.infer<typeof newAppointment>;

/** Body of PUT /appointments/{AptNum}: a new time on the schedule. What is absent stays as it is, the Note too. */
export const movedAppointment = z.strictObject({
  AptStatus: z.literal('Scheduled'),
  AptDateTime: sentLocalDateTime,
  Op: sentKey,
  ProvNum: sentKey,
  Pattern: sentPattern.optional(),
});
export type MovedAppointment = z.infer<typeof movedAppointment>;

/** Body of PUT /appointments/{AptNum}/Break. No breakType: it books a fee. */
export const brokenAppointment = z.strictObject({
  sendToUnscheduledList: z.literal('true'),
});

/** Longest and strictest e-mail address that is sent. */
export const email = z.email().max(100);

/** Body of POST /patients: the least that makes a person known. */
export const newPatient = z.strictObject({
  LName: sentName,
  FName: sentName,
  Birthdate: z.string().regex(grammar.date.pattern),
  Gender: z.enum(['Male', 'Female', 'Unknown']).optional(),
  WirelessPhone: z
    .string()
    .regex(/^[0-9()+. -]{7,20}$/)
    .optional(),
  Email: email.optional(),
  ClinicNum: sentKey.optional(),
});
export type NewPatient = z.infer<typeof newPatient>;
