import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as client from 'openid-client';
import { CALLBACK, openApp, refusalOf } from './app.ts';
import { makeKey } from './keys.ts';
import { startClinic } from './toy-clinic.ts';

const redirect_uris = [CALLBACK];
const key = await makeKey('ES384', 'one');

/** openid-client addresses an assertion to the issuer; SMART App Launch 2.2 to the token endpoint. */
function signed(origin: string): client.ClientAuth {
  return client.PrivateKeyJwt(
    { key: key.privateKey, kid: key.kid },
    {
      [client.modifyAssertion]: (_header, payload) => {
        payload.aud = `${origin}/toy/oauth2/token`;
      },
    },
  );
}

const methods: readonly {
  readonly method: string;
  readonly registered: object;
  readonly right: (origin: string) => client.ClientAuth;
  readonly wrong: (origin: string) => client.ClientAuth;
}[] = [
  {
    method: 'none',
    registered: {},
    right: () => client.None(),
    wrong: () => client.ClientSecretPost('anything'),
  },
  {
    method: 'client_secret_basic',
    registered: { client_secret: 'correct horse: %2B+' },
    right: () => client.ClientSecretBasic('correct horse: %2B+'),
    wrong: () => client.ClientSecretBasic('wrong'),
  },
  {
    method: 'client_secret_post',
    registered: { client_secret: 'correct horse' },
    right: () => client.ClientSecretPost('correct horse'),
    wrong: () => client.ClientSecretPost('wrong'),
  },
  {
    method: 'private_key_jwt',
    registered: { jwks: { keys: [key.jwk] } },
    right: signed,
    // To the issuer, and so not to the token endpoint.
    wrong: () => client.PrivateKeyJwt({ key: key.privateKey, kid: key.kid }),
  },
];

for (const { method, registered, right, wrong } of methods)
  test(`${method} authenticates a registered client, and what is not right is refused`, async (t) => {
    const clinic = await startClinic(t);
    await clinic.register('app', { token_endpoint_auth_method: method, redirect_uris, ...registered });
    const app = await openApp(clinic.url, { clientId: 'app', authentication: right(clinic.url) });
    const tokens = await app.connect();
    assert.equal(await clinic.read(tokens.access_token), 200);
    const refreshed = await app.refresh(tokens.refresh_token ?? '');
    assert.equal(await clinic.read(refreshed.access_token), 200);
    const thief = await openApp(clinic.url, { clientId: 'app', authentication: wrong(clinic.url) });
    const { callback, exchange } = await thief.allow();
    assert.match(await refusalOf(exchange(callback)), /^401 (invalid_client|challenge)$/);
  });

test('a method that the client is not registered with is refused', async (t) => {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url, {
    authentication: client.ClientSecretPost('a secret: with + signs/'),
  });
  assert.equal(await refusalOf(app.connect()), '401 invalid_client');
});

test('a vendor may take Basic credentials as they are, and then not form-encoded', async (t) => {
  const clinic = await startClinic(t, { basicCredentials: 'plain' });
  const ask = async (pair: string): Promise<number> => {
    const response = await fetch(`${clinic.url}/toy/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(pair).toString('base64')}` },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'unknown' }),
    });
    return response.status;
  };
  const secret = 'a secret: with + signs/';
  assert.equal(await ask(`gateway:${secret}`), 400, 'the client is right, the token is not');
  assert.equal(await ask(`gateway:${encodeURIComponent(secret)}`), 401);
});

test('a client that is removed from the register is known no more, and can be put back', async (t) => {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const { refresh_token = '' } = await app.connect();
  assert.equal((await clinic.control('DELETE', '/oauth/clients/gateway')).status, 204);
  assert.equal((await clinic.control('DELETE', '/oauth/clients/gateway')).status, 404);
  assert.equal(await refusalOf(app.refresh(refresh_token)), '401 challenge');
  const secret = 'a secret: with + signs/';
  const registered = {
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: secret,
    redirect_uris,
  };
  assert.equal((await clinic.control('PUT', '/oauth/clients/gateway', registered)).status, 201);
  assert.equal((await clinic.control('PUT', '/oauth/clients/gateway', registered)).status, 200);
  await app.refresh(refresh_token);
});

test('the register tells no secret', async (t) => {
  const clinic = await startClinic(t);
  const { json } = await clinic.control('GET', '/oauth/clients');
  assert.deepEqual(
    json.map(({ client_id }: { client_id: string }) => client_id),
    ['gateway'],
  );
  assert.equal(JSON.stringify(json).includes('with + signs'), false);
});

test('a registration that cannot work is refused', async (t) => {
  const clinic = await startClinic(t, {
    clientAuthentication: ['client_secret_basic', 'private_key_jwt'],
    clientKeys: 'by-address',
  });
  const rows: readonly [object, RegExp][] = [
    [{ token_endpoint_auth_method: 'none', redirect_uris }, /client_secret_basic, private_key_jwt/],
    [{ token_endpoint_auth_method: 'client_secret_basic', redirect_uris }, /needs a client_secret/],
    [{ token_endpoint_auth_method: 'private_key_jwt', redirect_uris }, /jwks or jwks_uri/],
    [
      { token_endpoint_auth_method: 'private_key_jwt', redirect_uris, jwks: { keys: [key.jwk] } },
      /by their address/,
    ],
    [{ token_endpoint_auth_method: 'client_secret_basic', client_secret: 'x' }, /redirect_uris/],
    [
      {
        token_endpoint_auth_method: 'client_secret_basic',
        client_secret: 'x',
        redirect_uris: ['https://app.example/#part'],
      },
      /redirect_uris/,
    ],
    [
      { token_endpoint_auth_method: 'client_secret_basic', client_secret: 'x', redirect_uris, colour: 'red' },
      /colour/,
    ],
  ];
  for (const [body, said] of rows) {
    const { status, json } = await clinic.control('PUT', '/oauth/clients/app', body);
    assert.equal(status, 400, JSON.stringify(body));
    assert.match(json.error, said);
  }
});

test('a simulator does not start with a client that could not be registered', async (t) => {
  const clients = [
    { client_id: 'app', token_endpoint_auth_method: 'none', redirect_uris: ['not an address'] },
  ] as const;
  await assert.rejects(startClinic(t, { clients }), /Client app: .*redirect_uris/s);
});
