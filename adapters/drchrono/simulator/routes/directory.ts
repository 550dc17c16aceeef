import { type EmrAnswer, json } from '#simulator-kit/index.ts';
import { account, appSettings, everyone, reminders } from '../access.ts';
import { permissionsOf } from '../admission.ts';
import { notFound } from '../answer.ts';
import { keyOf, originOf, page } from '../page.ts';
import type { PracticePlan } from '../practice-plan.ts';
import { flagParam, intParam } from '../query.ts';
import type { Method, PracticeCall } from '../tables.ts';
import {
  doctorOut,
  doctorSchedule,
  officeOut,
  officeSchedule,
  profileOut,
  reminderProfileOut,
  scheduleId,
  userOut,
} from '../wire/directory.ts';

/** What the administrators of a practice keep: it is read here and never written. */
export const directory: readonly Method[] = [
  { verb: 'GET', template: '/users/current', ...everyone, handle: currentUser },
  { verb: 'GET', template: '/users/{id}', ...everyone, handle: readUser },
  ...collection(
    'doctors',
    account,
    ({ practice, settings }) =>
      practice.doctors.map((one) => ({ id: one.id, of: one.id, told: doctorOut(one, practice, settings) })),
    'nothing',
  ),
  ...collection('offices', account, (call) => {
    const { practice, settings } = call;
    const verbose = flagParam(call, 'verbose');
    return practice.offices.map((one) => ({
      id: one.id,
      of: one.doctor,
      told: officeOut(one, practice, settings, verbose),
    }));
  }),
  ...collection('appointment_profiles', appSettings, ({ practice }) =>
    practice.profiles.map((one, index) => ({ id: one.id, of: one.doctor, told: profileOut(one, index) })),
  ),
  ...collection('reminder_profiles', reminders, ({ practice }) =>
    practice.reminderProfiles.map((one) => ({ id: one.id, of: one.doctor, told: reminderProfileOut(one) })),
  ),
  ...workSchedules('office_work_schedule', (practice) =>
    practice.offices.map((office) => ({ of: office.doctor, told: officeSchedule(office, practice) })),
  ),
  ...workSchedules('doctor_work_schedule', (practice) =>
    practice.doctors.map((doctor) => ({ of: doctor.id, told: doctorSchedule(doctor) })),
  ),
];

interface Entry {
  readonly id: number;
  /** The doctor whose it is, for the filter `doctor`. */
  readonly of: number;
  readonly told: object;
}
type Access = Pick<Method, 'scopes' | 'permissions'>;

/** A list with the filter `doctor`, and a read by id. */
function collection(
  name: string,
  access: Access,
  entries: (call: PracticeCall) => readonly Entry[],
  filter: 'doctor' | 'nothing' = 'doctor',
): readonly Method[] {
  return [
    {
      verb: 'GET',
      template: `/${name}`,
      ...access,
      handle(call) {
        const doctor = filter === 'doctor' ? intParam(call, 'doctor') : undefined;
        const found = entries(call).filter(({ of }) => doctor === undefined || of === doctor);
        return page(
          call,
          found.map(({ id, told }) => ({ key: keyOf(id), out: () => told })),
        );
      },
    },
    {
      verb: 'GET',
      template: `/${name}/{id}`,
      ...access,
      handle(call) {
        const found = entries(call).find(({ id }) => String(id) === call.path.id);
        if (found === undefined) throw notFound();
        return json(200, found.told);
      },
    },
  ];
}

/** Without an id: that of the caller's doctor, whose first office is meant. */
function workSchedules(
  name: string,
  schedules: (practice: PracticePlan) => readonly { readonly of: number; readonly told: object }[],
): readonly Method[] {
  const answer = (call: PracticeCall, isMeant: (one: { of: number; told: object }) => boolean): EmrAnswer => {
    const found = schedules(call.practice).find(isMeant);
    if (found === undefined || !call.settings.workSchedulesOffered) throw notFound();
    return json(200, found.told);
  };
  return [
    {
      verb: 'GET',
      template: `/${name}`,
      ...account,
      handle: (call) => answer(call, ({ of }) => of === call.caller.user.doctor),
    },
    {
      verb: 'GET',
      template: `/${name}/{id}`,
      ...account,
      handle: (call) => answer(call, ({ told }) => String(scheduleId(told)) === call.path.id),
    },
  ];
}

/** Whoever follows has to send the same headers again. */
function currentUser(call: PracticeCall): EmrAnswer {
  const { user, practice } = call.caller;
  if (call.settings.usersCurrentRedirect === '200')
    return json(200, userOut(user, practice, permissionsOf(call.settings, user)));
  return { status: 302, headers: { location: `${originOf(call)}/api/users/${user.id}` } };
}

function readUser(call: PracticeCall): EmrAnswer {
  const user = call.practice.users.find(({ id }) => String(id) === call.path.id);
  if (user === undefined) throw notFound();
  return json(200, userOut(user, call.practice, permissionsOf(call.settings, user)));
}
