import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { DEMO_KEY, type OfficeOptions, startOffice } from '../../simulator/start-office.ts';

/** Wednesday, 3 March 2027, 09:00 in Denver and in Phoenix. */
export const NOW = Date.parse('2027-03-03T16:00:00Z');

/** A simulated office without throttle whose clock stands still at {@link NOW}; gone after the test. */
export async function openOffice(
  test: TestContext,
  options: Partial<OfficeOptions> = {},
): Promise<TestOffice> {
  const stateDir = options.stateDir ?? (await mkdtemp(join(tmpdir(), 'open-dental-')));
  const office = {
    office: 'cedar',
    now: () => NOW,
    settings: { throttle: false },
    ...options,
    stateDir,
  } as const;
  const simulator = await startOffice(office);
  test.after(async () => {
    await simulator.stop();
    await rm(stateDir, { recursive: true, force: true });
  });
  return officeClient(simulator.url);
}

export function officeClient(
  url: string,
  key: { developer: string; customer: string } = DEMO_KEY,
): TestOffice {
  const send = async (
    method: string,
    path: string,
    body: unknown,
    headers: Record<string, string>,
  ): Promise<Reply> => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(url + path, {
      method,
      ...init,
      headers: { connection: 'close', ...headers },
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
  };
  const authorization = `ODFHIR ${key.developer}/${key.customer}`;
  const asJson = { 'content-type': 'application/json' };
  return {
    url,
    api: (method, path, body) => send(method, `/api/v1${path}`, body, { authorization, ...asJson }),
    raw: (method, path, headers) => send(method, path, undefined, headers),
    sim: (method, path, body) => send(method, `/__sim${path}`, body, asJson),
    async book(fields = {}) {
      const body = {
        PatNum: 3001,
        Op: 1,
        ProvNum: 1,
        AptDateTime: '2027-06-02 10:00:00',
        Pattern: '/XXXX/',
        ...fields,
      };
      const reply = await send('POST', '/api/v1/appointments', body, { authorization, ...asJson });
      return reply.json();
    },
    async ledger(id) {
      const { appointments } = (await send('GET', '/__sim/ledger', undefined, {})).json();
      return appointments.find((one: { id: string }) => one.id === String(id));
    },
  };
}

export interface TestOffice {
  readonly url: string;
  /** Below `/api/v1`, with the demo key. */
  api(method: string, path: string, body?: unknown): Promise<Reply>;
  raw(method: string, path: string, headers: Record<string, string>): Promise<Reply>;
  /** Below `/__sim`. */
  sim(method: string, path: string, body?: unknown): Promise<Reply>;
  // Answers are checked by the assertions of the test that asked.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  book(fields?: object): Promise<any>;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  ledger(id: number): Promise<any>;
}
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  json(): any;
}
