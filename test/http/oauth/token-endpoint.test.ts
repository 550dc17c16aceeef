import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { test } from 'node:test';
import { decodeJwt, decodeProtectedHeader, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { disableAgent, rotateAgentSecret } from '#scheduling/agents.ts';
import { updatePractice } from '#store/practices.ts';
import { purgeUsedAssertions } from '#store/used-assertions.ts';
import { createTestDatabase } from '#test/database.ts';
import {
  addAgent,
  addPractice,
  addSigningAgent,
  assertionForm,
  audience,
  basic,
  bothScopes,
  clientCredentials,
  issuer,
  practiceId,
  services,
  startProcess,
} from './support.ts';

const db = await createTestDatabase();
const { database } = db;
await addPractice(database);
const one = await startProcess(db);
const two = await startProcess(db);
const agent = await addAgent(database);
const signing = await addSigningAgent(database);

type TokenRequest = Parameters<typeof one.token>;
const authentications: Readonly<Record<string, (secret: string) => TokenRequest>> = {
  'in the Authorization header': (secret) => [clientCredentials, basic(agent, secret)],
  'in the body': (secret) => [{ ...clientCredentials, client_id: agent.clientId, client_secret: secret }],
};

for (const [where, request] of Object.entries(authentications)) {
  test(`a client secret ${where} gives a token`, async () => {
    const answer = await one.token(...request(agent.secret));
    assert.equal(answer.status, 200, answer.text);
    assert.equal(answer.headers.get('cache-control'), 'no-store');
    assert.deepEqual(
      { ...answer.body, access_token: undefined },
      { access_token: undefined, token_type: 'Bearer', expires_in: 600, scope: bothScopes },
    );
  });

  test(`a wrong client secret ${where} is invalid_client`, async () => {
    const answer = await one.token(...request(`${agent.secret.slice(0, -1)}_`));
    assert.deepEqual([answer.status, answer.body.error], [401, 'invalid_client']);
  });
}

test('the token is a JWT access token for the FHIR base that names practice and agent', async () => {
  const { body } = await one.token(clientCredentials, basic(agent));
  const header = decodeProtectedHeader(body.access_token);
  assert.deepEqual(header, { alg: 'ES256', typ: 'at+jwt', kid: one.signingKeys.signingJwk.kid });
  const { jti, iat, exp, ...claims } = decodeJwt(body.access_token);
  assert.deepEqual(claims, {
    iss: issuer,
    aud: audience,
    sub: agent.clientId,
    client_id: agent.clientId,
    scope: bothScopes,
    practice_id: practiceId,
    agent_id: agent.agentId,
  });
  assert.equal(Number(exp) - Number(iat), 600);
  assert.ok(typeof jti === 'string' && jti.length >= 20);
});

test('nothing of a token is stored', async () => {
  await one.token(clientCredentials, basic(agent));
  assert.equal((await db.asOwner('select assertion_hash from used_assertion')).rowCount, 0);
});

test('only what opens the hash is in the database, never the secret', async () => {
  const { rows } = await db.asOwner('select * from agent where agent_id = $1', [agent.agentId]);
  const dump = JSON.stringify(rows, (_key, value) =>
    value?.type === 'Buffer' ? Buffer.from(value.data).toString('latin1') : value,
  );
  assert.ok(dump.includes(agent.clientId), 'the dump is of this agent');
  assert.ok(!dump.includes(agent.secret));
});

for (const algorithm of ['RS384', 'ES384'] as const) {
  test(`a private_key_jwt assertion signed with ${algorithm} gives a token`, async () => {
    const { assertion } = await addSigningAgent(database, algorithm);
    for (const aud of [issuer, `${issuer}/token`]) {
      const answer = await one.token(assertionForm(await assertion({ aud })));
      assert.equal(answer.status, 200, answer.text);
    }
  });
}

const later = Math.floor(Date.now() / 1_000);

const badAssertions = {
  'for another audience': () => signing.assertion({ aud: 'https://elsewhere.example/oauth/token' }),
  'for an address that only resembles ours': () => signing.assertion({ aud: `${issuer}/token/` }),
  'for us and for another server': () => signing.assertion({ aud: [issuer, 'https://elsewhere.example'] }),
  'of another issuer': () => signing.assertion({ iss: agent.clientId }),
  'without jti': () => signing.assertion({ jti: undefined as unknown as string }),
  'without exp': () => signing.assertion({ exp: undefined as unknown as number }),
  'that has expired': () => signing.assertion({ exp: later - 60 }),
  'that lives for a day': () => signing.assertion({ exp: later + 86_400 }),
  'that is not valid yet': () => signing.assertion({ nbf: later + 600 }),
  'signed by another key': async () => {
    const { privateKey } = await generateKeyPair('ES384');
    return forge(privateKey, { alg: 'ES384', kid: 'one' });
  },
  'signed with an algorithm that is not offered': async () => {
    const { privateKey } = await generateKeyPair('ES256');
    return forge(privateKey, { alg: 'ES256', kid: 'one' });
  },
  'signed with HS384 by the public key': async () =>
    forge(Buffer.from(JSON.stringify(await exportJWK(signing.publicKey))), { alg: 'HS384', kid: 'one' }),
  'that is not signed at all': async () => {
    const [, payload] = (await signing.assertion()).split('.');
    return `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`;
  },
};

for (const [which, make] of Object.entries(badAssertions)) {
  test(`an assertion ${which} is invalid_client`, async () => {
    const answer = await one.token(assertionForm(await make()));
    assert.deepEqual([answer.status, answer.body?.error], [401, 'invalid_client'], answer.text);
  });
}

function forge(key: Parameters<SignJWT['sign']>[0], header: { alg: string; kid: string }): Promise<string> {
  const { clientId } = signing.agent;
  return new SignJWT({
    iss: clientId,
    sub: clientId,
    aud: issuer,
    jti: randomBytes(8).toString('hex'),
    exp: later + 120,
  })
    .setProtectedHeader(header)
    .sign(key);
}

test('an assertion is good once, also at another process', async () => {
  const assertion = await signing.assertion();
  assert.equal((await one.token(assertionForm(assertion))).status, 200);
  for (const process of [one, two]) {
    const again = await process.token(assertionForm(assertion));
    assert.deepEqual([again.status, again.body.error], [401, 'invalid_client']);
  }
});

test('a used assertion is remembered as a hash until it has expired', async () => {
  await db.asOwner('delete from used_assertion');
  const jti = 'canary-of-a-jti';
  assert.equal((await one.token(assertionForm(await signing.assertion({ jti })))).status, 200);
  const { rows } = await db.asOwner('select assertion_hash, expires_at from used_assertion');
  assert.equal(rows.length, 1);
  assert.ok(!JSON.stringify(rows).includes(jti));
  const purge = (at: number) => database.withoutPractice((tx) => purgeUsedAssertions(tx, new Date(at)));
  assert.equal(await purge(rows[0].expires_at.getTime() - 1), 0);
  assert.equal(await purge(rows[0].expires_at.getTime() + 1), 1);
});

test('of an assertion shown to two processes at once eight times, one is served', async () => {
  const assertion = await signing.assertion();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => (index % 2 ? one : two).token(assertionForm(assertion))),
  );
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(7).fill(401)]);
});

