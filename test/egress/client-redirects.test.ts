import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fetch, interceptors } from 'undici';
import { createWall } from '#egress/index.ts';
import { emr, fails } from './emr.ts';
import { listenHttp } from './listeners.ts';
import { sampleRoutes } from './sample-table.ts';

describe('A route whose answer is a redirect', () => {
  test('gives the address, and nobody follows it.', async (t) => {
    for (const location of ['/api/v1/users/7', 'https://evil.example/users/7', '//evil.example', 'x y']) {
      const { client, requests } = await emr(t, (_, res) => res.writeHead(302, { location }).end('{"id":7}'));
      assert.deepEqual(await client.call('user.current'), { status: 302, body: undefined, location });
      assert.equal(requests(), 1);
    }
  });

  test('gives no address that came under another name.', async (t) => {
    const { client } = await emr(t, (_, res) =>
      res.writeHead(302, { 'postern-redirected-to': '/api/v1/users/7' }).end(),
    );
    await fails(client.call('user.current'), 'unknown', 'redirect');
  });

  test('is unknown without an address, or with two.', async (t) => {
    for (const locations of [[], ['/api/v1/users/7', '/api/v1/users/8']]) {
      const { client, requests } = await emr(t, (_, res) => {
        for (const location of locations) res.appendHeader('location', location);
        res.writeHead(302).end();
      });
      const { status } = await fails(client.call('user.current'), 'unknown', 'redirect');
      assert.deepEqual([status, requests()], [302, 1]);
    }
  });

  test('fails with any status that the route does not name, a success among them.', async (t) => {
    for (const [status, reason] of [
      [200, 'status'],
      [201, 'status'],
      [301, 'redirect'],
      [303, 'redirect'],
      [307, 'redirect'],
      [404, 'status'],
    ] as const) {
      const { client } = await emr(t, (_, res) =>
        res.writeHead(status, { location: '/api/v1/users/7' }).end('{}'),
      );
      const failure = await fails(client.call('user.current'), 'answered', reason);
      assert.equal(failure.status, status);
    }
  });

  test('leads no client astray that would follow: it is not told where to.', async (t) => {
    let asked = 0;
    const server = await listenHttp(t, (_, res) => {
      asked += 1;
      res.writeHead(302, { location: '/api/v1/users/7' }).end();
    });
    const wall = createWall({ production: false });
    t.after(() => wall.close());
    const origin = `http://127.0.0.1:${server.port}`;
    const site = wall.site({
      base: `${origin}/api/v1`,
      kind: 'simulator',
      routes: sampleRoutes,
      credentialHeaders: [],
    });
    const headers = { 'x-emr-version': 'v4', 'x-emr-mode': 'plain' };
    const url = `${origin}/api/v1/users/current`;
    assert.equal((await wall.fetch(site)(url, { headers })).status, 302);
    const eager = wall.through(site).compose(interceptors.redirect({ maxRedirections: 5 }));
    assert.equal(
      (await eager.request({ origin, path: '/api/v1/users/current', method: 'GET', headers })).statusCode,
      302,
    );
    assert.equal(asked, 2);
    // Negative control: without the wall the same client goes on until it has had enough.
    await assert.rejects(fetch(url, { headers }));
    assert.ok(asked > 3);
  });
});

test('An address in a redirect that nobody declared is a failure as ever.', async (t) => {
  const { client, requests } = await emr(t, (_, res) =>
    res.writeHead(302, { location: '/api/v1/users/8' }).end(),
  );
  const failure = await fails(client.call('user.read', { path: { id: 7 } }), 'answered', 'redirect');
  assert.deepEqual([failure.status, requests()], [302, 1]);
});

test('Headers that a route fixes go out with it, and with no other.', async (t) => {
  const seen: unknown[] = [];
  const { client } = await emr(t, (req, res) => {
    seen.push(Object.entries(req.headers).filter(([name]) => name.startsWith('x-')));
    res.end('{"id":7,"AptNum":7,"AptStatus":"Scheduled"}');
  });
  await client.call('user.read', { path: { id: 7 } });
  await client.call('appointment.read', { path: { AptNum: 7 } });
  assert.deepEqual(seen, [[['x-emr-version', 'v3']], []]);
});

test('Credentials cannot take the place of a header that a route fixes.', async (t) => {
  const { client, requests } = await emr(t, (_, res) => res.end('{"id":7}'), {
    authorize: async () => ({ authorization: 'Bearer a', 'x-emr-version': 'v9' }),
  });
  await fails(client.call('user.read', { path: { id: 7 } }), 'refused', 'headers');
  assert.equal(requests(), 0);
});
