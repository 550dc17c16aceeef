import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { acceptWider } from '#scheduling/consent/wider.ts';
import { atSetup, operatorOf } from '../../scheduling/consent/on-the-way.ts';
import { type Browser, type Shown, textOf } from './browser.ts';
import { startConnectGateway, stopAfter } from './support.ts';
import { startToyEmr, toy, toyAdapter } from './toy-emr.ts';

const needed = ['user/Observation.rs', 'user/Condition.rs'];
const because = 'The handbook of Toy EMR wants them.';
/** An EMR whose handbook says that nobody schedules without more. */
const demanding = toyAdapter(
  {
    scopes: {
      ...toy.authorization.scopes,
      wider: { scopes: needed, because, opens: { 'user/Observation.rs': 'read results' } },
    },
  },
  'toy-demanding',
);
const gateway = await startConnectGateway({ adapters: [toy, demanding] });
const emr = await startToyEmr({
  scopes: {
    offered: [...(toy.authorization.scopes.ask.v2 ?? []), ...needed, 'user/Procedure.rs'],
  },
});
stopAfter(emr);
await gateway.register(emr, { adapter: 'toy-demanding' });
const { consent, tokens } = gateway.gateway;
const robin = { person: 'Robin Owner', reason: 'Our EMR shows nothing without' };

beforeEach(async () => {
  emr.wants = needed;
  emr.closed = false;
  await emr.liftFaults();
});

async function through(browser: Browser, setup: Shown): Promise<{ asked: string[]; done: Shown }> {
  const signIn = await browser.press(setup, 'Continue to Toy EMR');
  const away = signIn.way.find(({ pathname }) => pathname === '/oauth2/authorize');
  const done = await browser.press(await browser.press(signIn, 'Sign in'), 'Allow');
  return { asked: away?.searchParams.get('scope')?.split(' ') ?? [], done };
}

const setupOf = (browser: Browser) => browser.open(`${gateway.url}/connect/setup`);

/** What is there of a practice: connections, tokens, consents, acceptances. */
async function stored(practice: string) {
  const of = async (table: string) =>
    (await gateway.database.asOwner(`select * from ${table} where practice_id = $1`, [practice])).rows;
  return {
    connections: await of('connection'),
    tokens: await of('token'),
    consents: await of('consent'),
    accepted: await of('wider_grant'),
  };
}

/** A practice whose EMR has refused to show its schedule. */
async function refused() {
  const practice = await gateway.addPractice();
  const at = await atSetup(gateway, practice);
  const { asked, done } = await through(at.browser, at.setup);
  return { practice, ...at, asked, page: done };
}

test('an EMR that lets us in and shows nothing: nothing is connected, the grant is given back, the page says why', async () => {
  const { revocations } = await emr.oauth();
  const { practice, asked, page } = await refused();
  assert.ok(!asked.some((scope) => needed.includes(scope)), 'First without more.');
  assert.equal(page.url.pathname, '/connect/result');
  const said = textOf(page);
  assert.match(said, /Not connected/);
  assert.match(said, /Your EMR let us in, but refuses to show its schedule/);
  assert.match(said, /given back to your EMR/);
  assert.match(said, /A permission inside Toy EMR\. The person who signed in may not see the schedule/);
  assert.match(said, /A wider consent\. The handbook of Toy EMR wants them\./);
  assert.match(said, /user\/Observation\.rs : read results/);
  assert.match(said, /does not use it\. Every request is compared with a fixed list/);
  assert.doesNotMatch(page.text, / checked/, 'Nothing is ticked before a person has.');
  assert.ok((await emr.oauth()).revocations > revocations);
  const { accepted, ...rest } = await stored(practice);
  assert.deepEqual([rest, accepted], [{ connections: [], tokens: [], consents: [] }, []]);
  assert.ok((await gateway.trail(practice)).includes('connection.connect refused'));
});

test('the permission is switched on in the EMR, and the same consent as before connects', async () => {
  const { practice, browser, page } = await refused();
  emr.wants = [];
  assert.match(page.text, /<a class="button" href="\/connect\/setup">Try again<\/a>/);
  const { asked, done } = await through(browser, await setupOf(browser));
  assert.ok(!asked.some((scope) => needed.includes(scope)));
  assert.match(textOf(done), /is connected/);
  const { connections, accepted } = await stored(practice);
  assert.deepEqual([connections[0].state, accepted.length], ['connected', 0]);
});

