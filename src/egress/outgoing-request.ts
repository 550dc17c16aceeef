import type { Dispatcher } from 'undici';
import { WallRefusal } from './wall-refusal.ts';

/** A finished request as the wall judges it. Header names are in lower case. */
export interface OutgoingRequest {
  readonly method: string;
  /** The whole address, as text. */
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | undefined;
}

const longestBody = 1_048_576;

/**
 * Brings the headers that any undici client may hand over into one form: lower-case names, text values. Compressed
 * answers are never asked for, because a decoded size cannot be told from a sent one.
 */
export function readHeaders(headers: Dispatcher.DispatchOptions['headers']): [name: string, value: string][] {
  return [
    ...pairsOf(headers).map(([name, value]): [string, string] => {
      if (typeof name !== 'string' || typeof value !== 'string') throw new WallRefusal('headers');
      return [name.toLowerCase(), value];
    }),
    ['accept-encoding', 'identity'] satisfies [string, string],
  ].filter(([name], index, all) => name !== 'accept-encoding' || index === all.length - 1);
}

function pairsOf(headers: Dispatcher.DispatchOptions['headers']): (readonly [unknown, unknown])[] {
  if (headers === undefined || headers === null) return [];
  if (!Array.isArray(headers))
    return Symbol.iterator in headers
      ? [...(headers as Iterable<[string, unknown]>)]
      : Object.entries(headers);
  const list: readonly unknown[] = headers;
  if (list.length % 2 !== 0) throw new WallRefusal('headers');
  return Array.from(
    { length: list.length / 2 },
    (_, index) => [list[2 * index], list[2 * index + 1]] as const,
  );
}

/** Reads the body to the end before anything leaves, so that what is judged is what is sent. */
export async function readBody(body: unknown): Promise<string | undefined> {
  if (body === undefined || body === null) return undefined;
  if (typeof body === 'string') return body;
  if (body instanceof Uint8Array) return decode(body);
  if (typeof body !== 'object' || !(Symbol.asyncIterator in body)) throw new WallRefusal('body-kind');
  const chunks: Uint8Array[] = [];
  let size = 0;
  // `fetch` hands its bodies over as async iterables of bytes; anything else in them is refused below.
  for await (const chunk of body as AsyncIterable<unknown>) {
    if (!(chunk instanceof Uint8Array)) throw new WallRefusal('body-kind');
    size += chunk.byteLength;
    if (size > longestBody) throw new WallRefusal('body-size');
    chunks.push(chunk);
  }
  return decode(Buffer.concat(chunks));
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new WallRefusal('body-text');
  }
}
