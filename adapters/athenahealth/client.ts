import { type AuthorisedClient, WireFailure } from '#adapter-kit/index.ts';
import { toVendorDate } from './map/clock.ts';
import { elsewhere, jsonObject } from './map/issue.ts';
import { pageSizes, type routes } from './routes.ts';
import type { Visit } from './settings.ts';
import type * as wire from './wire.ts';

/**
 * A small function for each call to athenaOne. What comes back has passed the schema that {@link ./routes.ts routes} give
 * the call; that is why a row's type is taken at its word here.
 */

type RouteName = keyof typeof routes;
type Query = Readonly<Record<string, string | number>>;

const mostPages = 20;

export async function ping(http: AuthorisedClient): Promise<void> {
  await http.call('ping' satisfies RouteName);
}

/** All of them, also those that the portal hides. */
export function departments(http: AuthorisedClient): Promise<readonly wire.DepartmentRow[]> {
  const query = { showalldepartments: 'true' };
  return everyPage<wire.DepartmentRow>(http, 'departments', query, (row) => row.departmentid);
}

export function providers(http: AuthorisedClient): Promise<readonly wire.ProviderRow[]> {
  return everyPage<wire.ProviderRow>(http, 'providers', {}, (row) => row.providerid);
}

export interface SlotSearch {
  readonly departments: readonly string[];
  readonly providers: readonly string[];
  readonly visit: Visit;
  /** yyyy-MM-dd on the departments' clocks, both included. */
  readonly first: string;
  readonly last: string;
  /** Also slots that are frozen, which are marked. */
  readonly withFrozen?: boolean;
}

/** Slots that can be booked so, as athenaOne tells it; in departments and of providers that were asked for. */
export async function openSlots(
  http: AuthorisedClient,
  { departments: where, providers: who, visit, first, last, withFrozen = false }: SlotSearch,
): Promise<readonly wire.OpenSlotRow[]> {
  if (where.length === 0 || who.length === 0) return [];
  const query = {
    departmentid: where.join(','),
    providerid: who.join(','),
    [visit.by === 'reason' ? 'reasonid' : 'appointmenttypeid']: visit.id,
    startdate: toVendorDate(first),
    enddate: toVendorDate(last),
    ...(withFrozen && { showfrozenslots: 'true' }),
  };
  const rows = await everyPage<wire.OpenSlotRow>(http, 'openSlots', query, (row) => row.appointmentid);
  return rows.filter(
    ({ departmentid, providerid = '' }) => where.includes(departmentid) && who.includes(providerid),
  );
}

/**
 * An appointment or an open slot, or undefined when there is none of that id: 404 now, 410 of an older gateway, in JSON.
 *
 * @throws WireFailure for a 404 or 410 in other words, or without any: that is a gateway's, and says nothing of the record
 */
export async function appointment(
  http: AuthorisedClient,
  appointmentid: string,
): Promise<wire.AppointmentRow | undefined> {
  if (!/^[1-9]\d{0,17}$/.test(appointmentid)) return undefined;
  try {
    const query = { showcopay: 'false' };
    const path = { appointmentid };
    const { body } = await http.call<wire.AppointmentRow>('appointment' satisfies RouteName, { path, query });
    if (body.appointmentid !== appointmentid)
      throw new WireFailure('unknown', 'appointment', { reason: 'another-appointment' });
    return body;
  } catch (error) {
    if (!(error instanceof WireFailure) || error.kind !== 'answered') throw error;
    const isGone =
      (error.status === 404 || error.status === 410) &&
      error.text?.matches(jsonObject) === true &&
      !error.text.matches(elsewhere);
    if (isGone) return undefined;
    throw error;
  }
}

/** Our markers in the notes of an appointment, those of a cancelled one too. */
export async function markersOf(http: AuthorisedClient, appointmentid: string): Promise<readonly string[]> {
  const query = { showdeleted: 'true' };
  const path = { appointmentid };
  return (await http.call<readonly string[]>('appointmentNotes' satisfies RouteName, { path, query })).body;
}

/** A patient's appointments of every status on local dates, both included. */
export async function bookedAppointments(
  http: AuthorisedClient,
  { patient, first, last }: { readonly patient: string; readonly first: string; readonly last: string },
): Promise<readonly wire.AppointmentRow[]> {
  const query = {
    patientid: patient,
    startdate: toVendorDate(first),
    enddate: toVendorDate(last),
    showcancelled: 'true',
    showcopay: 'false',
  };
  const rows = await everyPage<wire.AppointmentRow>(
    http,
    'bookedAppointments',
    query,
    (row) => row.appointmentid,
  );
  // A list that ignored the filter would be everybody's.
  if (rows.some(({ patientid }) => patientid !== patient))
    throw new WireFailure('unknown', 'bookedAppointments', { reason: 'filter-ignored' });
  return rows;
}

