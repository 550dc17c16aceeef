import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineAdapter, z } from '#adapter-kit/index.ts';
import { listConnections } from '#store/connections.ts';
import { memory } from '../../../adapters/memory/index.ts';
import { openBrowser, type Shown, textOf } from '../../http/connect/browser.ts';
import { startConnectGateway, stopAfter } from '../../http/connect/support.ts';
import { startToyEmr, toy } from '../../http/connect/toy-emr.ts';

const settings = z.strictObject({
  rooms: z.string().max(5).default('').meta({ title: 'Rooms', required: true }),
  dialect: z.string().default('unknown'),
});
const keyed = defineAdapter({
  ...memory,
  id: 'keyed',
  title: 'Keyed EMR',
  settings,
  operations: {
    ...memory.operations,
    probe: async () => ({ settings: { dialect: 'learned' } }),
    directory: async () => ({ practitioners: [], locations: [], services: [] }),
  },
});
const gateway = await startConnectGateway({ adapters: [{ ...toy, settings }, keyed] });
const emr = await startToyEmr();
stopAfter(emr);
await gateway.register(emr);

async function atSetup(practice: string, asked = {}) {
  const { url, code } = await gateway.link(practice, asked);
  const browser = openBrowser();
  const setup = await browser.press(await browser.open(url), 'Continue', { code });
  const consent = async (page: Shown, typed = {}): Promise<Shown> => {
    const signIn = await browser.press(page, 'Continue to Toy EMR', typed);
    if (signIn.status !== 200) return signIn;
    return browser.press(await browser.press(signIn, 'Sign in'), 'Allow');
  };
  return { browser, setup, consent };
}

async function connectionOf(practice: string) {
  const [connection] = await gateway.gateway.database.withPractice(practice, listConnections);
  return connection ?? assert.fail('not connected');
}

test('a practice is not sent to its EMR before it has filled in what nothing can be found without', async () => {
  const practice = await gateway.addPractice();
  const { setup, consent } = await atSetup(practice);
  assert.match(setup.text, /<input id="setting-rooms"[^>]* required/);
  const wrong = await consent(setup, { rooms: ' ' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /href="#setting-rooms"/);
  assert.match(textOf(await consent(wrong, { rooms: '1, 2' })), /is connected/);
  assert.deepEqual((await connectionOf(practice)).settings, { rooms: '1, 2', dialect: 'learned' });
});

test('consenting again asks for no settings and keeps those of the connection', async () => {
  const practice = await gateway.addPractice();
  const first = await atSetup(practice);
  await first.consent(first.setup, { rooms: '7' });
  const { connectionId } = await connectionOf(practice);
  const again = await atSetup(practice, { connectionId });
  assert.doesNotMatch(again.setup.text, /name="rooms"/);
  assert.match(textOf(await again.consent(again.setup)), /is connected/);
  assert.deepEqual((await connectionOf(practice)).settings, { rooms: '7', dialect: 'learned' });
});

test('another key for a connection at work asks for no settings and keeps those it has', async () => {
  const practice = await gateway.addPractice();
  const asked = { emr: 'keyed', kind: 'simulator', origin: 'http://127.0.0.1:9/api' };
  const { browser, setup } = await atSetup(practice, asked);
  assert.match(setup.text, /<input id="setting-rooms"[^>]* required/);
  const wrong = await browser.press(setup, 'Connect', { key: 'one' });
  assert.equal(wrong.status, 422);
  assert.match(wrong.text, /href="#setting-rooms"/);
  assert.match(textOf(await browser.press(wrong, 'Connect', { key: 'one', rooms: '7' })), /is connected/);

  const { connectionId, secrets, settings: before } = await connectionOf(practice);
  const next = await atSetup(practice, { connectionId });
  assert.doesNotMatch(next.setup.text, /name="rooms"/);
  assert.match(textOf(await next.browser.press(next.setup, 'Connect', { key: 'two' })), /is connected/);
  const after = await connectionOf(practice);
  assert.deepEqual(after.settings, before);
  assert.notDeepEqual(after.secrets, secrets);
});