test('a wider consent, accepted by name and reason and scope by scope, is asked for and connects', async () => {
  const { practice, browser, page, connectionId } = await refused();
  const ticks = Object.fromEntries(needed.map((scope) => [`accept ${scope}`, 'yes']));
  const setup = await browser.press(page, 'Accept and go on', { ...robin, ...ticks });
  assert.equal(setup.url.pathname, '/connect/setup');
  assert.match(
    textOf(setup),
    /Asked for besides, as it was accepted user\/Observation\.rs user\/Condition\.rs What is never read or written all the same/,
  );
  assert.match(textOf(setup), /Robin Owner accepted .*Our EMR shows nothing without/);
  const { asked, done } = await through(browser, setup);
  assert.deepEqual(asked, [...(toy.authorization.scopes.ask.v2 ?? []), ...needed]);
  assert.match(textOf(done), /is connected.*Accepted beyond scheduling.*Robin Owner/);
  const { connections, accepted, consents } = await stored(practice);
  assert.equal(connections[0].state, 'connected');
  assert.deepEqual([accepted[0].accepted_by, accepted[0].scopes], ['Robin Owner', needed]);
  assert.ok(
    needed.every((scope) => consents[0].asked.includes(scope) && consents[0].granted.includes(scope)),
  );
  assert.ok((await gateway.trail(practice)).includes('connection.accept-wider success'));
  // A renewal gives the same again, and is judged the same.
  const { refreshes } = await emr.oauth();
  const found = await tokens.access(practice, connectionId);
  await tokens.rejected(practice, connectionId, found.version);
  assert.ok((await emr.oauth()).refreshes > refreshes);
  const [row] = (await stored(practice)).connections;
  assert.deepEqual([row.state, row.can_write], ['connected', true]);
});

test('what nobody accepted is refused as before: at the first consent, beside what was accepted, and in a renewal', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(gateway, practice);
  await emr.fault({ name: 'scopes-wider', text: needed.join(' ') });
  const { revocations } = await emr.oauth();
  const first = await through(browser, setup);
  assert.match(textOf(first.done), /allowed more than scheduling.*user\/Observation\.rs.*given back/);
  assert.ok((await emr.oauth()).revocations > revocations);
  assert.deepEqual((await stored(practice)).connections, []);

  const by = { context: 'toy-east', scopes: needed };
  await acceptWider(consent, operatorOf(practice), robin, by);
  await emr.fault({ name: 'scopes-wider', text: 'user/Procedure.rs' });
  const second = await through(browser, await setupOf(browser));
  assert.match(textOf(second.done), /allowed more than scheduling/);
  assert.doesNotMatch(textOf(second.done).split('Allowed beyond scheduling')[1] ?? '', /Observation/);

  const third = await through(browser, await setupOf(browser));
  assert.match(textOf(third.done), /is connected/);
  const [{ connection_id: connectionId }] = (await stored(practice)).connections;
  const { version } = await tokens.access(practice, connectionId);
  await emr.fault({ name: 'scopes-wider', text: 'user/Procedure.rs' });
  await assert.rejects(tokens.rejected(practice, connectionId, version));
  assert.equal((await stored(practice)).connections[0].state, 'needs_reconsent');
});

test('what the adapter does not name is never asked for, whoever accepted it', async () => {
  const practice = await gateway.addPractice();
  const by = { context: 'toy-east', scopes: ['user/Procedure.rs', 'user/Condition.rs'] };
  await acceptWider(consent, operatorOf(practice), robin, by);
  emr.wants = [];
  const { browser, setup } = await atSetup(gateway, practice);
  const { asked } = await through(browser, setup);
  assert.ok(asked.includes('user/Condition.rs'));
  assert.ok(!asked.includes('user/Procedure.rs') && !asked.includes('user/Observation.rs'));
});

test('what one practice or one registration accepted is asked for there only', async () => {
  const practice = await gateway.addPractice();
  const second = await gateway.register(emr, { adapter: 'toy-demanding', context: 'toy-west' });
  await acceptWider(consent, operatorOf(practice), robin, { context: second, scopes: needed });
  for (const someone of [practice, await gateway.addPractice()]) {
    const { setup } = await atSetup(gateway, someone);
    assert.doesNotMatch(textOf(setup), /Asked for besides|Observation/);
  }
  // At the EMR both are one application.
  await emr.register({
    redirect_uris: ['toy-east', second].map((context) => `${gateway.url}/oauth/cb/${context}`),
  });
  const { setup } = await atSetup(gateway, practice, { emr: second });
  assert.match(textOf(setup), /Asked for besides/);
});

const unfit: Readonly<Record<string, readonly [typed: Readonly<Record<string, string>>, fields: string[]]>> =
  {
    'nobody’s name': [{ ...robin, person: ' ', 'accept user/Condition.rs': 'yes' }, ['person']],
    'a name that is none': [{ ...robin, person: '<b>', 'accept user/Condition.rs': 'yes' }, ['person']],
    'no reason': [{ ...robin, reason: ' ', 'accept user/Condition.rs': 'yes' }, ['reason']],
    'a reason of several lines': [
      { ...robin, reason: 'a\nb', 'accept user/Condition.rs': 'yes' },
      ['reason'],
    ],
    'no tick': [robin, ['accept-0']],
    'a tick for something else': [{ ...robin, 'accept user/Procedure.rs': 'yes' }, ['accept-0']],
    'a tick that is no tick': [{ ...robin, 'accept user/Condition.rs': 'on' }, ['accept-0']],
    nothing: [{}, ['accept-0', 'person', 'reason']],
  };
