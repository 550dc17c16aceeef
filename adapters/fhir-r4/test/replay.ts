import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Adapter, type AdapterContext, parseInstant, WireFailure } from '#adapter-kit/index.ts';
import {
  createMemo,
  type InProcessAnswer,
  type InProcessRequest,
  inProcessClient,
} from '#adapter-kit/testing/index.ts';

/** An answer by route, or how to find one. What has a `resourceType` is the body of a success. */
export type Script = Readonly<Record<string, unknown>>;
export interface Replay {
  readonly ctx: AdapterContext;
  /** What was sent, in order. */
  readonly sent: InProcessRequest[];
}

/** A connection to a server that answers each route from a script; a route that is not in it fails the test. */
export function replay(
  adapter: Pick<Adapter, 'routes'>,
  script: Script,
  changed: Partial<AdapterContext> = {},
): Replay {
  const sent: InProcessRequest[] = [];
  const now = () => parseInstant('2031-03-01T12:00:00Z') ?? 0;
  const http = inProcessClient(adapter.routes, async (request) => {
    sent.push(request);
    const answer = script[request.route];
    if (answer === undefined) throw new Error(`${request.route} is not in the script.`);
    return toAnswer(typeof answer === 'function' ? answer(request, sent.length) : answer);
  });
  return {
    sent,
    ctx: { http, timeZone: 'America/Chicago', settings: {}, now, memo: createMemo(now), ...changed },
  };
}

export function fixture(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(resolve(folder, `../fixtures/${name}.json`), 'utf8'));
}

export function searchset(resources: readonly unknown[], links: Readonly<Record<string, string>> = {}) {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    link: Object.entries(links).map(([relation, url]) => ({ relation, url })),
    entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
  };
}

function toAnswer(value: unknown): InProcessAnswer {
  if (value instanceof WireFailure) throw value;
  const isResource = typeof value === 'object' && value !== null && 'resourceType' in value;
  // Whatever has a status and is no resource was written as an answer.
  return isResource ? { status: 200, body: value } : (value as InProcessAnswer);
}
