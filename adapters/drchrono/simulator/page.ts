import { type EmrAnswer, json } from '#simulator-kit/index.ts';
import type { PracticeCall } from './tables.ts';

/** Something in a list, and the text by which the list is ordered. */
export interface Item {
  readonly key: string;
  readonly out: () => object;
}

/** A page of a list, with the absolute addresses of those before and after it. The cursor is a position, not a number. */
export function page(call: PracticeCall, items: readonly Item[], size: PageSize = GENERAL): EmrAnswer {
  const wanted = Number(call.request.query.get('page_size'));
  const count = Number.isInteger(wanted) && wanted > 0 ? Math.min(wanted, size.most) : size.usual;
  const sorted = [...items].sort((one, other) => (one.key < other.key ? -1 : one.key > other.key ? 1 : 0));
  const { backwards, key } = readCursor(call.request.query.get('cursor'));
  const from = sorted.findIndex((item) => (backwards ? item.key >= key : item.key > key));
  const edge = from < 0 ? sorted.length : from;
  const start = backwards ? Math.max(0, edge - count) : edge;
  const shown = sorted.slice(start, backwards ? edge : edge + count);
  const [first] = shown;
  const last = shown.at(-1);
  const hasMore = start + shown.length < sorted.length;
  return json(200, {
    previous: start > 0 && first !== undefined ? address(call, `r=1&p=${first.key}`) : null,
    [call.settings.listKey]: shown.map(({ out }) => out()),
    next: hasMore && last !== undefined ? address(call, `p=${last.key}`) : null,
  });
}

export interface PageSize {
  readonly usual: number;
  readonly most: number;
}

/** A key that orders ids as numbers. */
export function keyOf(id: string | number): string {
  return String(id).padStart(12, '0');
}

/** Of this simulator, as the caller names it. */
export function originOf({ request }: PracticeCall): string {
  return `http://${request.headers.host ?? '127.0.0.1'}`;
}

const GENERAL: PageSize = { usual: 250, most: 250 };

function address(call: PracticeCall, cursor: string): string {
  const query = new URLSearchParams(call.request.query);
  query.set('cursor', Buffer.from(cursor).toString('base64'));
  return `${originOf(call)}${call.request.path}?${query}`;
}

function readCursor(cursor: string | null): { readonly backwards: boolean; readonly key: string } {
  const text = Buffer.from(cursor ?? '', 'base64').toString();
  const [, back, key = ''] = text.match(/^(r=1&)?p=(.*)$/s) ?? [];
  return { backwards: back !== undefined, key };
}
