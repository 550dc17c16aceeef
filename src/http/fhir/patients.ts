import { Failure } from '#domain/failure.ts';
import { matchBundle, searchset } from '#fhir/bundle.ts';
import type { Demographics } from '#fhir/demographics.ts';
import { parseIdempotencyKey } from '#fhir/idempotency-key.ts';
import { readMatch, readPatientCreate } from '#fhir/match.ts';
import { notice } from '#fhir/operation-outcome.ts';
import { patientOf } from '#fhir/patient.ts';
import { parsePrefer } from '#fhir/prefer.ts';
import type { Caller } from '#scheduling/caller.ts';
import {
  createPatient,
  demographicsOfIntent,
  identityOf,
  matchPatient,
  type PatientMatch,
} from '#scheduling/patients.ts';
import type { Undertaken } from '#scheduling/undertake.ts';
import type { FhirAnswer, FhirRequest, Handler, Services } from './exchange.ts';
import { answerOfBooking, progressAnswer } from './outcome.ts';

/** `Patient/$match`: the one patient who is exactly this person, or nobody. Several sound like nobody, with a note. */
export const match: Handler = async ({ scheduling, limits }, request) => {
  const { demographics } = readMatch(request.body);
  const found = await matchSparingly({ scheduling, limits }, request.caller, demographics);
  if (found.found === 'several') {
    const outcome = notice(
      'warning',
      'The patient could not be told apart from others. The office has to help.',
    );
    const body = searchset({
      base: request.base,
      path: 'Patient/$match',
      applied: [],
      matches: [],
      total: 0,
      outcome,
    });
    return { status: 200, body };
  }
  const matches =
    found.found === 'one'
      ? [{ patient: patientOf(found.patientId, demographics), grade: 'certain' as const }]
      : [];
  return { status: 200, body: matchBundle(request.base, matches) };
};

/** Every way to ask whether somebody is a patient draws on the same two budgets: the agent's, and that person's. */
export async function matchSparingly(
  { scheduling, limits }: Services,
  caller: Caller,
  demographics: Demographics,
): Promise<PatientMatch> {
  await limits.consume('match-agent', caller.agentId);
  await limits.consume('match-patient', await identityOf(scheduling, caller.practiceId, demographics));
  return matchPatient(scheduling, caller, demographics);
}

/** `POST Patient`: matched before created, created once. */
export const create: Handler = async (services, request) => {
  const demographics = readPatientCreate(request.body);
  const { caller } = request;
  await services.limits.consume('match-agent', caller.agentId);
  await services.limits.consume('write-agent', caller.agentId);
  const { respondAsync, waitSeconds } = parsePrefer(request.header('prefer'));
  const done = await createPatient(
    services.scheduling,
    caller,
    demographics,
    parseIdempotencyKey(request.header('idempotency-key')),
    { waitMs: (waitSeconds ?? (respondAsync ? 0 : 10)) * 1000 },
  );
  // Another agent may have created this person before: nobody hears more of a person than they said.
  return answerOfPatient(services, request, done, demographics);
};

export async function answerOfPatient(
  services: Services,
  request: FhirRequest,
  done: Undertaken,
  said?: Demographics,
): Promise<FhirAnswer> {
  const { answer, intent } = done;
  if (answer.status === 'pending') return progressAnswer(request, intent.id, 'pending');
  if (answer.status === 'needs_human') return progressAnswer(request, intent.id, 'needs-human');
  // A refusal reads the same for every kind of intent.
  if (answer.status !== 'confirmed') return answerOfBooking(services, request, done, () => ({ status: 200 }));
  const made = await demographicsOfIntent(services.scheduling, request.caller.practiceId, intent.id);
  if (!made) throw new Failure('not-found');
  return {
    status: 201,
    headers: { Location: `${request.base}/Patient/${made.patientId}` },
    body: patientOf(made.patientId, said ?? made.demographics),
  };
}
