import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { createServer as createHttpsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import type { TestContext } from 'node:test';

/** A plain HTTP server on a free loopback port, closed when the test ends. */
export async function listenHttp(t: TestContext, handle: RequestListener): Promise<Listener> {
  return listening(t, createHttpServer(handle));
}

export async function listenTls(
  t: TestContext,
  options: ServerOptions,
  handle: RequestListener,
): Promise<Listener> {
  return listening(t, createHttpsServer(options, handle));
}

export interface Listener {
  readonly port: number;
  /** `http://127.0.0.1:{port}` */
  readonly origin: string;
  /** Connections accepted so far. */
  connections(): number;
}

async function listening(t: TestContext, server: Server): Promise<Listener> {
  let connections = 0;
  server.on('connection', () => {
    connections += 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo; // a TCP server's address is never a string
  return { port, origin: `http://127.0.0.1:${port}`, connections: () => connections };
}

/** A listener that nothing may ever reach. It answers like a server with something to hide. */
export async function listenCanary(t: TestContext): Promise<Listener> {
  let connections = 0;
  const server = createTcpServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
    socket.end('HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\n"secret"');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // a TCP server's address is never a string
  return { port, origin: `http://127.0.0.1:${port}`, connections: () => connections };
}

export async function readAll(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // no encoding is set, so chunks are bytes
  return Buffer.concat(chunks).toString('utf8');
}
