import type { AuthorisedClient, RouteArguments, WireAnswer } from '../adapter.ts';
import type { Grammar, QueryGrammar, RouteTable } from '../route.ts';
import { VendorText, WireFailure } from '../wire-failure.ts';

/** A request that the table let through, as an EMR sees it. */
export interface InProcessRequest {
  readonly route: string;
  readonly method: string;
  /** Segments filled in. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** All values of the keys that stood there more than once; `query` has their first. */
  readonly repeated: Readonly<Record<string, readonly string[]>>;
  readonly ifMatch?: string;
  readonly ifNoneExist?: string;
  /** Those that the route fixes. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface InProcessAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly retryAfterSeconds?: number;
  readonly location?: string;
  readonly etag?: string;
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
      const path = conform(id, route.path ?? {}, args.path ?? {}).first;
      const { first: query, repeated } = conform(id, route.query ?? {}, args.query ?? {});
      if ((route.ifMatch === true) !== (args.ifMatch !== undefined))
        throw new WireFailure('refused', id, { reason: 'if-match' });
      if ((route.ifNoneExist === undefined) !== (args.ifNoneExist === undefined))
        throw new WireFailure('refused', id, { reason: 'if-none-exist' });
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
        repeated,
        ...(args.ifMatch !== undefined && { ifMatch: args.ifMatch }),
        ...(args.ifNoneExist !== undefined && { ifNoneExist: args.ifNoneExist }),
        headers: route.headers ?? {},
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
      if (route.response === 'redirect' && answer.location === undefined)
        throw new WireFailure('unknown', id, { reason: 'redirect', status: answer.status });
      const parsed =
        route.response === 'empty' || route.response === 'redirect'
          ? { success: true, data: undefined }
          : route.response.safeParse(answer.body);
      if (!parsed.success) throw new WireFailure('unknown', id, { reason: 'schema', status: answer.status });
      // The schema made it; T is the schema's output as the adapter names it.
      return {
        status: answer.status,
        body: parsed.data,
        ...(answer.location !== undefined && { location: answer.location }),
        ...(answer.etag !== undefined && { etag: answer.etag }),
      } as WireAnswer<T>;
    },
  };
}

function conform(
  id: string,
  rules: Readonly<Record<string, Grammar & Pick<QueryGrammar, 'repeat'>>>,
  given: NonNullable<RouteArguments['query']>,
): { readonly first: Record<string, string>; readonly repeated: Record<string, string[]> } {
  const first: Record<string, string> = {};
  const repeated: Record<string, string[]> = {};
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined) continue;
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    const texts = (Array.isArray(value) ? value : [value]).map(String);
    const fits = (text: string) =>
      rule !== undefined && text.length <= rule.maxLength && rule.pattern.test(text);
    if (texts.length === 0 || texts.length > (rule?.repeat ?? 1) || !texts.every(fits))
      throw new WireFailure('refused', id, { reason: 'grammar' });
    first[name] = texts[0] ?? '';
    if (texts.length > 1) repeated[name] = texts;
  }
  return { first, repeated };
}
