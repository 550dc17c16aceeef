import { grammar, markersIn, z } from '#adapter-kit/index.ts';
import { fromVendorDate } from './map/clock.ts';

/**
 * athenaOne's JSON in its own words, as far as scheduling needs it; every other field is dropped at the border. Ids and
 * lengths come as numbers or as texts, flags as booleans, as texts and under names with or without `yn`, a single thing as
 * a list of one, and "no value" is absent, null, `""` or 0.
 */

const id = z
  .union([z.int().positive(), z.string().regex(/^[1-9][0-9]{0,17}$/)])
  .transform((value) => String(value));
const optionalId = z
  .union([z.int(), z.string().regex(/^(-?[0-9]{1,18})?$/)])
  .nullish()
  .transform((value) => {
    const text = String(value ?? '');
    return /^[1-9]/.test(text) ? text : undefined;
  });
const flag = z
  .union([z.boolean(), z.string().regex(/^(true|false)?$/i)])
  .nullish()
  .transform((value) =>
    value === undefined || value === null || value === '' ? undefined : /^true$/i.test(String(value)),
  );
const isThere = z
  .unknown()
  .optional()
  .transform((value) => value !== undefined && value !== null && value !== '' && value !== 0);
const minutes = z.union([
  z.int().min(1).max(1_440),
  z
    .string()
    .regex(/^[1-9][0-9]{0,3}$/)
    .transform(Number),
]);
const date = z
  .string()
  .regex(/^(0[1-9]|1[0-2])\/(0[1-9]|[12][0-9]|3[01])\/[0-9]{4}$/)
  .transform(fromVendorDate);
const time = z.string().regex(/^([01][0-9]|2[0-3]):[0-5][0-9]$/);
/** `MM/DD/YYYY HH:MM:SS`, as it came; undefined for any other text. */
const stamp = z
  .string()
  .nullish()
  .transform((text) =>
    /^\d{2}\/\d{2}\/\d{4} \d{2}:\d{2}:\d{2}$/.test(text ?? '') ? (text ?? undefined) : undefined,
  );
/** Who did it: `API-4242` is a program, a user name a person. The name ends here. */
const author = z
  .string()
  .nullish()
  .transform((name) =>
    !name ? undefined : name.startsWith('API-') ? ('program' as const) : ('person' as const),
  );
const words = z
  .string()
  .nullish()
  .transform((text) => text ?? '');
const offset = z
  .union([z.number(), z.string().regex(/^-?[0-9]{1,2}(\.[0-9]{1,2})?$/)])
  .nullish()
  .transform((value) => (value === undefined || value === null ? undefined : Number(value)));
/** Is there a next page? Where it is says the link, which is never followed. */
const next = z
  .unknown()
  .optional()
  .transform((link) => typeof link === 'string' && link !== '');

/** One thing, which comes as a list of one. */
function single<T extends z.ZodType>(thing: T) {
  return z.union([z.tuple([thing]).transform(([one]) => one), thing]);
}

/** A page of a list. */
export interface Page<Row> {
  readonly rows: readonly Row[];
  readonly hasNext: boolean;
}
function page<T extends z.ZodType, K extends string>(collection: K, row: T) {
  return z
    .object({ [collection]: z.array(row), next } as Record<K, z.ZodArray<T>> & { next: typeof next })
    .transform((body): Page<z.output<T>> => {
      // Computed keys are lost on the compiler; both are in the schema above.
      const { [collection]: rows, next: hasNext } = body as unknown as Record<K, z.output<T>[]> & {
        next: boolean;
      };
      return { rows, hasNext };
    });
}

/** GET /ping. */
export const pong = z.object({ Pong: z.union([z.boolean(), z.string().regex(/^true$/i)]) });

/** GET /departments, without address, telephone and what they charge by. */
const department = z.object({
  departmentid: id,
  name: words,
  patientdepartmentname: words,
  timezonename: words,
  /** Hours from Greenwich today. */
  timezone: offset,
  /** The same without daylight saving time. */
  timezoneoffset: offset,
  doesnotobservedst: flag,
});
export type DepartmentRow = z.output<typeof department>;
export const departments = page('departments', department);

/** GET /providers. */
const provider = z.object({
  providerid: id,
  firstname: words,
  lastname: words,
  displayname: words,
  npi: optionalId,
  /** `Non-Person` for rooms and machines. */
  entitytype: words,
});
export type ProviderRow = z.output<typeof provider>;
export const providers = page('providers', provider);

const frozen = { frozen: flag, frozenyn: flag };
function withFrozen<T extends { frozen: boolean | undefined; frozenyn: boolean | undefined }>({
  frozenyn,
  ...row
}: T) {
  return { ...row, frozen: row.frozen ?? frozenyn };
}

/** GET /appointments/open. */
const openSlot = z
  .object({
    appointmentid: id,
    date,
    starttime: time,
    /** Of the type or reason that was asked for; the slot itself may be shorter. */
    duration: minutes,
    departmentid: id,
    providerid: optionalId,
    ...frozen,
  })
  .transform(withFrozen);
export type OpenSlotRow = z.output<typeof openSlot>;
export const openSlots = page('appointments', openSlot);

