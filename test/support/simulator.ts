import assert from 'node:assert/strict';

export interface LedgerEntry {
  readonly id: string;
  readonly patientId: string;
  readonly start: string;
  readonly end: string;
  readonly practitionerId: string;
  readonly locationId: string;
  readonly status: string;
  readonly marker: string | null;
  readonly writes: readonly { readonly at: string; readonly by: string; readonly action: string }[];
}

export interface Ledger {
  readonly appointments: readonly LedgerEntry[];
  readonly patients: readonly { readonly id: string; readonly createdAt: string; readonly by: string }[];
}

/** What a simulator's control surface tells and does; `src/simulator-kit/README.md` describes it. */
export interface TestSimulator {
  readonly url: string;
  /** The truth: every appointment ever written. */
  ledger(): Promise<Ledger>;
  /** Appointments that came by the API, in the order of their making. */
  booked(): Promise<readonly LedgerEntry[]>;
  fault(fault: { readonly name: string } & Readonly<Record<string, unknown>>): Promise<void>;
  liftFaults(): Promise<void>;
  /** Does what the front desk would. */
  staff(action: Readonly<Record<string, unknown>>): Promise<LedgerEntry>;
  /** Every request that was ever sent to its API. */
  requests(): Promise<readonly { readonly seq: number; readonly method: string; readonly path: string }[]>;
}

export function createTestSimulator(url: string): TestSimulator {
  const control = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(`${url}/__sim${path}`, {
      method,
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T; // as the control surface is documented
  };
  const ledger = () => control<Ledger>('GET', '/ledger');
  return {
    url,
    ledger,
    booked: async () => (await ledger()).appointments.filter(({ writes }) => writes[0]?.by === 'api'),
    fault: (fault) => control('POST', '/faults', 'rate' in fault ? fault : { times: 1, ...fault }),
    liftFaults: () => control('DELETE', '/faults'),
    staff: (action) => control('POST', '/staff', action),
    requests: () => control('GET', '/requests'),
  };
}
