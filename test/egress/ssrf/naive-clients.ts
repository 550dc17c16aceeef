import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { after } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { Agent, type buildConnector, fetch } from 'undici';
import { isPublicAddress } from '#egress/address-guard.ts';
import { hostIn, readLoosely } from './loose-address.ts';
import { loot, type Network } from './network.ts';

/**
 * Ways out as they are often written, each with a guard that its author trusts. What the range tries on the wall gets
 * through some of these, and each of these lets something through: so the range can find what it looks for.
 */
export function naiveClients(network: Network): Readonly<Record<string, NaiveFetch>> {
  const find: Find = async (host) => (isIP(host) === 0 ? network.lookup(host) : [host]);
  const known = new Set<string>();
  const plain = fetchBy(network, find);
  return {
    'no guard': plain,
    'a guard in the resolver': fetchBy(network, async (host) =>
      isIP(host) === 0 ? passed(isPublicAddress, await find(host)) : [host],
    ),
    'a guard that knows private IPv4 addresses': fetchBy(network, async (host) =>
      passed((address) => !privateIPv4.test(address), await find(host)),
    ),
    'a guard that looks at the first address': fetchBy(network, async (host) => {
      const addresses = await find(host);
      passed(isPublicAddress, addresses.slice(0, 1));
      return addresses;
    }),
    'a guard that asks, and then lets the platform ask': fetchBy(network, async (host) => {
      passed(isPublicAddress, await find(host));
      return find(host);
    }),
    'a guard that remembers whom it has looked at': fetchBy(network, async (host) => {
      const addresses = await find(host);
      if (!known.has(host)) passed(isPublicAddress, addresses);
      known.add(host);
      return addresses;
    }),
    'a list of words': (url, init) => {
      if (suspicious.test(url)) throw new Error('That address is not allowed.');
      return plain(url, init);
    },
    'a known beginning': (url, init) => {
      if (!/^https?:\/\/api\.example\.com/.test(url)) throw new Error('That address is not allowed.');
      return plain(url, init);
    },
    'a pattern that finds the host': (url) => knock(network, hostIn(url)),
  };
}

/** `fetch` as the platform has it, which follows redirects, for one connection each. */
export type NaiveFetch = (url: string, init?: NaiveInit) => Promise<{ text(): Promise<string> }>;
export interface NaiveInit {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** Whether a client came back from inside with something. */
export async function isLed(client: NaiveFetch, url: string, init?: NaiveInit): Promise<boolean> {
  try {
    return (await (await client(url, init)).text()).includes(loot);
  } catch {
    return false;
  }
}

/** Whether an address leads inside, as the platform reads it or as a careless pattern does. */
export function createLure(network: Network): (url: string, init?: NaiveInit) => Promise<boolean> {
  const { 'no guard': plain, 'a pattern that finds the host': pattern } = naiveClients(network);
  assert.ok(plain && pattern);
  return async (url, init) => (await isLed(plain, url, init)) || isLed(pattern, url);
}

type Find = (host: string) => Promise<readonly string[]>;

function passed(isAllowed: (address: string) => boolean, addresses: readonly string[]): readonly string[] {
  if (!addresses.every(isAllowed)) throw new Error('That address is not allowed.');
  return addresses;
}
const privateIPv4 = /^(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|169\.254\.)/;
const suspicious =
  /localhost|127\.0|10\.0|192\.168|169\.254|100\.64|0\.0\.0\.0|::1|metadata|internal|\.local/;

/** The way of a client without a guard, for libraries that take one. */
export function naiveDispatcher(
  network: Network,
  find: Find = async (host) => (isIP(host) === 0 ? network.lookup(host) : [host]),
): Agent {
  const agent = new Agent({ connect: connector(network, find) });
  after(() => agent.destroy());
  return agent;
}

function fetchBy(network: Network, find: Find): NaiveFetch {
  const agent = naiveDispatcher(network, find);
  return (url, init = {}) => fetch(withoutUser(url), { ...init, dispatcher: agent });
}

/** `fetch` refuses a user in an address; other clients make a header of it. */
function withoutUser(text: string): string {
  const url = new URL(text);
  url.username = '';
  url.password = '';
  return url.href;
}

/** Dials what was found, without a look at the certificate. */
function connector(network: Network, find: Find): buildConnector.connector {
  return ({ hostname, protocol, port }, callback) => {
    const isTls = protocol === 'https:';
    const fail = (error: Error) => callback(error, null);
    find(hostname.replaceAll(/[[\]]/g, '')).then((found) => {
      // The platform reads addresses in odd forms too.
      const addresses = found.map((address) => readLoosely(address) ?? '127.0.0.1');
      const tcp = network.dial(addresses, Number(port) || (isTls ? 443 : 80));
      const socket = isTls ? connectTls({ socket: tcp, rejectUnauthorized: false }) : tcp;
      socket.once('error', fail).once(isTls ? 'secureConnect' : 'connect', () => {
        socket.off('error', fail);
        callback(null, socket);
      });
    }, fail);
  };
}

async function knock(network: Network, host: string): Promise<{ text(): Promise<string> }> {
  const address = readLoosely(host);
  const addresses = address === undefined ? await network.lookup(host) : [address];
  const socket = network.dial(addresses, 80);
  socket.end('GET / HTTP/1.1\r\nhost: inside\r\nconnection: close\r\n\r\n');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer); // no encoding is set, so chunks are bytes
  return { text: async () => Buffer.concat(chunks).toString() };
}
