import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { describe, test } from 'node:test';
import { createWall, type Site, type Wall } from '#egress/index.ts';
import { listenCanary, listenHttp, listenTls } from './listeners.ts';
import { sampleRoutes } from './sample-table.ts';
import { createTestAuthority } from './test-certificates.ts';

const authority = createTestAuthority();
const name = 'api.example.com';
const publicAddress = '93.184.215.14';
const good = authority.issue([name]);

describe('The whole wall', () => {
  test('A vendor is reached through name, check and certificate, whatever proxies the environment names.', async (t) => {
    const vendor = await listenTls(t, good, (req, res) =>
      res.end(JSON.stringify({ path: req.url, host: req.headers.host })),
    );
    const canary = await listenCanary(t);
    const wall = createWall({
      production: true,
      ca: authority.ca,
      lookup: async () => [publicAddress],
      dial: () => connect(vendor.port, '127.0.0.1'),
    });
    t.after(() => wall.close());
    const names = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'NODE_USE_ENV_PROXY'];
    t.after(() => {
      for (const variable of names) delete process.env[variable];
    });
    for (const variable of names) process.env[variable] = canary.origin;
    const response = await wall.fetch(vendorSite(wall))(`https://${name}/api/v1/appointments/7`);
    assert.deepEqual(await response.json(), { path: '/api/v1/appointments/7', host: name });
    assert.equal(canary.connections(), 0);
  });

  test('A simulator is reached at its exact origin only, and not at all in production.', async (t) => {
    const simulator = await listenHttp(t, (_, res) => res.end('{}'));
    const canary = await listenCanary(t);
    const wall = createWall({ production: false });
    t.after(() => wall.close());
    const options = {
      base: simulator.origin,
      kind: 'simulator',
      routes: sampleRoutes,
      credentialHeaders: [],
    } as const;
    const site = wall.site(options);
    assert.equal((await wall.fetch(site)(`${simulator.origin}/appointments/7`)).status, 200);
    await assert.rejects(wall.fetch(site)(`${canary.origin}/appointments/7`), (error: Error) =>
      /origin/.test(String(error.cause)),
    );
    assert.equal(canary.connections(), 0);
    assert.throws(() => createWall({ production: true }).site(options), {
      reason: 'simulator-in-production',
    });
  });
});

function vendorSite(wall: Wall): Site {
  return wall.site({
    base: `https://${name}/api/v1`,
    kind: 'vendor',
    routes: sampleRoutes,
    credentialHeaders: [],
  });
}
