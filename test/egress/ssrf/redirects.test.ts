import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fetch, interceptors } from 'undici';
import { WireFailure } from '#adapter-kit/index.ts';
import { OAuthFailure } from '#oauth/oauth-failure.ts';
import { refreshGrant } from '#oauth/refresh-grant.ts';
import { discoverServer, oauthOf } from '#scheduling/consent/authorization-server.ts';
import { ConsentProblem } from '#scheduling/consent/problem.ts';
import { fhirR4 } from '../../../adapters/fhir-r4/index.ts';
import { callerAt, oauthClientAt } from './clients.ts';
import { inHeader } from './fhir-host.ts';
import { createLure, isLed, naiveClients, naiveDispatcher } from './naive-clients.ts';
import { openNetwork } from './network.ts';
import { aimed, forms, openRange, routes } from './range.ts';
import { tricks } from './spellings.ts';

/** A public host, ours to ask, answers with an address that leads inside. */
const range = await openRange();
const { network, wall } = range;
const naive = await openNetwork();
const { 'a known beginning': trusting = assert.fail() } = naiveClients(naive);
const byHand = naiveDispatcher(naive);
const lures = createLure(naive);
const statuses = [301, 302, 303, 307, 308] as const;

const origin = 'https://emr.example.com';
const site = wall.site({ base: origin, kind: 'vendor', routes, credentialHeaders: [] });
/** A client that would follow. */
const eager = wall.through(site).compose(interceptors.redirect({ maxRedirections: 5 }));
const caller = callerAt(wall, site);
const url = `${origin}/appointments/7`;

type Headers = Readonly<Record<string, string | string[]>>;
/** What the host says, to everybody and about everything. */
let answer: { readonly status: number; readonly headers: Headers } = { status: 200, headers: {} };
let asked = 0;
network.hosts.set('emr.example.com', (_, res) => {
  asked += 1;
  res.writeHead(answer.status, { ...answer.headers }).end('{}');
});
naive.hosts.set('api.example.com', (_, res) => res.writeHead(answer.status, { ...answer.headers }).end());

for (const [index, [trick, spellings]] of tricks.entries())
  describe(trick, () => {
    const [first = assert.fail()] = spellings;

    test('in a redirect is followed by a client that looks at the first address only (negative control).', async () => {
      for (const [turn, spelling] of spellings.entries()) {
        const there = aimed(spelling, naive, 'http');
        redirectTo(there, turn);
        assert.ok(await isFollowed(), there);
      }
    });

    test('in a redirect is not followed by a read.', async () => {
      for (const [turn, spelling] of spellings.entries()) {
        const status = redirectTo(aimed(spelling, network, forms[turn % 3] ?? 'https'), turn);
        const before = asked;
        if (turn % 2 === 0) {
          const got = await wall.fetch(site)(url);
          assert.deepEqual([got.status, got.headers.get('location')], [status, null]);
        } else await assert.rejects(caller.call('read', { path: { id: 7 } }), isRedirect(status));
        // Not even to another address of the same host.
        assert.equal(asked, before + 1);
      }
      await range.held();
    });

    test('in a redirect is not followed by a write, by discovery or by a request for a token.', () =>
      notFollowed(aimed(first, network, 'http'), index));

    test('in any other header is not followed either.', async () => {
      const address = inHeader(`${aimed(first, network, 'https')}/x`);
      for (const [status, headers] of misleading(address)) {
        answer = { status, headers };
        const before = asked;
        const told = await eager.request({ origin, path: '/appointments/7', method: 'GET' });
        assert.equal(told.statusCode, status);
        await told.body.dump();
        assert.equal(asked, before + 1);
      }
      await range.held();
    });
  });

for (const [turn, status] of statuses.entries())
  test(`A ${status} is followed by nothing of ours, wherever it leads.`, async () => {
    for (const address of [
      'https://127.0.0.1',
      'https://login.example.com',
      `${origin}/appointments/8`,
      '/x',
    ])
      await notFollowed(address, turn);
  });

/** By the platform itself, or by somebody who reads the place in an answer with a pattern. */
async function isFollowed(): Promise<boolean> {
  if (await isLed(trusting, 'https://api.example.com/')) return true;
  const { headers } = await fetch('https://api.example.com/', { redirect: 'manual', dispatcher: byHand });
  return lures(headers.get('location') ?? '');
}

/** Sets what the host answers; one status after the other. */
function redirectTo(address: string, turn: number): number {
  const status = statuses[turn % 5] ?? 302;
  answer = { status, headers: { location: inHeader(`${address}/x`) } };
  return status;
}

async function notFollowed(address: string, turn: number): Promise<void> {
  const status = redirectTo(address, turn);
  const before = asked;
  await assert.rejects(caller.call('write', { body: { note: '' } }), isRedirect(status));
  await assert.rejects(
    discoverServer({ wall, clock: Date.now }, oauthOf(fhirR4), { kind: 'vendor', origin }),
    (error) => error instanceof ConsentProblem && error.code === 'address-not-smart',
  );
  await assert.rejects(
    refreshGrant(oauthClientAt(wall, origin), 'r'),
    (error) => error instanceof OAuthFailure && error.code === 'redirect',
  );
  assert.equal(asked, before + 3);
  await range.held();
}

/** Answers that name an address without being one of the five redirects. */
function misleading(address: string): readonly (readonly [status: number, headers: Headers])[] {
  return [
    [200, { location: address, 'content-location': address, refresh: `0; url=${address}` }],
    [201, { location: address, link: `<${address}>; rel="next", <${address}>; rel=preload` }],
    [302, { location: [`${origin}/appointments/8`, address] }],
    [302, { Location: address, 'alt-svc': `h2="${address}"; ma=9`, 'x-accel-redirect': address }],
    [300, { location: address }],
    [304, { location: address }],
    [305, { location: address }],
    [401, { location: address, 'www-authenticate': `Bearer resource_metadata="${address}"` }],
    [407, { location: address, 'proxy-authenticate': `Basic realm="${address}"` }],
    [503, { location: address, 'retry-after': '0' }],
  ];
}

function isRedirect(status: number): (error: unknown) => boolean {
  return (error) =>
    error instanceof WireFailure &&
    error.kind === 'answered' &&
    error.reason === 'redirect' &&
    error.status === status;
}
