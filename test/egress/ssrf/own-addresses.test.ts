import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, get } from 'node:http';
import { type AddressInfo, connect, isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, test } from 'node:test';
import { isPublicAddress } from '#egress/address-guard.ts';
import { createConnector, type Dial, dialTcp, lookupAll } from '#egress/connector.ts';
import { createWall } from '#egress/index.ts';
import { words } from '../words.ts';
import { ipv4SpellingsOf } from './ipv4-spellings.ts';
import { ipv6SpellingsOf } from './ipv6-spellings.ts';
import { publicAddress } from './names.ts';
import { loot, openNetwork } from './network.ts';
import { legalBase, routes } from './range.ts';
import { bracketed } from './spelling.ts';

/**
 * Nothing inside is played here: one listener at every address that this machine itself has, the system's own resolver,
 * and connections as production opens them. Only port 443 is moved to where the listener is.
 */
const network = await openNetwork();
network.hosts.set('api.example.com', (_, res) => res.end('{}'));
const own = [
  ...new Set(
    Object.values(networkInterfaces())
      .flatMap((all = []) => all)
      // Link-local ones need a scope, which no address of a request can have.
      .flatMap(({ address, scopeid }) => (scopeid ? [] : [address])),
  ),
];
const hasIPv6 = own.some((address) => isIP(address) === 6);

let visitors = 0;
const listener = createServer((_, res) => res.setHeader('connection', 'close').end(loot));
listener.on('connection', () => {
  visitors += 1;
});
listener.listen(0, hasIPv6 ? '::' : '0.0.0.0');
await once(listener, 'listening');
after(() => listener.close());
const { port } = listener.address() as AddressInfo; // a TCP server's address is never a string

const dial: Dial = (addresses) =>
  addresses[0] === publicAddress ? connect(network.vendorPort, '127.0.0.1') : dialTcp(addresses, port);

/** The machine's own, and the ones that mean all of them. */
const addresses = [...own, '0.0.0.0', ...(hasIPv6 ? ['::', '::ffff:127.0.0.1'] : [])];
const spellings = addresses.flatMap((address) =>
  isIP(address) === 6 ? ipv6SpellingsOf(address) : ipv4SpellingsOf(address),
);
/** What the system's resolver reads without asking anybody. A public address of this machine is like anybody's. */
const names = [
  'localhost',
  ...addresses.filter((address) => !isPublicAddress(address)),
  ...words('127.1 127.0.1 0x7f.1 0177.0.0.1 2130706433 0x7f000001 0X7F000001 017700000001 00017700000001'),
];

/** As an attacker's name would: it is public to look at, and the system's resolver says what it says of `alias`. */
let alias = 'localhost';
const wall = createWall({
  production: true,
  ca: network.ca,
  lookup: async (name) => (name === 'api.example.com' ? [publicAddress] : lookupAll(alias)),
  dial,
});
after(() => wall.close());
const legal = wall.site({ base: legalBase, kind: 'vendor', routes, credentialHeaders: [] });
const connector = createConnector({
  lookup: lookupAll,
  dial,
  ca: network.ca,
  timeoutMs: 5_000,
  simulators: new Set(),
});

test('A plain fetch reaches this machine by every spelling that the platform reads (negative control).', async () => {
  const readable = spellings.filter(
    ({ origin, leadsTo }) =>
      URL.parse(origin('http'))?.hostname === URL.parse(`http://${bracketed(leadsTo)}`)?.hostname,
  );
  assert.ok(readable.length >= 50 * own.filter((address) => isIP(address) === 4).length);
  const before = visitors;
  for (const { origin } of readable) await (await fetch(origin('http', port))).text();
  assert.equal(visitors - before, readable.length);
});

test('A plain request reaches it by every name that the resolver reads (negative control).', async () => {
  const before = visitors;
  for (const host of names) {
    const [answer] = await once(get({ host, port, agent: false }), 'response');
    answer.resume();
  }
  assert.equal(visitors - before, names.length);
});

test('By no spelling does the wall reach it.', async () => {
  const before = visitors;
  for (const { origin } of spellings) {
    for (const base of [origin('http', port), origin('https', port), origin('https')]) {
      const site = { base, routes, credentialHeaders: [] };
      for (const kind of ['vendor', 'simulator'] as const)
        await assert.rejects(
          async () => wall.fetch(wall.site({ ...site, kind }))(`${base}/appointments/7`),
          base,
        );
      await assert.rejects(async () => wall.fetch(legal)(`${base}/v1/appointments/7`), base);
    }
    await works();
  }
  assert.equal(visitors, before);
});

test('By no name does the wall reach it, nor by a public one that leads to it.', async () => {
  const before = visitors;
  for (const [index, name] of names.entries()) {
    const refused = { name: 'ConnectFailure', reason: 'address' };
    const target = { hostname: name, protocol: 'https:', port: '' };
    const opened = new Promise((done, fail) => {
      connector(target, (error, socket) => (error ? fail(error) : done(socket)));
    });
    await assert.rejects(opened, refused, name);
    alias = name;
    const base = `https://own${index}.names.example`;
    const site = wall.site({ base, kind: 'vendor', routes, credentialHeaders: [] });
    await assert.rejects(
      wall.fetch(site)(`${base}/appointments/7`),
      ({ cause }) => cause.name === refused.name && cause.reason === refused.reason,
      name,
    );
    await works();
  }
  assert.equal(visitors, before);
});

async function works(): Promise<void> {
  const { status } = await wall.fetch(legal)(`${legalBase}/appointments/7`);
  assert.equal(status, 200);
}
