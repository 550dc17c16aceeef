import { type AdapterContext, Failure } from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { type Hours, hoursOf } from './map/hours.ts';
import { toZone } from './map/wall-clock.ts';
import { type Settings, settingsOf } from './settings.ts';
import type { DoctorRow, OfficeRow, ProfileRow, TemplateRow } from './wire.ts';

/** What of a practice moves slowly: who works where, and by which clock. */
export interface Practice {
  readonly doctors: ReadonlyMap<number, DoctorRow>;
  readonly offices: ReadonlyMap<number, OfficeRow>;
}

/** All practices of an application share 500 requests an hour, so these are kept for half of one. */
const keepMs = 30 * 60_000;

export async function readPractice(ctx: AdapterContext): Promise<Practice> {
  const offices = await ctx.memo('offices', keepMs, () => client.offices(ctx.http));
  return {
    doctors: await readDoctors(ctx),
    offices: new Map(offices.map((row) => [row.id, row])),
  };
}

export async function readDoctors({ http, memo }: AdapterContext): Promise<Practice['doctors']> {
  const rows = await memo('doctors', keepMs, () => client.doctors(http));
  return new Map(rows.map((row) => [row.id, row]));
}

export function readProfiles({ http, memo }: AdapterContext): Promise<readonly ProfileRow[]> {
  return memo('profiles', keepMs, () => client.profiles(http));
}

export function readTemplates({ http, memo }: AdapterContext): Promise<readonly TemplateRow[]> {
  return memo('templates', keepMs, () => client.templates(http));
}

/**
 * The zone of a doctor's times: as set for the connection, else the doctor's own. Of somebody whom the practice does not
 * list any more, the one zone of all the others. Undefined where that leaves none: no other zone is ever assumed.
 */
export function zoneOf(doctors: Practice['doctors'], doctor: number, settings: Settings): string | undefined {
  if (settings.timeZone !== '') return toZone(settings.timeZone);
  const row = doctors.get(doctor);
  if (row !== undefined) return toZone(row.timezone);
  const [only, ...others] = zonesOf(doctors, settings);
  return others.length === 0 ? only : undefined;
}

/** Every zone in which a time of this practice may be meant. */
export function zonesOf(doctors: Practice['doctors'], settings: Settings): readonly string[] {
  const names =
    settings.timeZone === '' ? [...doctors.values()].map(({ timezone }) => timezone) : [settings.timeZone];
  return [...new Set(names.flatMap((name) => toZone(name) ?? []))];
}

/** @throws Failure `business-rule` for a doctor whose zone nobody has said */
export function zoneOrRefuse(doctors: Practice['doctors'], doctor: number, settings: Settings): string {
  return zoneOf(doctors, doctor, settings) ?? refuseWithoutZone();
}

export function refuseWithoutZone(): never {
  throw new Failure('business-rule', {
    hint: 'The office system does not say in which time zone its times are. Somebody has to set it for the connection.',
  });
}

/** Where a visit may be, whose hours these are, and how they are known. */
export interface Place {
  readonly doctor: number;
  readonly office: number;
  readonly room: number;
  readonly zone: string;
  readonly hours: Hours;
}

/**
 * Everybody who can be booked, in every room of every office that is open to us, in the order of their ids.
 *
 * @throws Failure `business-rule` where nobody's zone is known
 */
export function placesOf(
  practice: Practice,
  ctx: AdapterContext,
  asked: {
    readonly practitioners?: readonly string[] | undefined;
    readonly locations?: readonly string[] | undefined;
  } = {},
): readonly Place[] {
  const settings = settingsOf(ctx);
  if (zonesOf(practice.doctors, settings).length === 0) refuseWithoutZone();
  const isAsked = (list: readonly string[] | undefined, id: number) =>
    list === undefined || list.length === 0 || list.includes(String(id));
  const doctors = [...practice.doctors.values()].filter(
    (row) =>
      !row.is_account_suspended && isListed(settings.doctors, row.id) && isAsked(asked.practitioners, row.id),
  );
  const offices = [...practice.offices.values()].filter(
    (row) => !row.archived && isListed(settings.offices, row.id) && isAsked(asked.locations, row.id),
  );
  const places = doctors.flatMap((doctor) =>
    offices.flatMap((office) => {
      const zone = zoneOf(practice.doctors, doctor.id, settings);
      const hours = zone === undefined ? undefined : hoursOf(doctor, office, settings);
      if (zone === undefined || hours === undefined) return [];
      return roomsIn(office, settings).map(({ index }) => ({
        doctor: doctor.id,
        office: office.id,
        room: index,
        zone,
        hours,
      }));
    }),
  );
  return places.sort((a, b) => a.doctor - b.doctor || a.office - b.office || a.room - b.room);
}

/** Rooms of an office that are open to us. */
export function roomsIn({ id, exam_rooms }: OfficeRow, settings: Settings): OfficeRow['exam_rooms'] {
  return exam_rooms.filter(
    ({ index, online_scheduling }) =>
      (online_scheduling || !settings.onlineRoomsOnly) && isListed(settings.rooms, `${id}/${index}`),
  );
}

/** Is it in a setting that is a list? Everything is in one that is empty. */
export function isListed(list: string, id: number | string): boolean {
  return list.trim() === '' || wordsOf(list).includes(String(id));
}

function wordsOf(list: string): readonly string[] {
  return list.split(',').map((word) => word.trim());
}