test('an assertion for the host that the request claims to be for is refused', async () => {
  const evil = 'https://evil.example/oauth';
  for (const headers of [
    { host: 'evil.example' },
    { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    { forwarded: 'host=evil.example;proto=https' },
  ]) {
    const form = assertionForm(await signing.assertion({ aud: `${evil}/token` }));
    const status = await rawPost('/oauth/token', headers, form);
    assert.equal(status, 401, JSON.stringify(headers));
    const honest = assertionForm(await signing.assertion());
    assert.equal(await rawPost('/oauth/token', headers, honest), 200, 'ours is served whatever Host says');
  }
  const form = assertionForm(await signing.assertion({ aud: `${evil}/token` }));
  assert.equal(
    await rawPost(`${evil}/token`, { host: 'evil.example' }, form),
    401,
    'absolute request target',
  );
});

/** fetch would not send another Host. */
function rawPost(
  target: string,
  headers: Record<string, string>,
  form: Record<string, string>,
): Promise<number> {
  const body = new URLSearchParams(form).toString();
  const lines = [
    `POST ${target} HTTP/1.1`,
    ...Object.entries({ host: 'localhost', ...headers }).map(([name, value]) => `${name}: ${value}`),
    'content-type: application/x-www-form-urlencoded',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(one.url).port), '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1])));
    socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`);
  });
}

test('while a secret is rotated both are good, and the one before them is not', async () => {
  const rotating = await addAgent(database);
  const key = { practiceId, agentId: rotating.agentId };
  const second = (await rotateAgentSecret(services(database), key)).clientSecret.reveal();
  for (const secret of [rotating.secret, second])
    assert.equal((await one.token(clientCredentials, basic(rotating, secret))).status, 200);
  const third = (await rotateAgentSecret(services(database), key)).clientSecret.reveal();
  assert.equal((await one.token(clientCredentials, basic(rotating, rotating.secret))).status, 401);
  for (const secret of [second, third])
    assert.equal((await one.token(clientCredentials, basic(rotating, secret))).status, 200);
});

test('the old secret ends with the overlap, at once when there is none', async () => {
  const rotating = await addAgent(database);
  const key = { practiceId, agentId: rotating.agentId, overlapHours: 0 };
  const second = (await rotateAgentSecret(services(database), key)).clientSecret.reveal();
  assert.equal((await one.token(clientCredentials, basic(rotating, rotating.secret))).status, 401);
  assert.equal((await one.token(clientCredentials, basic(rotating, second))).status, 200);
});

test('a secret of one agent does not open another', async () => {
  const other = await addAgent(database);
  assert.equal((await one.token(clientCredentials, basic(agent, other.secret))).status, 401);
});

test('an agent that is disabled or has expired, or is of a disabled practice, is invalid_client at once', async () => {
  const elsewhere = '01900000-0000-7000-8000-00000000000b';
  await addPractice(database, elsewhere);
  const ends = {
    disabled: async () => {
      const gone = await addAgent(database);
      await disableAgent(services(database), { practiceId, agentId: gone.agentId });
      return gone;
    },
    expired: async () => {
      const gone = await addAgent(database);
      await db.asOwner('update agent set expires_at = now() where agent_id = $1', [gone.agentId]);
      return gone;
    },
    'practice disabled': async () => {
      const gone = await addAgent(database, { practiceId: elsewhere });
      assert.equal((await one.token(clientCredentials, basic(gone))).status, 200);
      await database.withPractice(elsewhere, (tx) => updatePractice(tx, { disabledAt: new Date() }));
      return gone;
    },
  };
  for (const [how, end] of Object.entries(ends)) {
    const answer = await one.token(clientCredentials, basic(await end()));
    assert.deepEqual([answer.status, answer.body.error], [401, 'invalid_client'], how);
  }
});

test('an unknown client is told the same as one with a wrong secret', async () => {
  const unknown = await one.token(clientCredentials, basic({ ...agent, clientId: 'agent-nobody' }));
  const wrong = await one.token(clientCredentials, basic(agent, 'wrong'));
  assert.deepEqual([unknown.status, unknown.text], [wrong.status, wrong.text]);
});

const scopeCases = [
  { asked: undefined, status: 200, granted: bothScopes },
  { asked: 'system/Slot.rs', status: 200, granted: 'system/Slot.rs' },
  { asked: 'system/Slot.rs system/Slot.rs', status: 200, granted: 'system/Slot.rs' },
  { asked: 'system/Slot.s system/Appointment.c', status: 200, granted: 'system/Slot.s system/Appointment.c' },
  { asked: 'system/Appointment.cruds', status: 400 },
  { asked: 'system/Slot.rs system/Patient.cs', status: 400 },
  { asked: 'system/Slot.rs launch', status: 400 },
  { asked: 'system/*.cruds', status: 400 },
  { asked: 'openid offline_access', status: 400 },
  { asked: 'user/Slot.rs', status: 400 },
  { asked: 'system/Slot.rs\tsystem/Patient.c', status: 400 },
] as const;

for (const { asked, status, ...rest } of scopeCases) {
  test(`scope ${asked === undefined ? '(none)' : JSON.stringify(asked)} is answered ${status}`, async () => {
    const answer = await one.token(
      { ...clientCredentials, ...(asked === undefined ? {} : { scope: asked }) },
      basic(agent),
    );
    assert.equal(answer.status, status, answer.text);
    if ('granted' in rest) {
      assert.equal(answer.body.scope, rest.granted);
      assert.equal(decodeJwt(answer.body.access_token).scope, rest.granted);
    } else {
      assert.equal(answer.body.error, 'invalid_scope');
    }
  });
}

test('another resource than the FHIR base is invalid_target', async () => {
  assert.equal((await one.token({ ...clientCredentials, resource: audience }, basic(agent))).status, 200);
  const answer = await one.token(
    { ...clientCredentials, resource: 'https://elsewhere.example/' },
    basic(agent),
  );
  assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_target']);
});

for (const grant_type of ['authorization_code', 'refresh_token', 'password', 'implicit']) {
  test(`the grant ${grant_type} does not exist`, async () => {
    const answer = await one.token({ grant_type, code: 'x', refresh_token: 'x' }, basic(agent));
    assert.deepEqual([answer.status, answer.body.error], [400, 'unsupported_grant_type']);
  });
}

test('nothing of the provider but the token endpoint can be reached', async () => {
  for (const path of [
    '/oauth/auth',
    '/oauth/me',
    '/oauth/session/end',
    '/oauth/reg',
    '/oauth/token/introspection',
    '/oauth/interaction/x',
  ])
    assert.equal((await one.call(path)).status, 404, path);
  const get = await one.call('/oauth/token');
  assert.deepEqual([get.status, get.headers.get('allow')], [405, 'POST']);
});

test('credentials in the query string are not looked at', async () => {
  const query = new URLSearchParams({
    ...clientCredentials,
    client_id: agent.clientId,
    client_secret: agent.secret,
  });
  const answer = await one.call(`/oauth/token?${query}`, {}, '');
  assert.equal(answer.status, 400);
});

test('a browser is answered in JSON too', async () => {
  const answer = await one.token(clientCredentials, { ...basic(agent, 'wrong'), accept: 'text/html' });
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
  assert.equal(answer.body.error, 'invalid_client');
});

test('every answer is observed with the agent, and nothing that a caller wrote', async () => {
  const before = one.events.length;
  const key = { practiceId, agentId: agent.agentId };
  await one.token(clientCredentials, basic(agent));
  await one.token(clientCredentials, basic(agent, 'canary-wrong-secret'));
  await one.token({ ...clientCredentials, scope: 'canary/scope' }, basic(agent));
  assert.deepEqual(one.events.slice(before), [
    { outcome: 'issued', agent: key },
    { outcome: 'refused', agent: key, error: 'invalid_client' },
    { outcome: 'refused', agent: key, error: 'invalid_scope' },
  ]);
});
