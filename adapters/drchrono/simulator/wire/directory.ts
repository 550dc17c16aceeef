import type { Doctor, Office, PracticePlan, Profile, ReminderProfile, User, Week } from '../practice-plan.ts';
import type { Settings } from '../settings.ts';
import type { Block, Permission } from '../tables.ts';
import { WEEK_DAYS } from '../wall-clock.ts';
import { CANARY } from './canary.ts';

export function officeOut(
  office: Office,
  practice: PracticePlan,
  settings: Settings,
  verbose: boolean,
): object {
  const rooms = office.rooms.map(({ index, name, online }) => ({ index, name, online_scheduling: online }));
  return {
    id: office.id,
    name: office.name,
    doctor: office.doctor,
    address: office.address,
    city: office.city,
    state: office.state,
    zip_code: office.zip,
    country: 'US',
    phone_number: office.phone,
    fax_number: '',
    archived: office.archived ?? false,
    online_scheduling: true,
    start_time: office.start,
    end_time: office.end,
    exam_rooms: settings.examRooms === 'list' ? rooms : JSON.stringify(rooms),
    ...(settings.emitCanaryPhi && { tax_id_number_professional: `${CANARY}-tax_id` }),
    ...(settings.workSchedulesOffered && { office_work_schedule: officeSchedule(office, practice) }),
    ...(verbose && { online_timeslots: timeslots(office) }),
  };
}

export function doctorOut(doctor: Doctor, practice: PracticePlan, settings: Settings): object {
  return {
    id: doctor.id,
    first_name: doctor.firstName,
    last_name: doctor.lastName,
    suffix: doctor.suffix,
    specialty: doctor.specialty,
    timezone: doctor.timezone,
    practice_group: practice.id,
    practice_group_name: practice.name,
    is_account_suspended: doctor.suspended ?? false,
    npi_number: '',
    group_npi_number: '',
    office_phone: '',
    job_title: '',
    website: '',
    ...(settings.emitCanaryPhi && {
      home_phone: `${CANARY}-home_phone`,
      cell_phone: `${CANARY}-cell_phone`,
      email: `${CANARY}-email`,
      profile_picture: `https://example.invalid/${CANARY}.png`,
    }),
    ...(settings.workSchedulesOffered && { doctor_work_schedule: doctorSchedule(doctor) }),
  };
}

export function userOut(user: User, practice: PracticePlan, granted: readonly Permission[]): object {
  return {
    id: user.id,
    username: user.username,
    doctor: user.doctor,
    is_doctor: user.isDoctor,
    is_staff: !user.isDoctor,
    practice_group: practice.id,
    permissions: Object.fromEntries(granted.map((name) => [name, true])),
  };
}

export function profileOut(profile: Profile, index: number): object {
  return {
    id: profile.id,
    name: profile.name,
    color: profile.color,
    online_scheduling: profile.online,
    duration: profile.minutes,
    reason: profile.reason,
    doctor: profile.doctor,
    sort_order: index,
    archived: profile.archived ?? false,
  };
}

export function reminderProfileOut({ id, name, doctor }: ReminderProfile): object {
  return { id, name, doctor, reminders: [{ type: 'sms', amount: 1, unit: 'days' }] };
}

export function blockOut(block: Block): object {
  return {
    id: block.id,
    provider: block.doctor,
    office: block.office,
    start_time: block.start,
    end_time: block.end,
    exam_room: block.room,
    description: block.description,
    color: '#CCCCCC',
    practice_group: block.practice,
    series: null,
    appointment_break: block.break === null ? null : Number(block.break),
  };
}

/** Ids of schedules, which nobody has seen but in these answers. */
const OFFICE_SCHEDULES = 500_000;
const DOCTOR_SCHEDULES = 600_000;

/** An office has no hours by weekday of its own here: from its start to its end on every weekday but Sunday. */
export function officeSchedule(office: Office, { doctors }: PracticePlan): object {
  const hours = [{ from: office.start.slice(0, 5), to: office.end.slice(0, 5) }];
  const week: Week = Object.fromEntries([0, 1, 2, 3, 4, 5].map((day) => [day, hours]));
  const [owner] = doctors.filter(({ id }) => id === office.doctor);
  return schedule(OFFICE_SCHEDULES + office.id, office.id, owner?.id ?? null, week);
}

export function doctorSchedule({ id, office, week }: Doctor): object {
  return schedule(DOCTOR_SCHEDULES + id, office, id, week);
}

export function scheduleId(schedule: object): number {
  return 'id' in schedule ? Number(schedule.id) : 0;
}

function schedule(id: number, office: number, doctor: number | null, week: Week): object {
  return {
    id,
    office,
    doctor,
    work_days: WEEK_DAYS.map((name, day) => ({
      id: id * 10 + day,
      iso_weekday: name,
      enabled: week[day] !== undefined,
      work_hours: (week[day] ?? []).map(({ from, to, off = false }, index) => ({
        id: id * 100 + day * 10 + index,
        start_time: `${from}:00`,
        end_time: to === '24:00' ? to : `${to}:00`,
        enabled: !off,
      })),
    })),
  };
}

function timeslots({ start, end }: Office): object[] {
  const [from = 0, to = 0] = [start, end].map((time) => Number(time.slice(0, 2)));
  return [0, 1, 2, 3, 4].flatMap((day) =>
    Array.from({ length: (to - from) * 4 }, (_, quarter) => ({
      day,
      hour: from + Math.floor(quarter / 4),
      minute: (quarter % 4) * 15,
    })),
  );
}
