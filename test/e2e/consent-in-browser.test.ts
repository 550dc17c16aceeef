import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { MadeLink } from '#scheduling/consent/links.ts';
import { type BrowserVisit, openTestBrowser, phone } from '#test/browser.ts';
import { startTestGateway } from '#test/gateway.ts';
import { focused, pageFaults } from '#test/page-faults.ts';
import { booked } from '#test/story.ts';
import { addVendorPractice, type VendorPractice } from '#test/vendor-practice.ts';

/** The way that a practice goes to connect its EMR, in a browser as people have it. */
const browser = await openTestBrowser();
const gateway = await startTestGateway({ protocol: { paceGapMs: 0 } });
const juniper = await addVendorPractice(gateway, 'epic');
const harbor = await addVendorPractice(gateway, 'oracle-health');
const hesitant = await addVendorPractice(gateway, 'oracle-health');

/** Two sites with a person between them, and what would open our pages to the other one. */
interface Way {
  readonly ours: string;
  readonly theirs: string;
  readonly secrets: readonly string[];
}

function wayOf(practice: VendorPractice, { url, code }: MadeLink): Way {
  const secrets = [code, url.slice(url.lastIndexOf('/') + 1)];
  return { ours: new URL(gateway.url).origin, theirs: new URL(practice.origin).origin, secrets };
}

/** Waits for a page by the beginning of its heading and looks at it. */
async function arrive({ page, picture }: BrowserVisit, heading: string, name: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: heading }).waitFor();
  await page.waitForLoadState();
  await picture(name);
  assert.deepEqual(await pageFaults(page), [], name);
}

/** Waits until it has the focus. */
function inFocus({ page }: BrowserVisit, selector: string): Promise<void> {
  return page.locator(`${selector}:focus`).waitFor();
}

function referrer(page: Page): Promise<string> {
  return page.locator('html').evaluate((html) => html.ownerDocument.referrer);
}

/** Presses Tab until what is wanted has the focus; whatever is passed on the way has to show that it has it. */
async function tabTo({ page }: BrowserVisit, wanted: string): Promise<void> {
  const passed: string[] = [];
  for (let steps = 0; steps < 60; steps += 1) {
    await page.keyboard.press('Tab');
    const { name, tag, isMarked } = await focused(page);
    passed.push(name);
    assert.ok(isMarked || tag === 'body', `"${name}" shows that it has the focus.`);
    if (name.startsWith(wanted)) return;
  }
  assert.fail(`"${wanted}" was not reached: ${passed.join(' > ')}`);
}

/** What was said to whom on the way: nobody hears but ourselves and the EMR, and the EMR nothing that opens our pages. */
function leaks({ requests }: BrowserVisit, { ours, theirs, secrets }: Way): string[] {
  return requests.flatMap(({ url, referrer: told }) => [
    ...(url.origin === ours || url.origin === theirs ? [] : ['Somebody else was asked for something.']),
    ...(told === undefined || new URL(told).origin === url.origin
      ? []
      : ['An address was told to another site.']),
    ...(url.origin !== ours && secrets.some((secret) => url.href.includes(secret))
      ? ['A secret was sent.']
      : []),
  ]);
}

/** What a browser notes of a page with status 422 although people read it as any other. */
function isRefusedForm(complaint: string): boolean {
  return complaint.startsWith('Failed to load resource') && complaint.includes('422');
}

