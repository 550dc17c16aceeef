import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Site } from '#egress/index.ts';
import { OAuthFailure } from '#oauth/oauth-failure.ts';
import { refreshGrant } from '#oauth/refresh-grant.ts';
import { words } from '../words.ts';
import { insideIPv4, insideIPv6 } from './addresses.ts';
import { oauthClientAt } from './clients.ts';
import { isLed, naiveClients } from './naive-clients.ts';
import { publicAddress } from './names.ts';
import { loot, openNetwork } from './network.ts';
import { openRange, routes } from './range.ts';

/** A name of somebody else's, whose addresses change while we talk to it. */
const { network, wall, held } = await openRange();
const naive = await openNetwork();
const inside = words(
  '127.0.0.1 0.0.0.0 10.0.0.1 169.254.169.254 100.64.0.1 ::1 ::ffff:127.0.0.1 64:ff9b::7f00:1 fd00:ec2::254',
);
const everyInside = [...new Set([...inside, ...insideIPv4, ...insideIPv6])];
const [yes, refused] = ['200', 'address'];

test('A guard that looks once is led inside by a name that turns (negative control).', async () => {
  const clients = naiveClients(naive);
  for (const [index, address] of everyInside.entries()) {
    for (const [name, times] of Object.entries({
      'a guard that asks, and then lets the platform ask': 1,
      'a guard that remembers whom it has looked at': 2,
    })) {
      const host = `turn${index}-${times}.names.example`;
      naive.hosts.set(host, (_, res) => res.setHeader('connection', 'close').end('{}'));
      naive.answers.set(host, [[publicAddress], [address]]);
      const led: boolean[] = [];
      for (let time = 0; time < times; time += 1)
        led.push(await isLed(clients[name] ?? assert.fail(), `http://${host}/`));
      assert.deepEqual(led, times === 1 ? [true] : [false, true], `${name}: ${address}`);
    }
  }
  assert.equal(await naive.reached(), 2 * everyInside.length);
});

test('A name that turns to any address inside is asked again for the next connection, and refused.', async () => {
  for (const [index, address] of everyInside.entries()) {
    const site = rebound(`all${index}.names.example`, [[publicAddress], [address], [publicAddress]]);
    const got = [await outcome(site, 'read'), await outcome(site, 'write'), await outcome(site, 'read')];
    assert.deepEqual(got, [yes, refused, yes], address);
  }
  await held();
});

for (const [index, address] of inside.entries()) {
  const series: readonly (readonly [what: string, answers: string[][], expected: readonly string[]])[] = [
    ['turns inside', [[publicAddress], [address]], [yes, refused, refused]],
    ['turns inside for a moment', [[publicAddress], [address], [publicAddress]], [yes, refused, yes]],
    ['is inside first', [[address], [publicAddress]], [refused, yes, yes]],
    ['gains an address inside', [[publicAddress], [publicAddress, address]], [yes, refused, refused]],
    ['loses its addresses, and then turns inside', [[publicAddress], [], [address]], [yes, refused, refused]],
  ];
  for (const [row, [what, answers, expected]] of series.entries())
    test(`A name that ${what} (${address}) is asked once for each connection, and refused then.`, async () => {
      const name = `r${index}-${row}.names.example`;
      const site = rebound(name, answers);
      const before = network.dialled.length;
      const got: string[] = [];
      for (const _ of expected) got.push(await outcome(site, 'read'));
      assert.deepEqual(got, expected);
      assert.equal(network.asked.get(name), expected.length);
      // What was looked at is what was dialled.
      assert.deepEqual(
        network.dialled.slice(before),
        expected.filter((one) => one === yes).map(() => publicAddress),
      );
      await held();
    });
}

test('While a connection to its public address lives, a name that turned inside gets no other.', async () => {
  const name = 'alive.names.example';
  const site = rebound(name, [[publicAddress]], false);
  assert.equal(await outcome(site, 'read'), yes);
  // Its alias points elsewhere now.
  network.answers.set(name, [['127.0.0.1']]);
  assert.equal(await outcome(site, 'write'), refused);
  const many = await Promise.all(Array.from({ length: 10 }, () => outcome(site, 'read')));
  // By the connection that lives, or not at all.
  assert.ok(many.includes(refused) && many.every((one) => one === refused || one === yes), String(many));
  await held();
});

test('Of many requests at once to a name that alternates, none comes inside.', async () => {
  const name = 'alternating.names.example';
  const answers = Array.from({ length: 60 }, (_, turn) => [turn % 2 === 0 ? publicAddress : '10.0.0.1']);
  const site = rebound(name, answers);
  const got = await Promise.all(
    Array.from({ length: 40 }, (_, turn) => outcome(site, turn % 3 === 0 ? 'write' : 'read')),
  );
  assert.deepEqual([...new Set(got)].sort(), [yes, refused]);
  await held();
});

test('A name without an address is refused.', async () => {
  assert.equal(await outcome(rebound('empty.names.example', [[]]), 'read'), refused);
  await held();
});

test('A token endpoint whose name turns inside after its server was approved of is not asked again.', async () => {
  const name = 'login.names.example';
  const client = oauthClientAt(wall, `https://${name}`);
  rebound(name, [[publicAddress], ...inside.map((address) => [address])]);
  network.hosts.set(name, (_, res) => res.setHeader('connection', 'close').end(loot));
  await refreshGrant(client, 'r');
  for (const address of inside)
    await assert.rejects(
      refreshGrant(client, 'r'),
      (error) => error instanceof OAuthFailure && error.code === 'wall',
      address,
    );
  assert.equal(network.asked.get(name), 1 + inside.length);
  await held();
});

function rebound(name: string, answers: string[][], closes = true): Site {
  network.hosts.set(name, (_, res) => {
    if (closes) res.setHeader('connection', 'close');
    res.end('{}');
  });
  network.answers.set(name, answers);
  return wall.site({ base: `https://${name}`, kind: 'vendor', routes, credentialHeaders: [] });
}

async function outcome(site: Site, how: 'read' | 'write'): Promise<string> {
  const request =
    how === 'read'
      ? wall.fetch(site)(`${site.base}/appointments/7`)
      : wall.fetch(site)(`${site.base}/appointments`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: '{"note":""}',
        });
  return request.then(
    async (answer) => {
      await answer.text();
      return String(answer.status);
    },
    ({ cause }) => cause.reason ?? String(cause),
  );
}
