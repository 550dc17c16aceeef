import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { demoPatients } from '../../simulator/demo-patients.ts';
import { type PracticeOptions, startPractice } from '../../simulator/start-practice.ts';

/** Wednesday, 3 March 2027, 09:00 in Chicago. */
export const NOW = Date.parse('2027-03-03T15:00:00Z');
export const TOKEN = 'a-token-for-tests';
export const BASE = '/interconnect-fhir-oauth';

/** Active, and without appointments. */
export const [AMARA, JONAS] = [demoPatients.juniper[0]?.id ?? '', demoPatients.juniper[1]?.id ?? ''];

/**
 * The demo practice on its first day, with a clock that stands still at {@link NOW}. Tests of one file that wish for
 * nothing else share one, which begins anew each time; with `options` it is started for this test alone.
 */
export async function openPractice(
  test: TestContext,
  settings: PracticeOptions['settings'] = {},
  options?: Partial<PracticeOptions>,
): Promise<TestPractice> {
  if (options !== undefined) {
    const own = await start({ settings, ...options });
    test.after(own.stop);
    return practiceClient(own.url);
  }
  shared ??= start({});
  const practice = practiceClient((await shared).url);
  await practice.sim('POST', '/reset');
  await practice.sim('PUT', '/settings', settings);
  return practice;
}

let shared: ReturnType<typeof start> | undefined;
after(async () => (await shared)?.stop());

async function start(options: Partial<PracticeOptions>) {
  const stateDir = await mkdtemp(join(tmpdir(), 'epic-'));
  const simulator = await startPractice({ stateDir, staticToken: TOKEN, now: () => NOW, ...options });
  return {
    url: simulator.url,
    async stop(): Promise<void> {
      await simulator.stop();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}

export function practiceClient(url: string, token = TOKEN): TestPractice {
  const raw = async (method: string, path: string, headers: Record<string, string>, body?: string) => {
    const init = body === undefined ? {} : { body };
    const response = await fetch(url + path, {
      method,
      ...init,
      headers: { connection: 'close', ...headers },
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) };
  };
  const fhir = (version: string) => (method: string, path: string, body?: unknown) =>
    raw(
      method,
      `${BASE}/api/FHIR/${version}${path}`,
      {
        authorization: `Bearer ${token}`,
        accept: 'application/fhir+json',
        ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }),
      },
      body === undefined ? undefined : JSON.stringify(body),
    );
  const [r4, stu3] = [fhir('R4'), fhir('STU3')];
  const sim = (method: string, path: string, body?: unknown) =>
    raw(
      method,
      `/__sim${path}`,
      { 'content-type': 'application/json' },
      body === undefined ? undefined : JSON.stringify(body),
    );
  const find = (parameter: readonly object[] = [], window: { from?: string; to?: string } = {}) =>
    stu3('POST', '/Appointment/$find', {
      resourceType: 'Parameters',
      parameter: [
        { name: 'startTime', valueDateTime: window.from ?? '2027-03-04T06:00:00Z' },
        { name: 'endTime', valueDateTime: window.to ?? '2027-03-05T06:00:00Z' },
        ...parameter,
      ],
    });
  const book = (appointment: string, patient = AMARA, note = 'Booked in a test GW:AAAAAAAAAA.1') =>
    stu3('POST', '/Appointment/$book', {
      resourceType: 'Parameters',
      parameter: [
        { name: 'patient', valueIdentifier: { value: patient } },
        { name: 'appointment', valueIdentifier: { value: appointment } },
        { name: 'appointmentNote', valueString: note },
      ],
    });
  return {
    url,
    raw,
    r4,
    stu3,
    sim,
    find,
    book,
    async proposals(visitType = '1004') {
      const { entry } = (await find([serviceType(visitType)])).json();
      return entry
        .filter(({ search }: { search: { mode: string } }) => search.mode === 'match')
        .map(({ resource }: { resource: object }) => resource);
    },
    async ledger(id) {
      const { appointments } = (await sim('GET', '/ledger')).json();
      return appointments.find((one: { id: string }) => one.id === id);
    },
  };
}

export function serviceType(code: string, environment = '0', name = 'serviceType') {
  const system = `urn:oid:1.2.840.114350.1.13.${environment}.1.7.3.808267.11`;
  return { name, valueCodeableConcept: { coding: [{ system, code }] } };
}

/** Epic's numbers of all issues, in order: of an outcome, or of the outcome entries of a Bundle. */
export function codesOf(body: { resourceType: string; issue?: object[]; entry?: object[] }): string[] {
  // The assertions of the tests check these shapes.
  // biome-ignore lint/suspicious/noExplicitAny: see above
  const outcomes: any[] =
    body.resourceType === 'Bundle'
      ? // biome-ignore lint/suspicious/noExplicitAny: see above
        (body.entry ?? []).filter((one: any) => one.search.mode === 'outcome').map((one: any) => one.resource)
      : [body];
  return outcomes.flatMap(({ issue }) =>
    issue.map((one: { details: { coding: { code: string }[] } }) => one.details.coding[0]?.code),
  );
}

export interface TestPractice {
  readonly url: string;
  raw(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Reply>;
  /** Below the R4 or the STU3 base, as JSON, with the static token. */
  r4(method: string, path: string, body?: unknown): Promise<Reply>;
  stu3(method: string, path: string, body?: unknown): Promise<Reply>;
  /** Below `/__sim`. */
  sim(method: string, path: string, body?: unknown): Promise<Reply>;
  /** `$find`; of Thursday, 4 March 2027 when no window is given. */
  find(parameter?: readonly object[], window?: { from?: string; to?: string }): Promise<Reply>;
  book(appointment: string, patient?: string, note?: string): Promise<Reply>;
  /** What `$find` proposes for that Thursday. Answers are checked by the assertions of the test that asked. */
  // biome-ignore lint/suspicious/noExplicitAny: see above
  proposals(visitType?: string): Promise<any[]>;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  ledger(id: string): Promise<any>;
}
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: see above
  json(): any;
}
