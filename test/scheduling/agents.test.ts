import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { exportJWK, generateKeyPair } from 'jose';
import {
  type AgentChange,
  type AgentRegistration,
  type AgentServices,
  disableAgent,
  listAgents,
  longestLifeDays,
  registerAgent,
  rotateAgentSecret,
} from '#scheduling/agents.ts';
import { isClientSecret } from '#scheduling/client-secret.ts';
import { readAgentCredentials } from '#store/agents.ts';
import { insertPractice } from '#store/practices.ts';
import { createTestDatabase } from '#test/database.ts';

const { database, asOwner } = await createTestDatabase();
const practiceId = '01900000-0000-7000-8000-000000000001';
const otherPractice = '01900000-0000-7000-8000-000000000002';
for (const id of [practiceId, otherPractice])
  await database.withPractice(id, (tx) =>
    insertPractice(tx, {
      practiceId: id,
      name: 'Cedar Dental',
      timeZone: 'America/Denver',
      phone: undefined,
      mode: 'sandbox',
      bookingMode: 'live',
    }),
  );

const now = new Date('2027-01-05T12:00:00Z');
const days = (count: number) => new Date(now.getTime() + count * 86_400_000);
const changes: AgentChange[] = [];
const services: AgentServices = {
  database,
  audit: async (_tx, change) => {
    changes.push(change);
  },
  clock: () => now,
  random: randomBytes,
};
const registration: AgentRegistration = {
  practiceId,
  name: 'Evening line',
  owner: 'Voice Company',
  authMethod: 'client_secret_basic',
  scope: 'system/Slot.rs system/Appointment.crus',
  expiresAt: days(90),
};
const register = (overrides: Partial<AgentRegistration> = {}) =>
  registerAgent(services, { ...registration, ...overrides });
const credentials = (agentId: string) =>
  database.withPractice(practiceId, (tx) => readAgentCredentials(tx, agentId));

const pair = async (algorithm: string, options = {}) => {
  const keys = await generateKeyPair(algorithm, { extractable: true, ...options });
  return { open: await exportJWK(keys.publicKey), closed: await exportJWK(keys.privateKey) };
};
const rsa = await pair('RS384');
const ec = await pair('ES384');
const p256 = await pair('ES256');

test('a registered agent gets an id and a secret of 32 random bytes, shown once', async () => {
  const { agentId, clientId, clientSecret } = await register();
  const secret = clientSecret?.reveal() ?? '';
  assert.equal(Buffer.from(secret, 'base64url').length, 32);
  assert.match(clientId, /^agent-[0-9a-f]{32}$/);
  const stored = await credentials(agentId);
  assert.ok(stored?.secretHash);
  assert.ok(isClientSecret(clientId, secret, [stored.secretHash]));
  assert.ok(!isClientSecret(clientId, `${secret}x`, [stored.secretHash]));
  assert.ok(!isClientSecret('agent-other', secret, [stored.secretHash]));
  assert.ok(!isClientSecret(clientId, secret, []));
  const agents = await listAgents(services, practiceId);
  assert.ok(agents.some((agent) => agent.agentId === agentId && agent.owner === 'Voice Company'));
  assert.ok(!inspect({ agents, clientSecret, changes }, { depth: 9 }).includes(secret));
  assert.deepEqual(changes.at(-1), { action: 'agent.create', practiceId, agentId });
});

test('an agent is seen by its own practice only', async () => {
  await register();
  assert.deepEqual(await listAgents(services, otherPractice), []);
});

test('the agent’s own keys are kept without anything that is not needed', async () => {
  const { agentId, clientSecret } = await register({
    authMethod: 'private_key_jwt',
    jwks: {
      keys: [
        { ...rsa.open, kid: 'r', x5u: 'https://elsewhere.example', comment: 'hello' },
        { ...ec.open, kid: 'e', use: 'sig' },
      ],
    },
  });
  assert.equal(clientSecret, undefined);
  const stored = await credentials(agentId);
  assert.deepEqual(stored?.jwks?.keys, [
    { kty: 'RSA', n: rsa.open.n, e: rsa.open.e, alg: 'RS384', kid: 'r' },
    { kty: 'EC', crv: 'P-384', x: ec.open.x, y: ec.open.y, alg: 'ES384', kid: 'e', use: 'sig' },
  ]);
});

