import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type AuthorizationServerMetadata,
  checkServerMetadata,
  sameServer,
  serverChanges,
} from '#oauth/authorization-server-metadata.ts';
import { parseSmartConfiguration, readSmartConfiguration } from '#oauth/smart-configuration.ts';
import { cannedClient, nowhere } from './canned-server.ts';

const base = 'https://fhir.emr.example/R4';
const rules = { origins: ['https://fhir.emr.example', 'https://login.emr.example'] };
/** As in the example of SMART App Launch 2.2, with RFC 9207's word on `iss`. */
const document = {
  issuer: 'https://login.emr.example',
  jwks_uri: 'https://login.emr.example/jwks',
  authorization_endpoint: 'https://login.emr.example/authorize',
  token_endpoint: 'https://login.emr.example/token',
  revocation_endpoint: 'https://login.emr.example/revoke',
  introspection_endpoint: 'https://login.emr.example/introspect',
  registration_endpoint: 'https://login.emr.example/register',
  token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
  token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
  grant_types_supported: ['authorization_code', 'client_credentials'],
  scopes_supported: ['openid', 'launch'],
  code_challenge_methods_supported: ['S256'],
  capabilities: [
    'launch-standalone',
    'client-confidential-asymmetric',
    'sso-openid-connect',
    'permission-v2',
  ],
  authorization_response_iss_parameter_supported: true,
};

test('a configuration becomes metadata, under the registered names and with nothing else', () => {
  const { registration_endpoint: _, scopes_supported: __, ...rest } = document;
  assert.deepEqual(parseSmartConfiguration(document, base, rules), rest);
});

test('what the server does not say is empty, and the FHIR base stands for its issuer', () => {
  const least = {
    token_endpoint: document.token_endpoint,
    grant_types_supported: [],
    code_challenge_methods_supported: ['S256'],
    capabilities: [],
  };
  assert.deepEqual(parseSmartConfiguration(least, base, rules), {
    ...least,
    issuer: base,
    token_endpoint_auth_methods_supported: [],
    token_endpoint_auth_signing_alg_values_supported: [],
    authorization_response_iss_parameter_supported: false,
  });
});

