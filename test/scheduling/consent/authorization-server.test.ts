import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OAuthAuthorization, PinnedMetadata } from '#adapter-kit/adapter.ts';
import { createWall } from '#egress/index.ts';
import {
  confirmServer,
  discoverServer,
  type Place,
  serverFetch,
} from '#scheduling/consent/authorization-server.ts';
import { toyAdapter } from '../../http/connect/toy-emr.ts';

/** Endpoints that an adapter fixes, for a vendor that publishes none. */
const paths: PinnedMetadata = {
  issuer: '/o/',
  authorizationEndpoint: '/o/authorize/',
  tokenEndpoint: '/o/token/',
  revocationEndpoint: '/o/revoke_token/',
  source: 'A vendor’s handbook.',
};
const wall = createWall({ production: false });
const outside = {
  wall: { ...wall, site: () => assert.fail('Nobody is asked for what is fixed.') },
  clock: () => 0,
};

function fixed(metadata: PinnedMetadata, changes: Partial<OAuthAuthorization> = {}): OAuthAuthorization {
  const { authorization } = toyAdapter({ metadata, ...changes });
  return authorization.kind === 'oauth2' ? authorization : assert.fail();
}
const at = (origin: string, kind: Place['kind'] = 'vendor'): Place => ({ kind, origin });

async function endpointsOf(metadata: PinnedMetadata, place: Place) {
  const found = await discoverServer(outside, fixed(metadata), place);
  const { issuer, authorization_endpoint, token_endpoint, revocation_endpoint } = found;
  return [issuer, authorization_endpoint, token_endpoint, revocation_endpoint];
}

const rows: readonly [what: string, metadata: PinnedMetadata, origin: string, endpoints: unknown[]][] = [
  [
    'paths stand at the host, whatever the path of the API',
    paths,
    'https://app.drchrono.com/api',
    [
      'https://app.drchrono.com/o/',
      'https://app.drchrono.com/o/authorize/',
      'https://app.drchrono.com/o/token/',
      'https://app.drchrono.com/o/revoke_token/',
    ],
  ],
  [
    'and at the host of another environment',
    { ...paths, issuer: '/oauth2/v1', tokenEndpoint: '/oauth2/v1/token' },
    'https://api.preview.platform.athenahealth.com/v1/195900',
    [
      'https://api.preview.platform.athenahealth.com/oauth2/v1',
      'https://api.preview.platform.athenahealth.com/o/authorize/',
      'https://api.preview.platform.athenahealth.com/oauth2/v1/token',
      'https://api.preview.platform.athenahealth.com/o/revoke_token/',
    ],
  ],
  [
    'whole addresses stay as they are, beside paths',
    {
      issuer: 'https://login.example.com',
      authorizationEndpoint: 'https://login.example.com/authorize',
      tokenEndpoint: '/token',
      source: 'A vendor’s handbook.',
    },
    'https://api.example.com/r4',
    [
      'https://login.example.com',
      'https://login.example.com/authorize',
      'https://api.example.com/token',
      undefined,
    ],
  ],
];
for (const [what, metadata, origin, endpoints] of rows)
  test(`Fixed endpoints: ${what}.`, async () =>
    assert.deepEqual(await endpointsOf(metadata, at(origin)), endpoints));

test('Two slashes name no other host.', async () => {
  const [, , token = ''] = await endpointsOf(
    { ...paths, tokenEndpoint: '//evil.example/token' },
    at('https://app.drchrono.com/api'),
  );
  assert.equal(new URL(String(token)).hostname, 'app.drchrono.com');
});

test('A waiver of the proof key is the adapter’s and is said of the server, and so is what it takes as a client.', async () => {
  const place = at('https://app.drchrono.com/api');
  const waived = fixed(paths, {
    pkce: { none: 'The handbook knows none.' },
    clientAuthentication: ['client_secret_post'],
    grantTypes: ['authorization_code'],
  });
  const found = await discoverServer(outside, waived, place);
  assert.deepEqual(
    [
      found.code_challenge_methods_supported,
      found.token_endpoint_auth_methods_supported,
      found.grant_types_supported,
    ],
    [[], ['client_secret_post'], ['authorization_code']],
  );
  assert.deepEqual((await discoverServer(outside, fixed(paths), place)).code_challenge_methods_supported, [
    'S256',
  ]);
});

test('What was pinned has to be what is fixed at that place: another host or another path is another server.', async () => {
  const place = at('https://app.drchrono.com/api');
  const pinned = await discoverServer(outside, fixed(paths), place);
  await confirmServer(outside, fixed(paths), place, pinned);
  const elsewhere = at('https://app.drchrono.example.com/api');
  const moved = fixed({ ...paths, tokenEndpoint: '/o/token' });
  for (const [authorization, there] of [
    [fixed(paths), elsewhere],
    [moved, place],
  ] as const)
    await assert.rejects(confirmServer(outside, authorization, there, pinned), { code: 'server-changed' });
});

test('The way to fixed endpoints reaches these and no other path, with the slash at their end.', async () => {
  const server = await discoverServer(outside, fixed(paths), at('http://127.0.0.1:65535', 'simulator'));
  const ask = serverFetch(wall, { kind: 'simulator' }, server);
  const form = (url: string) =>
    ask(url, {
      method: 'POST',
      redirect: 'error',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=refresh_token&refresh_token=x',
    });
  const why = (url: string): Promise<string> =>
    form(url).then(
      () => assert.fail(`${url} answered.`),
      (error: Error) => String(error.cause ?? error),
    );
  for (const path of ['/o/token', '/o/token//', '/o/authorize/', '/o/', '/api/patients', '/o/token/?x=1'])
    assert.match(await why(`http://127.0.0.1:65535${path}`), /WallRefusal/, path);
  // Let out, and nobody is there.
  assert.doesNotMatch(await why('http://127.0.0.1:65535/o/token/'), /WallRefusal/);
  await wall.close();
});
