import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { type DrChronoStart, schedulingBearer, startDrChrono } from '../../simulator/start-drchrono.ts';

/** Wednesday, 3 March 2027, 08:00 in Portland. */
export const NOW = Date.parse('2027-03-03T16:00:00Z');
export const [OKAFOR, LINDGREN] = [301122, 301123];
export const OFFICE = 415001;
/** 30 and 60 minutes with Okafor. */
export const [FOLLOW_UP, NEW_PATIENT] = [77120, 77121];
/** Have no appointments. */
export const [ADA, CASPIAN] = [90017733, 90017734];

const TOKEN = 'first-token';
export const OTHER_TOKEN = 'token-of-the-second-practice';

/** Lists are of now and nobody is too fast, unless a test wants it otherwise. */
const calm = { listLagMs: 0, hourlyLimit: 0, burstPerSecond: 0 };

/**
 * Two practices in their first state on a clock that stands still at {@link NOW}. Where nothing but settings is asked
 * for, the tests of a file share one account and begin with a reset; any other is gone after its test.
 */
export async function openAccount(
  test: TestContext,
  options: Partial<DrChronoStart> = {},
): Promise<TestAccount> {
  const { settings = {}, ...special } = options;
  if (Object.keys(special).length > 0) {
    const own = await start(options);
    test.after(() => own.stop());
    return accountClient(own.url, TOKEN);
  }
  shared ??= start({});
  const account = accountClient((await shared).url, TOKEN);
  assert.equal((await account.sim('POST', '/reset')).status, 204);
  await account.set(settings);
  return account;
}

let shared: ReturnType<typeof start> | undefined;
after(async () => (await shared)?.stop());

async function start({ settings, ...options }: Partial<DrChronoStart>) {
  const stateDir = await mkdtemp(join(tmpdir(), 'drchrono-'));
  const simulator = await startDrChrono({
    now: () => NOW,
    stateDir,
    practices: 2,
    ...options,
    settings: { ...calm, ...settings },
    bearers: [
      schedulingBearer(TOKEN),
      schedulingBearer(OTHER_TOKEN, 2, 'another-application'),
      ...(options.bearers ?? []),
    ],
  });
  return {
    url: simulator.url,
    async stop() {
      await simulator.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

export function accountClient(url: string, token: string): TestAccount {
  const raw: TestAccount['raw'] = async (method, path, { body, headers = {} } = {}) => {
    const response = await fetch(path.startsWith('http') ? path : url + path, {
      method,
      redirect: 'manual',
      headers: { connection: 'close', ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
  };
  const account: TestAccount = {
    url,
    raw,
    api: (method, path, { body, headers = {}, as = token } = {}) =>
      raw(method, path.startsWith('http') ? path : `/api${path}`, {
        headers: {
          authorization: `Bearer ${as}`,
          'x-drc-api-version': 'v4',
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body }),
      }),
    sim: (method, path, body) =>
      raw(method, `/__sim${path}`, {
        headers: { 'content-type': 'application/json' },
        ...(body !== undefined && { body }),
      }),
    async set(settings) {
      const reply = await account.sim('PUT', '/settings', settings);
      assert.equal(reply.status, 200, reply.text);
    },
    async fault(order) {
      const reply = await account.sim('POST', '/faults', { times: 1, ...order });
      assert.equal(reply.status, 201, reply.text);
    },
    async read(path) {
      const reply = await account.api('GET', path);
      assert.equal(reply.status, 200, reply.text);
      return reply.json();
    },
    async list(path) {
      return (await account.read(path)).results;
    },
    async book(more = {}) {
      const reply = await account.api('POST', '/appointments', { body: visit(more) });
      assert.equal(reply.status, 201, reply.text);
      return reply.json().id;
    },
    async ledger(id) {
      const { appointments } = (await account.sim('GET', '/ledger')).json();
      return appointments.find((one: { id: string }) => one.id === id);
    },
  };
  return account;
}

/** Ada with Okafor, on Tuesday, 6 April 2027, at 10:30: beyond what is seeded. */
export function visit(more: object = {}): object {
  return {
    doctor: OKAFOR,
    office: OFFICE,
    exam_room: 1,
    patient: ADA,
    scheduled_time: '2027-04-06T10:30:00',
    duration: 30,
    status: 'Not Confirmed',
    ...more,
  };
}

interface Sent {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

// What comes over the wire is checked by the assertions of the test that asked.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Told = any;

export interface TestAccount {
  readonly url: string;
  /** Below `/api`, or an absolute address, with the first practice's token unless `as` names another. */
  api(method: string, path: string, sent?: Sent & { readonly as?: string }): Promise<Reply>;
  /** Below the origin, nothing added. */
  raw(method: string, path: string, sent?: Sent): Promise<Reply>;
  /** Below `/__sim`. */
  sim(method: string, path: string, body?: unknown): Promise<Reply>;
  set(settings: object): Promise<void>;
  /** Once, unless the order says otherwise. */
  fault(order: object): Promise<void>;
  read(path: string): Promise<Told>;
  /** `results` of a list. */
  list(path: string): Promise<Told[]>;
  /** The id of {@link visit} with some keys replaced. */
  book(more?: object): Promise<string>;
  ledger(id: string): Promise<Told>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  json(): Told;
}
