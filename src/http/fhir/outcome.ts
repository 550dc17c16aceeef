import type { Appointment, OperationOutcome, OperationOutcomeIssue } from '@medplum/fhirtypes';
import { Failure, type FailureCode, failureTable } from '#domain/failure.ts';
import { extension } from '#fhir/canonical.ts';
import { localInstant } from '#fhir/date-time.ts';
import { etagOf } from '#fhir/etag.ts';
import { notice, outcomeOf, progressOutcome } from '#fhir/operation-outcome.ts';
import { alternativesTo } from '#scheduling/alternatives.ts';
import { appointmentOnRecord, knowAppointment, readAppointment } from '#scheduling/appointments.ts';
import type { Offer } from '#scheduling/find-slots.ts';
import { appointmentOfIntent } from '#scheduling/intents.ts';
import type { Undertaken } from '#scheduling/undertake.ts';
import type { FhirAnswer, FhirRequest, Services } from './exchange.ts';
import { presentAppointment } from './present.ts';

/** How a success of this interaction looks; everything else looks the same for all of them. */
export type Success = (appointment: Appointment & { id: string }) => FhirAnswer;

/**
 * What a caller hears of a booking, move or cancellation: the appointment as it was read back, a proven refusal with
 * alternatives, or 202 with the operation to ask again by.
 */
export async function answerOfBooking(
  services: Services,
  request: FhirRequest,
  done: Undertaken,
  success: Success,
): Promise<FhirAnswer> {
  const { answer, intent } = done;
  switch (answer.status) {
    case 'confirmed': {
      const appointment = await bookedAppointment(services, request, done);
      return appointment ? success(appointment) : progressAnswer(request, intent.id, 'pending');
    }
    case 'pending':
      return progressAnswer(request, intent.id, 'pending');
    case 'needs_human':
      return progressAnswer(request, intent.id, 'needs-human');
    case 'cancelled':
      return { status: 200, body: notice('information', 'Cancelled as asked. Nothing is booked.') };
    case 'slot_taken':
    case 'not_booked':
      return refusal(services, request, done, failureCode(answer.code));
  }
}

export function progressAnswer(
  request: FhirRequest,
  operationId: string,
  progress: 'pending' | 'needs-human',
): FhirAnswer {
  const retryAfterSeconds = progress === 'pending' ? 2 : 60;
  return progressOutcome(progress, { url: `${request.base}/operations/${operationId}`, retryAfterSeconds });
}

/** The headers of an answer that carries one appointment. */
export function appointmentHeaders(appointment: Appointment): Record<string, string> {
  const version = appointment.meta?.versionId;
  return version === undefined ? {} : { ETag: etagOf(version) };
}

/**
 * As it was last read for this intent; read once more where another process did the reading. It is confirmed, so an EMR
 * that cannot be read just now must not make it sound undone: then our own record answers.
 */
async function bookedAppointment(
  { scheduling }: Services,
  { caller, context }: FhirRequest,
  { intent, answer, request: asked, bench }: Undertaken,
): Promise<(Appointment & { id: string }) | undefined> {
  const seen = intent.emrRef === null ? undefined : bench.seen.get(intent.emrRef);
  if (seen) {
    const known = await knowAppointment(scheduling, caller.practiceId, context, seen, asked.patientId);
    return presentAppointment(context, known);
  }
  const target = await appointmentOfIntent(scheduling, caller.practiceId, intent.id);
  if (target === undefined) return undefined;
  const isOff = intent.kind === 'cancel' || answer.since === 'cancelled';
  const known = await readAppointment(scheduling, caller, target).catch((error: unknown) => {
    if (!(error instanceof Failure && unreadable.has(error.code))) throw error;
    // Where staff moved it to, only the EMR knows.
    if (intent.resultCode === 'by-staff' && answer.since === 'moved') return undefined;
    return appointmentOnRecord(scheduling, caller, target, isOff ? 'cancelled' : 'booked');
  });
  return known && presentAppointment(context, known);
}

/** `not-found` too: a read that lags does not show yet what was just written. */
const unreadable: ReadonlySet<FailureCode> = new Set([
  'emr-away',
  'emr-throttled',
  'emr-refused-access',
  'connection-off',
  'not-found',
]);

async function refusal(
  { scheduling }: Services,
  request: FhirRequest,
  { request: asked }: Undertaken,
  code: FailureCode,
): Promise<FhirAnswer> {
  const { status, headers, body } = outcomeOf(new Failure(code));
  const offers =
    code === 'slot-taken' && asked.opening
      ? await alternativesTo(scheduling, request.caller, asked.opening)
      : [];
  return { status, headers, body: withAlternatives(body, offers, request.zone) };
}

/** Other times beside the refusal, each as an informational issue with the Slot that could be booked instead. */
export function withAlternatives(
  outcome: OperationOutcome,
  offers: readonly Offer[],
  zone: string,
): OperationOutcome {
  const issues = offers.map(
    (offer): OperationOutcomeIssue => ({
      severity: 'information',
      code: 'informational',
      details: { text: `Open instead: ${localInstant(offer.start, zone)}, ${offer.minutes} minutes.` },
      extension: [{ url: extension.alternative, valueReference: { reference: `Slot/${offer.id}` } }],
    }),
  );
  return { ...outcome, issue: [...outcome.issue, ...issues] };
}

function failureCode(code: string | undefined): FailureCode {
  return code !== undefined && Object.hasOwn(failureTable, code) ? (code as FailureCode) : 'emr-away'; // it is a key
}
