import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nilAgent } from '#scheduling/caller.ts';
import { approveBase, listWaitingBases } from '#scheduling/consent/approvals.ts';
import { addRegistration, approveRegistration } from '#scheduling/consent/registrations.ts';
import { rowId } from '#scheduling/ids.ts';
import { Secret } from '#vault/secret.ts';
import { type Browser, openBrowser, type Shown, textOf } from './browser.ts';
import { startConnectGateway, stopAfter } from './support.ts';
import { clientId, clientSecret, startToyEmr, type ToyEmr } from './toy-emr.ts';

const gateway = await startConnectGateway();
const { consent } = gateway.gateway;
const by = { person: 'Kim Lee', reason: 'Called their support' };
const operator = { agentId: nilAgent, actor: 'operator:Kim Lee', requestId: rowId(), origin: 'cli' } as const;

async function newEmr(): Promise<ToyEmr> {
  const emr = await startToyEmr();
  stopAfter(emr);
  return emr;
}

function add(emr: ToyEmr, context: string) {
  return addRegistration(consent, by, {
    context,
    adapter: 'toy',
    kind: 'simulator',
    origin: emr.origin,
    grantType: 'authorization_code',
    clientId,
    clientAuthentication: 'client_secret_basic',
    scopeDialect: 'v2',
    clientSecret: new Secret(clientSecret),
    algorithm: 'ES384',
  });
}

/** A practice whose page asks for the address of its FHIR server. */
async function asked(practice: string, kind: 'simulator' | 'vendor-sandbox' = 'simulator') {
  const { url, code } = await gateway.link(practice, { emr: 'toy', kind });
  const browser = openBrowser();
  const page = await browser.press(await browser.open(url), 'Continue', { code });
  assert.match(textOf(page), /Where is your EMR/);
  return { browser, page };
}

async function sentTo(emr: ToyEmr): Promise<string[]> {
  const answer = await fetch(`${emr.url}/__sim/requests`);
  const requests = (await answer.json()) as { method: string; path: string }[]; // as the simulator kit documents it
  return requests.map(({ method, path }) => `${method} ${path}`);
}

async function finish(browser: Browser, page: Shown): Promise<Shown> {
  const signIn = await browser.press(page, 'Continue to Toy EMR');
  return browser.press(await browser.press(signIn, 'Sign in'), 'Allow');
}

test('an address that a practice names waits for a person of ours, and meanwhile is told nothing', async () => {
  const emr = await newEmr();
  const practice = await gateway.addPractice();
  const { browser, page } = await asked(practice);
  const waiting = await browser.press(page, 'Continue', { base: ` ${emr.base}/ ` });
  assert.equal(waiting.url.pathname, '/connect/setup');
  assert.match(textOf(waiting), /We are checking this address.*nothing to do for you now.*open it again/i);
  assert.ok(waiting.text.includes(emr.base));
  assert.match(textOf(await browser.press(waiting, 'Look again')), /We are checking/);
  assert.deepEqual(await sentTo(emr), ['GET /emr/fhir/.well-known/smart-configuration']);
  // The button that begins is not there, and sending its form all the same leads nowhere.
  const forged = { ...waiting, text: waiting.text.replace('/connect/base', '/connect/begin') };
  assert.match(textOf(await browser.press(forged, 'Continue', {})), /not ready to be connected/);

  const [one] = (await listWaitingBases(consent)).filter(({ practiceId }) => practiceId === practice);
  assert.equal(one?.base, emr.base);
  assert.equal(one?.metadata.token_endpoint, `${emr.url}/oauth2/token`);

  // Nobody approves what we are not registered at.
  await assert.rejects(approveBase(consent, operator, by, emr.base), {
    code: 'business-rule',
    hint: /Register the gateway at that EMR/,
  });
  const { redirectUri } = await add(emr, 'named-one');
  await emr.register({ redirect_uris: [redirectUri] });
  const approved = await approveBase(consent, operator, by, `${emr.base}/`);
  assert.deepEqual(approved, { context: 'named-one', practices: [practice] });
  assert.ok((await gateway.trail(practice)).includes('connection.approve-base success'));
  await assert.rejects(approveBase(consent, operator, by, emr.base), { code: 'not-found' });

  const ready = await browser.open(`${gateway.url}/connect/setup`);
  assert.match(textOf(await finish(browser, ready)), /is connected/);
  // Another practice of the same EMR needs nobody to look again.
  const next = await asked(await gateway.addPractice());
  const straight = await next.browser.press(next.page, 'Continue', { base: emr.base });
  assert.match(textOf(straight), /What will be asked for/);
});