export async function bookSlot(
  http: AuthorisedClient,
  appointmentid: string,
  body: wire.Booking,
): Promise<string> {
  return written(await http.call('bookSlot' satisfies RouteName, { path: { appointmentid }, body }));
}

export async function rescheduleAppointment(
  http: AuthorisedClient,
  appointmentid: string,
  body: wire.Rescheduling,
): Promise<string> {
  return written(
    await http.call('rescheduleAppointment' satisfies RouteName, { path: { appointmentid }, body }),
  );
}

export async function cancelAppointment(
  http: AuthorisedClient,
  appointmentid: string,
  patientid: string,
): Promise<void> {
  const body = { patientid, nopatientcase: 'true' };
  await http.call('cancelAppointment' satisfies RouteName, { path: { appointmentid }, body });
}

/** `already`: it was so before; `refused`: athenaOne says no for another reason, with status 200 as well. */
export async function freezeSlot(
  http: AuthorisedClient,
  appointmentid: string,
  freeze: boolean,
): Promise<'done' | 'already' | 'refused'> {
  const body = { freeze: String(freeze) };
  const answer = await http.call<{ success: boolean; wasSo: boolean }>('freezeSlot' satisfies RouteName, {
    path: { appointmentid },
    body,
  });
  if (answer.body.success) return 'done';
  return answer.body.wasSo ? 'already' : 'refused';
}

/** One reading of the queue, which what it gives then leaves: what comes next is again at its beginning. */
export function takeChanges(http: AuthorisedClient): Promise<wire.Page<wire.ChangedRow | undefined>> {
  return changed(http, {});
}

/** A page of what anybody took out of the queue between two Eastern times, as far as athenaOne still knows. */
export function takenChanges(
  http: AuthorisedClient,
  { from, to, offset }: { readonly from: string; readonly to: string; readonly offset: number },
): Promise<wire.Page<wire.ChangedRow | undefined>> {
  const query = { showprocessedstartdatetime: from, showprocessedenddatetime: to };
  return changed(http, { ...query, ...(offset > 0 && { offset }) });
}

async function changed(
  http: AuthorisedClient,
  asked: Query,
): Promise<wire.Page<wire.ChangedRow | undefined>> {
  const query = { ...asked, showcopay: 'false', limit: pageSizes.changedAppointments };
  const answer = await http.call<wire.Page<wire.ChangedRow | undefined>>(
    'changedAppointments' satisfies RouteName,
    { query },
  );
  return answer.body;
}

export async function subscribeToChanges(http: AuthorisedClient): Promise<void> {
  await http.call('subscribeToChanges' satisfies RouteName, { body: { includeremindercall: 'false' } });
}

export async function bestMatch(
  http: AuthorisedClient,
  person: { readonly firstname: string; readonly lastname: string; readonly dob: string },
): Promise<readonly wire.PatientRow[]> {
  const query = { ...person, returnbestmatches: 'true' };
  return (await http.call<readonly wire.PatientRow[]>('bestMatch' satisfies RouteName, { query })).body;
}

export async function createPatient(http: AuthorisedClient, body: wire.NewPatient): Promise<string> {
  const answer = await http.call<{ patientid: string }>('createPatient' satisfies RouteName, { body });
  return answer.body.patientid;
}

function written({ body }: { readonly body: unknown }): string {
  return (body as { readonly appointmentid: string }).appointmentid;
}

/**
 * All rows, each once. A link to a next page is only the sign that there is one: its keys are upper-cased, it may lack the
 * limit, and it names the practice a second time. `offset` counts rows, so the next one is what has been read.
 */
async function everyPage<Row>(
  http: AuthorisedClient,
  route: keyof typeof pageSizes,
  query: Query,
  key: (row: Row) => string,
): Promise<readonly Row[]> {
  const rows = new Map<string, Row>();
  let offset = 0;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const { body } = await http.call<wire.Page<Row>>(route, {
      query: { ...query, limit: pageSizes[route], ...(offset > 0 && { offset }) },
    });
    for (const row of body.rows) rows.set(key(row), row);
    if (!body.hasNext) return [...rows.values()];
    if (body.rows.length === 0) throw new WireFailure('unknown', route, { reason: 'empty-page' });
    offset += body.rows.length;
  }
  throw new WireFailure('unknown', route, { reason: 'too-many-pages' });
}
