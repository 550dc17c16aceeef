import assert from 'node:assert/strict';
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { connect as connectTls, type SecureVersion } from 'node:tls';
import { Agent, request } from 'undici';
import { isPublicAddress } from '#egress/address-guard.ts';
import { createConnector, type Lookup } from '#egress/connector.ts';
import { type Listener, listenCanary, listenTls } from './listeners.ts';
import { createTestAuthority } from './test-certificates.ts';
import { words } from './words.ts';

const authority = createTestAuthority();
const name = 'api.example.com';
const publicAddress = '93.184.215.14';
const good = authority.issue([name]);

describe('Server-side request forgery', () => {
  const spellings = words(`
    127.0.0.1 [::ffff:127.0.0.1] 2130706433 0x7f.1 127.1 017700000001 [::1] 169.254.169.254 [fd00::1]
    [::] 0 0.0.0.0 [::127.0.0.1] [64:ff9b::7f00:1]`);
  for (const spelling of spellings)
    test(`"${spelling}" as a host is refused before anything is dialled, and a legal host still works.`, async (t) => {
      const { canary, vendor, ask, dialled } = await world(t, async () => [publicAddress]);
      await assert.rejects(ask(`https://${spelling}`), { name: 'ConnectFailure', reason: 'address' });
      await assert.rejects(ask(`http://${spelling}:${canary.port}`), {
        name: 'ConnectFailure',
        reason: 'address',
      });
      assert.deepEqual([canary.connections(), dialled()], [0, 0]);
      assert.equal((await ask(`https://${name}`)).statusCode, 200);
      assert.equal(vendor.connections(), 1);
    });

  const answers: [host: string, addresses: string[]][] = [
    ['localhost', ['127.0.0.1']],
    ['localhost.', ['::1']],
    ['127.0.0.1.nip.example', ['127.0.0.1']],
    ['metadata.example', ['169.254.169.254']],
    ['mapped.example', ['::ffff:127.0.0.1']],
    ['mixed.example', [publicAddress, '10.0.0.1']],
    ['nothing.example', []],
    ['odd.example', ['2130706433']],
  ];
  for (const [host, addresses] of answers)
    test(`A name that resolves to [${addresses}] is refused, and a legal host still works.`, async (t) => {
      const { canary, ask, dialled } = await world(t, async (asked) =>
        asked === host ? addresses : [publicAddress],
      );
      await assert.rejects(ask(`https://${host}`), { name: 'ConnectFailure', reason: 'address' });
      assert.deepEqual([canary.connections(), dialled()], [0, 0]);
      assert.equal((await ask(`https://${name}`)).statusCode, 200);
    });

  test('A name that turns private after its first answer is refused at its next connection, and asked once for each.', async (t) => {
    let asked = 0;
    const { canary, vendor, ask } = await world(t, async () =>
      asked++ === 0 ? [publicAddress] : ['127.0.0.1'],
    );
    assert.equal((await ask(`https://${name}`)).statusCode, 200);
    assert.equal(asked, 1);
    await assert.rejects(ask(`https://${name}`), { name: 'ConnectFailure', reason: 'address' });
    assert.deepEqual([asked, vendor.connections(), canary.connections()], [2, 1, 0]);
  });

  test('A port other than 443 is refused.', async (t) => {
    const { canary, ask, dialled } = await world(t, async () => [publicAddress]);
    await assert.rejects(ask(`https://${name}:${canary.port}`), {
      name: 'ConnectFailure',
      reason: 'address',
    });
    assert.equal(dialled(), 0);
  });

  test('A guard in the resolver alone lets the spellings of a loopback address through (negative control).', async (t) => {
    const canary = await listenCanary(t);
    const agent = new Agent({
      connect: {
        lookup: (host, _options, callback) => {
          lookup(host).then(({ address, family }) =>
            isPublicAddress(address) ? callback(null, address, family) : callback(new Error('refused'), ''),
          );
        },
      },
    });
    t.after(() => agent.destroy());
    for (const spelling of ['127.0.0.1', '2130706433', '0x7f.1', '127.1', '017700000001'])
      assert.equal(
        (await request(`http://${spelling}:${canary.port}`, { dispatcher: agent })).statusCode,
        200,
      );
    assert.equal(canary.connections(), 5);
  });
});

describe('TLS', () => {
  const versions: [SecureVersion, boolean][] = [
    ['TLSv1.1', false],
    ['TLSv1.2', true],
    ['TLSv1.3', true],
  ];
  for (const [version, accepted] of versions)
    test(`A server that speaks only ${version} is ${accepted ? 'accepted' : 'refused'}.`, async (t) => {
      const ciphers = 'DEFAULT@SECLEVEL=0';
      const server = await listenTls(
        t,
        { ...good, minVersion: version, maxVersion: version, ciphers },
        (_, res) => res.end('{}'),
      );
      const ask = asking(t, server, async () => [publicAddress]).ask;
      if (accepted) return assert.equal((await ask(`https://${name}`)).statusCode, 200);
      await assert.rejects(ask(`https://${name}`), { name: 'ConnectFailure', reason: 'tls' });
      // The server does speak it, to a client that is less careful.
      const careless = connectTls({
        port: server.port,
        host: '127.0.0.1',
        ca: authority.ca,
        servername: name,
        minVersion: version,
        ciphers,
      });
      t.after(() => careless.destroy());
      await new Promise((done, fail) => careless.once('secureConnect', done).once('error', fail));
      assert.equal(careless.getProtocol(), version);
    });

  const certificates = {
    'for another name': authority.issue(['other.example.com']),
    'for a name below ours': authority.issue([`www.${name}`]),
    'that has expired': authority.issue([name], [-10, -2]),
    'that is not valid yet': authority.issue([name], [2, 10]),
    'of an unknown authority': createTestAuthority().issue([name]),
  };
  for (const [what, certificate] of Object.entries(certificates))
    test(`A certificate ${what} is refused, and nothing is sent.`, async (t) => {
      let requests = 0;
      const server = await listenTls(t, certificate, (_, res) => {
        requests += 1;
        res.end('{}');
      });
      const { ask } = asking(t, server, async () => [publicAddress]);
      await assert.rejects(ask(`https://${name}`), { name: 'ConnectFailure', reason: 'tls' });
      assert.equal(requests, 0);
    });

  test('NODE_TLS_REJECT_UNAUTHORIZED does not switch the check off.', async (t) => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    t.after(() => {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    });
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    const server = await listenTls(t, createTestAuthority().issue([name]), (_, res) => res.end('{}'));
    await assert.rejects(asking(t, server, async () => [publicAddress]).ask(`https://${name}`), {
      reason: 'tls',
    });
  });
});

/** A vendor behind a public address, and a canary where every other address leads. */
async function world(t: TestContext, find: Lookup) {
  const vendor = await listenTls(t, good, (_, res) => res.setHeader('connection', 'close').end('{}'));
  const canary = await listenCanary(t);
  return { vendor, canary, ...asking(t, vendor, find, canary) };
}

function asking(t: TestContext, vendor: Listener, find: Lookup, canary: Listener = vendor) {
  let wrong = 0;
  const agent = new Agent({
    connect: createConnector({
      lookup: find,
      dial: ([address]) => {
        if (address === publicAddress) return connect(vendor.port, '127.0.0.1');
        wrong += 1;
        return connect(canary.port, '127.0.0.1');
      },
      ca: authority.ca,
      timeoutMs: 5_000,
      simulators: new Set(),
    }),
  });
  t.after(() => agent.destroy());
  return { dialled: () => wrong, ask: (origin: string) => request(origin, { dispatcher: agent }) };
}
