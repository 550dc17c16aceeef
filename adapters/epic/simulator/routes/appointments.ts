import { maySee } from '../access.ts';
import { outcomeAnswer, refuse, resourceAnswer } from '../answer.ts';
import { isFhirId } from '../fhir-id.ts';
import { dateTest, referenceId, tokenFits } from '../filters.ts';
import type { Issue } from '../issue.ts';
import { oid } from '../oid.ts';
import { type Asked, firstOf } from '../parameters.ts';
import { type SearchPlan, search } from '../search.ts';
import type { Appointment, EpicCall, FhirVersion, Interaction } from '../tables.ts';
import { appointmentOnWire } from '../wire/appointment.ts';

/** Read and search; nothing writes an appointment in FHIR R4. */
export const appointmentReads: readonly Interaction[] = (['R4', 'STU3'] as const).flatMap(
  (version): Interaction[] => [
    {
      verb: 'GET',
      template: `/api/FHIR/${version}/Appointment`,
      effect: 'read',
      access: 'Appointment.s',
      handle: (call) => search(searchPlan(version), call),
    },
    {
      verb: 'POST',
      template: `/api/FHIR/${version}/Appointment/_search`,
      effect: 'read',
      access: 'Appointment.s',
      handle: (call) => search(searchPlan(version), call),
    },
    {
      verb: 'GET',
      template: `/api/FHIR/${version}/Appointment/{id}`,
      effect: 'read',
      access: 'Appointment.r',
      handle: (call) => readAppointment(version, call),
    },
  ],
);

function readAppointment(version: FhirVersion, call: EpicCall) {
  const { id = '' } = call.path;
  const { request, settings } = call;
  if (!isFhirId(id)) throw refuse(call, 404, { code: '4102', element: 'id' });
  const row = call.db.table('appointments').get(id);
  const gone = row?.status === 'entered-in-error' && settings.deleted !== 'entered-in-error';
  if (row === undefined || (gone && settings.deleted === 'unknown'))
    throw refuse(call, 404, { code: '59008', diagnostics: 'The FHIR ID was not found.', element: 'id' });
  if (gone) return outcomeAnswer(request, settings, 410, [{ code: '4103', element: 'id' }]);
  if (!maySee(call.bearer, row.patient)) throw refuse(call, 403, { code: '4118' });
  return resourceAnswer(request, 200, onWire(version, call, row));
}

function searchPlan(version: FhirVersion): SearchPlan<Appointment> {
  return {
    type: 'Appointment',
    version,
    rows: visibleRows,
    filters: {
      _id: (value) => (row) => row.id === value,
      patient: patientFilter,
      date: (value, call) => {
        const test = dateTest(value, call);
        return typeof test === 'function' ? (row) => test(row.start) : test;
      },
      identifier: (value, call) => (row) => tokenFits(value, identifiers(call, row)),
      'service-category': (value) => (row) => tokenFits(value, [{ system: CATEGORY, code: row.category }]),
      status: (value) => (row) => tokenFits(value, [{ system: STATUS, code: row.status }]),
      // Unknown reliability: the setting says whether they do anything.
      practitioner: unreliable((row) => [`Practitioner/${row.practitioner}`]),
      location: unreliable((row) => [`Location/${row.location}`]),
      actor: unreliable((row) => [
        `Patient/${row.patient}`,
        `Practitioner/${row.practitioner}`,
        `Location/${row.location}`,
      ]),
    },
    named: NAMED,
    idAlone: true,
    object: unrestricted,
    onWire: (call, row) => onWire(version, call, row),
  };
}

function unrestricted({ bearer, settings }: EpicCall, asked: Asked): Issue | undefined {
  if (asked.pairs.length === 0) return { code: '4110' };
  if (bearer.patient !== undefined) return undefined;
  const restricted = ['patient', '_id', 'identifier'].some((name) => firstOf(asked, name) !== undefined);
  return restricted ? undefined : { code: settings.unrestrictedSearch };
}

/** In no order that means anything; the front desk's deleted ones are in no search unless a setting shows them. */
function visibleRows({ db, bearer, settings }: EpicCall): readonly Appointment[] {
  return db
    .table('appointments')
    .all()
    .filter(({ patient }) => maySee(bearer, patient))
    .filter(({ status }) => status !== 'entered-in-error' || settings.deleted === 'entered-in-error');
}

function patientFilter(value: string, call: EpicCall): ((row: Appointment) => boolean) | Issue {
  const id = referenceId(value, 'Patient');
  if (id === undefined || !call.practice.patients.some((person) => person.id === id))
    return { code: '4100', diagnostics: 'Invalid patient.', element: 'patient' };
  if (!maySee(call.bearer, id)) throw refuse(call, 403, { code: '4118' });
  return (row) => row.patient === id;
}

function unreliable(actors: (row: Appointment) => readonly string[]) {
  return (value: string, { settings }: EpicCall) => {
    if (settings.unreliableParameters === 'ignored') return () => true;
    const wanted = value.includes('/') ? value.split('/').slice(-2).join('/') : `/${value}`;
    return (row: Appointment) => actors(row).some((one) => one.endsWith(wanted));
  };
}

function identifiers({ settings }: EpicCall, { category, csn }: Appointment) {
  const { csn: visit, surgeryCase } = oid;
  const system = (category === 'surgery' ? surgeryCase : visit)(settings.environment);
  return [{ system, code: String(csn) }];
}

function onWire(version: FhirVersion, { practice, settings }: EpicCall, row: Appointment) {
  return appointmentOnWire({ practice, settings, prefix: '' }, version, row);
}

const CATEGORY = 'http://open.epic.com/FHIR/StructureDefinition/appointment-service-category';
const STATUS = 'http://hl7.org/fhir/appointmentstatus';
/** In the CapabilityStatement without a word of documentation, and `onlyscannable`, which works in Hyperspace alone. */
const NAMED =
  `appointment-type based-on onlyscannable part-status reason-code reason-reference service-type slot
  specialty supporting-info`.split(/\s+/);
