import type { Appointment, Slot } from '@medplum/fhirtypes';
import { appointmentOf, heldAppointment, proposedAppointment } from '#fhir/appointment.ts';
import type { Named } from '#fhir/directory.ts';
import { slotOf } from '#fhir/slot.ts';
import type { VisitTypeCode } from '#fhir/visit-type.ts';
import type { KnownAppointment } from '#scheduling/appointments.ts';
import type { Offer } from '#scheduling/find-slots.ts';
import type { HeldSlot } from '#scheduling/hold-slot.ts';
import type { PracticeContext } from '#scheduling/practice-context.ts';

/** What the practice calls it; undefined for ids that are not in its directory. */
export function named(
  context: PracticeContext,
  kind: 'Practitioner' | 'Location',
  id: string | undefined,
): Named | undefined {
  const entry = context.directory.find((one) => one.kind === kind && one.id === id);
  return entry && { id: entry.id, display: entry.facts.display };
}

export function visitTypeCode(context: PracticeContext, code: string | undefined): VisitTypeCode | undefined {
  const type = context.visitTypes.find((one) => one.code === code);
  return type && { code: type.code, display: type.display };
}

export function presentSlot(
  context: PracticeContext,
  offer: Offer,
  status: 'free' | 'busy' | 'busy-tentative' = 'free',
): Slot & { id: string } {
  const view = { ...offer, visitType: { code: offer.type.code, display: offer.type.display }, status };
  return slotOf(view, context.practice.timeZone);
}

export function presentOffer(
  context: PracticeContext,
  offer: Offer,
  requested?: { readonly from?: string; readonly to?: string },
): Appointment & { id: string } {
  return proposedAppointment(
    { ...offerView(context, offer), id: offer.id, ...(requested && { requested }) },
    context.practice.timeZone,
  );
}

export function presentHold(context: PracticeContext, held: HeldSlot): Appointment & { id: string } {
  const { holdId, offer, expiresAt, kind } = held;
  return heldAppointment(
    { ...offerView(context, offer), id: holdId, slotId: offer.id },
    { expiresAt, kind },
    context.practice.timeZone,
  );
}

/** A hold that was given back: the time is free again, and the pending Appointment is over. */
export function presentReleased(
  context: PracticeContext,
  holdId: string,
  offer: Offer,
): Appointment & { id: string } {
  return appointmentOf(
    { ...offerView(context, offer), id: holdId, slotId: offer.id, status: 'cancelled' },
    context.practice.timeZone,
  );
}

export function presentAppointment(
  context: PracticeContext,
  known: KnownAppointment,
): Appointment & { id: string } {
  const { version, patientId, created } = known;
  const visitType = visitTypeCode(context, known.visitType);
  const practitioner = named(context, 'Practitioner', known.practitionerId);
  const location = named(context, 'Location', known.locationId);
  return appointmentOf(
    {
      id: known.id,
      status: known.status,
      start: known.start,
      end: known.end,
      ...(version !== undefined && { version }),
      ...(patientId !== undefined && { patientId }),
      ...(created !== undefined && { created }),
      ...(visitType && { visitType }),
      ...(practitioner && { practitioner }),
      ...(location && { location }),
      ...(known.slotId !== undefined && { slotId: known.slotId }),
    },
    context.practice.timeZone,
  );
}

function offerView(context: PracticeContext, offer: Offer) {
  const practitioner = named(context, 'Practitioner', offer.practitionerId);
  const location = named(context, 'Location', offer.locationId);
  return {
    start: offer.start,
    end: offer.end,
    visitType: { code: offer.type.code, display: offer.type.display },
    ...(practitioner && { practitioner }),
    ...(location && { location }),
  };
}
