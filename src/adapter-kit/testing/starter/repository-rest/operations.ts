import {
  type AdapterContext,
  type Directory,
  freeStarts,
  instantOf,
  type Opening,
  type OpeningQuery,
  toInstantWithOffset,
  unsupported,
} from '#adapter-kit/index.ts';
import type { Hours, Named, Status, Visit } from './wire.ts';

export async function probe({ http }: AdapterContext) {
  const { body } = await http.call<Status>('status');
  return { version: body.version };
}

export async function directory({ http }: AdapterContext): Promise<Directory> {
  const providers = (await http.call<Named[]>('providers')).body;
  const rooms = (await http.call<Named[]>('rooms')).body;
  return {
    practitioners: providers.map(({ id, name }) => ({
      resourceType: 'Practitioner',
      id,
      name: [{ text: name }],
    })),
    locations: rooms.map(({ id, name }) => ({ resourceType: 'Location', id, name, status: 'active' })),
    services: [],
  };
}

/** Hours less visits, cut into starts: the kit does the arithmetic and knows about changing clocks. */
export async function openings(ctx: AdapterContext, query: OpeningQuery): Promise<readonly Opening[]> {
  const window = { from: instantOf(query.from), to: instantOf(query.to) };
  if (window.from >= window.to) return [];
  // Read a day beyond both ends, for hours and visits that reach into the window.
  const around = { from: utc(window.from - day), to: utc(window.to + day) };
  const hours = (await ctx.http.call<Hours[]>('hours', { query: around })).body;
  const visits = (await ctx.http.call<Visit[]>('visits', { query: around })).body;
  const planned = visits.filter(({ cancelled }) => !cancelled);
  return hours
    .filter(({ provider, room }) => isAsked(query.practitioners, provider) && isAsked(query.locations, room))
    .flatMap(({ provider, room, from, to }) =>
      freeStarts({
        open: [{ from: instantOf(from), to: instantOf(to) }],
        busy: planned
          .filter((visit) => visit.provider === provider || visit.room === room)
          .map(({ start, minutes }) => ({ from: instantOf(start), to: instantOf(start) + minutes * minute })),
        window,
        minutes: query.minutes,
        gridMinutes: 15,
        timeZone: ctx.timeZone,
        now: ctx.now(),
      }).map((start) => ({ provider, room, start, key: `room:${room}|provider:${provider}` })),
    )
    .sort((a, b) => a.start - b.start || a.key.localeCompare(b.key))
    .map(({ provider, room, start, key }) => ({
      vendorKey: key,
      start: toInstantWithOffset(start, ctx.timeZone),
      end: toInstantWithOffset(start + query.minutes * minute, ctx.timeZone),
      minutes: query.minutes,
      practitioner: provider,
      location: room,
      // What must be free together; sorted, so that everybody locks in one order.
      claims: [`provider:${provider}`, `room:${room}`],
    }));
}

export async function verify(ctx: AdapterContext, opening: Opening): Promise<'free' | 'gone'> {
  const { start: from, end: to, minutes } = opening;
  const found = await openings(ctx, { from, to, minutes });
  const isFree = found.some(
    ({ vendorKey, start }) => vendorKey === opening.vendorKey && instantOf(start) === instantOf(from),
  );
  return isFree ? 'free' : 'gone';
}

// Next: book, read and appointmentsOf belong together. Set `book: true` and `marker`, and see which cases go red.
export const book = unsupported;
export const read = unsupported;
export const appointmentsOf = unsupported;
export const move = unsupported;
export const cancel = unsupported;
export const matchPatients = unsupported;
export const createPatient = unsupported;
export const hold = unsupported;
export const release = unsupported;
export const changes = unsupported;

const minute = 60_000;
const day = 24 * 60 * minute;

function utc(at: number): string {
  return toInstantWithOffset(at, 'UTC');
}

function isAsked(asked: readonly string[] | undefined, id: string): boolean {
  return asked === undefined || asked.length === 0 || asked.includes(id);
}
