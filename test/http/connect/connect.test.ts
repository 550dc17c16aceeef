import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { nilAgent } from '#scheduling/caller.ts';
import { disconnect } from '#scheduling/consent/disconnect.ts';
import { retireRegistration } from '#scheduling/consent/registrations.ts';
import { acceptWider } from '#scheduling/consent/wider.ts';
import { rowId } from '#scheduling/ids.ts';
import { DEMO_KEY, startOffice } from '../../../adapters/open-dental/simulator/start-office.ts';
import { type Browser, openBrowser, type Shown, textOf } from './browser.ts';
import { startConnectGateway, stopAfter } from './support.ts';
import { startToyEmr, toy, toyAdapter } from './toy-emr.ts';

const gateway = await startConnectGateway({
  adapters: [toy, toyAdapter({ audience: 'base-with-slash' }, 'toy-slash')],
});
const emr = await startToyEmr();
const machines = await startToyEmr();
stopAfter(emr, machines);
await gateway.register(emr);
await gateway.register(machines, {
  context: 'toy-machines',
  grantType: 'client_credentials',
  clientAuthentication: 'private_key_jwt',
  clientSecret: undefined,
});
const folder = await mkdtemp(join(tmpdir(), 'postern-connect-office-'));
const office = await startOffice({ office: 'cedar', stateDir: folder, settings: { throttle: false } });
after(async () => {
  await office.stop();
  await rm(folder, { recursive: true, force: true });
});
const { consent, tokens } = gateway.gateway;

const callerOf = (practiceId: string) => ({
  practiceId,
  agentId: nilAgent,
  actor: 'operator:Kim Lee' as const,
  requestId: rowId(),
  origin: 'cli',
});

/** A practice whose browser is where it can begin. */
async function atSetup(
  practice: string,
  asked = {},
): Promise<{ browser: Browser; setup: Shown; connectionId: string }> {
  const { url, code, connectionId } = await gateway.link(practice, asked);
  const browser = openBrowser();
  const setup = await browser.press(await browser.open(url), 'Continue', { code });
  assert.equal(setup.url.pathname, '/connect/setup', textOf(setup));
  return { browser, setup, connectionId };
}

/** All the way, with the last button pressed at the EMR. */
async function through(browser: Browser, setup: Shown, last = 'Allow', typed = {}): Promise<Shown> {
  const signIn = await browser.press(setup, 'Continue to Toy EMR', typed);
  return browser.press(await browser.press(signIn, 'Sign in'), last);
}

async function connectionOf(practice: string) {
  const { rows } = await gateway.database.asOwner(
    'select connection_id, state, reason_code, can_write, settings, learned, origin from connection where practice_id = $1',
    [practice],
  );
  return rows[0];
}

test('a practice connects: link, code, consent at the EMR, and back to what the connection can do', async () => {
  const practice = await gateway.addPractice();
  const { url, code, connectionId } = await gateway.link(practice);
  const browser = openBrowser();
  const page = await browser.open(url);
  assert.equal(page.status, 200);
  assert.doesNotMatch(page.text, /Harbor|Toy/, 'The link alone says nothing of the practice.');
  const setup = await browser.press(page, 'Continue', { code: `${code.slice(0, 4)} ${code.slice(4)}` });
  assert.match(
    textOf(setup),
    /Harbor Clinic.*See openings in your schedule.*never asked for.*Bills & <payments>/,
  );

  const signIn = await browser.press(setup, 'Continue to Toy EMR', {
    'setting-unknown': 'x',
    greeting: 'Hello',
  });
  const away = signIn.way.find(({ pathname }) => pathname === '/oauth2/authorize');
  assert.equal(away?.searchParams.get('aud'), emr.base);
  assert.equal(away?.searchParams.get('code_challenge_method'), 'S256');
  assert.equal(away?.searchParams.get('redirect_uri'), `${gateway.url}/oauth/cb/toy-east`);
  assert.equal(
    away?.searchParams.get('scope'),
    'openid fhirUser offline_access user/Appointment.rs user/Slot.rs user/Appointment.cu',
  );

  const done = await browser.press(await browser.press(signIn, 'Sign in'), 'Allow');
  assert.equal(done.url.pathname, '/connect/result');
  assert.equal(done.url.search, '');
  assert.match(textOf(done), /Harbor Clinic is connected.*1 practitioner, 2 places, 1 visit type/);
  assert.match(textOf(done), /Book Yes.*Move Yes.*Cancel Yes/);
  const row = await connectionOf(practice);
  assert.equal(row.connection_id, connectionId);
  assert.equal(row.state, 'connected');
  assert.deepEqual(row.learned, { dialect: 'learned' });
  assert.equal(row.settings.greeting, 'Hello');
  assert.match((await tokens.access(practice, connectionId)).token.reveal(), /./);
  assert.deepEqual(await gateway.trail(practice), [
    'practice.create success',
    'connection.link success',
    'connection.open-link success',
    'connection.authorize pending',
    'connection.connect success',
  ]);
  // The page can be loaded again, and the link leads to it.
  assert.match(textOf(await browser.open(url)), /is connected/);
});

