import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import {
  type MillenniumOptions,
  schedulingBearer,
  startMillennium,
} from '../../simulator/start-millennium.ts';

/** Wednesday, 3 March 2027, 11:00 in Boston. */
export const NOW = Date.parse('2027-03-03T16:00:00Z');
export const TENANT = 'ec2458f2-1e24-41c8-b71b-0e701af7583d';
export const BASE = `/r4/${TENANT}`;
export const [PIER, LIGHTHOUSE] = ['21300417', '32200649'];
export const [SORENSEN, HADDAD] = ['4464007', '4464008'];
export const [VISIT, PHYSICAL] = ['24477901', '24477902'];
export const TYPES = `https://fhir.cerner.com/${TENANT}/codeSet/14249`;
/** Has no appointments. */
export const NORA = '13000101';

/** Full scheduling scopes; the second belongs to another system account. */
const TOKEN = 'first-token';
export const OTHER_TOKEN = 'other-token';

/**
 * A simulated clinic in its first state whose clock stands still at {@link NOW}. Where nothing but settings is asked for,
 * the tests of a file share one and begin with a reset; any other is gone after its test.
 */
export async function openClinic(
  test: TestContext,
  options: Partial<MillenniumOptions> = {},
): Promise<TestClinic> {
  const { settings = {}, ...special } = options;
  if (Object.keys(special).length > 0) {
    const own = await start(options);
    test.after(() => own.stop());
    return clinicClient(own.url, TOKEN);
  }
  shared ??= start({});
  const clinic = clinicClient((await shared).url, TOKEN);
  assert.equal((await clinic.sim('POST', '/reset')).status, 204);
  await clinic.set(settings);
  return clinic;
}

let shared: ReturnType<typeof start> | undefined;
after(async () => (await shared)?.stop());

async function start(options: Partial<MillenniumOptions>) {
  const stateDir = await mkdtemp(join(tmpdir(), 'oracle-health-'));
  const bearers = [
    schedulingBearer(TOKEN),
    { ...schedulingBearer(OTHER_TOKEN), clientId: 'another-client' },
    ...(options.bearers ?? []),
  ];
  const simulator = await startMillennium({ now: () => NOW, stateDir, ...options, bearers });
  return {
    url: simulator.url,
    async stop() {
      await simulator.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

export function clinicClient(url: string, token: string): TestClinic {
  const send = async (method: string, path: string, init: Sent = {}): Promise<Reply> => {
    const { body, headers = {} } = init;
    const response = await fetch(url + path, {
      method,
      headers: { connection: 'close', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
  };
  const api: TestClinic['api'] = (method, path, { body, headers = {}, as = token } = {}) =>
    send(method, path.startsWith('http') ? path.slice(url.length) : BASE + path, {
      headers: {
        authorization: `Bearer ${as}`,
        accept: 'application/fhir+json',
        ...(body !== undefined && {
          'content-type': method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json',
        }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });
  const clinic: TestClinic = {
    url,
    api,
    raw: send,
    sim: (method, path, body) =>
      send(method, `/__sim${path}`, {
        headers: { 'content-type': 'application/json' },
        ...(body !== undefined && { body }),
      }),
    async set(settings) {
      assert.equal((await clinic.sim('PUT', '/settings', settings)).status, 200);
    },
    async slots(query = {}, as = token) {
      const reply = await api('GET', `/Slot?${slotQuery(query)}`, { as });
      assert.equal(reply.status, 200, reply.text);
      return matchesOf(reply);
    },
    async book(slotId, patient = NORA, more = {}) {
      const reply = await api('POST', '/Appointment', { body: booking(slotId, patient, more) });
      assert.equal(reply.status, 201, reply.text);
      return idOf(reply);
    },
    patch: (path, version, operations, as = token) =>
      api('PATCH', path, {
        body: operations,
        headers: version === undefined ? {} : { 'if-match': `W/"${version}"` },
        as,
      }),
    async read(path) {
      const reply = await api('GET', path);
      assert.equal(reply.status, 200, reply.text);
      return reply.json();
    },
    async ledger(id) {
      const { appointments } = (await send('GET', '/__sim/ledger')).json();
      return appointments.find((one: { id: string }) => one.id === id);
    },
  };
  return clinic;
}

/** Free slots of Monday, 7 June 2027, from 9 to 10 in Boston, with some parameters replaced or (undefined) left out. */
export function slotQuery(
  changes: Readonly<Record<string, string | readonly string[] | undefined>> = {},
): URLSearchParams {
  const all = {
    'service-type': `${TYPES}|${VISIT}`,
    start: ['ge2027-06-07T13:00:00Z', 'lt2027-06-07T14:00:00Z'],
    ...changes,
  };
  return new URLSearchParams(
    Object.entries(all).flatMap(([name, values]) =>
      [values ?? []].flat().map((value): [string, string] => [name, value]),
    ),
  );
}

export function booking(slotId: string, patient: string, more: object = {}): object {
  return {
    resourceType: 'Appointment',
    status: 'booked',
    slot: [{ reference: `Slot/${slotId}` }],
    participant: [{ actor: { reference: `Patient/${patient}` }, status: 'accepted' }],
    ...more,
  };
}

export const cancelled = [
  { op: 'replace', path: '/status', value: 'cancelled' },
  {
    op: 'add',
    path: '/cancelationReason',
    value: {
      coding: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason',
          code: 'oth-err',
        },
      ],
    },
  },
];

export function matchesOf(reply: Reply): Resource[] {
  return entriesOf(reply, 'match');
}

export function entriesOf(reply: Reply, mode: string): Resource[] {
  const { entry = [] } = reply.json();
  return entry
    .filter(({ search }: { search: { mode: string } }) => search.mode === mode)
    .map(({ resource }: { resource: Resource }) => resource);
}

export function nextOf(reply: Reply): string | undefined {
  return reply.json().link.find(({ relation }: { relation: string }) => relation === 'next')?.url;
}

export function idOf(reply: Reply): string {
  return reply.headers.get('location')?.split('/').at(-1) ?? '';
}

/** Location of a slot, from its extension. */
export function locationOf(slot: Resource): string {
  return slot.extension[0].valueReference.reference.split('/')[1];
}

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

// What comes over the wire is checked by the assertions of the test that asked.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Resource = any;

export interface TestClinic {
  readonly url: string;
  /** Below the base, or the address of a next page, with the first token unless `as` names another. */
  api(method: string, path: string, sent?: Sent & { readonly as?: string }): Promise<Reply>;
  /** Below the origin, nothing added. */
  raw(method: string, path: string, sent?: Sent): Promise<Reply>;
  /** Below `/__sim`. */
  sim(method: string, path: string, body?: unknown): Promise<Reply>;
  set(settings: object): Promise<void>;
  /** Matches of a slot search. */
  slots(query?: Parameters<typeof slotQuery>[0], as?: string): Promise<Resource[]>;
  /** The id of the new appointment. */
  book(slotId: string, patient?: string, more?: object): Promise<string>;
  patch(path: string, version: string | undefined, operations: unknown, as?: string): Promise<Reply>;
  read(path: string): Promise<Resource>;
  ledger(id: string): Promise<Resource>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  json(): Resource;
}
