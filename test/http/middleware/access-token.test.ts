import assert from 'node:assert/strict';
import { createPublicKey, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import {
  decodeJwt,
  generateKeyPair,
  importJWK,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT,
} from 'jose';
import { disableAgent } from '#scheduling/agents.ts';
import { openDatabase } from '#store/database.ts';
import { updatePractice } from '#store/practices.ts';
import { createTestDatabase } from '#test/database.ts';
import {
  addAgent,
  addPractice,
  audience,
  basic,
  bearer,
  bothScopes,
  clientCredentials,
  issuer,
  practiceId,
  services,
  startProcess,
} from '../oauth/support.ts';

const db = await createTestDatabase();
const { database } = db;
await addPractice(database);
let now = Date.now();
const clock = () => new Date(now);
const one = await startProcess(db);
const two = await startProcess(db, { clock });
const agent = await addAgent(database);
const ours = await importJWK(one.signingKeys.signingJwk, 'ES256');
const kid = String(one.signingKeys.signingJwk.kid);
const foreign = await generateKeyPair('ES256');
const token: string = (await one.token(clientCredentials, basic(agent))).body.access_token;

const secondPasses = () => {
  now += 1_000;
};
const codeOf = async (headers: Record<string, string>, path = '/fhir/R4/Slot') => {
  const answer = await two.call(path, headers);
  return answer.status === 200 ? 'served' : answer.body.code;
};

test('a token of one process is good at another, which knows then who is calling', async () => {
  const answer = await two.call('/fhir/R4/Slot', bearer(token));
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.body, {
    practiceId,
    agentId: agent.agentId,
    agentName: 'Front desk voice agent',
    scope: bothScopes,
    tokenId: decodeJwt(token).jti,
  });
});

test('the scheme is read without regard to case', async () => {
  assert.equal(await codeOf({ authorization: `bearer ${token}` }), 'served');
});

const withoutToken = {
  'no header at all': {},
  'another scheme': basic(agent),
  'an empty token': { authorization: 'Bearer ' },
  'two tokens': { authorization: `Bearer ${token} ${token}` },
};
for (const [what, headers] of Object.entries(withoutToken)) {
  test(`a request with ${what} has no token`, async () => {
    assert.equal(await codeOf(headers), 'no-token');
  });
}

test('a token in the query string is refused, even beside a good header', async () => {
  assert.equal(await codeOf({}, `/fhir/R4/Slot?access_token=${token}`), 'no-token');
  assert.equal(await codeOf(bearer(token), `/fhir/R4/Slot?access_token=${token}`), 'no-token');
});

test('a token in a body is not looked at', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await two.call('/fhir/R4/Appointment', form, `access_token=${token}`);
  assert.equal(answer.body.code, 'no-token');
});

const good = {
  iss: issuer,
  aud: audience,
  sub: agent.clientId,
  client_id: agent.clientId,
  practice_id: practiceId,
  agent_id: agent.agentId,
  scope: bothScopes,
  jti: 'one',
  iat: Math.floor(now / 1_000) - 10,
  exp: Math.floor(now / 1_000) + 600,
};
const header = { alg: 'ES256', typ: 'at+jwt', kid };

function sign(
  claims: JWTPayload = {},
  marks: Partial<JWTHeaderParameters> = {},
  key = ours,
): Promise<string> {
  return new SignJWT({ ...good, ...claims }).setProtectedHeader({ ...header, ...marks }).sign(key);
}

test('a token made by hand with our key is served, so what follows is refused for its one difference', async () => {
  assert.equal(await codeOf(bearer(await sign())), 'served');
});

const publicKey = new TextEncoder().encode(
  String(
    createPublicKey({ key: { ...one.signingKeys.signingJwk }, format: 'jwk' }).export({
      type: 'spki',
      format: 'pem',
    }),
  ),
);
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

const forgeries: Readonly<Record<string, () => Promise<string> | string>> = {
  'of another issuer': () => sign({ iss: 'https://elsewhere.example/oauth' }),
  'for another audience': () => sign({ aud: 'https://elsewhere.example/fhir' }),
  'that has expired': () => sign({ exp: Math.floor(now / 1_000) - 1 }),
  'without an end': () => sign({ exp: undefined as unknown as number }),
  'of another type': () => sign({}, { typ: 'JWT' }),
  'of no type': () => sign({}, { typ: undefined as unknown as string }),
  'signed by a key that is not ours, under our kid': () => sign({}, {}, foreign.privateKey),
  'signed by a key that nobody knows': () => sign({}, { kid: 'unknown' }, foreign.privateKey),
  'without kid': () => sign({}, { kid: undefined as unknown as string }),
  'that brings its own key': () =>
    sign({}, { jwk: { kty: 'EC', crv: 'P-256' }, kid: undefined as unknown as string }, foreign.privateKey),
  'signed with HS256 by our public key': () => sign({}, { alg: 'HS256' }, publicKey),
  'with alg none': () => `${part({ ...header, alg: 'none' })}.${part(good)}.`,
  'with its signature cut off': async () => (await sign()).replace(/[^.]*$/, ''),
  'whose scope was widened afterwards': async () => {
    const [head, , signature] = (await sign()).split('.');
    return `${head}.${part({ ...good, scope: 'system/*.cruds' })}.${signature}`;
  },
  'without practice': () => sign({ practice_id: undefined }),
  'with a practice that is no id': () => sign({ practice_id: "' or true" }),
  'without scope': () => sign({ scope: '' }),
  'that is no JWT': () => 'abc',
};
for (const [which, make] of Object.entries(forgeries)) {
  test(`a token ${which} is invalid`, async () => {
    assert.equal(await codeOf(bearer(await make())), 'invalid-token');
  });
}

