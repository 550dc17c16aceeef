import type { Appointment, Patient } from '@medplum/fhirtypes';
import { Failure } from '#domain/failure.ts';
import { codeSystem } from './canonical.ts';
import { dateSpan, utcInstant } from './date-time.ts';
import { type Demographics, readDemographics } from './demographics.ts';
import { readResource } from './incoming.ts';
import {
  type Input,
  readInputs,
  referenceId,
  references,
  refuseOthers,
  resource,
  resourcePath,
} from './parameters.ts';

/** Somebody the practice knows by an id of ours, or who is described. */
export type PatientInput =
  | { readonly kind: 'known'; readonly id: string }
  | { readonly kind: 'described'; readonly demographics: Demographics };

/** The time that is wanted. */
export interface OfferInput {
  /** Id of an opening, which its Slot and its proposed Appointment share, or of the pending Appointment of a hold. */
  readonly offer: string;
  /** Id of the Slot, where the resource named one besides. */
  readonly slot?: string;
  /** Instants that the caller believes to be the offer's; they must equal it. */
  readonly start?: string;
  readonly end?: string;
}

export type BookInput =
  | ({ readonly kind: 'book'; readonly patient?: PatientInput } & OfferInput)
  | ({
      readonly kind: 'move';
      readonly appointment: string;
      readonly version?: string;
      readonly patient?: PatientInput;
    } & OfferInput)
  | {
      readonly kind: 'cancel';
      readonly appointment: string;
      readonly version?: string;
      readonly reason?: string;
    };

export interface HoldInput extends OfferInput {
  readonly patient?: PatientInput;
}

/**
 * Reads `Appointment/$book`: IHE ITI-117 (`appointment-reference`, `appointment-resource`, `patient-resource`) and
 * Argonaut (`appt-id`, `appt-resource`, `cancelled-appt-id`, `patient-id`); an Appointment by itself is
 * `appointment-resource`. Its status says what is wanted: `proposed` or `pending` books, `booked` with the id of an
 * existing appointment and another slot moves it, `cancelled` cancels it. `comment` is accepted and dropped: free text
 * does not pass the gateway.
 *
 * @throws Failure `missing-element`, `malformed-resource`, `invalid-value`, `invalid-date`, `patient-incomplete`,
 *   `forbidden-transition`, `unknown-parameter`
 */
export function readBook(body: unknown, base: string): BookInput {
  const inputs = readInputs({ body }, { type: 'Appointment', name: 'appointment-resource' });
  refuseOthers(inputs, served);
  const read = readAppointmentInputs(inputs, base);
  const replaced = inputs.find(({ name }) => name === 'cancelled-appt-id');
  if (replaced === undefined) return read;
  if (read.kind !== 'book') throw new Failure('invalid-value', { expression: replaced.at });
  return {
    ...read,
    kind: 'move',
    appointment: onlyReference(replaced, ['Appointment'], base),
  };
}

/**
 * Reads `Appointment/$hold`: IHE ITI-116 (`appointment-reference`), Argonaut (`appt-id`, `appt-resource`), or an
 * Appointment by itself.
 *
 * @throws as {@link readBook}
 */
export function readHold(body: unknown, base: string): HoldInput {
  const inputs = readInputs({ body }, { type: 'Appointment', name: 'appointment-resource' });
  refuseOthers(inputs, served);
  const read = readAppointmentInputs(inputs, base);
  if (read.kind !== 'book')
    throw new Failure('forbidden-transition', {
      hint: 'Hold an Appointment that $find proposed.',
    });
  const { kind: _, ...hold } = read;
  return hold;
}

/**
 * Reads a plain `POST Appointment`: the slot is in `slot`, the patient among the participants (FHIR R4 §3.1.0.8; an id
 * in the body is ignored).
 *
 * @throws as {@link readBook}
 */
export function readAppointmentCreate(body: unknown, base: string): Extract<BookInput, { kind: 'book' }> {
  const { id: _, ...appointment } = readResource(body, 'Appointment');
  const read = readAppointment(appointment, 'Appointment', base);
  if (read.kind !== 'book')
    throw new Failure('forbidden-transition', {
      expression: 'Appointment.status',
      hint: 'Create with status booked.',
    });
  return read;
}

const offerReferences = ['appointment-reference', 'appt-id', 'slot-reference'];
const offerResources = ['appointment-resource', 'appt-resource', 'appointment'];
const patientReferences = ['patient-id', 'patient-reference', 'patient'];
const served: ReadonlySet<string> = new Set([
  ...offerReferences,
  ...offerResources,
  ...patientReferences,
  'patient-resource',
  'cancelled-appt-id',
  'comment',
]);

function readAppointmentInputs(inputs: readonly Input[], base: string): BookInput {
  const offers = inputs.filter(({ name }) => offerReferences.includes(name) || offerResources.includes(name));
  const [first, second] = offers;
  if (first === undefined)
    throw new Failure('missing-element', {
      expression: 'appointment-reference',
      hint: 'Send the reference of a proposed Appointment.',
    });
  if (second !== undefined)
    throw new Failure('invalid-value', {
      expression: second.at,
      hint: 'Send one appointment.',
    });
  const read: BookInput = offerReferences.includes(first.name)
    ? {
        kind: 'book',
        offer: onlyReference(first, ['Appointment', 'Slot'], base),
      }
    : readAppointment(resource(first, 'Appointment'), resourcePath(first), base);
  const patients = inputs.filter(
    ({ name }) => name === 'patient-resource' || patientReferences.includes(name),
  );
  const described = patients.map((input) => readPatient(input, base));
  const [patient] = described;
  if (read.kind === 'cancel' || patient === undefined) return read;
  if (patients[1] !== undefined && !samePatient(described))
    throw new Failure('invalid-value', {
      expression: patients[1].at,
      hint: 'An appointment is for one patient.',
    });
  if (read.patient?.kind === 'known' && patient.kind === 'known' && read.patient.id !== patient.id)
    throw new Failure('invalid-value', {
      expression: patients[0]?.at ?? 'patient',
      hint: 'Two different patients are named.',
    });
  return {
    ...read,
    patient:
      read.patient?.kind === 'known'
        ? read.patient
        : (described.find(({ kind }) => kind === 'known') ?? patient),
  };
}

