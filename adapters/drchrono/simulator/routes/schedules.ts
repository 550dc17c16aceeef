import { type EmrAnswer, json } from '#simulator-kit/index.ts';
import { appSettings, blockedTime } from '../access.ts';
import { notFound } from '../answer.ts';
import { busyRows } from '../appointment-book.ts';
import { profileOf } from '../directory.ts';
import { blocksOf, stretchOf } from '../overlap.ts';
import { keyOf, page } from '../page.ts';
import type { Template } from '../practice-plan.ts';
import { dateParam, flagParam, intParam, rangeParam } from '../query.ts';
import type { Method, PracticeCall } from '../tables.ts';
import { minutesOf, type Stretch, wallTimeAt, wallTimeOf, weekDayOf } from '../wall-clock.ts';
import { blockOut } from '../wire/directory.ts';

export const schedules: readonly Method[] = [
  { verb: 'GET', template: '/schedule_blocks', ...blockedTime, handle: listBlocks },
  { verb: 'GET', template: '/schedule_blocks/{id}', ...blockedTime, handle: readBlock },
  { verb: 'GET', template: '/appointment_templates', ...appSettings, handle: listTemplates },
  { verb: 'GET', template: '/appointment_templates/{id}', ...appSettings, handle: readTemplate },
];

function listBlocks(call: PracticeCall): EmrAnswer {
  const [doctor, office] = ['doctor', 'office'].map((name) => intParam(call, name));
  const date = dateParam(call, 'date');
  const range = rangeParam(call, 'date_range', call.settings.maxDateRangeDays);
  const found = blocksOf(call, call.practice.id).filter((block) => {
    const [from, to] = [block.start.slice(0, 10), block.end.slice(0, 10)];
    return (
      (doctor === undefined || block.doctor === doctor) &&
      (office === undefined || block.office === office) &&
      (date === undefined || (from <= date && date <= to)) &&
      (range === undefined || (from <= range.to && range.from <= to))
    );
  });
  return page(
    call,
    found.map((block) => ({ key: keyOf(block.id), out: () => blockOut(block) })),
  );
}

function readBlock(call: PracticeCall): EmrAnswer {
  const block = call.db.table('blocks').get(call.path.id ?? '');
  if (block === undefined || block.practice !== call.practice.id) throw notFound();
  return json(200, blockOut(block));
}

/** `available` also asks for the weekday of its date. */
function listTemplates(call: PracticeCall): EmrAnswer {
  const [doctor, office, profile] = ['doctor', 'office', 'profile'].map((name) => intParam(call, name));
  const available = dateParam(call, 'available');
  const asked = call.request.query.getAll('week_days').flatMap((text) => text.split(','));
  const days = available === undefined ? asked.map(Number) : [weekDayOf(available)];
  const found = call.practice.templates.filter(
    (one) =>
      (doctor === undefined || one.doctor === doctor) &&
      (office === undefined || one.office === office) &&
      (profile === undefined || one.profile === profile) &&
      (days.length === 0 || one.weekDays.some((day) => days.includes(day))),
  );
  return page(
    call,
    found.map((one) => ({ key: keyOf(one.id), out: () => templateOut(call, one) })),
  );
}

function readTemplate(call: PracticeCall): EmrAnswer {
  const template = call.practice.templates.find(({ id }) => String(id) === call.path.id);
  if (template === undefined) throw notFound();
  return json(200, templateOut(call, template));
}

function templateOut(call: PracticeCall, template: Template): object {
  const available = dateParam(call, 'available');
  const [year] = wallTimeAt(call.now, 'UTC').split('-');
  return {
    id: template.id,
    office: template.office,
    doctor: template.doctor,
    exam_room: template.room,
    scheduled_time:
      call.settings.templateTime === 'time'
        ? `${template.start}:00`
        : `${Number(year) - 1}-01-05T${template.start}:00`,
    profile: template.profile,
    duration: template.minutes,
    week_days: template.weekDays,
    date_start: null,
    date_end: null,
    archived: false,
    ...(available !== undefined &&
      flagParam(call, 'verbose') && { open_slots: gapsOf(call, template, available) }),
  };
}

/** What is left of a template on one day, where it is long enough for the profile. */
function gapsOf(call: PracticeCall, template: Template, date: string): object[] {
  const least = profileOf(call.practice, template.profile)?.minutes ?? template.minutes;
  const start = minutesOf(`${date}T${template.start}:00`);
  const busy = busyRows(call, call.practice.id, date)
    .filter(({ doctor, office }) => doctor === template.doctor && office === template.office)
    .map(stretchOf);
  const gaps = busy.reduce<Stretch[]>(without, [{ start, end: start + template.minutes }]);
  return gaps
    .filter((gap) => gap.end - gap.start >= least)
    .map((gap) => ({ start: wallTimeOf(gap.start).slice(11, 16), end: wallTimeOf(gap.end).slice(11, 16) }));
}

function without(gaps: readonly Stretch[], busy: Stretch): Stretch[] {
  return gaps
    .flatMap((gap) => [
      { start: gap.start, end: Math.min(gap.end, busy.start) },
      { start: Math.max(gap.start, busy.end), end: gap.end },
    ])
    .filter(({ start, end }) => start < end);
}
