import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BrowserVisit, openTestBrowser, phone } from '#test/browser.ts';
import { focused, pageFaults } from '#test/page-faults.ts';
import { startConnectGateway, stopAfter } from './support.ts';
import { startToyEmr, toy, toyAdapter } from './toy-emr.ts';

const needed = ['user/Observation.rs', 'user/Condition.rs'];
const demanding = toyAdapter({
  scopes: {
    ...toy.authorization.scopes,
    wider: {
      scopes: needed,
      because: 'The handbook of Toy EMR wants them for every request about appointments.',
      opens: { 'user/Observation.rs': 'read results of laboratories', 'user/Condition.rs': 'read diagnoses' },
    },
  },
});
const gateway = await startConnectGateway({ adapters: [demanding] });
const emr = await startToyEmr({
  scopes: { offered: [...(toy.authorization.scopes.ask.v2 ?? []), ...needed] },
});
stopAfter(emr);
await gateway.register(emr);
emr.wants = needed;
const browser = await openTestBrowser();

async function tabTo({ page }: BrowserVisit, wanted: string): Promise<void> {
  const seen: string[] = [];
  for (let steps = 0; steps < 30; steps++) {
    const { name, isMarked } = await focused(page);
    if (name.startsWith(wanted))
      return assert.ok(isMarked || steps === 0, `${wanted} is not seen to be there.`);
    seen.push(name.slice(0, 40));
    await page.keyboard.press('Tab');
  }
  assert.fail(`"${wanted}" was not reached by the keyboard: ${seen.join(' > ')}`);
}

async function look({ page, picture }: BrowserVisit, name: string): Promise<void> {
  await picture(`wider-${name}`);
  assert.deepEqual(await pageFaults(page), [], name);
}

/** To the EMR and back, by the keyboard. */
async function allow(visit: BrowserVisit): Promise<void> {
  const { page } = visit;
  await tabTo(visit, 'Continue to Toy EMR');
  await page.keyboard.press('Enter');
  await page.waitForURL(`${emr.url}/**`);
  // Somebody who is signed in there still is not asked again.
  if (await page.getByRole('button', { name: 'Sign in' }).isVisible()) {
    await tabTo(visit, 'Sign in');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=asks for');
  }
  await tabTo(visit, 'Allow');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/connect/result');
}

test('a practice whose EMR shows nothing accepts more by the keyboard alone, on a phone, without scripts', async () => {
  const practice = await gateway.addPractice();
  const { url, code } = await gateway.link(practice);
  const visit = await browser.visitor({ ...phone, javaScriptEnabled: false });
  const { page } = visit;
  await page.goto(url);
  await page.keyboard.type(code);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/connect/setup');
  await allow(visit);

  await look(visit, '1-refused');
  assert.match(await page.title(), /^Problem: Not connected/);
  assert.match(
    (await page.locator(':focus').textContent()) ?? '',
    /let us in, but refuses to show its schedule/,
  );
  await tabTo(visit, 'which permission it is');
  await tabTo(visit, 'Try again');
  await tabTo(visit, 'I accept user/Observation.rs');
  assert.equal(await page.locator('input[type=checkbox]:checked').count(), 0);
  await tabTo(visit, 'Who accepts it');
  await page.keyboard.type('Robin Owner');
  await tabTo(visit, 'Why');
  await page.keyboard.type('Our EMR shows nothing without');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/connect/wider');
  await look(visit, '2-no-tick');
  assert.match((await page.locator(':focus').textContent()) ?? '', /Some answers need another look/);
  await tabTo(visit, 'What is accepted');
  await page.keyboard.press('Enter');
  await tabTo(visit, 'I accept user/Observation.rs');
  await page.keyboard.press('Space');
  await tabTo(visit, 'I accept user/Condition.rs');
  await page.keyboard.press('Space');
  assert.equal(
    await page.locator('#person').inputValue(),
    'Robin Owner',
    'What was filled in is there still.',
  );
  await tabTo(visit, 'Accept and go on');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/connect/setup');
  await look(visit, '3-setup');
  assert.match((await page.locator('main').textContent()) ?? '', /Robin Owner accepted/);
  await allow(visit);
  await page.waitForSelector('text=is connected');
  await look(visit, '4-connected');
  assert.deepEqual(
    visit.complaints.filter((complaint) => !complaint.includes('status of 422')),
    [],
  );
});
