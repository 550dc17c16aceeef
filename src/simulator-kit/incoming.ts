import type { IncomingMessage } from 'node:http';

/** Whole body as text, or undefined when the client left before its end or went over 17 MB. */
export async function readBody(req: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of req) {
      size += chunk.length;
      if (size > 17_000_000) {
        req.socket.destroy();
        return undefined;
      }
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Path and what follows the first question mark. */
export function splitUrl(url: string): [string, string] {
  const mark = url.indexOf('?');
  return mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)];
}

/** A name that is repeated has a list. */
export function plainQuery(query: URLSearchParams): Record<string, string | string[]> {
  const values = (name: string): string | string[] => {
    const [first = '', ...more] = query.getAll(name);
    return more.length === 0 ? first : [first, ...more];
  };
  return Object.fromEntries([...new Set(query.keys())].map((name) => [name, values(name)]));
}

/** Names in lower case, repeated ones joined. */
export function flatHeaders(req: IncomingMessage): Record<string, string | undefined> {
  return Object.fromEntries(
    Object.entries(req.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : value,
    ]),
  );
}