test('a practice connects Epic by the keyboard alone, and is told what is wrong and where', async () => {
  const [visit, link] = [await browser.visitor(), await juniper.link()];
  const { page } = visit;
  const { keyboard } = page;
  /** From field to field, as far as the button. */
  const fillIn = async (settings: VendorPractice['settings']): Promise<void> => {
    for (const [name, value] of Object.entries(settings)) {
      await inFocus(visit, `#setting-${name}`);
      await keyboard.press('ControlOrMeta+A');
      await keyboard.insertText(value);
      await keyboard.press('Tab');
    }
    assert.equal((await focused(page)).name, 'Continue to Epic');
  };
  await page.goto(link.url);
  await arrive(visit, 'Enter your code', 'epic-1-code');
  await inFocus(visit, '#code');

  await keyboard.type(link.code.startsWith('1') ? '23456789' : '12345678');
  await keyboard.press('Enter');
  await page.locator('.error-summary').waitFor();
  await arrive(visit, 'Enter your code', 'epic-2-wrong-code');
  await inFocus(visit, '.error-summary');
  assert.match(await page.title(), /^Problem: /);
  await tabTo(visit, 'Check the code');
  await keyboard.press('Enter');
  await inFocus(visit, '#code');
  await keyboard.type(`${link.code.slice(0, 4)} ${link.code.slice(4)}`);
  await keyboard.press('Enter');

  await arrive(visit, 'Connect to Epic', 'epic-3-setup');
  await tabTo(visit, 'Skip to the page');
  await keyboard.press('Enter');
  await inFocus(visit, '#main');
  await tabTo(visit, 'Environment');
  await fillIn({ ...juniper.settings, environment: 'not a number' });
  await keyboard.press('Enter');
  await page.locator('.error-summary').waitFor();
  await arrive(visit, 'Connect to Epic', 'epic-4-wrong-setting');
  await inFocus(visit, '.error-summary');
  await tabTo(visit, 'Environment');
  await keyboard.press('Enter');
  await fillIn(juniper.settings);
  await keyboard.press('Enter');

  await arrive(visit, 'Juniper Family Medicine: sign in', 'epic-5-sign-in');
  assert.equal(await referrer(page), '');
  await tabTo(visit, 'Sign in');
  await keyboard.press('Enter');
  await arrive(visit, 'Juniper Family Medicine: allow', 'epic-6-allow');
  await tabTo(visit, 'Allow');
  await keyboard.press('Enter');

  await arrive(visit, 'Juniper Family Medicine is connected', 'epic-7-connected');
  assert.equal(await referrer(page), '');
  assert.equal(new URL(page.url()).search, '');
  await tabTo(visit, 'Steps in Epic');
  await keyboard.press('Enter');
  await page.waitForURL('**/connect/guide/epic');
  await arrive(visit, 'Connecting', 'epic-8-guide');
  assert.deepEqual(leaks(visit, wayOf(juniper, link)), []);
  assert.deepEqual(
    visit.complaints.filter((complaint) => !isRefusedForm(complaint)),
    [],
  );
  assert.equal((await booked(juniper, 0)).status, 'booked');
});

test('a practice connects Oracle Health on a phone', async () => {
  const [visit, link] = [await browser.visitor(phone), await harbor.link()];
  const { page } = visit;
  const tap = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).tap();
  await page.goto(link.url);
  await arrive(visit, 'Enter your code', 'oracle-1-code');
  await page.getByLabel('Code').fill(link.code);
  await tap('Continue');
  await arrive(visit, 'Connect to Oracle Health', 'oracle-2-setup');
  for (const [name, value] of Object.entries(harbor.settings))
    await page.locator(`#setting-${name}`).fill(value);
  await visit.picture('oracle-3-filled');
  await tap('Continue to Oracle Health');
  await arrive(visit, 'Harbor Clinic', 'oracle-4-sign-in');
  assert.equal(await referrer(page), '');
  await tap('Sign in');
  await arrive(visit, 'Harbor Clinic', 'oracle-5-allow');
  await tap('Allow');
  await arrive(visit, 'Harbor Clinic is connected', 'oracle-6-connected');
  assert.equal(await referrer(page), '');
  await page.getByRole('link', { name: 'Steps in Oracle Health' }).tap();
  await page.waitForURL('**/connect/guide/oracle-health');
  await arrive(visit, 'Connecting', 'oracle-7-guide');
  assert.deepEqual(leaks(visit, wayOf(harbor, link)), []);
  assert.deepEqual(visit.complaints, []);
  assert.equal((await booked(harbor, 0)).status, 'booked');
});