/** One known patient, who may be described as well. */
function samePatient(patients: readonly PatientInput[]): boolean {
  const ids = new Set(patients.flatMap((patient) => (patient.kind === 'known' ? [patient.id] : [])));
  return ids.size === 1 && patients.filter(({ kind }) => kind === 'described').length <= 1;
}

function readPatient(input: Input, base: string): PatientInput {
  return input.name === 'patient-resource'
    ? patientOf(resource(input, 'Patient'), resourcePath(input))
    : { kind: 'known', id: onlyReference(input, ['Patient'], base) };
}

/** A Patient with an id is known, and what else it says is not read. */
function patientOf(patient: Patient, at: string): PatientInput {
  return patient.id === undefined
    ? { kind: 'described', demographics: readDemographics(patient, at) }
    : {
        kind: 'known',
        id: referenceId(patient.id, ['Patient'], '', `${at}.id`),
      };
}

function onlyReference(input: Input, types: readonly string[], base: string): string {
  const [first, ...more] = references(input, types, base);
  if (first === undefined || more.length > 0)
    throw new Failure('invalid-value', {
      expression: input.at,
      hint: 'Send one reference.',
    });
  return first;
}

function readAppointment(appointment: Appointment, at: string, base: string): BookInput {
  const { id, status } = appointment;
  const version = appointment.meta?.versionId;
  const seen = version === undefined ? {} : { version };
  if (id !== undefined) referenceId(id, ['Appointment'], '', `${at}.id`);
  if (status === 'cancelled') {
    if (id === undefined) throw new Failure('missing-element', { expression: `${at}.id` });
    const reason = cancellationReason(appointment);
    return {
      kind: 'cancel',
      appointment: id,
      ...seen,
      ...(reason !== undefined && { reason }),
    };
  }
  if (status !== 'booked' && status !== 'pending' && status !== 'proposed')
    throw new Failure('forbidden-transition', {
      expression: `${at}.status`,
      hint: 'Send proposed, pending, booked or cancelled.',
    });
  const patient = participantPatient(appointment, at, base);
  const slot = slotOf(appointment, at, base);
  const wanted = {
    ...claimedTimes(appointment, at),
    ...(patient !== undefined && { patient }),
  };
  if (status === 'booked' && id !== undefined && slot !== id) {
    if (slot === undefined)
      throw new Failure('missing-element', {
        expression: `${at}.slot`,
        hint: 'Name the slot to which it shall move.',
      });
    return { kind: 'move', appointment: id, offer: slot, ...seen, ...wanted };
  }
  const offer = id ?? slot;
  if (offer === undefined) throw new Failure('missing-element', { expression: `${at}.slot` });
  return { kind: 'book', offer, ...(slot !== undefined && slot !== offer && { slot }), ...wanted };
}

function slotOf({ slot }: Appointment, at: string, base: string): string | undefined {
  const [first, ...more] = slot ?? [];
  if (more.length > 0)
    throw new Failure('invalid-value', {
      expression: `${at}.slot[1]`,
      hint: 'An appointment takes one slot.',
    });
  return first && referenceId(first.reference ?? '', ['Slot'], base, `${at}.slot[0]`);
}

function participantPatient(appointment: Appointment, at: string, base: string): PatientInput | undefined {
  const found = appointment.participant.flatMap(({ actor }, index): PatientInput[] => {
    const reference = actor?.reference;
    const path = `${at}.participant[${index}].actor`;
    if (reference?.startsWith('#')) {
      const inside = appointment.contained?.find((one) => `#${one.id}` === reference);
      if (inside?.resourceType !== 'Patient') return [];
      const { id: _, ...patient } = inside; // an id inside names nobody outside
      return [patientOf(patient, `${at}.contained`)];
    }
    if (reference === undefined || !/(^|\/)Patient\//.test(reference)) return [];
    return [{ kind: 'known', id: referenceId(reference, ['Patient'], base, path) }];
  });
  if (found.length > 1)
    throw new Failure('invalid-value', {
      expression: `${at}.participant`,
      hint: 'An appointment is for one patient.',
    });
  return found[0];
}

/** Times are only compared with the opening's own, so the zone of a bare date can never matter: instants have one. */
function claimedTimes({ start, end }: Appointment, at: string): { start?: string; end?: string } {
  const instant = (value: string, name: string): string =>
    utcInstant(dateSpan(value, 'UTC', `${at}.${name}`).from);
  const times = {
    ...(start !== undefined && { start: instant(start, 'start') }),
    ...(end !== undefined && { end: instant(end, 'end') }),
  };
  if (times.start !== undefined && times.end !== undefined && times.end <= times.start)
    throw new Failure('invalid-date', {
      expression: `${at}.end`,
      hint: 'The end lies before the start.',
    });
  return times;
}

/** The code of the HL7 code system alone; words do not pass the gateway. */
export function cancellationReason({
  cancelationReason,
}: Pick<Appointment, 'cancelationReason'>): string | undefined {
  const coding = cancelationReason?.coding?.find(({ system }) => system === codeSystem.cancellationReason);
  return coding?.code !== undefined && /^[a-z-]{2,12}$/.test(coding.code) ? coding.code : undefined;
}
