import { type AuthorisedClient, type RouteArguments, WireFailure } from '#adapter-kit/index.ts';
import type { routes } from './routes.ts';
import * as wire from './wire.ts';

/**
 * A small function for each call to DrChrono. What comes back has passed the schema that {@link ./routes.ts routes}
 * give the call; that is why a row's type is taken at its word here.
 */

type RouteName = keyof typeof routes;

/** Documented as the largest page and, elsewhere, as more than it may be: how many rows come is looked at, not assumed. */
const page_size = '250';
/** Enough for ten doctors with twenty visits a day through two weeks, should pages have twenty rows. */
const mostPages = 200;
const mostRows = 15_000;

/** First and last day, both included. */
export interface Days {
  readonly first: string;
  readonly last: string;
}

/** Where the vendor says that the user is. @returns the header as sent */
export async function currentUser(http: AuthorisedClient): Promise<string | undefined> {
  return (await http.call('currentUser' satisfies RouteName)).location;
}

export async function user(http: AuthorisedClient, id: string): Promise<wire.User> {
  return (await http.call<wire.User>('user' satisfies RouteName, { path: { id } })).body;
}

export function doctors(http: AuthorisedClient): Promise<readonly wire.DoctorRow[]> {
  return everyPage<wire.DoctorRow>(http, 'doctors', {});
}

export function offices(http: AuthorisedClient): Promise<readonly wire.OfficeRow[]> {
  return everyPage<wire.OfficeRow>(http, 'offices', {});
}

export function profiles(http: AuthorisedClient): Promise<readonly wire.ProfileRow[]> {
  return everyPage<wire.ProfileRow>(http, 'profiles', {});
}

export function templates(http: AuthorisedClient): Promise<readonly wire.TemplateRow[]> {
  return everyPage<wire.TemplateRow>(http, 'templates', {});
}

/** Time that providers keep free of visits; not asked by its office, because a person is in one place at a time. */
export function scheduleBlocks(
  http: AuthorisedClient,
  days: Days,
): Promise<readonly wire.ScheduleBlockRow[]> {
  return everyPage<wire.ScheduleBlockRow>(http, 'scheduleBlocks', { date_range: rangeOf(days) });
}

/**
 * What can be booked with a doctor in one room.
 *
 * @throws WireFailure `filter-ignored` for an answer about others or about other days
 */
export async function availability(
  http: AuthorisedClient,
  place: { readonly doctor: number; readonly office: number; readonly room: number },
  duration: number,
  days: Days,
): Promise<readonly wire.OpenDay[]> {
  const { doctor, office, room: exam_room } = place;
  const when = days.first === days.last ? { date: days.first } : { date_range: rangeOf(days) };
  const query = { doctor, office, exam_room, duration, ...when };
  const { body } = await http.call<wire.Availability>('availability' satisfies RouteName, { query });
  const isTheirs = (told: number | undefined, asked: number) => told === undefined || told === asked;
  const isAsked =
    isTheirs(body.doctor, doctor) && isTheirs(body.office, office) && isTheirs(body.exam_room, exam_room);
  if (!isAsked || !body.days.every(({ date }) => days.first <= date && date <= days.last))
    throw new WireFailure('unknown', 'availability', { reason: 'filter-ignored' });
  return body.days;
}

/** Whose visits, or where. */
export type Whose =
  | { readonly patient: string }
  | { readonly doctor: number }
  | { readonly office: number }
  | Readonly<Record<string, never>>;

/** Visits of every status, breaks and instances of series on some days: of everybody, or of whom is named. */
export async function appointments(
  http: AuthorisedClient,
  days: Days,
  whose: Whose = {},
): Promise<readonly wire.AppointmentRow[]> {
  const rows = await everyPage<wire.AppointmentRow>(http, 'appointments', appointmentsQuery(days, whose));
  const asked = Object.entries(whose);
  const isAsked = (row: Readonly<Record<string, unknown>>) =>
    asked.every(([key, value]) => String(row[key]) === String(value));
  if (!rows.every(isAsked)) throw new WireFailure('unknown', 'appointments', { reason: 'filter-ignored' });
  return rows;
}

/** Everybody's, by one request; undefined where one page does not hold them. */
export async function appointmentsOnOnePage(
  http: AuthorisedClient,
  days: Days,
): Promise<readonly wire.AppointmentRow[] | undefined> {
  const query = { ...appointmentsQuery(days, {}), page_size };
  const { body } = await http.call<wire.Page<wire.AppointmentRow>>('appointments' satisfies RouteName, {
    query,
  });
  return body.cursor === undefined ? body.rows : undefined;
}

function appointmentsQuery(days: Days, whose: Whose) {
  return { date_range: rangeOf(days), fields: wire.appointmentFields, ...whose };
}

/** Visits that were made, changed or removed on a day or later, by the vendor's own calendar. */
export function changedAppointments(
  http: AuthorisedClient,
  since: string,
): Promise<readonly wire.AppointmentRow[]> {
  return everyPage<wire.AppointmentRow>(http, 'changedAppointments', {
    since,
    show_archived: 'true',
    fields: wire.appointmentFields,
  });
}

/** Of now, while lists are some seconds old. */
export async function appointment(
  http: AuthorisedClient,
  id: string,
): Promise<wire.AppointmentRow | undefined> {
  try {
    return (await http.call<wire.AppointmentRow>('appointment' satisfies RouteName, { path: { id } })).body;
  } catch (error) {
    if (error instanceof WireFailure && error.kind === 'answered' && error.status === 404) return undefined;
    throw error;
  }
}

export async function createAppointment(http: AuthorisedClient, body: wire.NewAppointment): Promise<string> {
  const answer = await http.call<{ id: string }>('createAppointment' satisfies RouteName, { body });
  return answer.body.id;
}

export async function moveAppointment(
  http: AuthorisedClient,
  id: string,
  body: wire.MovedAppointment,
): Promise<void> {
  await http.call('moveAppointment' satisfies RouteName, { path: { id }, body });
}

/** Not DELETE: the row stays, with its history. */
export async function cancelAppointment(http: AuthorisedClient, id: string): Promise<void> {
  await http.call('cancelAppointment' satisfies RouteName, { path: { id }, body: { status: 'Cancelled' } });
}

/** Everybody who was born on a day. */
export function searchPatients(
  http: AuthorisedClient,
  date_of_birth: string,
): Promise<readonly wire.PatientRow[]> {
  return everyPage<wire.PatientRow>(http, 'searchPatients', { date_of_birth });
}

export async function createPatient(http: AuthorisedClient, body: wire.NewPatient): Promise<number> {
  const answer = await http.call<{ id: number }>('createPatient' satisfies RouteName, { body });
  return answer.body.id;
}

/** All rows of a list. A cursor that comes again leads nowhere. */
async function everyPage<Row>(
  http: AuthorisedClient,
  route: RouteName,
  query: NonNullable<RouteArguments['query']>,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const seen = new Set<string>();
  for (let cursor: string | undefined; seen.size < mostPages && rows.length < mostRows; ) {
    const asked = { ...query, page_size, ...(cursor !== undefined && { cursor }) };
    const { body } = await http.call<wire.Page<Row>>(route, { query: asked });
    rows.push(...body.rows);
    cursor = body.cursor;
    if (cursor === undefined) return rows;
    if (seen.has(cursor)) throw new WireFailure('unknown', route, { reason: 'pages-in-a-circle' });
    seen.add(cursor);
  }
  throw new WireFailure('unknown', route, { reason: 'too-many-pages' });
}

function rangeOf({ first, last }: Days): string {
  return `${first}/${last}`;
}
