import type { Abilities, SoakOffice } from './offices.ts';

/** What is so in one EMR at the end, by its ledger and by what it tells of each patient. */
export interface Truth {
  readonly office: string;
  /** What this EMR lets us do; the rest was left to people, of whom there are none in a soak. */
  readonly can: Abilities;
  /** How many people one practitioner's book takes at one time. */
  readonly atOnce: number;
  /** One place takes one patient at a time. */
  readonly placeIsChair: boolean;
  readonly appointments: readonly LedgerRow[];
  readonly patients: readonly Person[];
}

/** `GET /__sim/ledger`, as src/simulator-kit/README.md describes it. */
export interface LedgerRow {
  readonly id: string;
  readonly patientId: string;
  readonly start: string | null;
  readonly end: string | null;
  readonly practitionerId: string | null;
  readonly locationId: string | null;
  readonly status: string;
  readonly marker: string | null;
  readonly writes: readonly { readonly at: string; readonly by: string; readonly action: string }[];
}

export interface Person {
  readonly id: string;
  /** The invented name, which nobody else has. */
  readonly name: string;
}

/** Where and how the truth of one office is read. */
export type Witness = Pick<SoakOffice, 'name' | 'can' | 'atOnce' | 'placeIsChair' | 'patient'> & {
  readonly url: string;
};

/** Reads it when nothing writes any more and the faults are lifted. */
export async function readTruth(witness: Witness): Promise<Truth> {
  const { name, url, can, atOnce, placeIsChair, patient } = witness;
  const ledger = (await json(`${url}/__sim/ledger`)) as {
    readonly appointments: LedgerRow[];
    readonly patients: readonly { readonly id: string; readonly by: string }[];
  };
  const patients: Person[] = [];
  for (const { id, by } of ledger.patients) {
    // Who was there before is nobody of ours.
    if (by === 'seed') continue;
    const family = patient.family(await json(`${url}${patient.path(id)}`, patient.headers));
    if (family === undefined) throw new Error(`${name} does not tell the name of patient ${id}.`);
    patients.push({ id, name: family });
  }
  return { office: name, can, atOnce, placeIsChair, appointments: ledger.appointments, patients };
}

async function json(url: string, headers: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const answer = await fetch(url, { headers });
  if (!answer.ok) throw new Error(`${new URL(url).pathname}: ${answer.status}`);
  return answer.json();
}
