import {
  type AdapterContext,
  type BookingRequest,
  createFhirClient,
  Failure,
  instantOf,
  VendorText,
  WireFailure,
} from '#adapter-kit/index.ts';
import { issueMap, outcomesOf, type Page, requirePatientId } from '../fhir-r4/index.ts';
import { appointmentsOf } from './appointments.ts';
import { placeOf, proposedNow } from './availability.ts';
import { codedText, codesIn } from './map/issue.ts';
import { routes, stu3 } from './routes.ts';
import { practiceOf } from './settings.ts';
import type { BookParameters } from './wire.ts';

/**
 * `$book` of what a fresh `$find` proposes for the very time. Between the two the patient's visits are read: Epic tells
 * only the day on which a visit was made, so that one which is found after a lost answer can be ours only if none was
 * there before.
 *
 * A 2xx proves nothing; an Appointment that is booked does.
 */
export async function book(ctx: AdapterContext, request: BookingRequest): Promise<{ readonly id: string }> {
  const { opening, patient } = request;
  if (placeOf(opening, practiceOf(ctx)) === undefined) throw new Failure('stale-opening');
  requirePatientId(patient);
  const proposed = await proposedNow(ctx, opening);
  if (proposed === undefined) throw new Failure('slot-taken');
  if (await hasVisit(ctx, request))
    throw new Failure('business-rule', {
      hint: 'The patient has a visit that begins at this time. Offer another time, or have the office change the other visit first.',
    });

  const input = toBookParameters(request, proposed.id);
  const fhir = createFhirClient(ctx.http, routes, { base: stu3 });
  const { body } = await fhir.operation<Page>('$book', { resourceType: 'Appointment', input });
  for (const { resource } of body.entry)
    if (resource?.resourceType === 'Appointment' && resource.status === 'booked') return { id: resource.id };
  throw declinedBy(body);
}

function toBookParameters({ patient, marker }: BookingRequest, proposal: string): BookParameters {
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'patient', valueIdentifier: { value: patient } },
      { name: 'appointment', valueIdentifier: { value: proposal } },
      { name: 'appointmentNote', valueString: marker },
    ],
  };
}

async function hasVisit(ctx: AdapterContext, { patient, opening }: BookingRequest): Promise<boolean> {
  const visits = await appointmentsOf(ctx, patient, { from: opening.start, to: opening.end });
  return visits.some(
    ({ claims, resource: { start = '' } }) =>
      claims.length > 0 && instantOf(start) === instantOf(opening.start),
  );
}

/** A "no" that came with a 2xx is told as an answer of its own status; what says neither yes nor no is unknown. */
function declinedBy(body: Page): WireFailure {
  if (!issueMap.isFailure(outcomesOf(body)))
    return new WireFailure('unknown', 'bookTime', { reason: 'no-appointment' });
  return new WireFailure('answered', 'bookTime', {
    reason: 'declined',
    status: issueMap.declined(),
    text: new VendorText(codedText(codesIn(body))),
  });
}