const refusals: readonly (readonly [name: string, change: object, code: string, field?: string])[] = [
  ['no token endpoint', { token_endpoint: undefined }, 'metadata', 'token_endpoint'],
  ['no capabilities', { capabilities: undefined }, 'metadata', 'capabilities'],
  ['no grant types', { grant_types_supported: undefined }, 'metadata', 'grant_types_supported'],
  [
    'no PKCE methods',
    { code_challenge_methods_supported: undefined },
    'metadata',
    'code_challenge_methods_supported',
  ],
  [
    'a launch without an authorization endpoint',
    { authorization_endpoint: undefined },
    'metadata',
    'authorization_endpoint',
  ],
  ['a number for an endpoint', { token_endpoint: 7 }, 'metadata', 'token_endpoint'],
  ['no list of PKCE methods', { code_challenge_methods_supported: [] }, 'no-pkce'],
  ['plain PKCE alone', { code_challenge_methods_supported: ['plain'] }, 'no-pkce'],
  ['S256 in small letters', { code_challenge_methods_supported: ['s256'] }, 'no-pkce'],
  [
    'a word for whether iss is sent',
    { authorization_response_iss_parameter_supported: 'no' },
    'metadata',
    'authorization_response_iss_parameter_supported',
  ],
  ['plain http', { token_endpoint: 'http://login.emr.example/token' }, 'endpoint', 'token_endpoint'],
  ['plain http on loopback', { token_endpoint: 'http://127.0.0.1:9/token' }, 'endpoint', 'token_endpoint'],
  ['a relative endpoint', { token_endpoint: '/token' }, 'endpoint', 'token_endpoint'],
  [
    'an endpoint without a scheme',
    { token_endpoint: '//login.emr.example/token' },
    'endpoint',
    'token_endpoint',
  ],
  [
    'a script for an endpoint',
    { authorization_endpoint: 'javascript:alert(1)' },
    'endpoint',
    'authorization_endpoint',
  ],
  [
    'credentials in an endpoint',
    { token_endpoint: 'https://a:b@login.emr.example/token' },
    'endpoint',
    'token_endpoint',
  ],
  [
    'a user in an endpoint',
    { token_endpoint: 'https://a@login.emr.example/token' },
    'endpoint',
    'token_endpoint',
  ],
  [
    'a query in an endpoint',
    { authorization_endpoint: 'https://login.emr.example/authorize?state=x' },
    'endpoint',
    'authorization_endpoint',
  ],
  ['an empty query', { token_endpoint: 'https://login.emr.example/token?' }, 'endpoint', 'token_endpoint'],
  [
    'a fragment in an endpoint',
    { token_endpoint: 'https://login.emr.example/token#x' },
    'endpoint',
    'token_endpoint',
  ],
  [
    'an endpoint that has to be normalised',
    { token_endpoint: 'https://login.emr.example/a/../token' },
    'endpoint',
    'token_endpoint',
  ],
  ['capitals in a host', { token_endpoint: 'https://LOGIN.emr.example/token' }, 'endpoint', 'token_endpoint'],
  [
    'a port that need not be said',
    { token_endpoint: 'https://login.emr.example:443/token' },
    'endpoint',
    'token_endpoint',
  ],
  [
    'a space in front of an endpoint',
    { token_endpoint: ' https://login.emr.example/token' },
    'endpoint',
    'token_endpoint',
  ],
  [
    'a backslash in an endpoint',
    { token_endpoint: 'https://login.emr.example\\token' },
    'endpoint',
    'token_endpoint',
  ],
  [
    'another host',
    { token_endpoint: 'https://login.evil.example/token' },
    'endpoint-origin',
    'token_endpoint',
  ],
  [
    'a host that begins alike',
    { token_endpoint: 'https://login.emr.example.evil.example/token' },
    'endpoint-origin',
    'token_endpoint',
  ],
  [
    'another port',
    { token_endpoint: 'https://login.emr.example:8443/token' },
    'endpoint-origin',
    'token_endpoint',
  ],
  [
    'a revocation endpoint elsewhere',
    { revocation_endpoint: 'https://evil.example/revoke' },
    'endpoint-origin',
    'revocation_endpoint',
  ],
  ['keys elsewhere', { jwks_uri: 'https://evil.example/jwks' }, 'endpoint-origin', 'jwks_uri'],
  ['an issuer of plain http', { issuer: 'http://login.emr.example' }, 'endpoint', 'issuer'],
  [
    'an endless endpoint',
    { token_endpoint: `https://login.emr.example/${'x'.repeat(2_048)}` },
    'metadata',
    'token_endpoint',
  ],
];
for (const [name, change, code, field] of refusals) {
  test(`a configuration with ${name} is refused`, () => {
    const given = JSON.parse(JSON.stringify({ ...document, ...change }));
    assert.throws(() => parseSmartConfiguration(given, base, rules), { kind: 'refused', code, field });
  });
}
for (const given of [undefined, null, [], 'https://login.emr.example', 7])
  test(`${JSON.stringify(given)} is no configuration`, () =>
    assert.throws(() => parseSmartConfiguration(given, base, rules), { kind: 'refused', code: 'metadata' }));

test('an issuer of another origin is let be: it is a name, and nobody is asked there', () => {
  const issuer = 'https://emr.okta.example/oauth2/aus2';
  assert.equal(parseSmartConfiguration({ ...document, issuer }, base, rules).issuer, issuer);
});

test('plain beside S256 is let be: it is never used', () => {
  const methods = ['plain', 'S256'];
  parseSmartConfiguration({ ...document, code_challenge_methods_supported: methods }, base, rules);
});

