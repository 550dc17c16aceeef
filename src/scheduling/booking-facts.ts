import type { Demographics } from '#adapter-kit/adapter.ts';
import { readAppointmentLink } from '#store/appointment-links.ts';
import { type IntentRequest, readIntent } from '#store/booking-intents.ts';
import type { Tx } from '#store/database.ts';
import { readPatientLink } from '#store/patient-links.ts';
import { listVisitTypes } from '#store/visit-types.ts';
import type { PracticeVault } from '#vault/practice-vault.ts';

/** What was asked for, in the EMR's own ids. In memory for as long as one intent is worked on. */
export interface BookingFacts {
  readonly request: IntentRequest;
  /** EMR's id of the patient. */
  readonly patient: string | undefined;
  /** EMR's id of the appointment to move or cancel. */
  readonly target: string | undefined;
  /** The visit type's own reference in the EMR, where it has one. */
  readonly visitTypeRef: string | undefined;
  /** The patient to be created. */
  readonly demographics: Demographics | undefined;
}

export async function readBookingFacts(
  tx: Tx,
  vault: PracticeVault,
  intentId: string,
): Promise<BookingFacts> {
  const row = await readIntent(tx, intentId);
  if (!row) throw new Error('There is no such intent.');
  const { request } = row;
  const patientLink =
    request.patientId === undefined ? undefined : await readPatientLink(tx, request.patientId);
  const changes = row.machine.kind === 'move' || row.machine.kind === 'cancel';
  const target =
    changes && request.targetId !== undefined ? await readAppointmentLink(tx, request.targetId) : undefined;
  const { opening } = request;
  const type = opening && (await listVisitTypes(tx)).find(({ code }) => code === opening.visitType);
  return {
    request,
    visitTypeRef: type?.vendorRef,
    patient:
      patientLink &&
      vault.open({ row: patientLink.patientId, kind: 'emr-id', version: 0 }, patientLink.emrId).reveal(),
    target:
      target && vault.open({ row: target.appointmentId, kind: 'emr-id', version: 0 }, target.emrId).reveal(),
    // We sealed this object ourselves, in create-patient.ts.
    demographics:
      request.patient &&
      (JSON.parse(
        vault.open({ row: intentId, kind: 'patient', version: 0 }, request.patient).reveal(),
      ) as Demographics),
  };
}
