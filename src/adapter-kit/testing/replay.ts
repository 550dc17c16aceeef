import type { Adapter, AdapterContext } from '../adapter.ts';
import { WireFailure } from '../wire-failure.ts';
import { type InProcessAnswer, type InProcessRequest, inProcessClient } from './in-process-client.ts';
import { createMemo } from './memo.ts';

/**
 * An answer by route, or a function of the request and of how many there were, that gives one. A `WireFailure` is
 * thrown; what has a number as `status` and is no FHIR resource is an answer; everything else is the body of a success.
 */
export type Script = Readonly<Record<string, unknown>>;
export interface Replay {
  readonly ctx: AdapterContext;
  /** What was sent, in order. */
  readonly sent: readonly InProcessRequest[];
  /** The routes of what was sent, in order. */
  readonly routes: () => readonly string[];
}

/**
 * A connection to an EMR that answers from a script, on 1 March 2031 in Chicago; a route that is not in the script fails
 * the test.
 */
export function replay(
  { routes }: Pick<Adapter, 'routes'>,
  script: Script,
  changed: Partial<AdapterContext> = {},
): Replay {
  const sent: InProcessRequest[] = [];
  const now = () => Date.UTC(2031, 2, 1, 12);
  const http = inProcessClient(routes, async (request) => {
    sent.push(request);
    const { route } = request;
    const scripted = script[route];
    if (scripted === undefined) throw new Error(`${route} is not in the script.`);
    const answer: unknown = typeof scripted === 'function' ? scripted(request, sent.length) : scripted;
    if (answer instanceof WireFailure) throw answer;
    return isAnswer(answer) ? answer : { status: routes[route]?.ok[0] ?? 200, body: answer };
  });
  return {
    sent,
    routes: () => sent.map(({ route }) => route),
    ctx: { http, timeZone: 'America/Chicago', settings: {}, now, memo: createMemo(now), ...changed },
  };
}

function isAnswer(value: unknown): value is InProcessAnswer {
  return (
    typeof value === 'object' &&
    value !== null &&
    'status' in value &&
    typeof value.status === 'number' &&
    !('resourceType' in value)
  );
}
