import type { Appointment } from '@medplum/fhirtypes';
import { Failure } from '#domain/failure.ts';
import { holdHeaders } from '#fhir/appointment.ts';
import {
  type BookInput,
  type OfferInput,
  type PatientInput,
  readAppointmentCreate,
  readBook,
  readHold,
} from '#fhir/book.ts';
import { operationStatusBundle, searchset } from '#fhir/bundle.ts';
import { parseIfMatch, requireIfMatch } from '#fhir/etag.ts';
import { parseIdempotencyKey } from '#fhir/idempotency-key.ts';
import { readCancelPatch } from '#fhir/json-patch.ts';
import { parsePrefer } from '#fhir/prefer.ts';
import { allows, operationNeeds } from '#fhir/scopes.ts';
import { parseSearch } from '#fhir/search.ts';
import { matchesSearch } from '#fhir/search-filter.ts';
import { findAppointments, readAppointment } from '#scheduling/appointments.ts';
import { bookAppointment, refuseOtherTimes } from '#scheduling/book-appointment.ts';
import { cancelAppointment, moveAppointment } from '#scheduling/change-appointment.ts';
import { readSlot } from '#scheduling/find-slots.ts';
import { holdSlot, readOwnHold, releaseHold } from '#scheduling/hold-slot.ts';
import { cancelOperation, readOperation } from '#scheduling/operations.ts';
import type { Patience, Undertaken } from '#scheduling/undertake.ts';
import { type FhirAnswer, type FhirRequest, type Handler, type Services, searchQuery } from './exchange.ts';
import { answerOfBooking, appointmentHeaders, progressAnswer, type Success } from './outcome.ts';
import { answerOfPatient, matchSparingly } from './patients.ts';
import { presentAppointment, presentHold, presentOffer, presentReleased } from './present.ts';

const day = 86_400_000;

/** `GET Appointment?patient=…`, `POST Appointment/_search` (IHE ITI-118): one known patient's, as the EMR has them. */
export const searchAppointments: Handler = async ({ scheduling }, request) => {
  const search = parseSearch('Appointment', searchQuery(request), request);
  const ids = (search.references.patient ?? []).map((any) => any.map((one) => one.id));
  const [patient, ...others] = ids.flat();
  if (patient === undefined || others.some((one) => one !== patient))
    throw new Failure('missing-element', {
      expression: 'patient',
      hint: 'Name one patient: patient=Patient/[id].',
    });
  const now = scheduling.clock.now();
  const window = search.windows.date;
  const known = await findAppointments(scheduling, request.caller, {
    patientId: patient,
    from: window?.from ?? new Date(now - 30 * day).toISOString(),
    to: window?.to ?? new Date(now + 366 * day).toISOString(),
  });
  const matches = known
    .map((one) => presentAppointment(request.context, one))
    .filter((one) => matchesSearch(one, search))
    .toSorted((one, other) => Date.parse(one.start ?? '') - Date.parse(other.start ?? ''));
  const count = search.count ?? 100;
  return {
    status: 200,
    body: searchset({
      base: request.base,
      path: 'Appointment',
      applied: request.form ? [] : search.applied,
      matches: matches.slice(0, count),
      total: matches.length,
      ihe: true,
    }),
  };
};

/** `GET Appointment/[id]`: booked in the EMR, held by this agent, or proposed. */
export const readAppointmentById: Handler = async ({ scheduling }, request) => {
  const hold = await readOwnHold(scheduling, request.caller, request.id);
  if (hold) return { status: 200, body: presentHold(request.context, hold) };
  const offered = await readSlot(scheduling, request.caller, request.id).catch(unlessNotFound);
  if (offered) return { status: 200, body: presentOffer(request.context, offered.offer) };
  const body = presentAppointment(
    request.context,
    await readAppointment(scheduling, request.caller, request.id),
  );
  return { status: 200, headers: appointmentHeaders(body), body };
};

