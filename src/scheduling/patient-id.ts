import { randomUUID } from 'node:crypto';
import type { Tx } from '#store/database.ts';
import { savePatientLink } from '#store/patient-links.ts';
import type { Scheduling } from './scheduling.ts';

/** Our random id of a patient of the EMR; made when it is first met. */
export async function patientIdOf(
  on: Scheduling,
  tx: Tx,
  practiceId: string,
  connectionId: string,
  emrId: string,
): Promise<string> {
  const vault = await on.vault.forPractice(tx, practiceId);
  const patientId = randomUUID();
  const link = await savePatientLink(tx, practiceId, {
    patientId,
    connectionId,
    emrId: vault.seal({ row: patientId, kind: 'emr-id', version: 0 }, emrId),
    emrIdIndex: vault.index('patient', `${connectionId}|${emrId}`),
  });
  return link.patientId;
}
