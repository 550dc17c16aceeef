import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { createWall } from '#egress/index.ts';
import { type BrowserVisit, openTestBrowser } from '#test/browser.ts';
import { pageFaults } from '#test/page-faults.ts';
import { createTestSimulator } from '#test/simulator.ts';
import { Secret } from '#vault/secret.ts';
import { type Browser, openBrowser, type Shown, textOf } from '../../../test/http/connect/browser.ts';
import { startConnectGateway } from '../../../test/http/connect/support.ts';
import { drchrono } from '../index.ts';
import { startDrChrono } from '../simulator/start-drchrono.ts';
import { appointmentFields } from '../wire.ts';

/** A practice consents to DrChrono, which by its documentation wants `clinical:…` for every appointment. */
const stateDir = await mkdtemp(join(tmpdir(), 'postern-drchrono-consent-'));
const running = await startDrChrono({ stateDir, settings: { hourlyLimit: 0, burstPerSecond: 0 } });
after(async () => {
  await running.stop();
  await rm(stateDir, { recursive: true, force: true });
});
const simulator = createTestSimulator(running.url);
const client = { id: 'postern at drchrono', secret: 'a secret of the application' };
const origin = `${running.url}/api`;
const gateway = await startConnectGateway({ adapters: [drchrono] });
await gateway.register(
  {
    origin,
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
const { tokens } = gateway.gateway;
const browser = await openTestBrowser();
const clinical = ['clinical:read', 'clinical:write'];

beforeEach(async () => {
  await control('DELETE', '/faults');
  await control('PUT', '/settings', { appointmentsNeedClinicalScope: true, grantedPermissions: 'all' });
});

// biome-ignore lint/suspicious/noExplicitAny: tests look into the JSON that they assert on
async function control(method: string, path: string, body?: unknown): Promise<any> {
  const answer = await fetch(`${running.url}/__sim${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}

const oauth = () => control('GET', '/oauth');

async function begun() {
  const practice = await gateway.addPractice('Alder Creek');
  const { url, code, connectionId } = await gateway.link(practice, { emr: 'drchrono-test' });
  return { practice, url, code, connectionId };
}

/** A practice whose browser has entered its code. */
async function atSetup() {
  const { url, code, ...made } = await begun();
  const person = openBrowser();
  const setup = await person.press(await person.open(url), 'Continue', { code });
  return { ...made, person, setup };
}

async function through(person: Browser, setup: Shown): Promise<{ away: URL; done: Shown }> {
  const signIn = await person.press(setup, 'Continue to DrChrono');
  const away = signIn.way.find(({ pathname }) => pathname === '/o/authorize/');
  assert.ok(away);
  const allow = signIn.text.includes('Sign in') ? await person.press(signIn, 'Sign in') : signIn;
  return { away, done: await person.press(allow, 'Allow') };
}

const setupAgain = (person: Browser) => person.open(`${gateway.url}/connect/setup`);

async function connectionOf(practice: string) {
  const { rows } = await gateway.database.asOwner(
    'select state, can_write, learned from connection where practice_id = $1',
    [practice],
  );
  return rows[0];
}

/** To DrChrono, and back to what came of it. */
async function allow({ page }: BrowserVisit): Promise<void> {
  await page.getByRole('button', { name: 'Continue to DrChrono' }).click();
  await page.waitForURL(`${running.url}/**`);
  const signIn = page.getByRole('button', { name: 'Sign in' });
  if (await signIn.isVisible()) await signIn.click();
  await page.getByRole('button', { name: 'Allow' }).click();
  await page.waitForURL('**/connect/result');
}

test('a practice is refused its schedule, is told why, accepts clinical scopes by name, and is connected', async () => {
  const { practice, url, code, connectionId } = await begun();
  const visit = await browser.visitor();
  const { page } = visit;
  const said = async () => ((await page.locator('main').textContent()) ?? '').replaceAll(/\s+/g, ' ');
  await page.goto(url);
  await page.locator('#code').fill(code);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.waitForURL('**/connect/setup');
  const { revocations } = await oauth();
  await allow(visit);

  assert.deepEqual(await pageFaults(page), []);
  await visit.picture('drchrono-1-refused');
  assert.match(await said(), /Your EMR let us in, but refuses to show its schedule/);
  for (const scope of clinical) assert.ok((await said()).includes(`I accept ${scope}`));
  assert.equal(await connectionOf(practice), undefined);
  assert.ok((await oauth()).revocations > revocations);

  for (const scope of clinical) await page.getByLabel(`I accept ${scope}`).check();
  await page.getByLabel('Who accepts it').fill('Robin Owner');
  await page.getByLabel('Why').fill('DrChrono shows no appointments without');
  await page.getByRole('button', { name: 'Accept and go on' }).click();
  await page.waitForURL('**/connect/setup');
  assert.deepEqual(await pageFaults(page), []);
  await visit.picture('drchrono-2-setup');
  assert.match(await said(), /clinical:read.*never read or written all the same/i);
  await allow(visit);
  assert.match(await said(), /Alder Creek is connected/);
  assert.deepEqual(await pageFaults(page), []);
  await visit.picture('drchrono-3-connected');
  assert.deepEqual(await connectionOf(practice).then(({ state, can_write }) => [state, can_write]), [
    'connected',
    true,
  ]);

  // A renewal gives a new pair with the same scopes, which are judged as the first were.
  const first = await tokens.access(practice, connectionId);
  const second = await tokens.rejected(practice, connectionId, first.version);
  assert.notEqual(second.version, first.version);
  assert.equal((await connectionOf(practice)).state, 'connected');
});

test('without a proof key, with the secret in the form, and with all scopes named', async () => {
  const { person, setup } = await atSetup();
  const { tokenRequests: before } = await oauth();
  const { away } = await through(person, setup);
  const asked = Object.fromEntries(away.searchParams);
  const { state, ...rest } = asked;
  assert.match(state ?? '', /^[\w-]{43}$/);
  assert.deepEqual(rest, {
    response_type: 'code',
    client_id: client.id,
    redirect_uri: `${gateway.url}/oauth/cb/drchrono-test`,
    scope:
      'user:read calendar:read calendar:write patients:summary:read patients:summary:write settings:read',
  });
  assert.notDeepEqual(
    (await oauth()).tokenRequests,
    before,
    'The code was taken with the secret in the form.',
  );
});

test('a permission inside DrChrono is the other cause: once it is switched on, nothing wider is asked for', async () => {
  const { practice, person, setup } = await atSetup();
  await control('PUT', '/settings', {
    appointmentsNeedClinicalScope: false,
    grantedPermissions: 'all -frontdesk:scheduling',
  });
  const first = await through(person, setup);
  assert.match(textOf(first.done), /refuses to show its schedule.*A permission inside DrChrono/);
  assert.equal(await connectionOf(practice), undefined);
  await control('PUT', '/settings', { grantedPermissions: 'all' });
  const { away, done } = await through(person, await setupAgain(person));
  assert.doesNotMatch(away.searchParams.get('scope') ?? '', /clinical/);
  assert.match(textOf(done), /Alder Creek is connected/);
});

test('clinical scopes that nobody accepted are refused and given back, although the schedule would show', async () => {
  const { practice, person, setup } = await atSetup();
  await control('POST', '/faults', { name: 'scopes-wider', text: clinical.join(' '), times: 1 });
  const { revocations } = await oauth();
  const { done } = await through(person, setup);
  assert.match(textOf(done), /Your EMR allowed more than scheduling.*clinical:read.*given back/);
  assert.ok((await oauth()).revocations > revocations);
  assert.equal(await connectionOf(practice), undefined);
  const { rows } = await gateway.database.asOwner('select 1 from token where practice_id = $1', [practice]);
  assert.equal(rows.length, 0);
});

/** Charts, money, messages and the office's own affairs, by the vendor's names. */
const denied = `
  clinical_notes clinical_notes/1 clinical_note_field_types clinical_note_field_values clinical_note_templates
  medications medications/1 prescription_messages allergies problems amendments care_plans care_team_members
  lab_orders lab_results lab_documents lab_tests sublabs patient_lab_results documents documents/1 consent_forms
  signed_consent_forms custom_vitals patient_vaccine_records inventory_vaccines inventory_categories
  implantable_devices patient_interventions patient_physical_exams patient_risk_assessments patient_communications
  patient_authorizations patients patients/1 patients/1/ccda patients/1/ccda_async patients/1/qrda1
  patients/1/onpatient_access patients_list eligibility_checks insurances line_items transactions procedures eobs
  fee_schedules billing_profiles claim_billing_notes patient_payments patient_payment_log day_sheet_charges messages
  message_threads patient_messages comm_logs tasks task_notes staff user_groups audit_log yellow_notepad
  telehealth_appointments custom_demographics patient_flag_types doctor_options iframe_integration`
  .trim()
  .split(/\s+/);

test('with the wider token nothing clinical passes the wall, and no answer in full', async () => {
  const { practice, person, setup, connectionId } = await atSetup();
  await through(person, setup);
  const page = await person.open(`${gateway.url}/connect/result`);
  const ticks = Object.fromEntries(clinical.map((scope) => [`accept ${scope}`, 'yes']));
  const typed = { person: 'Robin Owner', reason: 'It has to be', ...ticks };
  const { done } = await through(person, await person.press(page, 'Accept and go on', typed));
  assert.match(textOf(done), /is connected/);
  const { token } = await tokens.access(practice, connectionId);
  const headers = {
    accept: 'application/json',
    authorization: `Bearer ${token.reveal()}`,
    'x-drc-api-version': 'v4',
  };

  const wall = createWall({ production: false });
  after(() => wall.close());
  const site = wall.site({
    base: origin,
    kind: 'simulator',
    routes: drchrono.routes,
    credentialHeaders: ['authorization'],
  });
  const ask = wall.fetch(site);
  // Visits are there from a week ago to three weeks ahead.
  const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
  const visits = `${origin}/appointments?date_range=${day(1)}%2F${day(7)}`;
  const asked = await simulator.requests();
  for (const name of denied) {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'])
      await assert.rejects(ask(`${origin}/${name}`, { method, headers }), isRefused, `${method} ${name}`);
  }
  const named = `${visits}&fields=${encodeURIComponent(appointmentFields)}`;
  for (const address of [
    `${visits}&verbose=true`,
    `${named}&verbose=true`,
    `${named}%2Cclinical_note`,
    `${visits}&fields=clinical_note`,
    `${origin}/appointments/1?verbose=true`,
    `${origin}/appointments/1?expand=clinical_note`,
  ])
    await assert.rejects(ask(address, { headers }), isRefused, address);
  assert.equal((await simulator.requests()).length, asked.length, 'Nothing of it arrived.');

  // Negative control: the token opens it, and without the wall it would be there.
  const open = await fetch(`${visits}&verbose=true`, { headers });
  assert.equal(open.status, 200);
  assert.match(await open.text(), /clinical_note/);
  assert.equal((await ask(named, { headers })).status, 200, 'What is named passes.');
});

function isRefused(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.name === 'WallRefusal';
}
