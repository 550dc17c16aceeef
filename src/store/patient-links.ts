import type { Tx } from './database.ts';

/** Ties our random patient id to the EMR's, which is stored sealed and found by a keyed index. */
export interface PatientLink {
  readonly patientId: string;
  readonly connectionId: string;
  readonly emrId: Buffer;
  readonly emrIdIndex: Buffer;
}

interface PatientLinkRow {
  patient_id: string;
  connection_id: string;
  emr_id: Buffer;
  emr_id_index: Buffer;
}

const columns = ['patient_id', 'connection_id', 'emr_id', 'emr_id_index'] as const;

export async function readPatientLink(tx: Tx, patientId: string): Promise<PatientLink | undefined> {
  return link(
    await tx('patient_link')
      .where({ patient_id: patientId })
      .first(...columns),
  );
}

/** Keeps the link unless the EMR's id has one already; returns the one that counts. */
export async function savePatientLink(tx: Tx, practiceId: string, wanted: PatientLink): Promise<PatientLink> {
  await tx('patient_link')
    .insert({
      practice_id: practiceId,
      patient_id: wanted.patientId,
      connection_id: wanted.connectionId,
      emr_id: wanted.emrId,
      emr_id_index: wanted.emrIdIndex,
    })
    .onConflict(['practice_id', 'connection_id', 'emr_id_index'])
    .ignore();
  const kept = link(
    await tx('patient_link')
      .where({ connection_id: wanted.connectionId, emr_id_index: wanted.emrIdIndex })
      .first(...columns),
  );
  if (!kept) throw new Error('A patient link that was just written cannot be read.');
  return kept;
}

function link(row: PatientLinkRow | undefined): PatientLink | undefined {
  return (
    row && {
      patientId: row.patient_id,
      connectionId: row.connection_id,
      emrId: row.emr_id,
      emrIdIndex: row.emr_id_index,
    }
  );
}
