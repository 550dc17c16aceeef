import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { type ClinicOptions, schedulingBearer, startClinic } from '../../simulator/start-clinic.ts';

/** Wednesday, 3 March 2027, 8:00 in Anchorage. */
export const NOW = Date.parse('2027-03-03T17:00:00Z');
export const TYPES = 'http://willowcreek.example/visit-types';
/** The two who have no appointments. */
export const [ELISE, DAVIT] = ['5001', '5002'];
const TOKEN = 'static-token';

/**
 * A simulated clinic in its first state whose clock stands still at {@link NOW}. Where nothing but settings is asked for,
 * the tests of a file share one and begin with a reset; any other is gone after its test.
 */
export async function openClinic(t: TestContext, options: Partial<ClinicOptions> = {}): Promise<TestClinic> {
  const { settings = {}, ...special } = options;
  if (Object.keys(special).length > 0) {
    const own = await start(options);
    t.after(() => own.stop());
    return clinicClient(own.url);
  }
  shared ??= start({});
  const clinic = clinicClient((await shared).url);
  assert.equal((await clinic.sim('POST', '/reset')).status, 204);
  assert.equal((await clinic.sim('PUT', '/settings', settings)).status, 200);
  return clinic;
}

let shared: ReturnType<typeof start> | undefined;
after(async () => (await shared)?.stop());

async function start(options: Partial<ClinicOptions>) {
  const stateDir = await mkdtemp(join(tmpdir(), 'fhir-r4-'));
  const simulator = await startClinic({
    now: () => NOW,
    stateDir,
    ...options,
    bearers: [schedulingBearer(TOKEN), ...(options.bearers ?? [])],
  });
  return {
    url: simulator.url,
    async stop() {
      await simulator.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

export function clinicClient(url: string, token = TOKEN): TestClinic {
  const send: TestClinic['raw'] = async (method, path, { body, headers = {} } = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: { connection: 'close', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
  };
  const api: TestClinic['api'] = (method, path, { body, headers = {}, as = token } = {}) =>
    send(method, path.startsWith('http') ? path.slice(url.length) : `/fhir${path}`, {
      headers: {
        authorization: `Bearer ${as}`,
        ...(body !== undefined && {
          'content-type': method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json',
        }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
  const clinic: TestClinic = {
    url,
    raw: send,
    api,
    sim: (method, path, body) =>
      send(method, `/__sim${path}`, {
        headers: { 'content-type': 'application/json' },
        ...(body !== undefined && { body }),
      }),
    async find(type, query) {
      const reply = await api('GET', `/${type}?${new URLSearchParams(query)}`);
      assert.equal(reply.status, 200, reply.text);
      return entriesOf(reply, 'match');
    },
    slots: (more = {}) => clinic.find('Slot', [...MONDAY, ['status', 'free'], ...Object.entries(more)]),
    async book(slots, patient = ELISE, more = {}, headers = {}) {
      const reply = await api('POST', '/Appointment', { body: booking(slots, patient, more), headers });
      assert.ok(reply.status === 201 || reply.status === 200, reply.text);
      return reply.json();
    },
    async read(path) {
      const reply = await api('GET', path);
      assert.equal(reply.status, 200, reply.text);
      return reply.json();
    },
    patch: (appointment, operations, version = appointment.meta.versionId) =>
      api('PATCH', `/Appointment/${appointment.id}`, {
        body: operations,
        headers: { 'if-match': `W/"${version}"` },
      }),
    async ledger(id) {
      const { appointments } = (await clinic.sim('GET', '/ledger')).json();
      return appointments.find((one: Resource) => one.id === id);
    },
  };
  return clinic;
}

/** Monday, 7 June 2027, in Anchorage. */
const MONDAY: [string, string][] = [
  ['start', 'ge2027-06-07T08:00:00-08:00'],
  ['start', 'lt2027-06-08T00:00:00-08:00'],
];

/** An appointment for slots that follow one another. */
export function booking(slots: readonly Resource[], patient: string, more: object = {}): object {
  return {
    resourceType: 'Appointment',
    status: 'booked',
    start: slots.at(0)?.start,
    end: slots.at(-1)?.end,
    slot: slots.map(({ id }) => ({ reference: `Slot/${id}` })),
    participant: [{ actor: { reference: `Patient/${patient}` }, status: 'accepted' }],
    ...more,
  };
}

export function entriesOf(reply: Reply, mode: string): Resource[] {
  const { entry = [] } = reply.json();
  return entry
    .filter(({ search }: Resource) => search.mode === mode)
    .map(({ resource }: Resource) => resource);
}

export function nextOf(reply: Reply): string | undefined {
  return reply.json().link.find(({ relation }: Resource) => relation === 'next')?.url;
}

/** Status, code and severity of a refusal. */
export function refusalOf(reply: Reply): readonly unknown[] {
  return [reply.status, reply.json().issue[0].code];
}

// What comes over the wire is checked by the assertions of the test that asked.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Resource = any;

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  json(): Resource;
}

export interface TestClinic {
  readonly url: string;
  /** Below the origin, nothing added. */
  raw(method: string, path: string, sent?: Sent): Promise<Reply>;
  /** Below the base, or the address of a next page. */
  api(method: string, path: string, sent?: Sent & { readonly as?: string }): Promise<Reply>;
  /** Below `/__sim`. */
  sim(method: string, path: string, body?: unknown): Promise<Reply>;
  /** Matches of a search. */
  find(type: string, query: ConstructorParameters<typeof URLSearchParams>[0]): Promise<Resource[]>;
  /** Free slots of a Monday. */
  slots(more?: Readonly<Record<string, string>>): Promise<Resource[]>;
  /** The appointment as it is answered. */
  book(
    slots: readonly Resource[],
    patient?: string,
    more?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Resource>;
  read(path: string): Promise<Resource>;
  patch(appointment: Resource, operations: unknown, version?: string): Promise<Reply>;
  ledger(id: string): Promise<Resource>;
}
