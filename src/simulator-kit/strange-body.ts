import { pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';
import type { EmrAnswer } from './emulation.ts';

const JSON_TYPE = { 'content-type': 'application/json; charset=utf-8' };
const MEGABYTE = 1024 * 1024;

/** A success whose body is not what the route promises. */
export function wrongBody(answer: EmrAnswer, variant: string | undefined): EmrAnswer {
  const bodies: Record<string, string> = {
    object: '{"message":"ok","data":{"rows":[1,2,3]}}',
    null: 'null',
    string: '"success"',
    empty: '',
    truncated: (answer.body ?? '{"AptNum":1').slice(0, -1),
  };
  return {
    status: success(answer),
    headers: JSON_TYPE,
    body: bodies[variant ?? 'object'] ?? '',
  };
}

/** A success that attacks whoever parses, merges or shows it. */
export function hostileBody(answer: EmrAnswer, variant: string | undefined): EmrAnswer {
  const status = success(answer);
  if (variant === 'prototype') {
    const keys =
      '"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}},"toString":null';
    const [before, after = '}'] = (answer.body ?? '').split(/\{(.*)/s);
    const body = `${before}{${keys}${after.startsWith('}') ? '' : ','}${after}`;
    return { status, headers: JSON_TYPE, body };
  }
  if (variant === 'deep')
    return {
      status,
      headers: JSON_TYPE,
      body: '['.repeat(100_000) + ']'.repeat(100_000),
    };
  return {
    status,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: '<!doctype html><title>Sign in</title><script>globalThis.polluted = true</script><img src=x onerror=alert(1)>',
  };
}

/** `plain`: 50 MB. `endless`: until the client leaves. `gzip`: half a megabyte that unpacks to 512 MB of valid JSON. */
export async function sendHugeBody(
  open: (status: number, headers: Readonly<Record<string, string>>) => NodeJS.WritableStream,
  variant: string | undefined,
): Promise<void> {
  const zipped = variant === 'gzip';
  const chunks = { plain: 50, gzip: 512, endless: Number.POSITIVE_INFINITY }[variant ?? 'plain'] ?? 50;
  const out = open(200, zipped ? { ...JSON_TYPE, 'content-encoding': 'gzip' } : JSON_TYPE);
  try {
    await pipeline(blankArray(chunks, zipped ? gzipSync : Buffer.from), out);
  } catch {
    // The client has left, as it should.
  }
}

/** `[`, so many megabytes of blanks, `]`. */
function* blankArray(chunks: number, pack: (data: Buffer) => Buffer): Generator<Buffer> {
  const chunk = pack(Buffer.alloc(MEGABYTE, ' '));
  yield pack(Buffer.from('['));
  for (let sent = 0; sent < chunks; sent++) yield chunk;
  yield pack(Buffer.from(']'));
}

function success({ status }: EmrAnswer): number {
  return status < 300 ? status : 200;
}
