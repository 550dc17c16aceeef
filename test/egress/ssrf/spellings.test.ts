import assert from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import { isPublicAddress } from '#egress/address-guard.ts';
import { insideIPv4, insideIPv6 } from './addresses.ts';
import { hostIn, readLoosely } from './loose-address.ts';
import { createLure, isLed, type NaiveFetch, naiveClients } from './naive-clients.ts';
import { canonical, insideNames } from './names.ts';
import { openNetwork } from './network.ts';
import { aimed } from './range.ts';
import { bracketed, type Spelling } from './spelling.ts';
import { spellings, tricks } from './spellings.ts';

const network = await openNetwork();
network.hosts.set('api.example.com', (_, res) => res.setHeader('connection', 'close').end('{}'));
const clients = Object.entries(naiveClients(network));

test('There are more than 500 spellings, of 40 tricks and more, each different.', () => {
  assert.ok(spellings.length > 700, `${spellings.length} spellings`);
  assert.ok(tricks.length > 40, `${tricks.length} tricks`);
  assert.equal(new Set(spellings.map(({ origin }) => origin('https'))).size, spellings.length);
});

test('Each of them leads inside for some reader.', () => {
  const astray = spellings.filter((spelling) => !isReadByPlatform(spelling) && !isReadLoosely(spelling));
  assert.deepEqual(
    astray.map(({ origin }) => origin('https')),
    [],
  );
});

test('Each that the platform does not read leads a hand-written client inside (negative control).', async () => {
  const lures = createLure(network);
  const others = spellings.filter((one) => !(isReadByPlatform(one) && isHttp(one)));
  assert.ok(others.length > 80, `${others.length} spellings`);
  const before = await network.reached();
  const stayed: string[] = [];
  for (const one of others) {
    const url = `${one.origin('http')}/`;
    if (!(await lures(url))) stayed.push(url);
  }
  assert.deepEqual(stayed, []);
  assert.equal((await network.reached()) - before, others.length);
});

test('What is inside is not public.', () => {
  assert.deepEqual([...insideIPv4, ...insideIPv6].filter(isPublicAddress), []);
});

test('A plain fetch is led inside by every spelling that the platform reads (negative control).', async () => {
  const [[, plain] = assert.fail()] = clients;
  const readable = spellings.filter((one) => isReadByPlatform(one) && isHttp(one));
  assert.ok(readable.length > 600, `${readable.length} spellings`);
  const before = await network.reached();
  const stayed: string[] = [];
  for (const [turn, spelling] of readable.entries()) {
    // TLS is slow, and says nothing new about an address.
    const form = turn % 20 === 0 ? 'https' : turn % 20 === 10 ? 'https-port' : 'http';
    const url = `${aimed(spelling, network, form)}/`;
    if (!(await isLed(plain, url))) stayed.push(url);
  }
  assert.deepEqual(stayed, []);
  assert.equal((await network.reached()) - before, readable.length);
});

test('Node’s own fetch, of which nothing here is played, is led to loopback (negative control).', async () => {
  const before = await network.reached();
  const own = spellings.filter((one) => one.leadsTo === '127.0.0.1' && isLiteral(one) && isHttp(one));
  const urls = own.map((one) => aimed(one, network, 'http')).filter((url) => !url.includes('@'));
  for (const url of urls) await fetch(url);
  assert.ok(urls.length > 50, `${urls.length} spellings`);
  assert.equal((await network.reached()) - before, urls.length);
});

test('Every trick leads some naive client inside, and every naive client is led by some (negative control).', async () => {
  const led = new Map<string, string[]>();
  for (const [trick, [first = assert.fail(), ...more]] of tricks)
    for (const [name, client] of clients)
      if (await someLed(client, [first, ...more.slice(-1)])) led.set(name, [...(led.get(name) ?? []), trick]);
  assert.deepEqual(new Set([...led.values()].flat()), new Set(tricks.map(([trick]) => trick)));
  // These two need a name that changes: rebinding.test.ts.
  const later = [
    'a guard that asks, and then lets the platform ask',
    'a guard that remembers whom it has looked at',
  ];
  assert.deepEqual(
    clients.map(([name]) => name).filter((name) => !led.has(name)),
    later,
  );
});

async function someLed(client: NaiveFetch, some: readonly Spelling[]): Promise<boolean> {
  for (const spelling of some) if (await isLed(client, `${spelling.origin('http')}/`)) return true;
  return false;
}

/** By the platform's parser of addresses, and then by DNS. */
function isReadByPlatform(spelling: Spelling): boolean {
  const url = URL.parse(spelling.origin('http'));
  if (url === null) return false;
  return isLiteral(spelling) || insideNames.has(canonical(url.hostname));
}

function isLiteral({ origin, leadsTo }: Spelling): boolean {
  return URL.parse(origin('http'))?.hostname === URL.parse(`http://${bracketed(leadsTo)}`)?.hostname;
}

function isHttp({ origin }: Spelling): boolean {
  return /^https?:$/.test(URL.parse(origin('http'))?.protocol ?? '');
}

function isReadLoosely({ origin, leadsTo }: Spelling): boolean {
  const read = readLoosely(hostIn(`${origin('http')}/`)) ?? '';
  const hostname = (address: string) => new URL(`http://${bracketed(address)}`).hostname;
  return isIP(read) !== 0 && hostname(read) === hostname(leadsTo);
}
