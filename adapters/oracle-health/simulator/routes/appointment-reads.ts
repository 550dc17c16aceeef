import type { EmrAnswer } from '#simulator-kit/index.ts';
import { fhir, notFound, refuse, versionHeaders } from '../outcome.ts';
import { type Query, readBound, readCount, readQuery, readReferences, refuseSearch } from '../query.ts';
import { type Found, search } from '../search.ts';
import type { Appointment, ClinicCall, Method } from '../tables.ts';
import { appointmentOnWire } from '../wire/appointment.ts';
import { completeOrFail } from './incomplete.ts';

export const appointmentReads: readonly Method[] = [
  { verb: 'GET', template: '/Appointment', type: 'Appointment', needs: 's', handle: searchAppointments },
  { verb: 'GET', template: '/Appointment/{id}', type: 'Appointment', needs: 'r', handle: readAppointment },
];

const SUBJECTS = ['_id', 'patient', 'practitioner', 'location'];
const DATES = ['date', '-date-or-req-period'];
const STATUSES = [
  'proposed',
  'pending',
  'booked',
  'arrived',
  'fulfilled',
  'cancelled',
  'noshow',
  'entered-in-error',
  'checked-in',
  'waitlist',
];

function searchAppointments(call: ClinicCall): EmrAnswer {
  return search(call, 'Appointment', findAppointments);
}

/** By exactly one of four subjects; all but `_id` need a date. Sorted by start. */
function findAppointments(call: ClinicCall): Found {
  const query = readQuery(call, [...SUBJECTS, ...DATES, 'status', '_count']);
  const subjects = query.names.filter((name) => SUBJECTS.includes(name));
  if (subjects.length === 0) throw refuseSearch(call, 'no supported search parameters provided');
  if (subjects.length > 1) throw refuseSearch(call, `${subjects.join(' and ')} may not be combined`);
  const byId = subjects.includes('_id');
  const about = readSubject(call, query);
  const during = readDates(call, query, byId);
  const statuses = query.list('status');
  if (statuses?.some((status) => !STATUSES.includes(status)))
    throw refuseSearch(call, 'status is not of http://hl7.org/fhir/appointmentstatus');
  const rows = call.db
    .table('appointments')
    .all()
    .filter(
      (row) =>
        about(row) &&
        during(row) &&
        isShown(call, row) &&
        (statuses === undefined || statuses.includes(row.status)),
    );
  const matches = rows
    .map((row) => ({ row, order: orderOf(row) }))
    .sort((a, b) => (a.order < b.order ? -1 : 1))
    .map(({ row, order }) => {
      completeOrFail(call, 'Appointment', row.id);
      return { order, resource: appointmentOnWire(call, row) };
    });
  const count = byId ? Number.MAX_SAFE_INTEGER : readCount(call, query, { least: 1, most: 200, usual: 50 });
  return { matches, count };
}

function readSubject(call: ClinicCall, query: Query): (row: Appointment) => boolean {
  const ids = query.list('_id');
  const patients = readReferences(call, query, 'patient', { type: 'Patient', bare: true });
  const people = readReferences(call, query, 'practitioner', { type: 'Practitioner', bare: true });
  const places = readReferences(call, query, 'location', { type: 'Location', bare: true });
  const resources = call.clinic.resources
    .filter(({ practitioner }) => practitioner !== undefined && people?.includes(practitioner))
    .map(({ key }) => key);
  return ({ id, patientId, place, requested }) =>
    (ids === undefined || ids.includes(id)) &&
    (patients === undefined || patients.includes(patientId)) &&
    (people === undefined || resources.includes(place?.resource ?? 0)) &&
    (places === undefined ||
      [place?.location ?? requested?.locations ?? []].flat().some((each) => places.includes(each)));
}

/** What starts or ends in the range; requests only by `-date-or-req-period`. */
function readDates(call: ClinicCall, query: Query, byId: boolean): (row: Appointment) => boolean {
  const [name, another] = query.names.filter((each) => DATES.includes(each));
  if (another !== undefined) throw refuseSearch(call, 'date and -date-or-req-period may not be combined');
  if (name === undefined && byId) return () => true;
  if (name === undefined) throw refuseSearch(call, 'date or -date-or-req-period must be provided');
  const values = query.all(name);
  const bounds = values.map((value) => readBound(call, name, value));
  const prefixes = bounds.map(({ prefix }) => prefix);
  const anyhow = call.settings.appointmentDates === 'any' && bounds.length <= 2;
  const once = bounds.length === 1 && ['ge', 'gt', 'le', 'lt'].includes(prefixes[0] ?? '');
  const twice = bounds.length === 2 && prefixes.includes('ge') && prefixes.includes('lt');
  if (!anyhow && !once && !twice)
    throw refuseSearch(call, `${name} must be given once with a prefix, or twice with ge and lt`);
  const inRange = (at: number): boolean =>
    bounds.every(({ prefix, at: bound }) => compare(at, prefix, bound));
  return ({ place, requested }) => {
    if (place !== undefined) return inRange(place.start) || inRange(place.end);
    if (name === 'date' || requested === undefined) return false;
    return inRange(Date.parse(requested.start)) || inRange(Date.parse(requested.end));
  };
}

function compare(at: number, prefix: string, bound: number): boolean {
  if (prefix === 'ge') return at >= bound;
  if (prefix === 'gt') return at > bound;
  if (prefix === 'le') return at <= bound;
  if (prefix === 'lt') return at < bound;
  return prefix === '' || prefix === 'eq' ? at === bound : false;
}

/** Patients see their own visits, and of those not the sensitive ones. */
function isShown({ caller }: ClinicCall, row: Appointment): boolean {
  if (caller.persona !== 'patient') return true;
  return row.patientId === caller.patient && row.sensitive !== true;
}

function orderOf({ id, place }: Appointment): string {
  return `${String(place?.start ?? 0).padStart(15, '0')} ${id.padStart(20, '0')}`;
}

function readAppointment(call: ClinicCall): EmrAnswer {
  const row = findAppointment(call);
  if (!isShown(call, row)) throw refuse(403, 'forbidden', 'Forbidden');
  completeOrFail(call, 'Appointment', row.id);
  return fhir(200, appointmentOnWire(call, row), versionHeaders(row.version, row.lastUpdated));
}

/** The row that the path names, or 404. */
export function findAppointment(call: ClinicCall): Appointment {
  const row = call.db.table('appointments').get(call.path.id ?? '');
  if (row === undefined) throw notFound();
  return row;
}