test('a person who says no is told how to go on, and starts again with what was filled in', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(practice);
  const denied = await through(browser, setup, 'Deny', {
    greeting: 'Hello & "hi"',
    grid: '10',
    weekends: 'yes',
  });
  assert.equal(denied.url.pathname, '/connect/result');
  assert.match(textOf(denied), /You did not allow the connection/);
  assert.equal(await connectionOf(practice), undefined);
  const again = await browser.open(`${gateway.url}/connect/setup`);
  assert.match(again.text, /id="setting-greeting"[^>]* value="Hello &#38; &#34;hi&#34;"/);
  assert.match(again.text, /<option value="10" selected>/);
  assert.match(again.text, /id="setting-weekends"[^>]* checked/);
  // What is changed this time is what counts the next.
  const changed = await through(browser, again, 'Deny', { greeting: '' });
  assert.match(textOf(changed), /You did not allow the connection/);
  const third = await browser.open(`${gateway.url}/connect/setup`);
  assert.match(third.text, /id="setting-greeting"[^>]* value=""/);
  assert.match(textOf(await through(browser, third)), /is connected/);
  const { settings } = await connectionOf(practice);
  assert.deepEqual([settings.greeting, settings.grid, settings.weekends], ['', 10, true]);
  // Another practice sees nothing of it.
  const other = await atSetup(await gateway.addPractice());
  assert.match(other.setup.text, /id="setting-greeting"[^>]* value=""/);
});

const grants: Readonly<Record<string, readonly [fault: Readonly<Record<string, unknown>>, says: RegExp]>> = {
  'wider than scheduling': [
    { name: 'scopes-wider', text: 'user/Observation.rs' },
    /allowed more than scheduling.*user\/Observation\.rs.*given back to your EMR/,
  ],
  'without a read that is needed': [
    { name: 'scopes-narrower', text: 'user/Slot.rs' },
    /A permission is missing.*user\/Slot\.rs/,
  ],
  'that ends within the hour': [{ name: 'refresh-token-absent' }, /allows the connection for a moment only/],
};
for (const [what, [fault, says]] of Object.entries(grants)) {
  test(`a grant ${what} is refused, given back and explained`, async () => {
    const practice = await gateway.addPractice();
    const { browser, setup } = await atSetup(practice);
    const { revocations } = await emr.oauth();
    await emr.fault(fault);
    const shown = await through(browser, setup);
    assert.match(textOf(shown), says);
    assert.ok((await emr.oauth()).revocations > revocations);
    assert.equal(await connectionOf(practice), undefined);
    assert.ok((await gateway.trail(practice)).includes('connection.connect refused'));
    const { rows } = await gateway.database.asOwner('select 1 from token where practice_id = $1', [practice]);
    assert.equal(rows.length, 0);
    assert.match(
      textOf(await through(browser, await browser.open(`${gateway.url}/connect/setup`))),
      /is connected/,
    );
  });
}

