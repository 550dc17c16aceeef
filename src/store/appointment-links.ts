import type { Tx } from './database.ts';

/** Ties our id of an appointment to the EMR's, which is stored sealed and found by a keyed index. */
export interface AppointmentLink {
  readonly appointmentId: string;
  readonly connectionId: string;
  readonly emrId: Buffer;
  readonly emrIdIndex: Buffer;
  /** Our id of the patient. */
  readonly patientId: string | undefined;
}

interface AppointmentLinkRow {
  appointment_id: string;
  connection_id: string;
  emr_id: Buffer;
  emr_id_index: Buffer;
  patient_id: string | null;
}

const columns = ['appointment_id', 'connection_id', 'emr_id', 'emr_id_index', 'patient_id'] as const;

export async function readAppointmentLink(
  tx: Tx,
  appointmentId: string,
): Promise<AppointmentLink | undefined> {
  return link(
    await tx('appointment_link')
      .where({ appointment_id: appointmentId })
      .first(...columns),
  );
}

/** Our ids of those among the EMR's appointments that have one, by keyed index. */
export async function findAppointmentIds(
  tx: Tx,
  connectionId: string,
  indexes: readonly Buffer[],
): Promise<string[]> {
  const rows: Pick<AppointmentLinkRow, 'appointment_id'>[] = await tx('appointment_link')
    .where({ connection_id: connectionId })
    .whereIn('emr_id_index', [...indexes])
    .select('appointment_id');
  return rows.map((row) => row.appointment_id);
}

/** Keeps the links unless the EMR's ids have some already. */
export async function saveAppointmentLinks(
  tx: Tx,
  practiceId: string,
  wanted: readonly AppointmentLink[],
): Promise<void> {
  if (wanted.length === 0) return;
  await tx('appointment_link')
    .insert(
      wanted.map((one) => ({
        practice_id: practiceId,
        appointment_id: one.appointmentId,
        connection_id: one.connectionId,
        emr_id: one.emrId,
        emr_id_index: one.emrIdIndex,
        patient_id: one.patientId ?? null,
      })),
    )
    .onConflict(['practice_id', 'connection_id', 'emr_id_index'])
    .ignore();
}

function link(row: AppointmentLinkRow | undefined): AppointmentLink | undefined {
  return (
    row && {
      appointmentId: row.appointment_id,
      connectionId: row.connection_id,
      emrId: row.emr_id,
      emrIdIndex: row.emr_id_index,
      patientId: row.patient_id ?? undefined,
    }
  );
}