test('whoever turns the request down is told what to do next, and the same link leads to the connection after all', async () => {
  const [visit, link] = [await browser.visitor(phone), await hesitant.link()];
  const { page } = visit;
  const press = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
  const asFarAsAllow = async (): Promise<void> => {
    await press('Continue to Oracle Health');
    const signIn = page.getByRole('button', { name: 'Sign in', exact: true });
    await signIn.or(page.getByRole('button', { name: 'Allow', exact: true })).waitFor();
    if (await signIn.isVisible()) await signIn.click();
  };
  await page.goto(link.url);
  await page.getByLabel('Code').fill(link.code);
  await press('Continue');
  for (const [name, value] of Object.entries(hesitant.settings))
    await page.locator(`#setting-${name}`).fill(value);
  await asFarAsAllow();
  await press('Deny');

  await arrive(visit, 'Not connected', 'denied-1');
  await inFocus(visit, '.error-summary');
  const said = await page.locator('main').textContent();
  assert.match(said ?? '', /You did not allow the connection.*start again and choose “allow”/s);
  await page.getByRole('link', { name: 'Start again' }).click();
  await arrive(visit, 'Connect to Oracle Health', 'denied-2-again');
  for (const [name, value] of Object.entries(hesitant.settings))
    assert.equal(
      await page.locator(`#setting-${name}`).inputValue(),
      value.replaceAll(', ', '\n'),
      'Nobody types it twice.',
    );

  await page.goto(link.url);
  await arrive(visit, 'Connect to Oracle Health', 'denied-3-by-the-link');
  await asFarAsAllow();
  await press('Allow');
  await arrive(visit, 'Harbor Clinic is connected', 'denied-4-connected');
  assert.deepEqual(leaks(visit, wayOf(hesitant, link)), []);
  assert.deepEqual(visit.complaints, []);
  assert.equal((await booked(hesitant, 0)).status, 'booked');
});

test('all of this would be seen on pages that were made without care', async () => {
  const [ours, theirs, elsewhere] = [await startSite(), await startSite(), await startSite()];
  const way: Way = { ours: ours.url, theirs: theirs.url, secrets: ['48151623'] };
  theirs.html = '<h1>Sign in</h1>';
  ours.html = `<meta name="viewport" content="width=device-width"><h1>Code</h1><h1>Enter it</h1><h3>Here</h3><p style="color: red">Inline</p>
<p class="pale">Pale</p><div class="wide">Wide</div><img src="${elsewhere.url}/pixel">
<form action="${theirs.url}/authorize"><input name="code" value="48151623" aria-describedby="nothing">
<button id="go">Go</button></form><a id="go" href="#nowhere"></a>
<link rel="stylesheet" href="/style.css">`;
  const visit = await browser.visitor(phone);
  const { page } = visit;
  await page.goto(`${ours.url}/connect/48151623`);
  const faults = await pageFaults(page);
  for (const fault of [
    /no language/,
    /no title/,
    /2 main headings/,
    /0 main parts/,
    /level is left out/,
    /Two things are called go/,
    /no label: code/,
    /A A has no name/,
    /leads nowhere: nothing/,
    /leads nowhere: #nowhere/,
    /Too small to hit: Go/,
    /moved sideways/,
    /Hard to read \(1\.\d\): Pale/,
  ])
    assert.ok(
      faults.some((each) => fault.test(each)),
      `${fault} of ${faults.join(' ')}`,
    );
  await page.locator('button').focus();
  assert.equal((await focused(page)).isMarked, false);
  await page.getByRole('button').tap();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  assert.match(await referrer(page), /48151623/);
  assert.deepEqual([...new Set(leaks(visit, way))].sort(), [
    'A secret was sent.',
    'An address was told to another site.',
    'Somebody else was asked for something.',
  ]);
  assert.ok(visit.complaints.some((complaint) => complaint.startsWith('Forbidden by policy: style-src')));
});

/** A site that shows one page at every address, and tells its addresses to everybody. */
async function startSite() {
  const site = { url: '', html: '' };
  const server = createServer(({ url: path }, response) => {
    const isStyle = path === '/style.css';
    response
      .writeHead(200, {
        'content-type': isStyle ? 'text/css' : 'text/html',
        'content-security-policy': "default-src *; style-src 'self'",
        'referrer-policy': 'unsafe-url',
      })
      .end(isStyle ? careless : site.html);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  site.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
  return site;
}

const careless = `.pale { color: #ddd } .wide { width: 600px; height: 1px }
button { width: 9px; height: 9px; padding: 0; border: 0; overflow: hidden; font-size: 2px } :focus { outline: none }`;
