import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, isIP, type Server, type Socket } from 'node:net';
import { after } from 'node:test';
import type { Dial, Lookup } from '#egress/connector.ts';
import { createTestAuthority } from '../test-certificates.ts';
import { readLoosely } from './loose-address.ts';
import { canonical, insideNames, publicAddress } from './names.ts';

/**
 * A played internet, and what lies inside: public hosts stand at one public address, every other address leads to a
 * canary on this machine's loopback. What is dialled here is dialled for real, so a canary counts connections, not words.
 */
export async function openNetwork(): Promise<Network> {
  const authority = createTestAuthority();
  const certificate = authority.issue(['*.example.com', '*.names.example']);
  const hosts = new Map<string, RequestListener>();
  const vendor = await listen(
    createHttpsServer(certificate, (req, res) => {
      const handle = hosts.get(canonical(req.headers.host ?? ''));
      if (handle === undefined) res.writeHead(404, { connection: 'close' }).end('{}');
      else handle(req, res);
    }),
    '127.0.0.1',
  );
  const canaries = await openCanaries(certificate);
  const answers = new Map<string, readonly (readonly string[])[]>();
  const asked = new Map<string, number>();
  const dialled: string[] = [];

  return {
    ca: authority.ca,
    hosts,
    answers,
    asked,
    dialled,
    lookup: async (hostname) => {
      const name = canonical(hostname);
      const times = asked.get(name) ?? 0;
      asked.set(name, times + 1);
      const series = answers.get(name);
      const known = series?.[Math.min(times, series.length - 1)] ?? insideNames.get(name);
      if (known !== undefined) return known;
      if (hosts.has(name)) return [publicAddress];
      // Resolvers read addresses too, in odd forms and in other letters.
      const literal = readLoosely(hostname) ?? readLoosely(name);
      if (literal !== undefined) return [literal];
      throw Object.assign(new Error('No such name.'), { code: 'ENOTFOUND' });
    },
    dial: (addresses, port) => {
      dialled.push(...addresses);
      const inside = addresses.find((address) => address !== publicAddress);
      if (inside === undefined && addresses.length > 0) return connect(vendor.port, '127.0.0.1');
      return canaries.dial(inside ?? '', port);
    },
    vendorPort: vendor.port,
    canaryPort: canaries.port,
    reached: canaries.reached,
  };
}

export interface Network {
  /** Of the certificate authority that all public hosts have theirs from, PEM. */
  readonly ca: string;
  /** Public hosts by name, `….example.com` or `….names.example`, and what they answer. */
  readonly hosts: Map<string, RequestListener>;
  /** Names whose addresses change: the first answer, the second, …; the last one stays. */
  readonly answers: Map<string, readonly (readonly string[])[]>;
  /** How often each name was looked up. */
  readonly asked: ReadonlyMap<string, number>;
  /** Every address that was dialled. */
  readonly dialled: readonly string[];
  readonly lookup: Lookup;
  readonly dial: Dial;
  /** Where the public hosts are in truth, on 127.0.0.1. */
  readonly vendorPort: number;
  /** Where a canary listens on this machine's own loopback address. */
  canaryPort(leadsTo: string, scheme: 'http' | 'https'): number;
  /** Connections to canaries so far; every one that was begun before this was asked is counted. */
  reached(): Promise<number>;
}

interface Canary {
  readonly family: 4 | 6;
  readonly tls: boolean;
  readonly host: string;
  readonly port: number;
  readonly server: Server;
  /** Ports from which connections came that are not our own. */
  readonly visitors: number[];
}

async function openCanaries(certificate: { readonly cert: string; readonly key: string }) {
  const loopback6 = await hasLoopback6();
  const canaries: Canary[] = [];
  for (const [family, tls] of [
    [4, false],
    [4, true],
    [4, false],
    [6, false],
    [6, true],
  ] as const) {
    // A machine without IPv6 has the same listeners at the other address.
    const host = family === 6 && loopback6 ? '::1' : '127.0.0.1';
    const visitors: number[] = [];
    // Whatever it is asked it answers, like a service that trusts its network.
    const answer: RequestListener = (_, res) => res.setHeader('connection', 'close').end(loot);
    const server = tls ? createHttpsServer(certificate, answer) : createHttpServer(answer);
    // Before anything is read, and before TLS.
    server.on('connection', ({ remotePort }: Socket) => visitors.push(remotePort ?? 0));
    server.on('connect', (_, socket: Socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'));
    server.on('tlsClientError', () => {});
    server.on('clientError', (_error, socket) => socket.destroy());
    canaries.push({ family, tls, host, visitors, ...(await listen(server, host)) });
  }

  const find = (family: number, tls: boolean): Canary => {
    const found = canaries.find((one) => one.family === family && one.tls === tls);
    if (found === undefined) throw new TypeError('There is a canary for each.');
    return found;
  };
  return {
    port: (leadsTo: string, scheme: 'http' | 'https') =>
      find(isIP(readLoosely(leadsTo) ?? '') || 4, scheme === 'https').port,
    dial: (address: string, port: number) => {
      const { host, ...canary } =
        canaries.find((one) => one.port === port) ?? find(isIP(address) || 4, port === 443);
      return connect(canary.port, host);
    },
    reached: async () => {
      await Promise.all(canaries.map(visit));
      return canaries.reduce((sum, { visitors }) => sum + visitors.length, 0);
    },
  };
}

/** What a canary says: taken for a token, a document or a page, it is one. */
export const loot = JSON.stringify({ access_token: 'loot', token_type: 'Bearer', expires_in: 3600 });

/** Connections are taken in the order of their coming: when ours has been, so have those before it. */
async function visit({ server, host, port, visitors }: Canary): Promise<void> {
  const socket = connect(port, host);
  await once(socket, 'connect');
  const own = socket.localPort ?? 0;
  while (!visitors.includes(own)) await once(server, 'connection');
  visitors.splice(visitors.indexOf(own), 1);
  socket.destroy();
}

async function hasLoopback6(): Promise<boolean> {
  const server = createHttpServer().listen(0, '::1');
  const has = await once(server, 'listening').then(
    () => true,
    () => false,
  );
  server.close();
  return has;
}

async function listen<S extends Server>(
  server: S & { closeAllConnections(): void },
  host: string,
): Promise<{ readonly server: S; readonly port: number }> {
  server.listen(0, host);
  await once(server, 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port }; // a TCP server's address is never a string
}
