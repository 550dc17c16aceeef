import { isCalendarDate } from '#simulator-kit/index.ts';
import { type AppointmentFields, STATUSES } from './appointment-book.ts';
import { type Body, type Fields, readFields } from './body.ts';
import { officeOf, profileOf } from './directory.ts';
import { yearAfter } from './series.ts';
import { listed } from './settings.ts';
import type { Appointment, PracticeCall, Series } from './tables.ts';
import { WEEK_DAYS } from './wall-clock.ts';

/** What a body says of an appointment. */
export type SaidFields = Omit<AppointmentFields, 'id' | 'createdBy' | 'instanceOf'>;

/**
 * An appointment from a body, over the one before where it changes one; 400 with everything that is wrong. Keys that are
 * not known or cannot be written mean nothing.
 */
export function readAppointmentFields(
  call: PracticeCall,
  body: Body,
  before: Appointment | undefined,
  keys: 'some' | 'all' = 'all',
): SaidFields {
  const { practice, settings } = call;
  const fields = readFields(body);
  if (keys === 'all') fields.require(['doctor', 'office', 'exam_room', 'patient', 'scheduled_time']);
  const blank = before === undefined || keys === 'all';
  const profileId = fields.isNull('profile')
    ? null
    : readId(fields, 'profile', (id) => {
        const known = profileOf(practice, id);
        return known !== undefined && known.archived !== true;
      });
  // What a profile fills in, it fills in on creation only.
  const profile = before === undefined ? profileOf(practice, profileId ?? 0) : undefined;
  if (blank && profile === undefined) fields.require(['duration']);
  const office = readId(fields, 'office', (id) => {
    const known = officeOf(practice, id);
    return known !== undefined && known.archived !== true;
  });
  const said = {
    doctor: readId(fields, 'doctor', (id) =>
      practice.doctors.some((one) => one.id === id && one.suspended !== true),
    ),
    office,
    examRoom: readRoom(call, fields, office ?? before?.office),
    patient: readPatient(call, fields),
    scheduledTime: readTime(call, fields),
    duration: fields.int('duration', 1),
    profile: profileId,
    color: fields.text('color'),
    reason: readReason(call, fields),
    notes: fields.text('notes'),
    status: readStatus(call, fields),
    customStatus: fields.isNull('custom_status') ? null : fields.text('custom_status'),
    isWalkIn: fields.truth('is_walk_in'),
    allowOverlapping: fields.truth('allow_overlapping'),
    reminderProfile: fields.isNull('reminder_profile') ? null : fields.text('reminder_profile'),
  };
  const series = readSeries(fields, said.scheduledTime ?? before?.scheduledTime ?? '');
  fields.check();
  const known = Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined));
  const nothing = {
    examRoom: 1,
    duration: profile?.minutes ?? 0,
    profile: null,
    color: profile?.color ?? '',
    reason: (profile?.reason ?? '').slice(0, settings.reasonMaxLength),
    notes: '',
    status: '',
    customStatus: null,
    isWalkIn: false,
    allowOverlapping: false,
    reminderProfile: null,
    series: null,
  };
  const under = blank ? { ...nothing, ...(before && { series: before.series }) } : before;
  // Everything that neither has been asked for above and is there.
  return { ...under, ...known, ...(series !== undefined && { series }) } as SaidFields;
}

function readId(fields: Fields, name: string, isKnown: (id: number) => boolean): number | undefined {
  const id = fields.int(name);
  if (id === undefined || isKnown(id)) return id;
  return fields.say(name, `Invalid pk "${id}" - object does not exist.`);
}

function readPatient(call: PracticeCall, fields: Fields): number | null | undefined {
  if (fields.isNull('patient') && !call.settings.rejectNullPatient) return null;
  return readId(fields, 'patient', (id) => {
    const patient = call.db.table('patients').get(id);
    return patient !== undefined && patient.practice === call.practice.id;
  });
}

/** An index from 1; what makes a break in the app has 0. */
function readRoom(call: PracticeCall, fields: Fields, officeId: number | undefined): number | undefined {
  const room = fields.int('exam_room');
  const office = officeOf(call.practice, officeId ?? 0);
  if (room === undefined || office === undefined || office.rooms.some(({ index }) => index === room))
    return room;
  return fields.say('exam_room', `Invalid exam room "${room}".`);
}

/** `2026-03-09T10:30:00` or `2026-03-09T10:30` of the practice's clock. */
function readTime({ settings }: PracticeCall, fields: Fields): string | undefined {
  const text = fields.text('scheduled_time');
  if (text === undefined) return undefined;
  const [, date = '', hour, minute, second = '00', offset] =
    text.match(/^(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?$/) ??
    [];
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  if (!isCalendarDate(date) || !isTime)
    return fields.say('scheduled_time', 'Datetime has wrong format. Use YYYY-MM-DDThh:mm[:ss].');
  if (offset !== undefined && settings.offsetTimestamps === 'reject400')
    return fields.say('scheduled_time', 'Datetime may not have an offset.');
  return `${date}T${hour}:${minute}:${second}`;
}

function readReason({ settings }: PracticeCall, fields: Fields): string | undefined {
  const reason = fields.text('reason');
  const { reasonMaxLength } = settings;
  if (reason === undefined || reason.length <= reasonMaxLength) return reason;
  return fields.say('reason', `Ensure this field has no more than ${reasonMaxLength} characters.`);
}

/** Every known status may follow every other. */
function readStatus({ settings }: PracticeCall, fields: Fields): string | undefined {
  const status = fields.text('status');
  if (status === undefined || [...STATUSES, ...listed(settings.customStatuses)].includes(status))
    return status;
  return fields.say('status', `"${status}" is not a valid choice.`);
}

function readSeries(fields: Fields, scheduledTime: string): Series | null | undefined {
  const recurs = fields.truth('recurring_appointment');
  if (recurs !== true) return recurs === false ? null : undefined;
  const weekDays = (fields.list('recurring_days') ?? []).map((name) => WEEK_DAYS.indexOf(String(name)));
  if (weekDays.length === 0 || weekDays.includes(-1))
    return fields.say('recurring_days', 'Name at least one day of the week.');
  const from = fields.date('recur_start_date') ?? scheduledTime.slice(0, 10);
  return {
    weekDays,
    everyWeeks: fields.int('recurs_every', 1) ?? 1,
    from,
    to: fields.date('recur_end_date') ?? (from === '' ? '' : yearAfter(from)),
    without: [],
  };
}