test('a wider grant is taken once a person has accepted it on record, and the page says who', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(practice);
  await emr.fault({ name: 'scopes-wider', text: 'user/Observation.rs' });
  await through(browser, setup);
  const by = { person: 'Robin Owner', reason: 'The EMR cannot narrow it' };
  const asked = { context: undefined, scopes: ['user/Observation.rs'] };
  await acceptWider(consent, callerOf(practice), by, asked);
  const again = await browser.open(`${gateway.url}/connect/setup`);
  assert.match(textOf(again), /Robin Owner accepted user\/Observation\.rs on .*The EMR cannot narrow it/);
  await emr.fault({ name: 'scopes-wider', text: 'user/Observation.rs' });
  assert.match(
    textOf(await through(browser, again)),
    /is connected.*Accepted beyond scheduling.*Robin Owner/,
  );
  assert.ok((await gateway.trail(practice)).includes('connection.accept-wider success'));
  // Another one that nobody accepted is refused all the same.
  const next = await atSetup(practice, { connectionId: (await connectionOf(practice)).connection_id });
  await emr.fault({ name: 'scopes-wider', text: 'user/Condition.rs' });
  assert.match(textOf(await through(next.browser, next.setup)), /allowed more than scheduling/);
  assert.equal((await connectionOf(practice)).state, 'connected');
});

test('a grant that only reads connects, and says that bookings go to people', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(practice);
  await emr.fault({ name: 'scopes-narrower', text: 'user/Appointment.cu' });
  const done = await through(browser, setup);
  assert.match(textOf(done), /is connected.*Book No.*allowed reading only/);
  assert.equal((await connectionOf(practice)).can_write, false);
});

test('an EMR that names no scope is taken at its word, and the page says so', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(practice);
  await emr.fault({ name: 'scope-absent' });
  assert.match(
    textOf(await through(browser, setup)),
    /is connected.*did not say what it allowed.*the first look at your schedule showed/,
  );
});

test('a first read that fails leaves the grant, says so, and can be repeated from the page', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(practice);
  emr.closed = true;
  const done = await through(browser, setup);
  assert.match(textOf(done), /connected, with one thing to check.*refused the first look/);
  assert.equal((await connectionOf(practice)).state, 'degraded');
  emr.closed = false;
  const checked = await browser.press(done, 'Check again');
  assert.match(textOf(checked), /is connected.*1 practitioner/);
  assert.equal((await connectionOf(practice)).state, 'connected');
});

test('an EMR that is away or does not know us is said in words of its own', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(practice);
  await emr.fault({ name: 'token-error' });
  assert.match(textOf(await through(browser, setup)), /Your EMR is busy/);
  await emr.fault({ name: 'token-answer-lost' });
  const again = () => browser.open(`${gateway.url}/connect/setup`);
  assert.match(textOf(await through(browser, await again())), /answer did not arrive/);
  await emr.fault({ name: 'token-html' });
  assert.match(textOf(await through(browser, await again())), /answer did not arrive/);
  assert.equal(await connectionOf(practice), undefined);
});

test('who turns down a new consent hears that the connection goes on as before', async () => {
  const practice = await gateway.addPractice();
  const first = await atSetup(practice);
  await through(first.browser, first.setup);
  const before = await connectionOf(practice);
  const { browser, setup } = await atSetup(practice, { connectionId: before.connection_id });
  const denied = await through(browser, setup, 'Deny');
  assert.match(textOf(denied), /Not renewed/);
  assert.match(textOf(denied), /Harbor Clinic has goes on as before/);
  assert.deepEqual(await connectionOf(practice), before);
});

