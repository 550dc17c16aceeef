import {
  type AdapterContext,
  addDays,
  type ConnectionSettings,
  type Directory,
  instantToLocalDate,
  WireFailure,
} from '#adapter-kit/index.ts';
import * as client from './client.ts';
import { toLocation, toPractitioner, toServices } from './map/directory.ts';
import { userIdIn } from './map/redirect.ts';
import { isListed, roomsIn, zoneOf } from './office.ts';
import { type Settings, settingsOf } from './settings.ts';
import type { DoctorRow, OfficeRow } from './wire.ts';

/**
 * Who we are, and that appointments may be read at all: DrChrono has two gates, scopes and permissions inside the app,
 * and a grant says nothing about the second. Learns the practice's id for deliveries, whose patients new ones become and
 * whether open times can be asked for.
 */
export async function probe(ctx: AdapterContext): Promise<{ settings: ConnectionSettings }> {
  const { http, base } = ctx;
  const id = userIdIn(await client.currentUser(http), base);
  if (id === undefined) throw new WireFailure('unknown', 'currentUser', { reason: 'location' });
  const { practice_group, doctor } = await client.user(http, id);
  await client.appointments(http, beforeAll);
  return {
    settings: {
      practiceGroup: String(practice_group ?? ''),
      userDoctor: String(doctor ?? ''),
      availabilityAnswers: await doesAvailabilityAnswer(ctx),
    },
  };
}

/** Nobody had an appointment then, so nothing about a patient comes back. */
const beforeAll = { first: '1900-01-01', last: '1900-01-01' };

/**
 * Does DrChrono say in the form that is documented when one of the first few doctors can be booked? That nothing is open
 * is such an answer too. What was learned before stays where there is nobody to ask about.
 */
async function doesAvailabilityAnswer(ctx: AdapterContext): Promise<boolean> {
  const settings = settingsOf(ctx);
  const offices = await client.offices(ctx.http);
  const places = placesToAsk(await client.doctors(ctx.http), offices, settings).slice(0, mostAsked);
  if (places.length === 0) return settings.availabilityAnswers;
  const today = instantToLocalDate(ctx.now(), 'UTC');
  for (const place of places)
    try {
      await client.availability(ctx.http, place, 30, { first: today, last: addDays(today, 27) });
      return true;
    } catch (error) {
      if (!isNoAnswer(error)) throw error;
    }
  return false;
}

const mostAsked = 3;

/** One place for each doctor who is booked through us, in an office of the doctor's own if there is one. */
function placesToAsk(
  doctors: readonly DoctorRow[],
  offices: readonly OfficeRow[],
  settings: Settings,
): readonly { readonly doctor: number; readonly office: number; readonly room: number }[] {
  const booked = doctors.filter((row) => !row.is_account_suspended && isListed(settings.doctors, row.id));
  const rooms = offices
    .filter((row) => !row.archived && isListed(settings.offices, row.id))
    .flatMap((office) => roomsIn(office, settings).map(({ index: room }) => ({ office, room })));
  return booked.flatMap(({ id: doctor, doctor_work_schedule: week }) => {
    const worked = week === 'unreadable' ? undefined : week?.office;
    const own = rooms.find(({ office }) => office.id === worked || office.doctor === doctor);
    const place = own ?? rooms[0];
    return place === undefined ? [] : [{ doctor, office: place.office.id, room: place.room }];
  });
}

/** The endpoint is missing, is not for us, or says something else than is documented. Being throttled is none of these. */
function isNoAnswer(error: unknown): boolean {
  if (!(error instanceof WireFailure)) return false;
  if (error.kind === 'answered') return [400, 403, 404, 405, 500].includes(error.status ?? 0);
  return ['schema', 'not-json', 'filter-ignored'].includes(error.reason);
}

/** Read anew each time it is asked for; searches keep a copy of their own for half an hour. */
export async function directory(ctx: AdapterContext): Promise<Directory> {
  const doctors = await client.doctors(ctx.http);
  const byId = new Map(doctors.map((row) => [row.id, row]));
  const settings = settingsOf(ctx);
  const isActive = (row: (typeof doctors)[number]) =>
    !row.is_account_suspended && zoneOf(byId, row.id, settings) !== undefined;
  return {
    practitioners: doctors.map((row) => toPractitioner(row, isActive(row))),
    locations: (await client.offices(ctx.http)).map(toLocation),
    services: toServices(await client.profiles(ctx.http), byId),
  };
}
