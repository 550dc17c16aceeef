import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { after } from 'node:test';
import type { AdapterContext, AuthorisedClient, BookingRequest, Opening } from '#adapter-kit/index.ts';
import type { EmrUnderTest } from '#adapter-kit/testing/index.ts';
import { simulatedEmr } from '#test/simulated-emr.ts';
import { drchrono } from '../index.ts';

const token = 'practice-token';
export const [OKAFOR, LINDGREN] = ['301122', '301123'];
/** Have no appointments. */
export const [ADA, CASPIAN] = ['90017733', '90017734'];

/** A simulated practice behind the wall, as a process, for the tests of one file. Starts in its first state. */
export async function openPractice(
  settings: Readonly<Record<string, unknown>> = {},
): Promise<SimulatedPractice> {
  const calm = { listLagMs: 0, hourlyLimit: 0, burstPerSecond: 0, ...settings };
  const emr = await simulatedEmr({
    adapter: drchrono,
    main: resolve(import.meta.dirname, '../simulator/main.ts'),
    arguments: [`--static-token=${token}`, `--settings=${JSON.stringify(calm)}`],
    credentials: { authorization: `Bearer ${token}` },
    minutes: 30,
  }).start();
  after(() => emr.stop());
  const { base = '' } = emr.connect();
  const control = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(new URL(`/__sim${path}`, base), {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
    return answer.json();
  };
  return {
    emr,
    connect(own = {}, now) {
      const calls: string[] = [];
      const ctx = emr.connect(now === undefined ? {} : { now });
      const http: AuthorisedClient = {
        call: (route, args) => {
          calls.push(route);
          return ctx.http.call(route, args);
        },
      };
      return { ctx: { ...ctx, http, settings: { newPatientDoctor: OKAFOR, ...own } }, calls };
    },
    set: async (changed) => void (await control('PUT', '/settings', changed)),
    fault: async (order) => void (await control('POST', '/faults', { times: 1, ...order })),
    // As the control surface is documented.
    requests: async () => (await control('GET', '/requests')) as readonly SentRequest[],
  };
}

export interface SimulatedPractice {
  readonly emr: EmrUnderTest;
  /** A connection with nothing remembered, and the routes that it calls. */
  connect(
    settings?: AdapterContext['settings'],
    now?: () => number,
  ): { readonly ctx: AdapterContext; readonly calls: string[] };
  /** Changes settings of the simulator until the next reset. */
  set(settings: object): Promise<void>;
  /** Once, unless the order says otherwise. */
  fault(order: object): Promise<void>;
  requests(): Promise<readonly SentRequest[]>;
}
interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

export function requestOf(opening: Opening, changed: Partial<BookingRequest> = {}): BookingRequest {
  return { patient: ADA, opening, marker: 'GW:DRCHRONOAA.1', ...changed };
}
