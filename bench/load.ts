import { connect, type Socket } from 'node:net';
import { answer } from './child.ts';
import { type Spread, spreadOf } from './spread.ts';

/** One burst of load: so many connections, each of which asks again as soon as it was answered. */
export interface Burst {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
}

export interface BurstResult {
  readonly perSecond: number;
  readonly answers: number;
  /** Answers of another status than 200. */
  readonly failures: number;
  /** Milliseconds from the last byte written to the last byte read. */
  readonly latency: Spread;
}

/**
 * A process that does nothing but ask. It writes HTTP/1.1 itself: a general client costs more than a bare handler, and
 * would measure itself.
 */
async function burst(order: Burst): Promise<BurstResult> {
  const { hostname, port, host, pathname, search } = new URL(order.url);
  const head = Object.entries({ host, ...order.headers, 'content-length': String(order.body.length) });
  const request = Buffer.from(
    `${order.method} ${pathname}${search} HTTP/1.1\r\n${head.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${order.body}`,
  );
  const times: number[] = [];
  let failures = 0;
  const begun = performance.now();
  const until = begun + order.seconds * 1_000;
  await Promise.all(
    Array.from({ length: order.connections }, async () => {
      const socket = connect(Number(port), hostname).setNoDelay(true);
      const next = reader(socket);
      while (performance.now() < until) {
        const sent = performance.now();
        socket.write(request);
        if ((await next()) !== 200) failures += 1;
        times.push(performance.now() - sent);
      }
      socket.destroy();
    }),
  );
  return {
    perSecond: times.length / ((performance.now() - begun) / 1_000),
    answers: times.length,
    failures,
    latency: spreadOf(times),
  };
}

/** Gives the status of one answer after another; both servers say `Content-Length`. */
function reader(socket: Socket): () => Promise<number> {
  let waiting: PromiseWithResolvers<number> | undefined;
  let head = '';
  let status = 0;
  let left = -1;
  const fail = (error: Error) => waiting?.reject(error);
  socket.once('error', fail);
  socket.once('close', () => fail(new Error('The connection was closed.')));
  socket.on('data', (chunk) => {
    if (left < 0) {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      status = Number(head.slice(9, 12));
      const length = /\r\ncontent-length: *(\d+)/i.exec(head.slice(0, end))?.[1];
      if (length === undefined) return fail(new Error(`An answer ${status} without a length.`));
      left = Number(length) - (head.length - end - 4);
      head = '';
    } else left -= chunk.length;
    if (left > 0) return;
    left = -1;
    waiting?.resolve(status);
  });
  return () => {
    waiting = Promise.withResolvers();
    return waiting.promise;
  };
}

answer({ burst });
process.send?.({ ready: true });
