import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LINDGREN, OFFICE, OKAFOR, openAccount, type Told } from './account.ts';

test('the current user is somewhere else, where the same headers are needed', async (t) => {
  const account = await openAccount(t);
  const reply = await account.api('GET', '/users/current');
  const location = reply.headers.get('location') ?? '';
  assert.deepEqual([reply.status, location], [302, `${account.url}/api/users/88001`]);
  assert.equal((await account.raw('GET', location)).status, 401);
  const user = await account.read(location);
  assert.deepEqual(
    [user.username, user.doctor, user.is_doctor, user.practice_group, user.permissions.scheduling],
    ['frontdesk', OKAFOR, false, 5150, true],
  );
  await account.set({ usersCurrentRedirect: '200' });
  assert.equal((await account.read('/users/current')).id, 88001);
});

test('doctors have a zone, offices have rooms and none, and an archived office ends at 24:00', async (t) => {
  const account = await openAccount(t);
  const doctors = await account.list('/doctors');
  assert.deepEqual(
    doctors.map(({ id, timezone, practice_group: group }) => [id, timezone, group]),
    [
      [OKAFOR, 'US/Pacific', 5150],
      [LINDGREN, 'America/Los_Angeles', 5150],
    ],
  );
  const [office, old] = await account.list('/offices');
  assert.deepEqual(
    office.exam_rooms.map(({ index, online_scheduling: online }: Told) => [index, online]),
    [
      [1, true],
      [2, true],
      [3, false],
    ],
  );
  assert.deepEqual([old.archived, old.end_time, office.timezone], [true, '24:00', undefined]);
  const verbose = await account.read(`/offices/${OFFICE}?verbose=true`);
  assert.deepEqual(verbose.online_timeslots[0], { day: 0, hour: 8, minute: 0 });
  assert.equal(office.online_timeslots, undefined);
  await account.set({ examRooms: 'text' });
  assert.equal(JSON.parse((await account.list('/offices'))[0].exam_rooms)[0].index, 1);
});

test('visit types and reminders are told for one doctor or all, archived ones too', async (t) => {
  const account = await openAccount(t);
  const all = await account.list('/appointment_profiles');
  assert.equal(all.length, 5);
  assert.equal(all.filter(({ archived }) => archived).length, 1);
  const theirs = await account.list(`/appointment_profiles?doctor=${LINDGREN}`);
  assert.deepEqual(
    theirs.map(({ name, duration }) => [name, duration]),
    [
      ['Follow-up', 20],
      ['Minor procedure', 45],
    ],
  );
  assert.equal((await account.read('/appointment_profiles/77121')).duration, 60);
  assert.equal((await account.list('/reminder_profiles'))[0].reminders[0].type, 'sms');
});

test('a work schedule has hours by weekday that may be switched off, and may be missing altogether', async (t) => {
  const account = await openAccount(t);
  const mine = await account.read('/doctor_work_schedule');
  assert.deepEqual([mine.doctor, mine.office, mine.work_days.length], [OKAFOR, OFFICE, 7]);
  assert.deepEqual(
    mine.work_days[0].work_hours.map(({ start_time: from, end_time: to }: Told) => [from, to]),
    [
      ['09:00:00', '12:00:00'],
      ['13:00:00', '17:00:00'],
    ],
  );
  const [, lindgren] = await account.list('/doctors');
  const theirs = await account.read(`/doctor_work_schedule/${lindgren.doctor_work_schedule.id}`);
  const saturday = theirs.work_days.find((day: Told) => day.iso_weekday === 'Saturday');
  assert.deepEqual([saturday.enabled, saturday.work_hours[0].enabled], [true, false]);
  assert.equal((await account.read('/office_work_schedule')).office, OFFICE);
  await account.set({ workSchedulesOffered: false });
  assert.equal((await account.api('GET', '/doctor_work_schedule')).status, 404);
});