test('a token that was just served is refused from the second in which it expires', async () => {
  const headers = bearer(await sign({ exp: Math.floor(now / 1_000) + 5, jti: 'short' }));
  assert.equal(await codeOf(headers), 'served');
  now += 4_000;
  assert.equal(await codeOf(headers), 'served');
  now += 2_000;
  assert.equal(await codeOf(headers), 'invalid-token');
});

test('a token is refused within a minute of its key being deleted, though it was served a moment ago', async () => {
  const { rows } = await db.asOwner(
    "insert into signing_key select 0, 'deleted', public_jwk, private_jwk from signing_key returning key_id",
  );
  const headers = bearer(await sign({ jti: 'of the deleted' }, { kid: rows[0].key_id }));
  secondPasses();
  assert.equal(await codeOf(headers), 'served');
  await db.asOwner("delete from signing_key where key_id = 'deleted'");
  now += 31_000;
  await codeOf(bearer(token));
  assert.equal(await codeOf(headers), 'invalid-token');
});

test('an agent is looked for in the practice of its token only', async () => {
  const other = '01900000-0000-7000-8000-0000000000f1';
  await addPractice(database, other);
  assert.equal(await codeOf(bearer(await sign({ practice_id: other }))), 'agent-disabled');
  assert.equal(await codeOf(bearer(await sign({ agent_id: randomUUID() }))), 'agent-disabled');
});

const scopeCases = [
  { scope: 'system/Slot.rs', slot: 'served', book: 'insufficient-scope' },
  { scope: 'system/Slot.r', slot: 'insufficient-scope', book: 'insufficient-scope' },
  { scope: 'system/Appointment.crus', slot: 'insufficient-scope', book: 'served' },
  { scope: 'user/Slot.rs', slot: 'insufficient-scope', book: 'insufficient-scope' },
  { scope: 'system/SlotX.rs', slot: 'insufficient-scope', book: 'insufficient-scope' },
] as const;
for (const { scope, slot, book } of scopeCases) {
  test(`with ${scope} a search for slots is ${slot} and a booking is ${book}`, async () => {
    const headers = bearer(await sign({ scope }));
    assert.equal(await codeOf(headers), slot);
    const answer = await two.call('/fhir/R4/Appointment', headers, '{}');
    assert.equal(answer.status === 200 ? 'served' : answer.body.code, book);
  });
}

test('a disabled agent is out within a second, with its signed token still young', async () => {
  const leaving = await addAgent(database);
  const headers = bearer((await one.token(clientCredentials, basic(leaving))).body.access_token);
  assert.equal(await codeOf(headers), 'served');
  await disableAgent(services(database), { practiceId, agentId: leaving.agentId });
  secondPasses();
  assert.equal(await codeOf(headers), 'agent-disabled');
});

test('so is an agent whose days have ended', async () => {
  const ending = await addAgent(database);
  const headers = bearer((await one.token(clientCredentials, basic(ending))).body.access_token);
  assert.equal(await codeOf(headers), 'served');
  await db.asOwner("update agent set expires_at = now() - interval '1 day' where agent_id = $1", [
    ending.agentId,
  ]);
  secondPasses();
  assert.equal(await codeOf(headers), 'agent-disabled');
});

test('so are all agents of a disabled practice, and enabling it lets them in again', async () => {
  const shut = '01900000-0000-7000-8000-0000000000f2';
  await addPractice(database, shut);
  const headers = bearer(
    (await one.token(clientCredentials, basic(await addAgent(database, { practiceId: shut })))).body
      .access_token,
  );
  assert.equal(await codeOf(headers), 'served');
  await database.withPractice(shut, (tx) => updatePractice(tx, { disabledAt: new Date() }));
  secondPasses();
  assert.equal(await codeOf(headers), 'practice-disabled');
  await database.withPractice(shut, (tx) => updatePractice(tx, { disabledAt: null }));
  secondPasses();
  assert.equal(await codeOf(headers), 'served');
});

test('within the second a hundred requests read the agent once, and its last use is noted once a minute', async () => {
  const busy = await addAgent(database);
  const headers = bearer((await one.token(clientCredentials, basic(busy))).body.access_token);
  const lastUsed = async () => {
    const { rows } = await db.asOwner('select last_used_at from agent where agent_id = $1', [busy.agentId]);
    return rows[0].last_used_at?.getTime();
  };
  const inner = openDatabase({ url: db.url, kind: db.kind, poolSize: 4 });
  let reads = 0;
  const counting = await startProcess(db, {
    clock,
    database: {
      ...inner,
      withPractice: (practice, work) => {
        reads += 1;
        return inner.withPractice(practice, work);
      },
    },
  });
  assert.equal(await lastUsed(), undefined, 'asking for a token is not yet using it');
  const first = now;
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => counting.call('/fhir/R4/Slot', headers)),
  );
  assert.ok(answers.every(({ status }) => status === 200));
  assert.equal(reads, 1);
  assert.equal(await lastUsed(), first);
  now += 59_000;
  await counting.call('/fhir/R4/Slot', headers);
  assert.equal(await lastUsed(), first);
  now += 2_000;
  await counting.call('/fhir/R4/Slot', headers);
  assert.equal(await lastUsed(), now);
  assert.equal(reads, 3);
  await inner.close();
});

test('a database that is away is not the token’s fault', async () => {
  const broken = openDatabase({ url: db.url, kind: db.kind });
  const away = await startProcess(db, {
    database: { ...broken, withPractice: () => Promise.reject(new Error('away')) },
  });
  assert.equal((await away.call('/fhir/R4/Slot', bearer(token))).body.code, 'unexpected');
  await broken.close();
});