/** `Appointment/$hold` (IHE ITI-116). */
export const hold: Handler = async ({ scheduling, limits }, request) => {
  const wanted = readHold(request.body, request.base);
  await limits.consume('write-agent', request.caller.agentId);
  if (wanted.start !== undefined || wanted.end !== undefined)
    refuseOtherTimes((await readSlot(scheduling, request.caller, wanted.offer)).offer, wanted);
  const held = await holdSlot(scheduling, request.caller, wanted.offer);
  const resource = presentHold(request.context, held);
  return {
    status: 200,
    headers: holdHeaders(held.expiresAt),
    body: oneMatch(request, 'Appointment/$hold', resource),
  };
};

/** `Appointment/$book` (IHE ITI-117): books, moves or cancels, by what it is sent. */
export const book: Handler = async (services, request) => {
  const wanted = readBook(request.body, request.base);
  const need = wanted.kind === 'book' ? operationNeeds.book : operationNeeds.change;
  if (!allows(request.scope, ...need)) throw new Failure('insufficient-scope');
  const success: Success = (appointment) => ({
    status: 200,
    headers: appointmentHeaders(appointment),
    body: oneMatch(request, 'Appointment/$book', appointment),
  });
  return carryOut(services, request, wanted, success);
};

/** `POST Appointment`: books by slot reference (FHIR R4 create). */
export const createAppointment: Handler = async (services, request) => {
  const wanted = readAppointmentCreate(request.body, request.base);
  return carryOut(services, request, wanted, (appointment) => ({
    status: 201,
    headers: {
      ...appointmentHeaders(appointment),
      Location: `${request.base}/Appointment/${appointment.id}`,
    },
    body: appointment,
  }));
};

/** `PATCH Appointment/[id]`: cancels; a hold is given back likewise. */
export const patchAppointment: Handler = async (services, request) => {
  const patch = readCancelPatch(request.body);
  const { scheduling, limits } = services;
  await limits.consume('write-agent', request.caller.agentId);
  const held = await readOwnHold(scheduling, request.caller, request.id);
  if (held) {
    await releaseHold(scheduling, request.caller, request.id);
    return { status: 200, body: presentReleased(request.context, held.holdId, held.offer) };
  }
  const versions = requireIfMatch(request.header('if-match'));
  const success: Success = (appointment) => ({
    status: 200,
    headers: appointmentHeaders(appointment),
    body: withReason(appointment, patch.reason),
  });
  if (patch.expectedStatuses.length > 0) {
    const now = await readAppointment(scheduling, request.caller, request.id);
    if (patch.expectedStatuses.some((status) => status !== now.status)) throw new Failure('version-conflict');
  }
  const cancelled = await cancelAppointment(
    scheduling,
    request.caller,
    { appointmentId: request.id, ...(versions !== '*' && { versions }), ...keyOf(request) },
    patienceOf(request),
  );
  return answerOfBooking(services, request, cancelled, success);
};

/** `GET operations/[id]`: 202 while it is open, then the status the request itself would have had. */
export const operationStatus: Handler = async (services, request) => {
  const done = await readOperation(services.scheduling, request.caller, request.id);
  return operationAnswer(services, request, done);
};

/** `DELETE operations/[id]`: the caller does not want it any more. */
export const cancelPending: Handler = async (services, request) => {
  const done = await cancelOperation(services.scheduling, request.caller, request.id);
  return operationAnswer(services, request, done);
};

async function operationAnswer(
  services: Services,
  request: FhirRequest,
  done: Undertaken,
): Promise<FhirAnswer> {
  if (done.answer.status === 'pending') return progressAnswer(request, done.intent.id, 'pending');
  const answer =
    done.intent.kind === 'create-patient'
      ? await answerOfPatient(services, request, done)
      : await answerOfBooking(services, request, done, (appointment) => ({
          status: 200,
          headers: {
            ...appointmentHeaders(appointment),
            Location: `${request.base}/Appointment/${appointment.id}`,
          },
          body: appointment,
        }));
  const { body, headers } = answer;
  const outcome = body?.resourceType === 'OperationOutcome' ? body : undefined;
  return {
    status: 200,
    body: operationStatusBundle({
      status: answer.status,
      ...(outcome ? { outcome } : body && { resource: body }),
      ...(typeof headers?.Location === 'string' && { location: headers.Location }),
      ...(typeof headers?.ETag === 'string' && { etag: headers.ETag }),
    }),
  };
}

