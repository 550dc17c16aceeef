import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { Appointment } from '@medplum/fhirtypes';
import { agentScopes } from '#fhir/scopes.ts';
import { agentServices } from '#scheduling/agent-services.ts';
import { registerAgent } from '#scheduling/agents.ts';
import { nilAgent } from '#scheduling/caller.ts';
import { replaceWebhookSecret } from '#scheduling/consent/webhook-secret.ts';
import { rowId } from '#scheduling/ids.ts';
import { createTestAgent } from '#test/agent.ts';
import { createTestSimulator } from '#test/simulator.ts';
import { booked, offer } from '#test/story.ts';
import { Secret } from '#vault/secret.ts';
import { openBrowser, textOf } from '../../../test/http/connect/browser.ts';
import { startConnectGateway } from '../../../test/http/connect/support.ts';
import { drchrono } from '../index.ts';
import { demoPatients } from '../simulator/demo-patients.ts';
import { startDrChrono } from '../simulator/start-drchrono.ts';

/** DrChrono's deliveries, from its simulator over the network to our door and back to its book. */
const stateDir = await mkdtemp(join(tmpdir(), 'postern-drchrono-webhooks-'));
const running = await startDrChrono({
  stateDir,
  settings: { hourlyLimit: 0, burstPerSecond: 0, appointmentsNeedClinicalScope: false },
});
after(async () => {
  await running.stop();
  await rm(stateDir, { recursive: true, force: true });
});
const simulator = createTestSimulator(running.url);
const client = { id: 'postern at drchrono', secret: 'a secret of the application' };
const { changes: _, ...unasked } = drchrono.capabilities;
// It is not asked here, so that whatever is found out was told.
const gateway = await startConnectGateway({ adapters: [{ ...drchrono, capabilities: unasked }] });
const context = await gateway.register(
  {
    origin: `${running.url}/api`,
    register: ({ redirect_uris }) =>
      control('PUT', `/oauth/clients/${encodeURIComponent(client.id)}`, {
        client_name: 'Postern',
        client_secret: client.secret,
        redirect_uris,
        token_endpoint_auth_method: 'client_secret_post',
      }),
  },
  {
    context: 'drchrono-test',
    adapter: 'drchrono',
    clientId: client.id,
    clientAuthentication: 'client_secret_post',
    clientSecret: new Secret(client.secret),
    scopeDialect: 'plain',
  },
);
const { consent, scheduling } = gateway.gateway;
const practice = await connected();
const by = { person: 'Kim Lee', reason: 'a test' };
const { url: webhookUrl, secret } = await replaceWebhookSecret(consent, by, context);

async function control(method: string, path: string, body?: unknown): Promise<void> {
  const answer = await fetch(`${running.url}/__sim${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${await answer.text()}`);
}

/** A practice whose front desk has said yes, with an agent. */
async function connected() {
  const id = await gateway.addPractice('Alder Creek');
  const { url, code } = await gateway.link(id, { emr: context });
  const person = openBrowser();
  const setup = await person.press(await person.open(url), 'Continue', { code });
  const signIn = await person.press(setup, 'Continue to DrChrono');
  const done = await person.press(await person.press(signIn, 'Sign in'), 'Allow');
  assert.match(textOf(done), /is connected/);
  const caller = {
    practiceId: id,
    agentId: nilAgent,
    actor: 'operator:Kim Lee',
    requestId: rowId(),
    origin: 'cli',
  } as const;
  const { agentId, clientId, clientSecret } = await registerAgent(agentServices(scheduling, caller), {
    practiceId: id,
    name: 'Voice agent',
    owner: 'Voice Company',
    authMethod: 'client_secret_basic',
    scope: agentScopes.join(' '),
    expiresAt: new Date(Date.now() + 30 * 86_400_000),
  });
  const agent = createTestAgent({
    url: gateway.url,
    id: agentId,
    clientId,
    secret: clientSecret?.reveal() ?? '',
  });
  return { id, agent, patients: demoPatients };
}

/** Resolves when something is so: told over the network, then looked at when lists have caught up. */
async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    assert.ok(Date.now() < deadline, what);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const outcomes = () =>
  gateway.events.flatMap((event) => (event.event === 'hook.answered' ? [event.outcome] : []));
const standing = async ({ id }: Appointment) => {
  const { rows } = await gateway.database.asOwner(
    'select phase, result_code from booking_intent where target_id = $1 order by intent_id desc limit 1',
    [id],
  );
  return [rows[0]?.phase, rows[0]?.result_code].filter(Boolean).join(' ');
};
const entryOf = async ({ start = '' }: Appointment) => {
  const entry = (await simulator.booked()).find((one) => Date.parse(one.start) === Date.parse(start));
  return entry ?? assert.fail('It is in the book.');
};

test('DrChrono finds that the address is ours, and calls it about what we book', async () => {
  const checks = () =>
    gateway.events.filter((event) => event.event === 'http.answered' && event.route === 'hooks/{context}');
  await control('PUT', '/settings', { webhookUrl, webhookSecret: secret.reveal() });
  await until('It asks whose the address is.', () => checks().length > 0);
  const visit = await booked(practice, 0);
  await until('It calls.', () => outcomes().includes('noted'));
  assert.equal(await standing(visit), 'confirmed');
});

test('what the front desk cancels in DrChrono is taken over within seconds, though it calls twice', async () => {
  const visit = await booked(practice, 1);
  const { id } = await entryOf(visit);
  await simulator.fault({ name: 'webhook-duplicate' });
  await simulator.staff({ action: 'cancel', id });
  await until('It is taken over.', async () => (await standing(visit)) === 'cancelled by-staff');
  await until('It calls again.', () => outcomes().includes('repeated'));
});

test('calls that overtake one another end as DrChrono’s book has it', async () => {
  const [visit, elsewhere] = [await booked(practice, 2), await offer(practice.agent)];
  const { id } = await entryOf(visit);
  const before = outcomes().length;
  await simulator.fault({ name: 'webhook-reorder' });
  await simulator.staff({ action: 'move', id, start: elsewhere.start });
  await simulator.staff({ action: 'cancel', id });
  await until('Both calls came.', () => outcomes().length >= before + 2);
  await until('It is taken over.', async () => (await standing(visit)) === 'cancelled by-staff');
});

test('a call that was lost is made up for when DrChrono makes it again', async () => {
  const visit = await booked(practice, 3);
  const { id } = await entryOf(visit);
  const refused = outcomes().length;
  // An hour of its retries is two seconds here.
  await control('PUT', '/settings', { webhookSecret: 'not ours', webhookHourMs: 2_000 });
  await simulator.staff({ action: 'cancel', id });
  await until('It is refused.', () => outcomes().slice(refused).includes('wrong-secret'));
  assert.equal(await standing(visit), 'confirmed');
  await control('PUT', '/settings', { webhookSecret: secret.reveal() });
  await until('It is taken over.', async () => (await standing(visit)) === 'cancelled by-staff');
});

test('nothing of what DrChrono sends along is kept or logged', async () => {
  // Its bodies carry bills and charts: the simulator fills them with these words.
  const { rows } = await gateway.database.asOwner(
    "select string_agg(c.relname, ' ') as names from pg_class c where c.relnamespace = 'postern'::regnamespace and c.relkind = 'r'",
  );
  for (const name of rows[0].names.split(' ')) {
    const found = await gateway.database.asOwner(
      `select count(*) from ${name} t where to_jsonb(t)::text ilike '%canary-phi%'`,
    );
    assert.equal(Number(found.rows[0].count), 0, name);
  }
  assert.doesNotMatch(JSON.stringify(gateway.events), /canary-phi/i);
});