test('an acceptance that is not complete accepts nothing, and the page keeps what was filled in', async () => {
  const { practice, browser, page } = await refused();
  for (const [what, [typed, fields]] of Object.entries(unfit)) {
    const shown = await browser.press(page, 'Accept and go on', typed);
    assert.equal(shown.status, 422, what);
    const links = [...shown.text.matchAll(/<li><a href="#([^"]+)">/g)].map(([, id]) => id);
    assert.deepEqual(links, fields, what);
    assert.equal(/<input [^>]*checked/.test(shown.text), typed['accept user/Condition.rs'] === 'yes', what);
  }
  assert.deepEqual((await stored(practice)).accepted, []);
});

test('some of it may be accepted; what is left is offered when the EMR still refuses, and in the end only the permission', async () => {
  const { practice, browser, page } = await refused();
  const one = await browser.press(page, 'Accept and go on', { ...robin, 'accept user/Condition.rs': 'yes' });
  const second = await through(browser, one);
  assert.ok(second.asked.includes('user/Condition.rs') && !second.asked.includes('user/Observation.rs'));
  assert.match(textOf(second.done), /Accepted beyond scheduling.*user\/Condition\.rs/);
  assert.match(textOf(second.done), /I accept user\/Observation\.rs/);
  assert.doesNotMatch(textOf(second.done), /I accept user\/Condition\.rs/);
  const two = await browser.press(second.done, 'Accept and go on', {
    ...robin,
    'accept user/Observation.rs': 'yes',
  });
  emr.closed = true;
  const third = await through(browser, two);
  assert.match(textOf(third.done), /What can be accepted has been accepted/);
  assert.doesNotMatch(third.done.text, /connect\/wider/);
  assert.deepEqual((await stored(practice)).connections, []);
});

test('nothing can be accepted on a page where nothing was refused, in another browser or by another site', async () => {
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(gateway, practice);
  const form = /name="form" value="([^"]+)"/.exec(setup.text)?.[1] ?? '';
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const send = (headers: Record<string, string>, typed: Record<string, string>) =>
    fetch(`${gateway.url}/connect/wider`, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'sec-fetch-site': 'same-origin', ...headers },
      body: new URLSearchParams({ ...robin, 'accept user/Condition.rs': 'yes', ...typed }),
    });
  assert.equal((await send({ cookie }, { form })).status, 404, 'Nothing was refused yet.');
  await through(browser, setup);
  assert.equal((await send({ cookie }, {})).status, 403, 'Not a form of ours.');
  assert.equal((await send({ cookie, 'sec-fetch-site': 'cross-site' }, { form })).status, 403);
  assert.equal((await send({}, { form })).status, 403, 'Another browser.');
  assert.deepEqual((await stored(practice)).accepted, []);
  assert.equal((await send({ cookie }, { form })).status, 303, 'The same in its own browser.');
  assert.equal((await stored(practice)).accepted.length, 1);
});

test('a connection that is to be renewed goes on as before while its EMR refuses the new grant', async () => {
  const practice = await gateway.addPractice();
  emr.wants = [];
  const before = await atSetup(gateway, practice);
  assert.match(textOf((await through(before.browser, before.setup)).done), /is connected/);
  const kept = async () => {
    const { connections, tokens: rows, consents, accepted } = await stored(practice);
    const [{ connection_id, state, can_write, settings }] = connections;
    return { connection_id, state, can_write, settings, version: rows[0].token_version, consents, accepted };
  };
  const was = await kept();
  emr.wants = needed;
  const { browser, setup } = await atSetup(gateway, practice, { connectionId: before.connectionId });
  const { done } = await through(browser, setup);
  assert.match(textOf(done), /Not renewed.*refuses to show its schedule.*goes on as before/);
  assert.deepEqual(await kept(), was);
  assert.equal(was.state, 'connected');
});

test('an EMR that is away at the first look proves nothing: the grant stays, and its page repeats the look', async () => {
  emr.wants = [];
  const practice = await gateway.addPractice();
  const { browser, setup } = await atSetup(gateway, practice);
  const signIn = await browser.press(setup, 'Continue to Toy EMR');
  await emr.fault({ name: 'request-dropped', times: 12 });
  const done = await browser.press(await browser.press(signIn, 'Sign in'), 'Allow');
  assert.match(textOf(done), /connected, with one thing to check/);
  await emr.liftFaults();
  assert.match(textOf(await browser.press(done, 'Check again')), /is connected/);
});
