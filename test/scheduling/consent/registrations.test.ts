import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addRegistration,
  approveRegistration,
  type NewRegistration,
  publicKeysOf,
  replaceKeys,
  retireRegistration,
  reviewRegistrations,
} from '#scheduling/consent/registrations.ts';
import { Secret } from '#vault/secret.ts';
import { startConnectGateway, stopAfter } from '../../http/connect/support.ts';
import { startToyEmr, toy, toyAdapter } from '../../http/connect/toy-emr.ts';

const fixed = {
  issuer: 'https://login.fixed.example',
  authorizationEndpoint: 'https://login.fixed.example/authorize',
  tokenEndpoint: 'https://api.fixed.example/token',
  source: 'https://docs.fixed.example/oauth: its metadata name another issuer',
};
const emr = await startToyEmr();
stopAfter(emr);
const gateway = await startConnectGateway({
  adapters: [toy, toyAdapter({ metadata: fixed, grantTypes: ['authorization_code'] }, 'toy-fixed')],
});
const { consent } = gateway.gateway;
const by = { person: 'Kim Lee', reason: 'Sandbox account of the team' };
const secret = 'sealed-and-never-seen-again';
let number = 0;

function add(changes: Partial<NewRegistration> = {}) {
  return addRegistration(consent, by, {
    context: `made-${++number}`,
    adapter: 'toy',
    kind: 'simulator',
    origin: emr.origin,
    grantType: 'authorization_code',
    clientId: 'gateway',
    clientAuthentication: 'client_secret_post',
    scopeDialect: 'v2',
    clientSecret: new Secret(secret),
    algorithm: 'ES384',
    ...changes,
  });
}

test('a registration says what has to be registered at the EMR, and who made it and why', async () => {
  const made = await add({ context: 'epic-like' });
  assert.equal(made.redirectUri, `${gateway.url}/oauth/cb/epic-like`);
  assert.equal(made.jwksUri, undefined);
  assert.equal(made.approvedAt, undefined);
  assert.equal(made.server.issuer, `${emr.url}/oauth2`);
  assert.deepEqual(
    made.acts.map(({ act, person, reason }) => [act, person, reason]),
    [['add', 'Kim Lee', 'Sandbox account of the team']],
  );
  const approved = await approveRegistration(consent, { ...by, reason: 'Looked at it' }, 'epic-like');
  assert.ok(approved.approvedAt);
  const retired = await retireRegistration(consent, { ...by, reason: 'Moved' }, 'epic-like');
  assert.deepEqual(
    retired.acts.map(({ act, reason }) => `${act}: ${reason}`),
    ['add: Sandbox account of the team', 'approve: Looked at it', 'retire: Moved'],
  );
  await assert.rejects(approveRegistration(consent, by, 'epic-like'), { code: 'business-rule' });
});

test('secret and key are sealed for their registration alone, and in nothing that is shown', async () => {
  const made = await add();
  const keyed = await add({ clientAuthentication: 'private_key_jwt', clientSecret: undefined });
  const { rows } = await gateway.database.asOwner('select t::text as row from oauth_registration t');
  assert.ok(
    rows.every(({ row }) => !row.includes(Buffer.from(secret).toString('hex')) && !row.includes(secret)),
  );
  const shown = JSON.stringify(await reviewRegistrations(consent));
  for (const part of [secret, '"d":', 'clientSecret', 'privateJwk']) assert.ok(!shown.includes(part), part);

  // A sealed secret that is copied to another registration does not open there.
  const other = await add();
  await gateway.database.asOwner(
    'update oauth_registration set client_secret = (select client_secret from oauth_registration where context = $1) where context = $2',
    [made.context, other.context],
  );
  const row = (
    await gateway.database.asOwner('select client_secret from oauth_registration where context = $1', [
      other.context,
    ])
  ).rows[0].client_secret;
  const place = (context: string) => ({ row: context, kind: 'client-secret', version: 0 });
  assert.throws(() => consent.seal.open(place(other.context), row), { reason: 'not-authentic' });
  assert.equal(consent.seal.open(place(made.context), row).reveal(), secret);
  assert.ok(keyed.jwksUri?.endsWith(`/oauth/jwks/${keyed.context}`));
});

