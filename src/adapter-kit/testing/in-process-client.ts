import type { AuthorisedClient, WireAnswer } from '../adapter.ts';
import type { Grammar, RouteTable } from '../route.ts';
import { VendorText, WireFailure } from '../wire-failure.ts';

/** A request that the table let through, as an EMR sees it. */
export interface InProcessRequest {
  readonly route: string;
  readonly method: string;
  /** Segments filled in. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface InProcessAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly retryAfterSeconds?: number;
}

/** Answers a request, or throws a WireFailure for a line that breaks. */
export type InProcessEmr = (request: InProcessRequest) => Promise<InProcessAnswer>;

/**
 * An authorised client without a network, for tests: it holds an adapter to its route table as the wall does (grammars,
 * strict bodies, answers cut down to the response schema) and hands what passes to a function.
 */
export function inProcessClient(routes: RouteTable, emr: InProcessEmr): AuthorisedClient {
  return {
    async call<T>(id: string, args: Parameters<AuthorisedClient['call']>[1] = {}) {
      const route = Object.hasOwn(routes, id) ? routes[id] : undefined;
      if (route === undefined) throw new WireFailure('refused', id, { reason: 'no-such-route' });
      const path = conform(id, route.path ?? {}, args.path ?? {});
      const query = conform(id, route.query ?? {}, args.query ?? {});
      for (const [name, rule] of Object.entries(route.query ?? {})) {
        if (rule.required === true && query[name] === undefined)
          throw new WireFailure('refused', id, { reason: 'query' });
      }
      // What a body becomes on the wire, so that `undefined` and Dates cannot hide in it.
      const json: unknown = args.body === undefined ? undefined : JSON.parse(JSON.stringify(args.body));
      const body = route.body?.safeParse(json);
      if (body === undefined ? json !== undefined : !body.success)
        throw new WireFailure('refused', id, { reason: 'body' });

      const answer = await emr({
        route: id,
        method: route.method,
        path: route.template.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
          encodeURIComponent(path[name] ?? ''),
        ),
        query,
        body: body?.data,
      });
      if (!route.ok.includes(answer.status)) {
        throw new WireFailure('answered', id, {
          reason: 'status',
          status: answer.status,
          text: new VendorText(
            typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body ?? ''),
          ),
          ...(answer.retryAfterSeconds !== undefined && { retryAfterSeconds: answer.retryAfterSeconds }),
        });
      }
      const parsed =
        route.response === 'empty'
          ? { success: true, data: undefined }
          : route.response.safeParse(answer.body);
      if (!parsed.success) throw new WireFailure('unknown', id, { reason: 'schema', status: answer.status });
      // The schema made it; T is the schema's output as the adapter names it.
      return { status: answer.status, body: parsed.data } as WireAnswer<T>;
    },
  };
}

function conform(
  id: string,
  rules: Readonly<Record<string, Grammar>>,
  given: Readonly<Record<string, string | number | boolean | undefined>>,
): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const text = String(value);
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined || text.length > rule.maxLength || !rule.pattern.test(text)) {
      throw new WireFailure('refused', id, { reason: 'grammar' });
    }
    kept[name] = text;
  }
  return kept;
}
