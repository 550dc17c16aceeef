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
import { zoneOf } from './office.ts';
import { settingsOf } from './settings.ts';

/**
 * Who we are, and that appointments may be read at all: DrChrono has two gates, scopes and permissions inside the app,
 * and a grant says nothing about the second. Learns the practice's id for deliveries, whose patients new ones become and
 * whether open times can be asked for.
 */
export async function probe({ http, base, now }: AdapterContext): Promise<{ settings: ConnectionSettings }> {
  const id = userIdIn(await client.currentUser(http), base);
  if (id === undefined) throw new WireFailure('unknown', 'currentUser', { reason: 'location' });
  const { practice_group, doctor } = await client.user(http, id);
  await client.appointments(http, beforeAll);
  return {
    settings: {
      practiceGroup: String(practice_group ?? ''),
      userDoctor: String(doctor ?? ''),
      availabilityAnswers: await doesAvailabilityAnswer(http, instantToLocalDate(now(), 'UTC')),
    },
  };
}

/** Nobody had an appointment then, so nothing about a patient comes back. */
const beforeAll = { first: '1900-01-01', last: '1900-01-01' };

/**
 * Is there an open hour in the four weeks to come, in the form that is documented, with any of the first few doctors?
 * Of an answer that is always empty nothing could ever be offered.
 */
async function doesAvailabilityAnswer(http: AdapterContext['http'], today: string): Promise<boolean> {
  const offices = (await client.offices(http)).filter(({ archived }) => !archived);
  const doctors = (await client.doctors(http)).filter((row) => !row.is_account_suspended);
  const places = doctors.flatMap((doctor) =>
    offices.flatMap((office) => {
      const room = office.exam_rooms[0]?.index;
      return room === undefined ? [] : [{ doctor: doctor.id, office: office.id, room }];
    }),
  );
  for (const place of places.slice(0, 3)) {
    try {
      const days = await client.availability(http, place, 30, { first: today, last: addDays(today, 27) });
      if (days.some(({ open_slots }) => open_slots.some(({ availability }) => availability.length > 0)))
        return true;
    } catch (error) {
      if (!isNoAnswer(error)) throw error;
      return false;
    }
  }
  return false;
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
