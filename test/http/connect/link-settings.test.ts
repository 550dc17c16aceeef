import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { nilAgent } from '#scheduling/caller.ts';
import { disconnect } from '#scheduling/consent/disconnect.ts';
import { rowId } from '#scheduling/ids.ts';
import { DEMO_KEY, startOffice } from '../../../adapters/open-dental/simulator/start-office.ts';
import { openBrowser } from './browser.ts';
import { startConnectGateway, stopAfter } from './support.ts';
import { startToyEmr } from './toy-emr.ts';

const gateway = await startConnectGateway();
const emr = await startToyEmr();
stopAfter(emr);
await gateway.register(emr);
const folder = await mkdtemp(join(tmpdir(), 'postern-link-settings-'));
const office = await startOffice({ office: 'cedar', stateDir: folder, settings: { throttle: false } });
after(async () => {
  await office.stop();
  await rm(folder, { recursive: true, force: true });
});
const settingsOf = async (practice: string) =>
  (await gateway.database.asOwner('select settings from connection where practice_id = $1', [practice]))
    .rows[0]?.settings;

test('what whoever made the link knew is filled in, and the practice has the last word on what it is asked', async () => {
  const practice = await gateway.addPractice();
  const { url, code } = await gateway.link(practice, {
    settings: { greeting: 'Hello', grid: 10, weekends: true, rooms: '1;East', dialect: 'known' },
  });
  const browser = openBrowser();
  const setup = await browser.press(await browser.open(url), 'Continue', { code });
  assert.match(setup.text, /name="greeting"[^>]*value="Hello"/);
  const away = await browser.press(setup, 'Continue to Toy EMR', { greeting: 'Good day' });
  await browser.press(await browser.press(away, 'Sign in'), 'Allow');
  assert.deepEqual(await settingsOf(practice), {
    greeting: 'Good day',
    grid: 10,
    weekends: true,
    rooms: '1;East',
    dialect: 'known',
  });
});

test('an EMR that takes a key keeps what nobody is asked for', async () => {
  const practice = await gateway.addPractice();
  const { url, code } = await gateway.link(practice, {
    emr: 'open-dental',
    kind: 'simulator',
    origin: `${office.url}/api/v1`,
    settings: { gridMinutes: 20, clinicNum: 0 },
  });
  const browser = openBrowser();
  const setup = await browser.press(await browser.open(url), 'Continue', { code });
  await browser.press(setup, 'Connect', { customerKey: DEMO_KEY.customer });
  assert.equal((await settingsOf(practice))?.gridMinutes, 20);

  // And so does one that comes back after it was disconnected.
  const { consent } = gateway.gateway;
  const { rows } = await gateway.database.asOwner(
    'select connection_id from connection where practice_id = $1',
    [practice],
  );
  const connectionId = rows[0].connection_id;
  const operator = {
    agentId: nilAgent,
    actor: 'operator:Kim Lee',
    requestId: rowId(),
    origin: 'cli',
  } as const;
  await disconnect(consent, { ...operator, practiceId: practice }, connectionId);
  const again = await gateway.link(practice, { emr: 'open-dental', connectionId });
  const other = openBrowser();
  const form = await other.press(await other.open(again.url), 'Continue', { code: again.code });
  await other.press(form, 'Connect', { customerKey: DEMO_KEY.customer });
  assert.equal((await settingsOf(practice))?.gridMinutes, 20);
});

test('settings that the adapter does not take make no link, and a connection that is there keeps its own', async () => {
  const practice = await gateway.addPractice();
  for (const [settings, expression] of [
    [{ grid: 7 }, 'grid'],
    [{ colour: 'blue', shade: 1 }, 'colour, shade'],
  ] as const)
    await assert.rejects(gateway.link(practice, { settings }), { code: 'invalid-value', expression });
  const { url, code } = await gateway.link(practice);
  const browser = openBrowser();
  const setup = await browser.press(await browser.open(url), 'Continue', { code });
  const away = await browser.press(setup, 'Continue to Toy EMR', {});
  await browser.press(await browser.press(away, 'Sign in'), 'Allow');
  const { rows } = await gateway.database.asOwner(
    'select connection_id from connection where practice_id = $1',
    [practice],
  );
  const again = { connectionId: rows[0].connection_id };
  await assert.rejects(gateway.link(practice, { ...again, settings: { grid: 10 } }), {
    code: 'business-rule',
  });
  assert.ok((await gateway.link(practice, again)).url);
});
