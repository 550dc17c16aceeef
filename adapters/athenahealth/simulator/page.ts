import type { EmrAnswer } from '#simulator-kit/index.ts';
import { invalid } from './error.ts';
import type { AthenaCall } from './tables.ts';
import { answer } from './wire/json.ts';

/**
 * A page of a list with relative addresses of the next and the one before, whose names are in upper case but for `limit`
 * (which is there only where it was sent) and `offset`.
 */
export function page<Row>(
  call: AthenaCall,
  collection: string,
  rows: readonly Row[],
  sizes: { readonly usual: number; readonly most: number },
  render: (row: Row) => object,
): EmrAnswer {
  const { offset, limit } = readPage(call, sizes);
  const at = (first: number): string => {
    const kept = call.parameters.sent.filter(([name]) => name !== 'limit' && name !== 'offset');
    const sent = call.parameters.text('limit') !== undefined;
    const all = [
      ...kept
        .map(([name, value]) => [name.toUpperCase(), value] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
      ...(sent ? [['limit', String(limit)] as const] : []),
      ['offset', String(first)] as const,
    ];
    const query = all.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join('&');
    return `${call.request.path}?${query}`;
  };
  return answer(call, {
    totalcount: rows.length,
    ...(offset + limit < rows.length && { next: at(offset + limit) }),
    ...(offset > 0 && { previous: at(Math.max(0, offset - limit)) }),
    [collection]: rows.slice(offset, offset + limit).map(render),
  });
}

/** `limit` and `offset`, in rows. */
export function readPage(
  { parameters, settings }: AthenaCall,
  { usual, most }: { readonly usual: number; readonly most: number },
): { readonly offset: number; readonly limit: number } {
  const asked = parameters.count('limit') ?? Math.min(usual, most);
  if (asked === 0 || (asked > most && settings.limitTooLarge === 'reject400'))
    throw invalid(`The limit must be between 1 and ${most}.`);
  return { offset: parameters.count('offset') ?? 0, limit: Math.min(asked, most) };
}
