import type { AthenaScene, Patient } from './tables.ts';

/** What is known of the person who is looked for. */
export interface Sought {
  readonly first: string;
  readonly last: string;
  /** `yyyy-MM-dd`. */
  readonly birthDate: string;
  readonly suffix?: string | undefined;
  readonly email?: string | undefined;
  readonly zip?: string | undefined;
  readonly phones: readonly string[];
}

/** Patients with a score of at least `least`, best first. The points are ours; the vendor does not publish its own. */
export function bestMatches(
  { db }: AthenaScene,
  sought: Sought,
  least: number,
): readonly { readonly patient: Patient; readonly score: number }[] {
  return db
    .table('patients')
    .all()
    .map((patient) => ({ patient, score: scoreOf(patient, sought) }))
    .filter(({ score }) => score >= least)
    .sort((one, other) => other.score - one.score);
}

/** Name and birth date alone: what it takes for a new patient not to be new. */
export const SAME_PERSON = 20;

function scoreOf(row: Patient, sought: Sought): number {
  const phones = [row.homePhone, row.mobilePhone, row.workPhone].flatMap((phone) => phone ?? []);
  const contradicts = sought.phones.length > 0 && !phones.some((phone) => sought.phones.includes(phone));
  const points: readonly (readonly [boolean, number])[] = [
    [fold(row.last) === fold(sought.last), 6],
    [fold(row.first) === fold(sought.first), 6],
    [row.birthDate === sought.birthDate, 8],
    [sought.phones.length > 0 && !contradicts, 5],
    [sought.email !== undefined && fold(row.email ?? '') === fold(sought.email), 4],
    [sought.zip !== undefined && row.zip === sought.zip, 2],
  ];
  return points.reduce((sum, [holds, worth]) => sum + (holds ? worth : 0), 0);
}

function fold(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').trim().toLowerCase();
}