const asymmetric = { authMethod: 'private_key_jwt' } as const;
const refusals: Readonly<Record<string, [Partial<AgentRegistration>, string, string]>> = {
  'no name': [{ name: ' ' }, 'missing-element', 'name'],
  'no owner': [{ owner: '' }, 'missing-element', 'owner'],
  'no scope': [{ scope: ' ' }, 'missing-element', 'scope'],
  'a scope that no agent may have': [
    { scope: 'system/Slot.rs system/Observation.rs' },
    'invalid-value',
    'scope',
  ],
  'more letters than agents may have': [{ scope: 'system/Patient.cruds' }, 'invalid-value', 'scope'],
  'a wildcard': [{ scope: 'system/*.rs' }, 'invalid-value', 'scope'],
  'no end': [{ expiresAt: new Date(Number.NaN) }, 'invalid-value', 'expiresAt'],
  'an end in the past': [{ expiresAt: days(-1) }, 'invalid-value', 'expiresAt'],
  'an end after more than a year': [{ expiresAt: days(longestLifeDays + 1) }, 'invalid-value', 'expiresAt'],
  'keys for a method with a secret': [{ jwks: { keys: [] } }, 'invalid-value', 'jwks'],
  'no keys for private_key_jwt': [asymmetric, 'missing-element', 'jwks'],
  'an empty key set': [{ ...asymmetric, jwks: { keys: [] } }, 'invalid-value', 'jwks'],
  'an address of keys': [{ ...asymmetric, jwks: { jwks_uri: 'https://x.example' } }, 'invalid-value', 'jwks'],
  'a private key': [{ ...asymmetric, jwks: { keys: [{ ...ec.closed, kid: 'x' }] } }, 'invalid-value', 'jwks'],
  'a shared secret as key': [
    { ...asymmetric, jwks: { keys: [{ kty: 'oct', k: 'c2VjcmV0', kid: 'x' }] } },
    'invalid-value',
    'jwks',
  ],
  'a key without kid': [{ ...asymmetric, jwks: { keys: [ec.open] } }, 'invalid-value', 'jwks'],
  'two keys of one kid': [
    {
      ...asymmetric,
      jwks: {
        keys: [
          { ...ec.open, kid: 'x' },
          { ...rsa.open, kid: 'x' },
        ],
      },
    },
    'invalid-value',
    'jwks',
  ],
  'a short RSA key': [
    { ...asymmetric, jwks: { keys: [{ ...rsa.open, n: rsa.open.n?.slice(0, 171), kid: 'x' }] } },
    'invalid-value',
    'jwks',
  ],
  'a key of another curve': [
    { ...asymmetric, jwks: { keys: [{ ...p256.open, kid: 'x' }] } },
    'invalid-value',
    'jwks',
  ],
};
for (const [what, [overrides, code, expression]] of Object.entries(refusals)) {
  test(`an agent with ${what} is not registered`, async () => {
    const before = (await listAgents(services, practiceId)).length;
    await assert.rejects(register(overrides), { code, expression });
    assert.equal((await listAgents(services, practiceId)).length, before);
  });
}

test('exactly a year is allowed', async () => {
  await register({ expiresAt: days(longestLifeDays) });
});

test('a rotation keeps the old secret for as long as it says, a day by default', async () => {
  const { agentId, clientId, clientSecret } = await register();
  const rotated = await rotateAgentSecret(services, { practiceId, agentId });
  assert.notEqual(rotated.clientSecret.reveal(), clientSecret?.reveal());
  const stored = await credentials(agentId);
  assert.deepEqual(stored?.previousSecretUntil, days(1));
  assert.ok(stored?.previousSecretHash && stored.secretHash);
  assert.ok(isClientSecret(clientId, clientSecret?.reveal() ?? '', [stored.previousSecretHash]));
  assert.ok(isClientSecret(clientId, rotated.clientSecret.reveal(), [stored.secretHash]));
  assert.deepEqual(changes.at(-1), { action: 'agent.rotate', practiceId, agentId });
});

test('a rotation is refused for an unknown agent, for keys, and for an overlap of more than a week', async () => {
  const { agentId } = await register();
  const signing = await register({ ...asymmetric, jwks: { keys: [{ ...ec.open, kid: 'x' }] } });
  await assert.rejects(rotateAgentSecret(services, { practiceId: otherPractice, agentId }), {
    code: 'not-found',
  });
  await assert.rejects(rotateAgentSecret(services, { practiceId, agentId: signing.agentId }), {
    code: 'invalid-value',
  });
  for (const overlapHours of [-1, 169, Number.NaN])
    await assert.rejects(rotateAgentSecret(services, { practiceId, agentId, overlapHours }), {
      code: 'invalid-value',
      expression: 'overlapHours',
    });
});

test('disabling sets the moment once', async () => {
  const { agentId } = await register();
  await disableAgent(services, { practiceId, agentId });
  await disableAgent({ ...services, clock: () => days(3) }, { practiceId, agentId });
  assert.deepEqual((await credentials(agentId))?.disabledAt, now);
  await assert.rejects(disableAgent(services, { practiceId: otherPractice, agentId }), { code: 'not-found' });
});

test('what cannot be recorded does not happen', async () => {
  const { agentId } = await register();
  const { rows: before } = await asOwner('select agent_id, secret_hash, disabled_at from agent order by 1');
  const unrecorded = { ...services, audit: () => Promise.reject(new Error('no audit')) };
  await assert.rejects(registerAgent(unrecorded, registration), /no audit/);
  await assert.rejects(rotateAgentSecret(unrecorded, { practiceId, agentId }), /no audit/);
  await assert.rejects(disableAgent(unrecorded, { practiceId, agentId }), /no audit/);
  assert.deepEqual(
    (await asOwner('select agent_id, secret_hash, disabled_at from agent order by 1')).rows,
    before,
  );
});
