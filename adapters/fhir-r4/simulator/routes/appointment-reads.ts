import { contentOf } from '../appointment-rules.ts';
import { byCode, byDate, byReference, byToken, codingsIn, identifiersIn } from '../criteria.ts';
import { idsOf, objectsOf, referenceOf, textOf } from '../json.ts';
import { notFound } from '../outcome.ts';
import { type Searched, search } from '../search.ts';
import type { AppointmentRow, ClinicCall, Method } from '../tables.ts';
import { storedOnWire } from '../wire/stored.ts';
import { versionId } from '../wire/version.ts';
import { found, readAnswer } from './answer.ts';

const of = { type: 'Appointment' } as const;

export const appointmentReads: readonly Method[] = [
  { ...of, verb: 'GET', template: '/Appointment', needs: 's', handle: (call) => search(call, appointments) },
  {
    ...of,
    verb: 'POST',
    template: '/Appointment/_search',
    needs: 's',
    handle: (call) => search(call, appointments),
  },
  { ...of, verb: 'GET', template: '/Appointment/{id}', needs: 'r', handle: (call) => read(call) },
  {
    ...of,
    verb: 'GET',
    template: '/Appointment/{id}/_history/{version}',
    needs: 'r',
    // Earlier versions are not kept.
    handle: (call) => {
      if (call.path.version !== versionId(findAppointment(call).version, call.settings)) throw notFound();
      return read(call);
    },
  },
];

function read(call: ClinicCall) {
  const row = findAppointment(call);
  return readAnswer(call, storedOnWire(row, call.settings), row.version, row.lastUpdated);
}

/** The row that the path names, or 404, or 410. */
export function findAppointment(call: ClinicCall): AppointmentRow {
  return found(call, 'Appointment', call.db.table('appointments').get(call.path.id ?? ''));
}

const actors = ({ resource }: AppointmentRow): readonly (string | undefined)[] =>
  objectsOf(resource.participant).map(({ actor }) => referenceOf(actor));
const actorsOf = (type: string) => (row: AppointmentRow) =>
  idsOf(actors(row), type).map((id) => `${type}/${id}`);
const startOf = ({ resource }: AppointmentRow): number | undefined => contentOf(resource).start;
const orderOf = (row: AppointmentRow): string => `${String(startOf(row) ?? 0).padStart(15, '0')} ${row.id}`;

/** `date` looks at the start alone, so what has none is found by no date (FHIR R4 Appointment, search parameters). */
export const appointments: Searched<AppointmentRow> = {
  type: 'Appointment',
  criteria: {
    _id: byCode(({ id }) => id),
    identifier: byToken(({ resource }) => identifiersIn(resource.identifier)),
    patient: byReference(actorsOf('Patient'), 'Patient'),
    practitioner: byReference(actorsOf('Practitioner'), 'Practitioner'),
    location: byReference(actorsOf('Location'), 'Location'),
    actor: byReference(actors, 'Patient', 'Practitioner', 'Location'),
    slot: byReference(({ resource }) => objectsOf(resource.slot).map(referenceOf), 'Slot'),
    date: byDate(startOf),
    status: byCode(({ resource }) => textOf(resource.status)),
    'service-type': byToken(({ resource }) => codingsIn(resource.serviceType)),
  },
  things: ({ db }) => db.table('appointments').all(),
  orders: { '': orderOf, date: orderOf },
  resource: ({ settings }, row) => storedOnWire(row, settings),
};