test('consent to an existing connection again keeps that connection', async () => {
  const practice = await gateway.addPractice();
  const first = await atSetup(practice);
  await through(first.browser, first.setup, 'Allow', { greeting: 'Kept' });
  const before = await connectionOf(practice);
  const old = await tokens.access(practice, before.connection_id);
  await assert.rejects(gateway.link(practice), { code: 'business-rule' });
  const { browser, setup, connectionId } = await atSetup(practice, { connectionId: before.connection_id });
  assert.equal(connectionId, before.connection_id);
  assert.match(textOf(setup), /has to be allowed again/);
  assert.doesNotMatch(setup.text, /name="greeting"/);
  assert.match(textOf(await through(browser, setup)), /is connected/);
  const { rows } = await gateway.database.asOwner('select 1 from connection where practice_id = $1', [
    practice,
  ]);
  assert.equal(rows.length, 1);
  assert.equal((await connectionOf(practice)).settings.greeting, 'Kept');
  assert.notEqual((await tokens.access(practice, connectionId)).token.reveal(), old.token.reveal());
  const { rows: consents } = await gateway.database.asOwner(
    'select ended_at from consent where practice_id = $1 order by consent_id',
    [practice],
  );
  assert.deepEqual(
    consents.map(({ ended_at }) => ended_at === null),
    [false, true],
  );
});

test('two systems that trust each other connect without a consent screen, with our key and its published half', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup, connectionId } = await atSetup(practice, { emr: 'toy-machines' });
  assert.match(textOf(setup), /Nobody has to sign in/);
  const unknown = await browser.press(setup, 'Connect');
  assert.equal(unknown.url.pathname, '/connect/result');
  assert.match(textOf(unknown), /does not accept the gateway.*Reference/);

  const jwks = await fetch(`${gateway.url}/oauth/jwks/toy-machines`);
  assert.equal(jwks.status, 200);
  const { keys } = (await jwks.json()) as { keys: Record<string, string>[] }; // RFC 7517 §5
  assert.deepEqual(Object.keys(keys[0] ?? {}).sort(), ['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
  await machines.register({
    token_endpoint_auth_method: 'private_key_jwt',
    client_secret: undefined as never, // it has none
    grant_types: ['client_credentials'],
    redirect_uris: [],
    jwks_uri: `${gateway.url}/oauth/jwks/toy-machines`,
  });
  const done = await browser.press(await browser.open(`${gateway.url}/connect/setup`), 'Connect');
  assert.equal(done.url.pathname, '/connect/result');
  assert.match(textOf(done), /is connected.*system\/Slot\.rs/);
  assert.match((await tokens.access(practice, connectionId)).token.reveal(), /./);
  assert.equal((await fetch(`${gateway.url}/oauth/jwks/nobody`)).status, 404);
  assert.deepEqual(await (await fetch(`${gateway.url}/oauth/jwks/toy-east`)).json(), { keys: [] });
});

test('an EMR that takes a key is connected by the same link, and a wrong key can be corrected', async () => {
  const practice = await gateway.addPractice('Cedar Dental');
  const asked = { emr: 'open-dental', kind: 'simulator', origin: `${office.url}/api/v1` };
  const { browser, setup, connectionId } = await atSetup(practice, asked);
  assert.match(textOf(setup), /Customer key/);
  const missing = await browser.press(setup, 'Connect', { customerKey: ' ' });
  assert.equal(missing.status, 422);
  assert.match(missing.text, /href="#secret-customerKey"/);
  const wrong = await browser.press(missing, 'Connect', { customerKey: 'wrong-key-of-nobody' });
  assert.equal(wrong.status, 422);
  assert.match(textOf(wrong), /refused the first look/);
  assert.doesNotMatch(wrong.text, /wrong-key-of-nobody/);
  const done = await browser.press(wrong, 'Connect', { customerKey: DEMO_KEY.customer });
  assert.match(textOf(done), /Cedar Dental is connected/);
  const row = await connectionOf(practice);
  assert.deepEqual([row.connection_id, row.state], [connectionId, 'connected']);
  // Another key that is wrong leaves the one that works.
  const next = await atSetup(practice, { connectionId });
  assert.equal((await next.browser.press(next.setup, 'Connect', { customerKey: 'nonsense' })).status, 422);
  assert.match(
    textOf(await next.browser.press(next.setup, 'Connect', { customerKey: DEMO_KEY.customer })),
    /is connected/,
  );
});

