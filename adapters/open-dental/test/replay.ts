import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type AdapterContext, parseInstant, WireFailure } from '#adapter-kit/index.ts';
import {
  createMemo,
  type InProcessAnswer,
  type InProcessRequest,
  inProcessClient,
} from '#adapter-kit/testing/index.ts';
import { openDental } from '../index.ts';

/** An answer, or how to find one. A value without `status` is the body of a success. */
export type Script = Readonly<Record<string, unknown>>;
export interface Replay {
  readonly ctx: AdapterContext;
  /** What was sent, in order: `route`, then what went with it. */
  readonly sent: InProcessRequest[];
}

/** A connection to an Open Dental that answers each route from a script; a route that is not in it fails the test. */
export function replay(script: Script, changed: Partial<AdapterContext> = {}): Replay {
  const sent: InProcessRequest[] = [];
  const now = () => parseInstant('2031-03-01T12:00:00Z') ?? 0;
  const http = inProcessClient(openDental.routes, async (request) => {
    sent.push(request);
    const answer = script[request.route];
    if (answer === undefined) throw new Error(`${request.route} is not in the script.`);
    return toAnswer(typeof answer === 'function' ? answer(request) : answer, request);
  });
  return {
    sent,
    ctx: { http, timeZone: 'America/Chicago', settings: {}, now, memo: createMemo(now), ...changed },
  };
}

export function fixture(...names: readonly string[]): Script {
  const read = (name: string): Script =>
    JSON.parse(readFileSync(resolve(import.meta.dirname, `../fixtures/${name}.json`), 'utf8'));
  return Object.assign({}, ...names.map(read));
}

function toAnswer(value: unknown, { route, method }: InProcessRequest): InProcessAnswer {
  if (value instanceof WireFailure) throw value;
  // Whatever has a status was written as an answer.
  if (typeof value === 'object' && value !== null && 'status' in value) return value as InProcessAnswer;
  return { status: method === 'POST' ? 201 : 200, body: route === 'breakAppointment' ? undefined : value };
}
