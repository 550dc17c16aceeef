import { maySee } from '../access.ts';
import { refuse, resourceAnswer } from '../answer.ts';
import { isTaken } from '../appointment-book.ts';
import { fhirBase, searchset } from '../bundle.ts';
import { type Issue, isFatal, unknownParameter } from '../issue.ts';
import { oid } from '../oid.ts';
import { asObject, asObjects, asText, type OperationParameter, readOperation } from '../operation-body.ts';
import type { VisitType } from '../practice-plan.ts';
import type { EpicCall, Interaction } from '../tables.ts';
import { temporaryId } from '../temporary-id.ts';
import { type Opening, openingsIn, sessionsIn, type Window } from '../weekly-template.ts';
import { proposalOnWire } from '../wire/appointment.ts';
import { patientIdentifiers } from '../wire/patient.ts';

export const findOperation: Interaction = {
  verb: 'POST',
  template: '/api/FHIR/STU3/Appointment/$find',
  effect: 'read',
  access: '$find',
  handle: findAppointments,
};

/** What a search asks for, as far as it could be understood. */
interface Question {
  readonly window: Window;
  readonly visitTypes: readonly VisitType[];
  /** Empty: anywhere. */
  readonly locations: readonly string[];
}

function findAppointments(call: EpicCall) {
  const { practice, settings } = call;
  const issues: Issue[] = [];
  const question = readQuestion(call, readOperation(call), issues);
  if (question === undefined || isFatal(issues)) throw refuse(call, 400, ...issues);
  const { found, more } = freeTimes(call, question);
  if (found.length === 0 && question.visitTypes.length > 0) issues.push(...whyNothing(call, question));
  if (more) issues.push({ code: '4119' });
  const base = fhirBase(call, 'STU3');
  const context = { practice, settings, prefix: `${base}/` };
  return resourceAnswer(
    call.request,
    200,
    searchset(call, 'STU3', {
      self: `${base}/Appointment/$find`,
      matches: found.map((opening) => proposalOnWire(context, temporaryId(call, opening), opening)),
      issues,
    }),
  );
}

/** One more than the limit is looked for, to know whether there is more. */
function freeTimes(call: EpicCall, { window, visitTypes, locations }: Question) {
  const found: Opening[] = [];
  for (const visitType of visitTypes) {
    for (const opening of openingsIn(call.practice, visitType, window)) {
      if (locations.length > 0 && !locations.includes(opening.location)) continue;
      if (isTaken(call, opening)) continue;
      if (found.length === call.settings.findLimit) return { found, more: true };
      found.push(opening);
    }
  }
  return { found, more: false };
}

/** Nobody has a template then and there: 59134, as it was seen on the wire. */
function whyNothing({ practice }: EpicCall, { window, visitTypes, locations }: Question): Issue[] {
  for (const session of sessionsIn(practice, window))
    if (locations.length === 0 || locations.includes(session.location)) return [];
  const what = visitTypes.map(({ display }) => display.toUpperCase()).join(', ');
  const diagnostics = `Not enough providers with templates in ${practice.name.toUpperCase()} for ${what}.`;
  return [{ code: '59134', diagnostics }];
}

function readQuestion(
  call: EpicCall,
  given: readonly OperationParameter[],
  issues: Issue[],
): Question | undefined {
  for (const { name } of given) if (!KNOWN.includes(name)) issues.push(unknownParameter(name));
  const named = (...names: string[]) => given.filter(({ name }) => names.includes(name));
  checkPatient(call, named('patient'), issues);
  const from = instantOf('startTime', named('startTime'), issues);
  const to = instantOf('endTime', named('endTime'), issues);
  if (from === undefined || to === undefined) return undefined;
  if (to < from)
    issues.push({ code: '59111', diagnostics: 'endTime is before startTime.', element: 'endTime' });
  return {
    window: { from: Math.max(from, call.now), to: Math.min(to, call.now + HORIZON_MS) },
    locations: locationsIn(call, named('location-reference'), issues),
    visitTypes: visitTypesIn(
      call,
      named('serviceType', 'service-type'),
      named('indications').length > 0,
      issues,
    ),
  };
}

function instantOf(name: string, given: readonly OperationParameter[], issues: Issue[]): number | undefined {
  const value = asText(given[0]?.members.valueDateTime);
  if (given.length === 0) issues.push({ code: '59108', diagnostics: `${name} is required.`, element: name });
  else if (value === undefined || !INSTANT.test(value) || Number.isNaN(Date.parse(value)))
    issues.push({ code: '59111', diagnostics: `${name} is invalid.`, element: name });
  else return Date.parse(value);
  return undefined;
}

/** A patient is a whole resource, known by one of its identifiers; who signed in as a patient asks for no other. */
function checkPatient(call: EpicCall, given: readonly OperationParameter[], issues: Issue[]): void {
  const { practice, settings, bearer } = call;
  const identifiers = given.flatMap(({ members }) => asObjects(asObject(members.resource)?.identifier));
  const person = practice.patients.find((row) =>
    identifiers.some(({ system, value }) =>
      [...patientIdentifiers(settings.environment, row), { system: undefined, value: row.id }].some(
        (own) => own.value === value && (own.system === undefined || own.system === system),
      ),
    ),
  );
  if (given.length > 0 && person === undefined)
    issues.push({ code: '4100', diagnostics: 'Invalid patient.', element: 'patient' });
  if (bearer.patient !== undefined && (person === undefined || !maySee(bearer, person.id)))
    throw refuse(call, 403, { code: '4118' });
}

/** What does not resolve is dropped with a 59109: then times come back that nobody asked for. */
function visitTypesIn(
  { practice, settings }: EpicCall,
  given: readonly OperationParameter[],
  indications: boolean,
  issues: Issue[],
): readonly VisitType[] {
  if (given.length === 0) {
    if (!indications && settings.withoutVisitType === 'all') return practice.visitTypes;
    issues.push({ code: '59200' });
    return [];
  }
  const system = oid.visitTypeStu3(settings.environment);
  const resolved = given.flatMap(({ name, members }) => {
    const codings = asObjects(asObject(members.valueCodeableConcept)?.coding);
    const row = practice.visitTypes.find(({ code }) =>
      codings.some((coding) => coding.system === system && coding.code === code),
    );
    if (row === undefined)
      issues.push({ code: '59109', diagnostics: 'The visit type could not be resolved.', element: name });
    return row ?? [];
  });
  return resolved.length > 0 ? resolved : practice.visitTypes;
}

/** Absolute addresses of STU3 locations; anything else is dropped with a 59109. */
function locationsIn(
  { practice }: EpicCall,
  given: readonly OperationParameter[],
  issues: Issue[],
): readonly string[] {
  return given.flatMap(({ name, members }) => {
    const reference = asText(asObject(members.valueReference)?.reference) ?? '';
    const id = /^https?:\/\/[^?#]+\/api\/FHIR\/STU3\/Location\/([A-Za-z0-9.-]+)$/.exec(reference)?.[1];
    const { room, suite } = practice.theatre;
    const row = [...practice.locations, room, suite].find((one) => one.id === id);
    if (row === undefined)
      issues.push({ code: '59109', diagnostics: 'The location could not be resolved.', element: name });
    return row?.id ?? [];
  });
}

/** `specialties` and `time-of-day` are taken without effect: one specialty, and a preference only. */
const KNOWN = `patient startTime endTime serviceType service-type indications specialties location-reference
  time-of-day`.split(/\s+/);
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;
/** Templates are not made for later. */
const HORIZON_MS = 366 * 86_400_000;