test('a server that says something else than what was looked at is not approved, and not connected to', async () => {
  const emr = await newEmr();
  const practice = await gateway.addPractice();
  const { browser, page } = await asked(practice);
  await browser.press(page, 'Continue', { base: emr.base });
  const { redirectUri } = await add(emr, 'named-two');
  await emr.register({ redirect_uris: [redirectUri] });
  emr.pretend({ token_endpoint: `${emr.url}/elsewhere/token` });
  await assert.rejects(approveBase(consent, operator, by, emr.base), {
    code: 'version-conflict',
    expression: 'token_endpoint',
  });
  await assert.rejects(approveRegistration(consent, by, 'named-two'), { code: 'version-conflict' });
  emr.pretend({});
  await approveBase(consent, operator, by, emr.base);

  const ready = await browser.open(`${gateway.url}/connect/setup`);
  for (const changes of [
    { token_endpoint: `${emr.url}/oauth2/token2` },
    { token_endpoint: 'http://127.0.0.1:9/oauth2/token' },
    { authorization_endpoint: `${emr.url}/oauth2/authorize/` },
    { issuer: `${emr.url}/other` },
    { revocation_endpoint: undefined },
    { authorization_response_iss_parameter_supported: false },
    { code_challenge_methods_supported: ['plain'] },
  ]) {
    emr.pretend(changes);
    const before = (await emr.oauth()).asked.length;
    const shown = await browser.press(ready, 'Continue to Toy EMR');
    assert.equal(shown.status, 409, JSON.stringify(changes));
    assert.match(textOf(shown), /sign-in server has changed.*nothing was sent there/);
    assert.equal((await emr.oauth()).asked.length, before);
  }
  emr.pretend({});
  assert.match(textOf(await finish(browser, ready)), /is connected/);
});

const refused = [
  'emr.example.com/fhir',
  'ftp://emr.example.com/fhir',
  'javascript:alert(1)',
  'http://emr.example.com/fhir',
  'https://emr.example.com:8443/fhir',
  'https://user:secret@emr.example.com/fhir',
  'https://emr.example.com/fhir?tenant=1',
  'https://emr.example.com/fhir#x',
  'https://127.0.0.1/fhir',
  'https://2130706433/fhir',
  'https://0x7f.1/fhir',
  'https://[::1]/fhir',
  'https://[::ffff:10.0.0.1]/fhir',
  'https://169.254.169.254/latest',
  'https://localhost/fhir',
  'https://emr.internal/fhir',
  'https://emr/fhir',
  'https://emr.example.com/a/%2e%2e/b',
];
test('an address that is none, private, or spelled to mislead is refused before anything is asked', async () => {
  const { browser, page } = await asked(await gateway.addPractice(), 'vendor-sandbox');
  for (const base of refused) {
    const shown = await browser.press(page, 'Continue', { base });
    assert.equal(shown.status, 422, base);
    assert.match(textOf(shown), /This address cannot be used/);
    assert.match(shown.text, /id="base"[^>]*aria-invalid="true"/);
  }
});

test('a server that is away, or does not say how to consent, is told apart', async () => {
  const emr = await newEmr();
  const { browser, page } = await asked(await gateway.addPractice());
  const away = await browser.press(page, 'Continue', { base: 'http://127.0.0.1:9/emr/fhir' });
  assert.equal(away.status, 502);
  assert.match(textOf(away), /There is no answer at this address/);
  for (const changes of [
    { token_endpoint: undefined },
    { token_endpoint: 'http://emr.example.com/token' },
    { code_challenge_methods_supported: ['plain'] },
    { capabilities: 'launch-standalone' },
  ]) {
    emr.pretend(changes);
    const shown = await browser.press(page, 'Continue', { base: emr.base });
    assert.equal(shown.status, 422, JSON.stringify(changes));
    assert.match(textOf(shown), /This is not the address that is needed/);
  }
  const nothing = await browser.press(page, 'Continue', { base: `${emr.url}/emr/nothing/fhir` });
  assert.match(textOf(nothing), /This is not the address that is needed/);
  assert.ok(nothing.text.includes(`value="${emr.url}/emr/nothing/fhir"`), 'What was typed can be corrected.');
});