/** GET /appointments/{id} and rows of GET /appointments/booked. A letter that nobody has documented is an error. */
const appointmentRow = z
  .object({
    appointmentid: id,
    date,
    starttime: time,
    duration: minutes,
    departmentid: id,
    providerid: optionalId,
    patientid: optionalId,
    appointmentstatus: z.enum(['o', 'f', '2', '3', '4', 'x']),
    ...frozen,
    scheduledby: author,
    /** Eastern. */
    scheduleddatetime: stamp,
    /** On a clock that nobody has documented. */
    lastmodified: stamp,
    lastmodifiedby: author,
    cancelreasonnoshow: flag,
    rescheduledappointmentid: optionalId,
    startcheckin: isThere,
    stopcheckin: isThere,
    /** Free text of the office: only our markers come through. */
    appointmentnotes: z
      .array(z.object({ text: words.transform(markersIn) }).transform(({ text }) => text))
      .nullish()
      .transform((notes) => [...new Set((notes ?? []).flat())]),
  })
  .transform(withFrozen);
export type AppointmentRow = z.output<typeof appointmentRow>;
export const appointment = single(appointmentRow);
export const appointments = page('appointments', appointmentRow);

/** GET /appointments/{id}/notes: our markers. */
export const notes = z
  .object({ notes: z.array(z.object({ notetext: words.transform(markersIn) })) })
  .transform(({ notes: rows }) => [...new Set(rows.flatMap(({ notetext }) => notetext))]);

/**
 * GET /appointments/changed: which, and whether it is an open slot; nothing of the rest, whatever the letter. A row without
 * an id that can be used is undefined: a page that is read is gone from the queue, so one row may not fail the others.
 */
export const changed = page(
  'appointments',
  z
    .object({ appointmentid: id, appointmentstatus: z.unknown() })
    .transform((row) => ({ appointmentid: row.appointmentid, isSlot: row.appointmentstatus === 'o' }))
    .optional()
    .catch(undefined),
);
export interface ChangedRow {
  readonly appointmentid: string;
  readonly isSlot: boolean;
}

/** PUT /appointments/{id} and …/reschedule: the truth is read back, so the id is enough. */
export const written = single(z.object({ appointmentid: id }));
/** PUT /appointments/{id}/cancel. */
export const cancelled = z.object({ status: z.literal('x') });
/** PUT /appointments/{id}/freeze fails with 200 as well; of its words is kept whether it was so already. */
export const frozenReply = z
  .object({ success: flag, errormessage: words })
  .refine(({ success }) => success !== undefined)
  .transform(({ success, errormessage }) => ({
    success: success === true,
    wasSo: /already (un)?frozen/i.test(errormessage),
  }));
/** POST /appointments/changed/subscription. */
export const subscribed = z.object({ success: flag.refine((success) => success === true) });

/** GET /patients/enhancedbestmatch, minimum demographics. */
const patient = z.object({
  patientid: id,
  firstname: z.string(),
  lastname: z.string(),
  dob: date,
  sex: words,
  status: words,
  mobilephone: words,
  homephone: words,
  email: words,
});
export type PatientRow = z.output<typeof patient>;
export const bestMatches = z.array(patient);
/** POST /patients. */
export const writtenPatient = single(z.object({ patientid: id }));

const sentId = z.string().regex(/^[1-9][0-9]{0,17}$/);
/** The marker and nothing else. */
const sentMarker = z.string().regex(/^GW:[A-Z2-7]{10}\.[1-9][0-9]{0,3}$/);
const noCase = z.literal('true');

/** Body of PUT /appointments/{id}. Without `nopatientcase` a first visit would open a task for the clinic. */
export const booking = z.union([
  z.strictObject({
    patientid: sentId,
    reasonid: sentId,
    departmentid: sentId,
    nopatientcase: noCase,
    bookingnote: sentMarker,
  }),
  z.strictObject({
    patientid: sentId,
    appointmenttypeid: sentId,
    departmentid: sentId,
    nopatientcase: noCase,
    bookingnote: sentMarker,
  }),
]);
export type Booking = z.infer<typeof booking>;

/** Body of PUT /appointments/{id}/cancel: no reason, which would be free text or a code of the practice's own. */
export const cancellation = z.strictObject({ patientid: sentId, nopatientcase: noCase });

/** Body of PUT /appointments/{id}/reschedule. */
export const rescheduling = z.strictObject({
  newappointmentid: sentId,
  patientid: sentId,
  reasonid: sentId.optional(),
  nopatientcase: noCase,
});
export type Rescheduling = z.infer<typeof rescheduling>;

/** Body of PUT /appointments/{id}/freeze. */
export const freezing = z.strictObject({ freeze: z.enum(['true', 'false']) });

/** Body of POST /appointments/changed/subscription: all events of the whole practice, and no calls of reminders. */
export const subscription = z.strictObject({ includeremindercall: z.literal('false') });

const sentName = z.string().max(20).regex(grammar.personName.pattern);
/** Longest and strictest e-mail address that is sent. */
export const email = z.email().max(100);
/** Ten digits of the North American plan: neither area nor exchange begins with 0 or 1 or is a service code (N11). */
export const phone = z.string().regex(/^[2-9]([02-9][0-9]|1[02-9])[2-9]([02-9][0-9]|1[02-9])[0-9]{4}$/);

/** Body of POST /patients: the least that makes a person known. */
export const newPatient = z.strictObject({
  firstname: sentName,
  lastname: sentName,
  dob: z.string().regex(/^(0[1-9]|1[0-2])\/(0[1-9]|[12][0-9]|3[01])\/(19|20)[0-9]{2}$/),
  sex: z.enum(['M', 'F']).optional(),
  departmentid: sentId,
  mobilephone: phone.optional(),
  email: email.optional(),
});
export type NewPatient = z.infer<typeof newPatient>;