test('settings that are wrong are marked, kept and can be corrected', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(practice);
  const wrong = await browser.press(setup, 'Continue to Toy EMR', {
    greeting: 'far too long for any greeting "> <b>',
    grid: '10',
    weekends: 'yes',
  });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /href="#setting-greeting"/);
  assert.match(wrong.text, /id="setting-greeting"[^>]*aria-invalid="true"/);
  assert.match(wrong.text, /far too long for any greeting &#34;&#62; &#60;b&#62;/);
  assert.match(wrong.text, /id="setting-weekends"[^>]* checked/);
  assert.match(textOf(await through(browser, wrong, 'Allow', { greeting: 'Hi' })), /is connected/);
  const { settings } = await connectionOf(practice);
  assert.deepEqual([settings.greeting, settings.grid, settings.weekends], ['Hi', 10, true]);
});

test('a list is filled in line by line or with commas, and is shown again line by line', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(practice);
  const [tag = ''] = /<textarea id="setting-rooms"[^>]*>/.exec(setup.text) ?? [];
  assert.match(tag, / aria-describedby="setting-rooms-help"/);
  assert.match(
    textOf(setup),
    /Rooms \(optional\) Each as number;name, with commas between them\. A line for each/,
  );
  const rooms = ' 1;East & West,\r\n2;North\r\n\r\n3;South, 4;Attic\r\n';
  const wrong = await browser.press(setup, 'Continue to Toy EMR', {
    rooms,
    greeting: 'far too long for any greeting',
  });
  assert.match(
    wrong.text,
    /> 1;East &#38; West,\r\n2;North\r\n\r\n3;South, 4;Attic/,
    'A mistake elsewhere changes nothing.',
  );
  const denied = await through(browser, wrong, 'Deny', { greeting: '' });
  assert.match(textOf(denied), /You did not allow the connection/);
  const again = await browser.open(`${gateway.url}/connect/setup`);
  assert.match(again.text, />1;East &#38; West\n2;North\n3;South\n4;Attic<\/textarea>/);
  assert.match(textOf(await through(browser, again)), /is connected/);
  assert.equal((await connectionOf(practice)).settings.rooms, '1;East & West, 2;North, 3;South, 4;Attic');
});

test('a practice that was closed, or connected by another link, meanwhile is not connected', async () => {
  const practice = await gateway.addPractice();
  const [one, two] = [await atSetup(practice), await atSetup(practice)];
  await through(one.browser, one.setup);
  const late = await two.browser.press(two.setup, 'Continue to Toy EMR');
  assert.equal(late.status, 409);
  assert.match(textOf(late), /connected already/);

  const closed = await gateway.addPractice();
  const { browser, setup } = await atSetup(closed);
  const signIn = await browser.press(setup, 'Continue to Toy EMR');
  const consented = await browser.press(signIn, 'Sign in');
  await gateway.database.asOwner('update practice set disabled_at = now() where practice_id = $1', [closed]);
  const { revocations } = await emr.oauth();
  assert.match(textOf(await browser.press(consented, 'Allow')), /cannot be connected at the moment/);
  assert.equal(await connectionOf(closed), undefined);
  assert.ok((await emr.oauth()).revocations > revocations, 'What was granted is given back.');
});

test('an answer that names another issuer, brings no code, or comes to another address is not used', async () => {
  const practice = await gateway.addPractice();
  const changes: readonly ((callback: URL) => void)[] = [
    (callback) => callback.searchParams.set('iss', 'https://evil.example'),
    (callback) => callback.searchParams.delete('iss'),
    (callback) => callback.searchParams.delete('code'),
    (callback) => callback.searchParams.append('code', 'another'),
    (callback) => callback.searchParams.set('id_token', 'x'),
  ];
  const { browser, setup } = await atSetup(practice);
  let page = setup;
  for (const change of changes) {
    const consented = await browser.press(await browser.press(page, 'Continue to Toy EMR'), 'Sign in');
    browser.stopAt(`${gateway.url}/oauth/cb/`);
    const { url } = await browser.press(consented, 'Allow');
    const before = (await emr.oauth()).tokenRequests.authorization_code;
    change(url);
    assert.match(textOf(await browser.arrive(url)), /The answer of your EMR does not fit/, url.search);
    assert.equal((await emr.oauth()).tokenRequests.authorization_code, before, 'The code was not sent.');
    page = await browser.open(`${gateway.url}/connect/setup`);
  }
  assert.match(textOf(await through(browser, page)), /is connected/);
});

