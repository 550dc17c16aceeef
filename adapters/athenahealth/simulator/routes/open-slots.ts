import type { EmrAnswer } from '#simulator-kit/index.ts';
import { addDays } from '#simulator-kit/index.ts';
import { addSlot } from '../appointment-book.ts';
import { dayOf, startOf } from '../clock.ts';
import { invalid, refuse } from '../error.ts';
import { page } from '../page.ts';
import type { AppointmentType, Reason } from '../practice-plan.ts';
import { isOffered, newRecordId, noticeOf, openRecords, slotsFor, typeOf } from '../slot-book.ts';
import type { Appointment, AthenaCall, Method } from '../tables.ts';
import { openSlot } from '../wire/appointment.ts';
import { answer } from '../wire/json.ts';

export const openSlotMethods: readonly Method[] = [
  { verb: 'GET', template: '/appointments/open', handle: findOpen },
  { verb: 'POST', template: '/appointments/open', handle: createOpen },
];

interface Found {
  readonly slot: Appointment;
  readonly duration: number;
  readonly reasons?: readonly string[];
}

function findOpen(call: AthenaCall): EmrAnswer {
  const { parameters, practice, settings } = call;
  parameters.require('departmentid');
  const departments = parameters.ids('departmentid') ?? [];
  const providers = parameters.ids('providerid');
  const from = parameters.date('startdate') ?? dayOf(call.now, practice.timeZone);
  const to = parameters.date('enddate') ?? addDays(from, 7);
  const ignorePermission = parameters.flag('ignoreschedulablepermission') ?? false;
  const showFrozen = parameters.flag('showfrozenslots') ?? false;
  const open = openRecords(call, from, to).filter((slot) => departments.includes(slot.departmentId));
  const byDay = Map.groupBy(open, ({ date }) => date);
  const shown = open
    .filter(({ providerId }) => providers?.includes(providerId) ?? true)
    .filter(({ webSchedulable }) => webSchedulable || ignorePermission)
    .filter(({ frozen }) => !frozen || showFrozen)
    .filter((slot) => startOf(slot, practice.timeZone) > call.now);
  const fits = fitOf(call, byDay);
  const found = shown.flatMap((slot) => fits(slot) ?? []);
  const sizes = { usual: 1000, most: settings.openLimit };
  return page(call, 'appointments', found, sizes, ({ slot, ...rest }) => openSlot(call, slot, rest));
}

/** How a slot answers what was asked for; undefined where it does not. Nothing asked, nothing found. */
function fitOf(
  call: AthenaCall,
  byDay: ReadonlyMap<string, readonly Appointment[]>,
): (slot: Appointment) => Found | undefined {
  const { parameters, practice, settings } = call;
  const bypass = parameters.flag('bypassscheduletimechecks') ?? false;
  const inWindow = (slot: Appointment, minHours: number, maxDays: number): boolean => {
    const { hours, days } = noticeOf(call, slot);
    return bypass || (hours >= minHours && days <= maxDays);
  };
  const takes = (slot: Appointment, type: AppointmentType): boolean =>
    slotsFor(call, slot, type, byDay.get(slot.date) ?? []) !== undefined;

  const typeId = parameters.id('appointmenttypeid');
  if (typeId !== undefined) {
    const type = typeOf(call, typeId);
    if (type === undefined) throw invalid('Appointment type ID is invalid.');
    return (slot) =>
      inWindow(slot, settings.practiceMinHours, settings.practiceMaxDays) && takes(slot, type)
        ? { slot, duration: type.minutes }
        : undefined;
  }
  const reasonIds = parameters.ids('reasonid') ?? [];
  if (reasonIds.includes('-1')) return (slot) => ({ slot, duration: slot.duration, reasons: ['-1'] });
  if (reasonIds.length > 0) parameters.require('providerid');
  const reasons = reasonIds.flatMap((id) => practice.reasons.find((reason) => reason.id === id) ?? []);
  const fitsReason = (slot: Appointment, reason: Reason): boolean => {
    const type = typeOf(call, reason.typeId);
    if (type === undefined || !isOffered(reason, slot)) return false;
    return inWindow(slot, reason.minHours, reason.maxDays) && takes(slot, type);
  };
  return (slot) => {
    const fitting = reasons.filter((reason) => fitsReason(slot, reason));
    const [first] = fitting;
    if (first === undefined) return undefined;
    const minutes = typeOf(call, first.typeId)?.minutes ?? slot.duration;
    return {
      slot,
      duration: settings.reasonDuration === 'type' ? minutes : slot.duration,
      reasons: fitting.map(({ id }) => id),
    };
  };
}

/** For administrators. */
function createOpen(call: AthenaCall): EmrAnswer {
  const { parameters, practice } = call;
  parameters.require('appointmentdate', 'appointmenttime', 'departmentid', 'providerid');
  const date = parameters.date('appointmentdate') ?? '';
  const times = (parameters.text('appointmenttime') ?? '').split(',').map((time) => time.trim());
  const reasonId = parameters.id('reasonid');
  const typeId =
    parameters.id('appointmenttypeid') ?? practice.reasons.find(({ id }) => id === reasonId)?.typeId;
  if (typeId === undefined && reasonId === undefined)
    throw refuse(400, 'Additional fields are required.', {
      detailedmessage: 'An appointment type or reason must be provided.',
    });
  const type = typeOf(call, typeId ?? '');
  if (type === undefined) throw invalid('Appointment type ID is invalid.');
  const departmentId = parameters.id('departmentid') ?? '';
  const providerId = parameters.id('providerid') ?? '';
  if (!practice.departments.some(({ id }) => id === departmentId)) throw invalid('Department ID is invalid.');
  if (!practice.providers.some(({ id }) => id === providerId)) throw invalid('Provider ID is invalid.');
  const bad = times.find((time) => !/^([01]\d|2[0-3]):[0-5]\d$/.test(time));
  if (bad !== undefined) throw invalid(`Expecting format time, but value is ${bad}`);
  const made = times.map((time): [string, string] => {
    const id = newRecordId(call);
    addSlot(call, {
      id,
      status: 'o',
      departmentId,
      providerId,
      localProviderId: providerId,
      date,
      time,
      duration: type.minutes,
      typeId: type.id,
      templateId: id,
      templateTypeId: type.id,
      templateDuration: type.minutes,
      webSchedulable: true,
      frozen: false,
    });
    return [id, time];
  });
  return answer(call, { appointmentids: Object.fromEntries(made) });
}
