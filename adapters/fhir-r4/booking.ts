import {
  type AdapterContext,
  type BookingRequest,
  Failure,
  instantOf,
  WireFailure,
} from '#adapter-kit/index.ts';
import { clientOf, createdId, isAnswered, readOne } from './client.ts';
import type { BookedPlace, FhirDialect } from './dialect.ts';
import { actorsOf, etagOf, isOver, slotsOf, timesOf } from './map/appointment.ts';
import { asChange } from './map/issue.ts';
import { intentOf } from './map/marker.ts';
import { requirePatientId } from './map/patient.ts';
import { claimed, parseVendorKey } from './map/vendor-key.ts';
import { readRoles } from './office.ts';
import * as proposals from './proposals.ts';
import type { AppointmentResource } from './wire/resources.ts';

/** One create, with the slots that the opening takes, or one `$book` where the server has that. */
export async function book(
  dialect: FhirDialect,
  ctx: AdapterContext,
  request: BookingRequest,
): Promise<{ readonly id: string }> {
  const settings = dialect.settings.parse(ctx.settings);
  if (!dialect.can(settings).book) throw new Failure('capability-missing');
  if (settings.booking === 'operations') return proposals.book(dialect, ctx, request, settings);
  requirePatientId(request.patient);
  const body = dialect.newAppointment(request, placeOf(request), settings);
  if (settings.booking === 'conditional-create') return bookOnce(dialect, ctx, body, request);
  const { location } = await clientOf(dialect, ctx).create(body);
  return { id: createdId('Appointment', location, 'bookSlot') };
}

/**
 * The same create, unless there is an appointment of this intent: 200 is what an earlier send has made (FHIR R4
 * §3.1.0.8.1). A 412 says that there are several, so it is no refusal: the gateway has to look.
 */
async function bookOnce(
  dialect: FhirDialect,
  ctx: AdapterContext,
  body: ReturnType<FhirDialect['newAppointment']>,
  { marker }: BookingRequest,
): Promise<{ readonly id: string }> {
  const route = 'bookSlotOnce';
  try {
    const { location } = await clientOf(dialect, ctx).create(body, `identifier=${intentOf(marker)}`);
    return { id: createdId('Appointment', location, route) };
  } catch (error) {
    if (isAnswered(error, 412)) throw new WireFailure('unknown', route, { reason: 'several', status: 412 });
    throw error;
  }
}

/** One PATCH of the version that was read just before. A visit that is there already is moved. */
export async function move(
  dialect: FhirDialect,
  ctx: AdapterContext,
  id: string,
  request: BookingRequest,
): Promise<{ readonly id: string }> {
  if (dialect.can(dialect.settings.parse(ctx.settings)).reschedule !== 'in-place')
    throw new Failure('capability-missing');
  requirePatientId(request.patient);
  const place = placeOf(request);
  const { resource, etag } = await readForChange(dialect, ctx, id);
  const references = resource.participant.map(({ actor }) => actor);
  const now = actorsOf(resource, await readRoles(dialect, ctx, references));
  if (!now.patients.includes(request.patient)) throw new Failure('unknown-patient');
  if (!['booked', 'pending'].includes(resource.status)) throw new Failure('forbidden-transition');
  const isThere =
    sameSet(slotsOf(resource), place.slots) && timesOf(resource)[0] === instantOf(request.opening.start);
  if (isThere) return { id };
  // Which of several people gives way to whom is nothing that a patch could guess.
  const isPlain = now.practitioners.length <= 1 && place.practitioners.length <= 1;
  if (!isPlain && !sameSet(now.practitioners, place.practitioners)) throw new Failure('business-rule');
  dialect.allow(resource, 'move');
  await patch(dialect, ctx, id, dialect.movePatch(resource, request, place, now), etag);
  return { id };
}

/** One PATCH of the version that was read just before. Cancelled already is success. */
export async function cancel(dialect: FhirDialect, ctx: AdapterContext, id: string): Promise<void> {
  if (!dialect.can(dialect.settings.parse(ctx.settings)).cancel) throw new Failure('capability-missing');
  const { resource, etag } = await readForChange(dialect, ctx, id);
  if (resource.status === 'cancelled') return;
  if (isOver(resource) || ['arrived', 'checked-in', 'fulfilled'].includes(resource.status))
    throw new Failure('forbidden-transition');
  dialect.allow(resource, 'cancel');
  await patch(dialect, ctx, id, dialect.cancelPatch(resource), etag).catch((error) => {
    throw asChange(error);
  });
}

async function readForChange(
  dialect: FhirDialect,
  ctx: AdapterContext,
  id: string,
): Promise<{ readonly resource: AppointmentResource; readonly etag: string }> {
  const read = await readOne(clientOf(dialect, ctx), 'Appointment', id);
  if (read === undefined) throw new Failure('not-found');
  const etag = etagOf(read.resource, read.etag);
  // Without a version somebody else's change in between would be lost.
  if (etag === undefined) throw new Failure('capability-missing');
  return { resource: read.resource, etag };
}

/** A version that has changed meanwhile is told as what it is, whichever status a server has for it. */
async function patch(
  dialect: FhirDialect,
  ctx: AdapterContext,
  id: string,
  operations: ReturnType<FhirDialect['cancelPatch']>,
  etag: string,
): Promise<void> {
  try {
    await clientOf(dialect, ctx).patch('Appointment', id, operations, etag);
  } catch (error) {
    if (error instanceof WireFailure && isAnswered(error, ...dialect.staleStatuses))
      throw new WireFailure('answered', error.route, {
        reason: 'version-conflict',
        status: 412,
        cause: error,
      });
    throw error;
  }
}

/** An opening in the server's words. */
function placeOf({ opening }: BookingRequest): BookedPlace {
  const key = parseVendorKey(opening.vendorKey);
  const slots = claimed(opening.claims, 'slot');
  if (key === undefined || !('slot' in key) || !slots.includes(key.slot)) throw new Failure('stale-opening');
  const others = claimed(opening.claims, 'practitioner').filter((id) => id !== opening.practitioner);
  return {
    slots: [key.slot, ...slots.filter((id) => id !== key.slot)],
    practitioners: [opening.practitioner, ...others],
    type: key.type,
  };
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((each) => b.includes(each));
}
