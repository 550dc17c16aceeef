import { maySee } from '../access.ts';
import { outcomeAnswer, refuse, resourceAnswer } from '../answer.ts';
import { isTaken, newAppointment, writeAppointment } from '../appointment-book.ts';
import { fhirBase, searchset } from '../bundle.ts';
import { type Issue, isFatal, operationOutcome, unknownParameter } from '../issue.ts';
import { asObject, asText, readOperation } from '../operation-body.ts';
import type { EpicCall, Interaction } from '../tables.ts';
import { proposalOf } from '../temporary-id.ts';
import { appointmentOnWire } from '../wire/appointment.ts';

export const bookOperation: Interaction = {
  verb: 'POST',
  template: '/api/FHIR/STU3/Appointment/$book',
  effect: 'write',
  access: '$book',
  handle: bookAppointment,
};

/** Not idempotent: who does not know whether it happened has to look. */
function bookAppointment(call: EpicCall) {
  const { practice, settings } = call;
  const { patient, appointment, note, issues } = readOrder(call);
  const person = practice.patients.find(({ id }) => id === patient);
  if (person === undefined)
    throw refuse(call, 400, ...issues, {
      code: settings.bookUnknownPatient,
      diagnostics: 'The patient was not found.',
      element: 'patient',
    });
  if (!maySee(call.bearer, person.id)) throw refuse(call, 403, { code: '4118' });
  const opening = proposalOf(call, appointment);
  if (opening === undefined)
    throw refuse(call, settings.staleIdStatus, ...issues, {
      code: '59144',
      diagnostics: 'An invalid appointment ID was provided.',
      element: 'appointment',
    });
  if (Date.parse(opening.start) < call.now || isTaken(call, opening)) return taken(call, issues);

  const row = newAppointment(call, practice, {
    patient: person.id,
    practitioner: opening.practitioner,
    location: opening.location,
    visitType: opening.visitType.code,
    start: opening.start,
    end: opening.end,
    minutes: opening.visitType.minutes,
    note,
  });
  writeAppointment(call, practice, row, { by: 'api', action: 'book' });
  const base = fhirBase(call, 'STU3');
  const context = { practice, settings, prefix: `${base}/` };
  const matches = [appointmentOnWire(context, 'STU3', row)];
  return resourceAnswer(
    call.request,
    200,
    searchset(call, 'STU3', { self: `${base}/Appointment/$book`, matches, issues }),
  );
}

/** Nobody knows what Epic says here, so a setting does; with status 200 the refusal stands inside a Bundle. */
function taken(call: EpicCall, issues: readonly Issue[]) {
  const { takenCode: code, takenStatus } = call.settings;
  const said = [...issues, { code, diagnostics: 'The appointment could not be scheduled.' }];
  if (takenStatus !== 200) return outcomeAnswer(call.request, call.settings, takenStatus, said);
  const resource = operationOutcome(call.settings, said);
  return resourceAnswer(call.request, 200, {
    resourceType: 'Bundle',
    type: 'searchset',
    total: 0,
    entry: [{ resource, search: { mode: 'outcome' } }],
  });
}

function readOrder(call: EpicCall) {
  const given = readOperation(call);
  const issues: Issue[] = given
    .filter(({ name }) => !KNOWN.includes(name))
    .map(({ name }) => unknownParameter(name));
  const member = (name: string, key: string) => given.find((one) => one.name === name)?.members[key];
  const identifier = (name: string): string => {
    const value = asText(asObject(member(name, 'valueIdentifier'))?.value);
    if (value === undefined)
      issues.push({ code: '59108', diagnostics: `${name} is required.`, element: name });
    return value ?? '';
  };
  const order = {
    patient: identifier('patient'),
    appointment: identifier('appointment'),
    note: asText(member('appointmentNote', 'valueString')) ?? '',
    issues,
  };
  if (isFatal(issues)) throw refuse(call, 400, ...issues);
  return order;
}

const KNOWN = ['patient', 'appointment', 'appointmentNote'];
