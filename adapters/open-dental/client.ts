import { type AuthorisedClient, WireFailure } from '#adapter-kit/index.ts';
import type { routes } from './routes.ts';
import type * as wire from './wire.ts';

/**
 * A small function for each call to Open Dental. What comes back has passed the schema that {@link ./routes.ts routes}
 * give the call; that is why a row's type is taken at its word here.
 */

type RouteName = keyof typeof routes;

/** Rows of a full page in remote mode; the vendor sends neither a total nor a link to the next page. */
const pageSize = 100;
const mostPages = 60;

export async function preference(http: AuthorisedClient, PrefName: string): Promise<string | undefined> {
  const { body } = await http.call<wire.Preference[]>('preferences' satisfies RouteName, {
    query: { PrefName },
  });
  return body.find((row) => row.PrefName === PrefName)?.ValueString;
}

export async function operatories(http: AuthorisedClient): Promise<readonly wire.OperatoryRow[]> {
  return (await everyPage<wire.OperatoryRow>(http, 'operatories', {}, (row) => row.OperatoryNum)).rows;
}

export async function providers(http: AuthorisedClient): Promise<readonly wire.ProviderRow[]> {
  return (await everyPage<wire.ProviderRow>(http, 'providers', {}, (row) => row.ProvNum)).rows;
}

export async function appointmentTypes(http: AuthorisedClient): Promise<readonly wire.AppointmentTypeRow[]> {
  return (
    await everyPage<wire.AppointmentTypeRow>(http, 'appointmentTypes', {}, (row) => row.AppointmentTypeNum)
  ).rows;
}

/** Kinds of blockout that are not hidden. */
export async function blockoutTypes(http: AuthorisedClient): Promise<readonly wire.DefinitionRow[]> {
  const Category = 25;
  const all = await everyPage<wire.DefinitionRow>(http, 'definitions', { Category }, (row) => row.DefNum);
  return filtered('definitions', all.rows, (row) => row.Category === Category);
}

/**
 * The schedule rows of all kinds on local dates, both ends included.
 *
 * The vendor sorts them by time of day alone, so a row may stand on two pages and another on none. A row that is seen
 * twice is the sign of it: then the dates are read in halves, down to single days.
 */
export async function schedules(
  http: AuthorisedClient,
  dates: readonly string[],
): Promise<readonly wire.ScheduleRow[]> {
  const [dateStart, dateEnd] = [dates[0], dates.at(-1)];
  if (dateStart === undefined || dateEnd === undefined) return [];
  const range = { dateStart, dateEnd };
  const { rows, repeated } = await everyPage<wire.ScheduleRow>(
    http,
    'schedules',
    range,
    (row) => row.ScheduleNum,
  );
  if (repeated && dates.length > 1) {
    const half = Math.ceil(dates.length / 2);
    return [...(await schedules(http, dates.slice(0, half))), ...(await schedules(http, dates.slice(half)))];
  }
  return filtered('schedules', rows, (row) => dateStart <= row.SchedDate && row.SchedDate <= dateEnd);
}

/** Appointments of every status on local dates, both ends included; of one patient when `PatNum` is given. */
export async function appointments(
  http: AuthorisedClient,
  query: {
    readonly dateStart: string;
    readonly dateEnd: string;
    readonly PatNum?: string;
  },
): Promise<readonly wire.AppointmentRow[]> {
  const { rows } = await everyPage<wire.AppointmentRow>(http, 'appointments', query, (row) => row.AptNum);
  return filtered('appointments', rows, (row) => {
    const date = row.AptDateTime.slice(0, 10);
    const isOfPatient = query.PatNum === undefined || String(row.PatNum) === query.PatNum;
    return query.dateStart <= date && date <= query.dateEnd && isOfPatient;
  });
}

export async function appointment(
  http: AuthorisedClient,
  AptNum: string,
): Promise<wire.AppointmentRow | undefined> {
  try {
    return (
      await http.call<wire.AppointmentRow>('appointment' satisfies RouteName, {
        path: { AptNum },
      })
    ).body;
  } catch (error) {
    if (error instanceof WireFailure && error.kind === 'answered' && error.status === 404) return undefined;
    throw error;
  }
}

export async function history(http: AuthorisedClient, AptNum: number): Promise<readonly wire.HistoryRow[]> {
  const { rows } = await everyPage<wire.HistoryRow>(http, 'history', { AptNum }, (row) => row.HistApptNum);
  return filtered('history', rows, (row) => row.AptNum === AptNum);
}

export async function createAppointment(http: AuthorisedClient, body: wire.NewAppointment): Promise<number> {
  const answer = await http.call<{ AptNum: number }>('createAppointment' satisfies RouteName, { body });
  return answer.body.AptNum;
}

export async function moveAppointment(
  http: AuthorisedClient,
  AptNum: string,
  body: wire.MovedAppointment,
): Promise<void> {
  await http.call('moveAppointment' satisfies RouteName, {
    path: { AptNum },
    body,
  });
}

/** Takes it off the schedule and puts it on the unscheduled list; no fee, no commlog of ours. */
export async function breakAppointment(http: AuthorisedClient, AptNum: string): Promise<void> {
  const body = { sendToUnscheduledList: 'true' };
  await http.call('breakAppointment' satisfies RouteName, {
    path: { AptNum },
    body,
  });
}

/** People whose names contain these and who were born that day; deleted ones are never among them. */
export async function searchPatients(
  http: AuthorisedClient,
  query: {
    readonly LName: string;
    readonly FName: string;
    readonly Birthdate: string;
  },
): Promise<readonly wire.PatientRow[]> {
  const { rows } = await everyPage<wire.PatientRow>(http, 'searchPatients', query, (row) => row.PatNum);
  return filtered('searchPatients', rows, (row) => row.Birthdate === query.Birthdate);
}

export async function createPatient(http: AuthorisedClient, body: wire.NewPatient): Promise<number> {
  const answer = await http.call<{ PatNum: number }>('createPatient' satisfies RouteName, { body });
  return answer.body.PatNum;
}

/** All rows, each once: pages overlap when rows come and go between them. `repeated` tells that they did. */
async function everyPage<Row>(
  http: AuthorisedClient,
  route: RouteName,
  query: Readonly<Record<string, string | number>>,
  primaryKey: (row: Row) => number,
): Promise<{ readonly rows: readonly Row[]; readonly repeated: boolean }> {
  const rows = new Map<number, Row>();
  let read = 0;
  for (let pages = 0; pages < mostPages; pages += 1) {
    const { body } = await http.call<Row[]>(route, {
      query: read === 0 ? query : { ...query, Offset: read },
    });
    for (const row of body) rows.set(primaryKey(row), row);
    read += body.length;
    if (body.length < pageSize) return { rows: [...rows.values()], repeated: rows.size < read };
  }
  throw new WireFailure('unknown', route, { reason: 'too-many-pages' });
}

/**
 * Open Dental ignores a parameter that it does not know and then returns unfiltered rows: an answer with a row that was
 * not asked for is not the answer.
 */
function filtered<Row>(
  route: RouteName,
  rows: readonly Row[],
  isAskedFor: (row: Row) => boolean,
): readonly Row[] {
  if (!rows.every(isAskedFor)) throw new WireFailure('unknown', route, { reason: 'filter-ignored' });
  return rows;
}
