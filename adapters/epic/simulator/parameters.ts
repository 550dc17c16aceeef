import { refuse } from './answer.ts';
import { unseal } from './seal.ts';
import type { EpicCall } from './tables.ts';

/** The parameters of a search, in the order in which they came, and how many matches earlier pages have shown. */
export interface Asked {
  readonly pairs: readonly (readonly [name: string, value: string])[];
  readonly offset: number;
}

/**
 * Query string, or the form of `POST _search`: of the two only one counts, and which one depends on the version of Epic.
 * A link to a next page brings the parameters of the first; after its time it is 4113.
 */
export function readParameters(call: EpicCall): Asked {
  const { request, settings } = call;
  const session = request.query.get(SESSION);
  if (request.method === 'GET' && session !== null) return continued(call, session);
  const fromBody = request.method === 'POST' && settings.postSearch === 'body';
  const source = fromBody ? new URLSearchParams(request.body) : request.query;
  return { pairs: [...source], offset: 0 };
}

export function firstOf({ pairs }: Asked, name: string): string | undefined {
  return pairs.find(([other]) => other === name)?.[1];
}

/** The parameter of a link to a next page. */
export const SESSION = 'sessionID';

function continued(call: EpicCall, session: string): Asked {
  const text = unseal('page', session);
  // Sealed here, so its shape is known.
  const page = text === undefined ? undefined : (JSON.parse(text) as Asked & { readonly until: number });
  if (page === undefined || page.until < call.now) throw refuse(call, 400, { code: '4113' });
  return page;
}
