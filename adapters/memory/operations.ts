import {
  type AdapterContext,
  type BookingRequest,
  type Demographics,
  type Directory,
  Failure,
  freeStarts,
  grammar,
  instantOf,
  isLocalDate,
  type Opening,
  type OpeningQuery,
  sameName,
  toInstantWithOffset,
  type VendorAppointment,
  type VendorPatient,
  type Window,
  WireFailure,
} from '#adapter-kit/index.ts';
import { claimsOf, timeOf, toAppointment, toPatient } from './map.ts';
import type { Hours, House, Person, Visit } from './wire.ts';

export async function probe({ http }: AdapterContext) {
  const { body } = await http.call<House>('house');
  return { version: body.version };
}

export async function directory({ http }: AdapterContext): Promise<Directory> {
  const { body } = await http.call<House>('house');
  return {
    practitioners: body.staff.map(({ id, name }) => ({
      resourceType: 'Practitioner',
      id,
      name: [{ text: name }],
    })),
    locations: body.rooms.map(({ id, name }) => ({ resourceType: 'Location', id, name, status: 'active' })),
    services: [],
  };
}

/** Hours minus planned visits, cut into starts: the kit does the arithmetic, and knows about changing clocks. */
export async function openings(ctx: AdapterContext, query: OpeningQuery): Promise<readonly Opening[]> {
  const window = { from: instantOf(query.from), to: instantOf(query.to) };
  if (window.from >= window.to) return [];
  // The book is read a day beyond both ends, for visits and hours that reach into the window.
  const around = { from: utc(window.from - day), to: utc(window.to + day) };
  const hours = (await ctx.http.call<Hours[]>('hours', { query: around })).body;
  const visits = (await ctx.http.call<Visit[]>('visits', { query: around })).body.filter(
    ({ state }) => state === 'planned',
  );
  const found = hours
    .filter(({ staff, room }) => isAsked(query.practitioners, staff) && isAsked(query.locations, room))
    .flatMap(({ staff, room, from, to }) =>
      freeStarts({
        open: [{ from: instantOf(from), to: instantOf(to) }],
        busy: visits.filter((visit) => visit.staff === staff || visit.room === room).map(timeOf),
        window,
        minutes: query.minutes,
        gridMinutes: 15,
        timeZone: ctx.timeZone,
        now: ctx.now(),
      }).map((start) => ({ staff, room, start })),
    )
    .sort((a, b) => a.start - b.start || keyOf(a).localeCompare(keyOf(b)));
  return found.map(({ staff, room, start }) => ({
    vendorKey: keyOf({ staff, room }),
    start: toInstantWithOffset(start, ctx.timeZone),
    end: toInstantWithOffset(start + query.minutes * minute, ctx.timeZone),
    minutes: query.minutes,
    practitioner: staff,
    location: room,
    claims: claimsOf({ staff, room }),
  }));
}

export async function verify(ctx: AdapterContext, opening: Opening): Promise<'free' | 'gone'> {
  const query = { from: opening.start, to: opening.end, minutes: opening.minutes };
  const found = await openings(ctx, query);
  const isFree = found.some(
    ({ vendorKey, start }) =>
      vendorKey === opening.vendorKey && instantOf(start) === instantOf(opening.start),
  );
  return isFree ? 'free' : 'gone';
}

/** One write, and nothing after it: the gateway reads back what became of it. */
export async function book({ http }: AdapterContext, { patient, opening, marker }: BookingRequest) {
  const body = { person: patient, ...timeAndPlace(opening), note: marker };
  return { id: (await http.call<{ id: string }>('makeVisit', { body })).body.id };
}

export async function move(
  ctx: AdapterContext,
  id: string,
  { patient, opening }: BookingRequest,
): Promise<{ id: string }> {
  const visit = await find(ctx, id);
  if (visit === undefined || visit.person !== patient) throw new Failure('not-found');
  await ctx.http.call('moveVisit', { path: { id }, body: { ...timeAndPlace(opening), state: 'planned' } });
  return { id };
}

export async function cancel(ctx: AdapterContext, id: string): Promise<void> {
  const visit = await find(ctx, id);
  if (visit === undefined) throw new Failure('not-found');
  if (visit.state === 'missed') throw new Failure('forbidden-transition');
  if (visit.state === 'planned')
    await ctx.http.call('cancelVisit', { path: { id }, body: { state: 'cancelled' } });
}

export async function read(ctx: AdapterContext, id: string): Promise<VendorAppointment | undefined> {
  const visit = await find(ctx, id);
  return visit && toAppointment(visit, ctx.timeZone);
}

export async function appointmentsOf(
  { http, timeZone }: AdapterContext,
  patient: string,
  { from, to }: Window,
) {
  const { body } = await http.call<Visit[]>('visits', { query: { from, to, person: patient } });
  return body.map((visit) => toAppointment(visit, timeZone));
}

export async function matchPatients(
  ctx: AdapterContext,
  person: Demographics,
): Promise<readonly VendorPatient[]> {
  const { family, given, born } = identityOf(person);
  const { body } = await ctx.http.call<Person[]>('people', { query: { family, born } });
  return body.filter((each) => sameName(each.family, family) && sameName(each.given, given)).map(toPatient);
}

export async function createPatient({ http }: AdapterContext, person: Demographics) {
  const body = { ...identityOf(person), gender: person.gender };
  return { id: (await http.call<{ id: string }>('addPerson', { body })).body.id };
}

const minute = 60_000;
const day = 24 * 60 * minute;

async function find({ http }: AdapterContext, id: string): Promise<Visit | undefined> {
  try {
    return (await http.call<Visit>('visit', { path: { id } })).body;
  } catch (error) {
    if (error instanceof WireFailure && error.status === 404) return undefined;
    throw error;
  }
}

function keyOf({ staff, room }: { staff: string; room: string }): string {
  return `room:${room}|staff:${staff}`;
}

/** What was offered is what is booked: the key says where and with whom, and a key of another make is refused. */
function timeAndPlace({ vendorKey, start, minutes }: Opening) {
  const [, room, staff] = /^room:(\d+)\|staff:(\d+)$/.exec(vendorKey) ?? [];
  if (room === undefined || staff === undefined) throw new Failure('stale-opening');
  return { staff, room, start, minutes };
}

/** Refused here with words for the caller, because the wall would only refuse. */
function identityOf({ family, given, birthDate }: Demographics) {
  const [one, other] = [family, given].map((name) => name.replaceAll(/\s+/g, ' ').trim());
  if (one === undefined || other === undefined || ![one, other].every(isName))
    throw new Failure('invalid-value', { expression: 'Patient.name' });
  if (!isLocalDate(birthDate)) throw new Failure('invalid-date', { expression: 'Patient.birthDate' });
  return { family: one, given: other, born: birthDate };
}

function isName(text: string): boolean {
  return text.length <= grammar.personName.maxLength && grammar.personName.pattern.test(text);
}

function isAsked(asked: readonly string[] | undefined, id: string): boolean {
  return asked === undefined || asked.length === 0 || asked.includes(id);
}

function utc(at: number): string {
  return toInstantWithOffset(at, 'UTC');
}
