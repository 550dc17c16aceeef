import { oid } from '../oid.ts';
import type { Practice, VisitType } from '../practice-plan.ts';
import { scheduleOf, slotId } from '../schedule-book.ts';
import type { Settings } from '../settings.ts';
import type { Appointment, FhirVersion, Json, Resource } from '../tables.ts';
import type { Opening } from '../weekly-template.ts';
import { displayOf } from './directory.ts';
import { nameOf } from './patient.ts';

export interface WireContext {
  readonly practice: Practice;
  readonly settings: Settings;
  /** Before a reference, e.g. `https://…/STU3/`; empty for relative references. */
  readonly prefix: string;
}

/** An appointment as reads, searches and `$book` answer it. */
export function appointmentOnWire(context: WireContext, version: FhirVersion, row: Appointment): Resource {
  const surgery = row.category === 'surgery';
  return {
    resourceType: 'Appointment',
    id: row.id,
    identifier: [surgery ? caseNumber(context, row) : csn(context, row)],
    status: row.status,
    ...categoryAndType(context, version, row),
    ...(surgery ? surgeryDetails(context) : {}),
    start: row.start,
    end: row.end,
    minutesDuration: row.minutes,
    created: row.created,
    ...texts(context, row),
    participant: participants(context, row),
    ...(surgery ? { requestedPeriod: [{ start: row.start.slice(0, 10), end: row.start.slice(0, 10) }] } : {}),
  };
}

/** A time that `$find` proposes, with its slot inside. `id` is the temporary one. */
export function proposalOnWire(context: WireContext, id: string, opening: Opening): Resource {
  const { practice, settings, prefix } = context;
  const { start, end, visitType } = opening;
  const slot = slotId(practice, opening);
  const actors = [
    actor(prefix, 'Practitioner', opening.practitioner, practitionerName(practice, opening.practitioner)),
    ...(settings.locationInFind
      ? [actor(prefix, 'Location', opening.location, locationName(practice, opening.location))]
      : []),
  ];
  return {
    resourceType: 'Appointment',
    id,
    contained: [slotOnWire(practice, opening, 'free')],
    status: 'proposed',
    serviceType: [visitTypeConcept(oid.visitTypeStu3(settings.environment), visitType)],
    start,
    end,
    minutesDuration: visitType.minutes,
    slot: [{ reference: `#${slot}` }],
    participant: actors.map((one) => ({ ...one, status: 'needs-action' })),
  };
}

export function slotOnWire(practice: Practice, opening: Opening, status: 'free' | 'busy'): Resource {
  return {
    resourceType: 'Slot',
    id: slotId(practice, opening),
    schedule: { reference: `Schedule/${scheduleOf(practice, opening).id}` },
    status,
    start: opening.start,
    end: opening.end,
  };
}

function csn({ settings }: WireContext, row: Appointment): Json {
  return { use: 'usual', system: oid.csn(settings.environment), value: String(row.csn) };
}

function caseNumber({ settings }: WireContext, row: Appointment): Json {
  const system = oid.surgeryCase(settings.environment);
  return { use: 'usual', type: { text: 'ORC' }, system, value: String(row.csn) };
}

/** The visit type stands under one code system in R4 and under another in STU3, where also `$find` takes it. */
function categoryAndType(
  { practice, settings }: WireContext,
  version: FhirVersion,
  { category, visitType }: Appointment,
): Json {
  const coding = { system: CATEGORY, code: category, display: capital(category) };
  const concept = { coding: [coding], text: category };
  const row = practice.visitTypes.find(({ code }) => code === visitType);
  const system =
    version === 'R4' ? oid.visitTypeR4(settings.environment) : oid.visitTypeStu3(settings.environment);
  return {
    serviceCategory: version === 'R4' ? [concept] : concept,
    ...(row === undefined || category === 'surgery' ? {} : { serviceType: [visitTypeConcept(system, row)] }),
    appointmentType: { coding: [{ system: ACT_CODE, code: 'AMB', display: 'Ambulatory' }] },
  };
}

function visitTypeConcept(system: string, { code, display }: VisitType): Json {
  return { coding: [{ system, code, display }], text: display };
}

/** What a surgery tells beside its time: words that a scheduler has no business to know. */
function surgeryDetails({ settings }: WireContext): Json {
  const system = oid.surgerySpecialty(settings.environment);
  return {
    specialty: [{ coding: [{ system, code: '110', display: 'General Surgery' }], text: 'General Surgery' }],
    description: 'CHOLECYSTECTOMY, LAPAROSCOPIC [47562 (CPT®)]',
  };
}

/** Instructions of the visit type, and the note of the booking where the customer shows it. */
function texts({ practice, settings }: WireContext, row: Appointment): Json {
  const instruction = practice.visitTypes.find(({ code }) => code === row.visitType)?.instruction ?? '';
  const { noteReadBack } = settings;
  const standing = row.category === 'surgery' ? {} : { patientInstruction: instruction };
  if (noteReadBack === 'none' || row.note === '') return standing;
  const note = noteReadBack === 'patientInstruction' ? `${instruction}${row.note}\r\n` : row.note;
  return { ...standing, [noteReadBack]: note };
}

function participants({ practice, prefix }: WireContext, row: Appointment): readonly Json[] {
  const patient = practice.patients.find(({ id }) => id === row.patient);
  const { room, suite } = practice.theatre;
  const places = row.category === 'surgery' ? [room.id, suite.id] : [row.location];
  const actors = [
    actor(prefix, 'Patient', row.patient, patient === undefined ? '' : nameOf(patient)),
    actor(prefix, 'Practitioner', row.practitioner, practitionerName(practice, row.practitioner)),
    ...places.map((id) => actor(prefix, 'Location', id, locationName(practice, id))),
  ];
  const period = { start: row.start, end: row.end };
  return actors.map((one, index) => ({
    ...(row.category === 'surgery' ? { type: [participation(index === 1 ? 'PPRF' : 'PART')] } : {}),
    ...one,
    required: 'required',
    status: 'accepted',
    period,
  }));
}

function participation(code: 'PART' | 'PPRF'): Json {
  return { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType', code }] };
}

function actor(prefix: string, type: string, id: string, display: string): Json {
  return { actor: { reference: `${prefix}${type}/${id}`, display } };
}

function practitionerName(practice: Practice, id: string): string {
  const row = practice.practitioners.find((one) => one.id === id);
  return row === undefined ? '' : displayOf(row);
}

function locationName({ locations, theatre }: Practice, id: string): string {
  return [...locations, theatre.room, theatre.suite].find((one) => one.id === id)?.name ?? '';
}

function capital(word: string): string {
  return `${word.charAt(0).toUpperCase()}${word.slice(1)}`;
}

const CATEGORY = 'http://open.epic.com/FHIR/StructureDefinition/appointment-service-category';
const ACT_CODE = 'urn:oid:2.16.840.1.113883.5.4';
