import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { describe, test } from 'node:test';
import { request } from 'undici';
import { WireFailure } from '#adapter-kit/index.ts';
import { createConnector } from '#egress/connector.ts';
import { createWall, type Site, WallRefusal } from '#egress/index.ts';
import { callerAt } from './clients.ts';
import { hostIn } from './loose-address.ts';
import { aimed, forms, legalBase, openRange, routes } from './range.ts';
import { tricks } from './spellings.ts';

/** The address of a connection, as a practice or an operator gives it, leads inside. */
const range = await openRange();
const { network, wall } = range;
/** The innermost layer alone, as if nothing before it had looked. */
const connector = createConnector({ ...network, timeoutMs: 5_000, simulators: new Set() });

for (const [trick, spellings] of tricks)
  describe(trick, () => {
    test('is no address of a connection, or none that can be reached.', async () => {
      for (const spelling of spellings)
        for (const origin of forms.map((form) => aimed(spelling, network, form)))
          for (const kind of ['vendor', 'simulator'] as const)
            for (const base of [origin, `${origin}/v1`]) {
              const site = siteAt(base, kind);
              if (site === undefined) continue;
              await assert.rejects(wall.fetch(site)(`${base}/appointments/7`), isRefusedAddress, base);
              await assert.rejects(
                callerAt(wall, site).call('read', { path: { id: 7 } }),
                isRefusedCall,
                base,
              );
              await assert.rejects(
                callerAt(wall, site).call('write', { body: { note: '' } }),
                isRefusedCall,
                base,
              );
            }
      await range.held();
    });

    test('is not asked by way of a legal connection.', async () => {
      const dispatcher = wall.through(range.site);
      for (const [turn, spelling] of spellings.entries()) {
        const origin = aimed(spelling, network, forms[turn % 3] ?? 'https');
        const path = '/v1/appointments/7';
        const url = `${origin}${path}`;
        await assert.rejects(async () => wall.fetch(range.site)(url), url);
        await assert.rejects(async () => request(url, { dispatcher }), url);
        // What undici takes beside an address, and what rides in one.
        await assert.rejects(async () => dispatcher.request({ origin, path, method: 'GET' }), url);
        const legal = new URL(legalBase).origin;
        await assert.rejects(
          async () => dispatcher.request({ origin: legal, path: url, method: 'GET' }),
          url,
        );
        await range.held();
      }
    });

    test('is not dialled by the connector, even where nobody has read it before.', async () => {
      for (const { origin } of spellings)
        for (const [protocol, port] of [
          ['https:', ''],
          ['https:', '443'],
          ['http:', '80'],
        ] as const) {
          const hostname = hostIn(`${origin('https')}/`);
          const opened = new Promise((done, fail) => {
            connector({ hostname, protocol, port }, (error, socket) => (error ? fail(error) : done(socket)));
          });
          await assert.rejects(opened, { name: 'ConnectFailure', reason: 'address' }, hostname);
        }
      await range.held();
    });
  });

test('Beside a simulator, only its one spelling is let through, and not in production.', async (t) => {
  const simulator = createServer((_, res) => res.end('{}'));
  let connections = 0;
  simulator.on('connection', () => {
    connections += 1;
  });
  await new Promise<void>((done) => simulator.listen(0, '127.0.0.1', done));
  t.after(() => simulator.closeAllConnections());
  t.after(() => simulator.close());
  const address = simulator.address();
  assert.ok(typeof address === 'object' && address !== null);
  const own = `http://127.0.0.1:${address.port}`;
  const open = createWall({ production: false, lookup: network.lookup });
  t.after(() => open.close());
  const site = open.site({ base: own, kind: 'simulator', routes, credentialHeaders: [] });

  for (const [, spellings] of tricks)
    for (const { origin } of spellings.filter(({ leadsTo }) => leadsTo === '127.0.0.1')) {
      const base = origin('http', address.port);
      if (base === own) continue;
      assert.throws(
        () => open.site({ base, kind: 'simulator', routes, credentialHeaders: [] }),
        WallRefusal,
        base,
      );
      const elsewhere = `${origin('http', network.canaryPort('127.0.0.1', 'http'))}/appointments/7`;
      await assert.rejects(async () => open.fetch(site)(elsewhere), elsewhere);
    }
  assert.equal(connections, 0);
  assert.equal((await open.fetch(site)(`${own}/appointments/7`)).status, 200);
  assert.throws(() => wall.site({ base: own, kind: 'simulator', routes, credentialHeaders: [] }), {
    reason: 'simulator-in-production',
  });
  await range.held();
});

function siteAt(base: string, kind: 'vendor' | 'simulator'): Site | undefined {
  try {
    return wall.site({ base, kind, routes, credentialHeaders: [] });
  } catch (error) {
    assert.ok(error instanceof WallRefusal);
    return undefined;
  }
}

function isRefusedAddress({ cause }: Error): boolean {
  return cause instanceof Error && cause.name === 'ConnectFailure' && cause.message.includes('address');
}

function isRefusedCall(error: unknown): boolean {
  return error instanceof WireFailure && error.kind === 'refused' && error.reason === 'address';
}
