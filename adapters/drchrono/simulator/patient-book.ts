import type { Writer } from '#simulator-kit/index.ts';
import type { AccountScene, Patient } from './tables.ts';

/** A patient without what {@link addPatient} gives them. */
export type NewPatient = Omit<Patient, 'id' | 'chartId' | 'writtenAt' | 'before'> &
  Partial<Pick<Patient, 'id' | 'chartId'>>;

/** Writes a new patient, with a chart id made of the name where none is given. */
export function addPatient(scene: AccountScene, person: NewPatient, by: Writer): Patient {
  const { db, ledger, now } = scene;
  const id = person.id ?? db.next('Patient', FIRST_NEW_PATIENT);
  const chartId = person.chartId ?? chartIdOf(scene, person);
  const row: Patient = { ...person, id, chartId, writtenAt: now, before: null };
  db.table('patients').put(id, row);
  ledger.patient(String(id), by);
  return row;
}

/** Above those of all practices. */
const FIRST_NEW_PATIENT = 91_000_001;

/** Ada Moreno is `MOAD000001`. */
function chartIdOf({ db }: AccountScene, { practice, firstName, lastName }: NewPatient): string {
  const letters = [lastName, firstName]
    .map((name) =>
      name
        .normalize('NFD')
        .replaceAll(/[^A-Za-z]/g, '')
        .slice(0, 2)
        .padEnd(2, 'X'),
    )
    .join('')
    .toUpperCase();
  return `${letters}${String(db.next(`Chart ${practice} ${letters}`, 1)).padStart(6, '0')}`;
}
