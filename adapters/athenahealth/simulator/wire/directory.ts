import { instantOf } from '#simulator-kit/index.ts';
import { canary } from '../canary.ts';
import type { AppointmentType, CancelReason, Department, Provider, Reason } from '../practice-plan.ts';
import type { AthenaScene } from '../tables.ts';

/** A department with its clock, and with what its bookkeeping needs. */
export function departmentRow({ practice, settings, now }: AthenaScene, department: Department): object {
  const { id, name, patientName, address, city, state, zip, phone } = department;
  const zone = practice.timeZone;
  const [standard, today] = [offsetHours(now, zone, '01-15'), offsetHours(now, zone)];
  return {
    departmentid: id,
    name,
    patientdepartmentname: patientName,
    address,
    city,
    state,
    ...(zip !== undefined && { zip, latitude: '47.61', longitude: '-122.33' }),
    ...(phone !== undefined && { phone }),
    timezone: today,
    timezoneoffset: standard,
    ...(settings.zoneName !== 'absent' && {
      timezonename: settings.zoneName === 'alias' ? (ALIASES[zone] ?? zone) : zone,
    }),
    doesnotobservedst: standard === offsetHours(now, zone, '07-15'),
    providergroupid: '1',
    chartsharinggroupid: '1',
    servicedepartment: true,
    ishospitaldepartment: false,
    taxid: canary.taxId,
    creditcardtypes: [canary.cardTypes],
    clinicalproviderfax: canary.clinicalFax,
  };
}

export function providerRow(provider: Provider): object {
  const { id, first, last, type, npi, specialty, person } = provider;
  return {
    providerid: Number(id),
    ...(person && { firstname: first }),
    lastname: last,
    displayname: person ? `${first} ${last}, ${type}` : last,
    schedulingname: person ? `${last}_${first.slice(0, 1)}` : last,
    ...(npi !== undefined && { npi }),
    providertype: type,
    providertypeid: type,
    ...(specialty !== '' && { specialty, specialtyid: '8', ansispecialtycode: '207Q00000X' }),
    entitytype: person ? 'Person' : 'Non-Person',
    billable: person,
    hideinportal: !person,
    acceptingnewpatients: person,
    ...(person && { federalidnumber: canary.taxId }),
  };
}

/** Durations and flags are texts. */
export function typeRow(type: AppointmentType): object {
  return {
    appointmenttypeid: type.id,
    name: type.name,
    shortname: type.shortName,
    duration: String(type.minutes),
    patientdisplayname: type.patientName,
    generic: String(type.generic),
    patient: String(type.patient),
    templatetypeonly: String(type.templateOnly),
    createencounteroncheckin: 'true',
  };
}

export function reasonRow({ settings }: AthenaScene, { id, name, kind, minHours, maxDays }: Reason): object {
  return {
    reasonid: id,
    reason: name,
    description: name,
    reasontype: kind,
    ...(settings.reasonWindows === 'told' && {
      schedulingminhours: String(minHours),
      schedulingmaxdays: String(maxDays),
    }),
  };
}

export function cancelReasonRow(reason: CancelReason): object {
  return {
    appointmentcancelreasonid: reason.id,
    name: reason.name,
    noshow: String(reason.noShow),
    patientrescheduled: String(reason.patientRescheduled),
    providerunavailable: String(reason.providerUnavailable),
    slotavailable: String(reason.slotAvailable),
  };
}

/** Hours from Greenwich, now or on a day (`MM-dd`) of this year. */
function offsetHours(now: number, zone: string, day?: string): number {
  const at = new Date(now).toISOString();
  const local = day === undefined ? undefined : `${at.slice(0, 4)}-${day} 12:00:00`;
  const instant = local === undefined ? now : Date.parse(instantOf(local, zone));
  const name = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
    .formatToParts(instant)
    .find(({ type }) => type === 'timeZoneName')?.value;
  const [, sign, hours = 0, minutes = 0] = name?.match(/GMT([+-])(\d\d):(\d\d)/) ?? [];
  return (Number(hours) + Number(minutes) / 60) * (sign === '-' ? -1 : 1);
}

const ALIASES: Readonly<Record<string, string>> = {
  'America/New_York': 'US/Eastern',
  'America/Chicago': 'US/Central',
  'America/Denver': 'US/Mountain',
  'America/Los_Angeles': 'US/Pacific',
};