test('plain http is for simulators, on loopback addresses', () => {
  const check = (origin: string, simulator: boolean) =>
    checkServerMetadata(
      { issuer: origin, token_endpoint: `${origin}/token`, ...lists },
      { origins: [origin], simulator },
    );
  for (const origin of ['http://127.0.0.1:9001', 'http://[::1]:9001']) {
    assert.ok(check(origin, true));
    assert.throws(() => check(origin, false), { code: 'endpoint' });
  }
  for (const origin of [
    'http://localhost:9001',
    'http://127.0.0.2:9001',
    'http://10.0.0.1',
    'http://emr.example',
  ])
    assert.throws(() => check(origin, true), { code: 'endpoint' });
});
const lists = {
  grant_types_supported: [],
  code_challenge_methods_supported: [],
  token_endpoint_auth_methods_supported: [],
  token_endpoint_auth_signing_alg_values_supported: [],
  authorization_response_iss_parameter_supported: false,
  capabilities: [],
};

test('a server is the same when every address is, and it says the same of iss', () => {
  const pinned = parseSmartConfiguration(document, base, rules);
  assert.ok(sameServer(pinned, parseSmartConfiguration(document, base, rules)));
  assert.ok(sameServer(pinned, { ...pinned, capabilities: [], grant_types_supported: [] }));
  const changes: Partial<AuthorizationServerMetadata>[] = [
    { issuer: 'https://login.emr.example/' },
    { authorization_endpoint: 'https://login.emr.example/Authorize' },
    { token_endpoint: 'https://login.emr.example/token/' },
    { revocation_endpoint: 'https://evil.example/revoke' },
    { introspection_endpoint: 'https://evil.example/introspect' },
    { jwks_uri: 'https://evil.example/jwks' },
    { authorization_response_iss_parameter_supported: false },
  ];
  for (const change of changes) {
    assert.equal(sameServer(pinned, { ...pinned, ...change }), false);
    assert.deepEqual(serverChanges(pinned, { ...pinned, ...change }), Object.keys(change));
  }
  const { revocation_endpoint: _, ...without } = pinned;
  assert.deepEqual(serverChanges(pinned, without), ['revocation_endpoint']);
  assert.deepEqual(serverChanges(without, pinned), ['revocation_endpoint']);
});

test('the document is asked for below the FHIR base, by GET, without following anybody', async () => {
  for (const address of [base, `${base}/`]) {
    const client = cannedClient(() => Response.json(document));
    assert.equal(
      (await readSmartConfiguration(address, rules, client)).token_endpoint,
      document.token_endpoint,
    );
    const [{ signal, ...request } = assert.fail()] = client.sent;
    assert.ok(signal);
    assert.deepEqual(request, {
      url: 'https://fhir.emr.example/R4/.well-known/smart-configuration',
      method: 'GET',
      redirect: 'error',
      headers: { accept: 'application/json' },
    });
  }
});

const answers: readonly (readonly [name: string, answer: () => Response, failure: object])[] = [
  [
    '404',
    () => new Response('', { status: 404 }),
    { kind: 'unknown', code: 'unexpected-status', status: 404 },
  ],
  [
    '302',
    () => new Response('', { status: 302 }),
    { kind: 'unknown', code: 'unexpected-status', status: 302 },
  ],
  ['503', () => new Response('', { status: 503 }), { kind: 'busy', code: 'server-failed' }],
  ['429', () => new Response('', { status: 429 }), { kind: 'busy', code: 'throttled' }],
  ['HTML', () => new Response('<html>'), { kind: 'unknown', code: 'not-json' }],
  ['70 KB', () => new Response(' '.repeat(70_000)), { kind: 'unknown', code: 'too-large' }],
];
for (const [name, answer, failure] of answers)
  test(`a document answered with ${name} is told as what it is`, () =>
    assert.rejects(readSmartConfiguration(base, rules, cannedClient(answer)), failure));

test('metadata written down by hand is judged by the same rules', () => {
  const origins = ['https://login.emr.example'];
  assert.ok(Object.isFrozen(checkServerMetadata(nowhere, { origins })));
  assert.throws(() => checkServerMetadata(nowhere, { origins: ['https://fhir.emr.example'] }), {
    code: 'endpoint-origin',
    field: 'authorization_endpoint',
  });
});