for (const [algorithm, members] of [
  ['ES384', ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']],
  ['RS384', ['alg', 'e', 'kid', 'kty', 'n', 'use']],
] as const) {
  test(`a ${algorithm} key pair is made here; its public half is published, and replaced on record`, async () => {
    const { context } = await add({
      clientAuthentication: 'private_key_jwt',
      clientSecret: undefined,
      algorithm,
    });
    const before = await publicKeysOf(consent, context);
    assert.deepEqual(Object.keys(before?.keys[0] ?? {}).sort(), members);
    assert.equal(before?.keys[0]?.alg, algorithm);
    await replaceKeys(consent, { ...by, reason: 'Yearly' }, context, { clientSecret: undefined, algorithm });
    const after = await publicKeysOf(consent, context);
    assert.notEqual(after?.keys[0]?.kid, before?.keys[0]?.kid);
    const [facts] = (await reviewRegistrations(consent)).filter((one) => one.context === context);
    assert.deepEqual(
      facts?.acts.map(({ act }) => act),
      ['add', 'keys'],
    );
  });
}

test('an adapter that fixes its endpoints is asked nothing, whatever its vendor publishes', async () => {
  const made = await add({ adapter: 'toy-fixed', kind: 'vendor', origin: 'https://api.fixed.example' });
  assert.deepEqual(
    [made.server.issuer, made.server.authorization_endpoint, made.server.token_endpoint],
    [fixed.issuer, fixed.authorizationEndpoint, fixed.tokenEndpoint],
  );
  assert.ok((await approveRegistration(consent, by, made.context)).approvedAt);
});

const refused: Readonly<Record<string, readonly [changes: Partial<NewRegistration>, expected: object]>> = {
  'a name that is no part of an address': [
    { context: 'Epic Sandbox' },
    { code: 'invalid-value', expression: 'context' },
  ],
  'an adapter that takes a key': [{ adapter: 'open-dental' }, { code: 'business-rule' }],
  'an adapter that is not there': [{ adapter: 'nobody' }, { code: 'invalid-value' }],
  'a way to authenticate that the EMR does not know': [
    { clientAuthentication: 'tls_client_auth' as never },
    { code: 'invalid-value', expression: 'auth' },
  ],
  'a grant that the EMR does not know': [
    { adapter: 'toy-fixed', grantType: 'client_credentials' },
    { code: 'invalid-value', expression: 'grant' },
  ],
  'scopes in a grammar that the EMR does not know': [
    { scopeDialect: 'v1' },
    { code: 'invalid-value', expression: 'dialect' },
  ],
  'a secret that was not typed': [{ clientSecret: new Secret('') }, { code: 'missing-element' }],
  'an id that is no id': [{ clientId: 'a\nb' }, { code: 'invalid-value', expression: 'clientId' }],
  'an address that is not there': [{ origin: 'http://127.0.0.1:9/emr' }, { code: 'address-silent' }],
  'an address that the wall does not talk to': [{ kind: 'vendor' }, { code: 'address-refused' }],
  'a reason that is none': [{}, { code: 'missing-element', expression: 'reason' }],
};
for (const [what, [changes, expected]] of Object.entries(refused)) {
  test(`${what} is refused, and nothing is kept`, async () => {
    const before = (await reviewRegistrations(consent)).length;
    const made = what.startsWith('a reason')
      ? addRegistration(
          consent,
          { ...by, reason: ' ' },
          {
            context: 'no-reason',
            adapter: 'toy',
            kind: 'simulator',
            origin: emr.origin,
            grantType: 'authorization_code',
            clientId: 'gateway',
            clientAuthentication: 'none',
            scopeDialect: 'v2',
            clientSecret: undefined,
            algorithm: 'ES384',
          },
        )
      : add(changes);
    await assert.rejects(made, expected);
    assert.equal((await reviewRegistrations(consent)).length, before);
  });
}

test('a name is given once, also after its registration was retired', async () => {
  await add({ context: 'once-only' });
  await assert.rejects(add({ context: 'once-only' }), { code: 'business-rule', expression: 'context' });
  await retireRegistration(consent, by, 'once-only');
  await assert.rejects(add({ context: 'once-only' }), { code: 'business-rule' });
});