async function carryOut(
  services: Services,
  request: FhirRequest,
  wanted: BookInput,
  success: Success,
): Promise<FhirAnswer> {
  const { scheduling, limits } = services;
  const { caller } = request;
  await limits.consume('write-agent', caller.agentId);
  const patience = patienceOf(request);
  const key = keyOf(request);
  if (wanted.kind === 'book') {
    const patientId = await knownPatient(services, request, wanted.patient);
    const done = await bookAppointment(
      scheduling,
      caller,
      { ...timesOf(wanted), patientId, ...key },
      patience,
    );
    return answerOfBooking(services, request, done, success);
  }
  const held =
    wanted.kind === 'cancel' ? await readOwnHold(scheduling, caller, wanted.appointment) : undefined;
  if (held) {
    await releaseHold(scheduling, caller, held.holdId);
    return success(presentReleased(request.context, held.holdId, held.offer));
  }
  const seen = wanted.version === undefined ? parseIfMatch(request.header('if-match')) : [wanted.version];
  const change = {
    appointmentId: wanted.appointment,
    ...(seen && seen !== '*' && { versions: seen }),
    ...key,
  };
  if (wanted.kind === 'move') {
    const done = await moveAppointment(scheduling, caller, { ...change, ...timesOf(wanted) }, patience);
    return answerOfBooking(services, request, done, success);
  }
  const done = await cancelAppointment(scheduling, caller, change, patience);
  return answerOfBooking(services, request, done, (appointment) =>
    success(withReason(appointment, wanted.reason)),
  );
}

/** A patient is named by our id, or described and matched; nobody is created by the way. */
async function knownPatient(
  services: Services,
  request: FhirRequest,
  patient: PatientInput | undefined,
): Promise<string> {
  if (!patient)
    throw new Failure('missing-element', { expression: 'patient', hint: 'Name the patient: Patient/[id].' });
  if (patient.kind === 'known') return patient.id;
  const match = await matchSparingly(services, request.caller, patient.demographics);
  if (match.found === 'none') throw new Failure('unknown-patient');
  if (match.found === 'several') throw new Failure('patient-ambiguous');
  return match.patientId;
}

function patienceOf(request: FhirRequest): Patience {
  const { respondAsync, waitSeconds } = parsePrefer(request.header('prefer'));
  return { waitMs: (waitSeconds ?? (respondAsync ? 0 : 10)) * 1000 };
}

function keyOf(request: FhirRequest): { idempotencyKey?: string } {
  const idempotencyKey = parseIdempotencyKey(request.header('idempotency-key'));
  return idempotencyKey === undefined ? {} : { idempotencyKey };
}

function timesOf({ offer, start, end }: OfferInput): OfferInput {
  return { offer, ...(start !== undefined && { start }), ...(end !== undefined && { end }) };
}

function withReason(appointment: Appointment & { id: string }, reason: string | undefined) {
  return appointment.status !== 'cancelled' || reason === undefined
    ? appointment
    : { ...appointment, cancelationReason: { coding: [{ system: cancellationReasons, code: reason }] } };
}

const cancellationReasons = 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason';

function oneMatch(request: FhirRequest, path: string, appointment: Appointment & { id: string }) {
  return searchset({ base: request.base, path, applied: [], matches: [appointment], ihe: true });
}

function unlessNotFound(error: unknown): undefined {
  if (error instanceof Failure && error.code === 'not-found') return undefined;
  throw error;
}