test('of two windows that were begun in one browser the first connects, and the other one shows it', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(practice);
  const callbacks: URL[] = [];
  for (let windows = 0; windows < 2; windows++) {
    const consented = await browser.press(await browser.press(setup, 'Continue to Toy EMR'), 'Sign in');
    browser.stopAt(`${gateway.url}/oauth/cb/`);
    callbacks.push((await browser.press(consented, 'Allow')).url);
  }
  for (const callback of callbacks) assert.match(textOf(await browser.arrive(callback)), /is connected/);
  const { rows } = await gateway.database.asOwner('select 1 from consent where practice_id = $1', [practice]);
  assert.equal(rows.length, 1);
});

test('a way back that is too late is not taken', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(practice);
  const signIn = await browser.press(setup, 'Continue to Toy EMR');
  const consented = await browser.press(signIn, 'Sign in');
  gateway.advance(601_000);
  const late = await browser.press(consented, 'Allow');
  assert.equal(await connectionOf(practice), undefined);
  assert.match(textOf(late), /This came too late/);
  assert.match(
    textOf(await through(browser, await browser.open(`${gateway.url}/connect/setup`))),
    /is connected/,
  );
});

test('disconnecting gives the grant back, destroys it and stops everything; the trail stays', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup, connectionId } = await atSetup(practice);
  await through(browser, setup);
  const { activeGrants } = await emr.oauth();
  const { revocation } = await disconnect(consent, callerOf(practice), connectionId);
  assert.equal(revocation, 'revoked');
  assert.equal((await emr.oauth()).activeGrants, activeGrants - 1);
  assert.equal((await connectionOf(practice)).state, 'disconnected');
  await assert.rejects(tokens.access(practice, connectionId), { reason: 'no-grant' });
  const { rows } = await gateway.database.asOwner(
    'select at_ct, rt_ct, prev_rt_ct from token where practice_id = $1',
    [practice],
  );
  assert.deepEqual(rows, [{ at_ct: null, rt_ct: null, prev_rt_ct: null }]);
  assert.deepEqual((await gateway.trail(practice)).slice(-2), [
    'connection.disconnect pending',
    'connection.disconnect success',
  ]);
  const again = await disconnect(consent, callerOf(practice), connectionId);
  assert.equal(again.revocation, 'no-grant');
  await assert.rejects(disconnect(consent, callerOf(practice), rowId()), { code: 'not-found' });
  // Connected anew, it is the same connection if that is what is asked for.
  const anew = await atSetup(practice, { connectionId });
  assert.match(textOf(await through(anew.browser, anew.setup)), /is connected/);
  assert.equal((await connectionOf(practice)).state, 'connected');
});

test('a registration that was retired lets nobody new connect', async () => {
  const spare = await startToyEmr();
  stopAfter(spare);
  await gateway.register(spare, { context: 'toy-spare', adapter: 'toy-slash' });
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(practice, { emr: 'toy-spare' });
  const signIn = await browser.press(setup, 'Continue to Toy EMR');
  assert.equal(
    signIn.way.find(({ pathname }) => pathname === '/oauth2/authorize')?.searchParams.get('aud'),
    `${spare.base}/`,
  );
  await retireRegistration(consent, { person: 'Kim Lee', reason: 'moved' }, 'toy-spare');
  const shown = await browser.press(await browser.press(signIn, 'Sign in'), 'Allow');
  assert.match(textOf(shown), /not ready to be connected/);
  await assert.rejects(gateway.link(practice, { emr: 'toy-spare' }), { code: 'business-rule' });
});
