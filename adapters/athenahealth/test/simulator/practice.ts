import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { type StartOptions, startAthena } from '../../simulator/start-athena.ts';

/** Wednesday, 3 March 2027: 08:00 in Seattle, 11:00 in New York. */
export const NOW = Date.parse('2027-03-03T16:00:00Z');
export const BASE = '/v1/195900';
export const [LAKESIDE, HILLCREST, ANNEX] = ['12', '14', '19'];
export const [BRICKER, OKAFOR, LINDQVIST] = ['71', '72', '73'];
export const [ANY, OFFICE_VISIT, FOLLOW_UP, NEW_PATIENT] = ['80', '82', '83', '84'];
/** Reasons. */
export const [VISIT, RETURN, FIRST, SAME_DAY] = ['962', '963', '964', '965'];
/** Three without appointments. */
export const [MINA, ORRIN, OTTILIE] = ['4471', '4472', '4473'];

const TOKEN = 'first-token';
export const OTHER_TOKEN = 'other-token';

/**
 * A simulated practice in its first state. Its clock stands at {@link NOW} until a test moves it. Where nothing but
 * settings is asked for, the tests of a file share one and begin with a reset; any other is gone after its test.
 */
export async function openPractice(
  test: TestContext,
  options: Partial<StartOptions> = {},
): Promise<TestPractice> {
  const { settings = {}, ...special } = options;
  clock.at = NOW;
  if (Object.keys(special).length > 0) {
    const own = await start(options);
    test.after(() => own.stop());
    return practiceClient(own.url, TOKEN);
  }
  const isFresh = shared === undefined;
  shared ??= start({});
  const practice = practiceClient((await shared).url, TOKEN);
  if (!isFresh) assert.equal((await practice.sim('POST', '/reset')).status, 204);
  await practice.set(settings);
  return practice;
}

/** Milliseconds since the epoch; of every practice of the file. */
export const clock = { at: NOW };

let shared: ReturnType<typeof start> | undefined;
after(async () => (await shared)?.stop());

async function start(options: Partial<StartOptions>) {
  const stateDir = await mkdtemp(join(tmpdir(), 'athenahealth-'));
  const staticTokens = [
    { token: TOKEN, clientId: 'first-client' },
    { token: OTHER_TOKEN, clientId: 'other-client' },
  ];
  const simulator = await startAthena({ now: () => clock.at, stateDir, staticTokens, ...options });
  return {
    url: simulator.url,
    async stop() {
      await simulator.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

export function practiceClient(url: string, token: string): TestPractice {
  const raw: TestPractice['raw'] = async (method, path, { headers = {}, form, json } = {}) => {
    const body = json === undefined ? form && new URLSearchParams(form) : JSON.stringify(json);
    const response = await fetch(url + path, {
      method,
      headers: { connection: 'close', ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
  };
  const practice: TestPractice = {
    url,
    raw,
    api: (method, path, { as = token, form, headers = {} } = {}) =>
      raw(method, path.startsWith('/v1/') ? path : BASE + path, {
        headers: { authorization: `Bearer ${as}`, ...headers },
        ...(form !== undefined && { form }),
      }),
    sim: (method, path, json) =>
      raw(method, `/__sim${path}`, {
        headers: { 'content-type': 'application/json' },
        ...(json !== undefined && { json }),
      }),
    async set(settings) {
      const reply = await practice.sim('PUT', '/settings', settings);
      assert.equal(reply.status, 200, reply.text);
    },
    async open(changes = {}) {
      const reply = await practice.api('GET', `/appointments/open?${openQuery(changes)}`);
      assert.equal(reply.status, 200, reply.text);
      return reply.json().appointments;
    },
    book: (id, form = {}) =>
      practice.api('PUT', `/appointments/${id}`, { form: { patientid: MINA, reasonid: VISIT, ...form } }),
    async booked(id, form) {
      const reply = await practice.book(id, form);
      assert.equal(reply.status, 200, reply.text);
      return reply.json()[0].appointmentid;
    },
    put: (path, form) => practice.api('PUT', `/appointments/${path}`, { form }),
    async read(id, as = token) {
      const reply = await practice.api('GET', `/appointments/${id}?showcopay=false`, { as });
      assert.equal(reply.status, 200, reply.text);
      return reply.json()[0];
    },
    async get(path) {
      const reply = await practice.api('GET', path);
      assert.equal(reply.status, 200, reply.text);
      return reply.json();
    },
    async ledger(id) {
      const { appointments } = (await practice.sim('GET', '/ledger')).json();
      return appointments.find((one: { id: string }) => one.id === String(id));
    },
  };
  return practice;
}

/** Slots of Bricker at Lakeside on Tuesday, 9 March 2027, by whatever reason, with some parameters replaced or left out. */
export function openQuery(changes: Readonly<Record<string, string | undefined>> = {}): URLSearchParams {
  const all = {
    departmentid: LAKESIDE,
    providerid: BRICKER,
    reasonid: '-1',
    startdate: '03/09/2027',
    enddate: '03/09/2027',
    ...changes,
  };
  return new URLSearchParams(
    Object.entries(all).flatMap(([name, value]): [string, string][] =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

/** Two newlines, then this. */
export function errorOf(reply: Reply): Json {
  assert.equal(reply.text.slice(0, 2), '\n\n', reply.text);
  assert.equal(reply.headers.get('content-type'), 'application/json');
  return reply.json();
}

interface Sent {
  readonly form?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
}

// What comes over the wire is checked by the assertions of the test that asked.
// biome-ignore lint/suspicious/noExplicitAny: see above
export type Json = any;

export interface TestPractice {
  readonly url: string;
  /** Below the practice, or a `next` link, with the first token unless `as` names another. */
  api(method: string, path: string, sent?: Sent & { readonly as?: string }): Promise<Reply>;
  /** Below the origin, nothing added. */
  raw(method: string, path: string, sent?: Sent & { readonly json?: unknown }): Promise<Reply>;
  /** Below `/__sim`. */
  sim(method: string, path: string, body?: unknown): Promise<Reply>;
  set(settings: object): Promise<void>;
  /** Rows of a slot search. */
  open(changes?: Parameters<typeof openQuery>[0]): Promise<Json[]>;
  /** Mina by the reason of an office visit, unless the form says otherwise. */
  book(id: string | number, form?: Readonly<Record<string, string>>): Promise<Reply>;
  /** The same, with the id of what was booked. */
  booked(id: string | number, form?: Readonly<Record<string, string>>): Promise<string>;
  /** Below `/appointments`. */
  put(path: string, form: Readonly<Record<string, string>>): Promise<Reply>;
  /** One appointment. */
  read(id: string | number, as?: string): Promise<Json>;
  get(path: string): Promise<Json>;
  ledger(id: string | number): Promise<Json>;
}

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  json(): Json;
}
