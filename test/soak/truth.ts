import { DEMO_KEY } from '../../adapters/open-dental/simulator/start-office.ts';

/** What is so in one EMR at the end, by its ledger and its own list of patients. */
export interface Truth {
  readonly office: string;
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

/** Reads it when nothing writes any more and the faults are lifted. */
export async function readTruth(office: string, simulator: string): Promise<Truth> {
  const ledger = (await json(`${simulator}/__sim/ledger`)) as { appointments: LedgerRow[] };
  const patients: Person[] = [];
  for (;;) {
    const page = (await json(`${simulator}/api/v1/patients/Simple?Offset=${patients.length}`)) as {
      PatNum: number;
      LName: string;
    }[];
    patients.push(...page.map(({ PatNum, LName }) => ({ id: String(PatNum), name: LName })));
    if (page.length < 100) break;
  }
  return { office, appointments: ledger.appointments, patients };
}

async function json(url: string): Promise<unknown> {
  const headers = {
    authorization: `ODFHIR ${DEMO_KEY.developer}/${DEMO_KEY.customer}`,
    'content-type': 'application/json',
  };
  const answer = await fetch(url, { headers });
  if (!answer.ok) throw new Error(`${new URL(url).pathname}: ${answer.status}`);
  return answer.json();
}
