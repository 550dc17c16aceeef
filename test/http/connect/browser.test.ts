import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, test } from 'node:test';
import chromium from '@sparticuz/chromium';
import express from 'express';
import { type Browser, type Page, chromium as playwright } from 'playwright-core';
import { sendPage } from '#http/connect/page.ts';
import { setupPage } from '#http/connect/setup-page.ts';
import { createTestAuthority } from '../../egress/test-certificates.ts';
import { startConnectGateway, stopAfter } from './support.ts';
import { startToyEmr } from './toy-emr.ts';

/** CONNECT_SCREENSHOTS names a folder for pictures of what was seen. */
const pictures = process.env.CONNECT_SCREENSHOTS;
const phone = { width: 360, height: 740 };

const gateway = await startConnectGateway();
const emr = await startToyEmr();
stopAfter(emr);
await gateway.register(emr);
const browser: Browser = await playwright.launch({
  args: chromium.args,
  executablePath: await chromium.executablePath(),
  headless: true,
});
after(() => browser.close());

async function openPhone(): Promise<{ page: Page; faults: string[] }> {
  const context = await browser.newContext({ viewport: phone, javaScriptEnabled: false });
  const page = await context.newPage();
  const faults: string[] = [];
  // An answer of 422 is an error to the console, and a page like any other to the person.
  page.on(
    'console',
    (message) => /Policy|Refused|blocked/i.test(message.text()) && faults.push(message.text()),
  );
  page.on('requestfailed', (request) => faults.push(`${request.url()} ${request.failure()?.errorText}`));
  return { page, faults };
}

/** Tabs until what is in focus is called so; a page that never gets there has lost somebody. */
async function tabTo(page: Page, name: string): Promise<void> {
  const seen: string[] = [];
  for (let steps = 0; steps < 30; steps++) {
    const focused = page.locator(':focus');
    const label = (await focused.count()) === 0 ? '' : await nameOf(page);
    if (label.includes(name)) return;
    seen.push(label);
    await page.keyboard.press('Tab');
  }
  assert.fail(`"${name}" was not reached by the keyboard: ${seen.join(' > ')}`);
}

/** The accessible name of what is in focus, as far as these pages need it. */
async function nameOf(page: Page): Promise<string> {
  const focused = page.locator(':focus');
  const id = await focused.getAttribute('id');
  const label = id === null ? null : page.locator(`label[for="${id}"]`);
  if (label !== null && (await label.count()) > 0) return (await label.textContent()) ?? '';
  return (await focused.textContent()) ?? '';
}

async function look(page: Page, name: string): Promise<void> {
  const wide = Number(await page.evaluate('document.documentElement.scrollWidth'));
  assert.ok(wide <= phone.width, `${name} is ${wide} pixels wide`);
  for (const control of await page
    .locator('button:visible, input:not([type=checkbox]):visible, select:visible')
    .all())
    assert.ok(((await control.boundingBox())?.height ?? 0) >= 44, `${name}: a finger needs 44 pixels`);
  if (pictures !== undefined) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}

test('a practice connects on a phone, by the keyboard alone, in a browser that runs no scripts', async () => {
  const practice = await gateway.addPractice();
  const { url, code } = await gateway.link(practice);
  const { page, faults } = await openPhone();
  await page.goto(url);
  await look(page, '1-code');
  assert.equal(await nameOf(page), 'Code', 'The field is in focus at once.');
  await page.keyboard.type('0000 0000');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.error-summary');
  await look(page, '2-code-wrong');
  assert.match(await page.title(), /^Problem: /);
  assert.match((await page.locator(':focus').textContent()) ?? '', /That code is not right/);
  await tabTo(page, 'Code');
  await page.keyboard.type(code);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/connect/setup');
  await look(page, '3-setup');

  await tabTo(page, 'Skip');
  await tabTo(page, 'Greeting');
  await page.keyboard.type('A greeting that is much too long');
  await tabTo(page, 'Continue to Toy EMR');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/connect/begin');
  await look(page, '4-setup-wrong');
  await tabTo(page, 'Greeting');
  await page.keyboard.press('Enter');
  await tabTo(page, 'Greeting');
  await page.locator('#setting-greeting').fill('Hello');
  await tabTo(page, 'Continue to Toy EMR');
  await page.keyboard.press('Enter');

  await page.waitForURL(`${emr.url}/**`);
  await tabTo(page, 'Sign in');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=asks for');
  await tabTo(page, 'Allow');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/connect/result');
  await page.waitForSelector('text=is connected');
  await look(page, '5-connected');
  assert.equal(await page.locator('h1').textContent(), 'Harbor Clinic is connected');
  await tabTo(page, 'Steps in Toy EMR');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/connect/guide/toy');
  assert.deepEqual(faults, []);
});

test('a page of another site can neither frame a connect page nor send its forms', async () => {
  const practice = await gateway.addPractice();
  const { url, code } = await gateway.link(practice);
  const { page } = await openPhone();
  await page.goto(url);
  await page.locator('#code').fill(code);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/connect/setup');
  await page.route('https://evil.example/**', (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<iframe src="${gateway.url}/connect/setup"></iframe><form method="post" action="${gateway.url}/connect/begin"><button>Go</button></form>`,
    }),
  );
  const asked = async (): Promise<number> => (await emr.oauth()).asked.length;
  const before = await asked();
  await page.goto('https://evil.example/');
  assert.doesNotMatch((await page.frameLocator('iframe').locator('body').textContent()) ?? '', /Harbor/);
  await page.getByRole('button', { name: 'Go' }).click();
  await page.waitForURL('**/connect/begin');
  assert.match((await page.locator('main').textContent()) ?? '', /open for too long|another browser/);
  assert.equal(await asked(), before);
});

/** An EMR's consent screen at its own host, which sends everybody on to a sign-in host of its own. */
async function startHops() {
  const authority = createTestAuthority();
  const server = createTlsServer(authority.issue(['emr.example', 'login.example']), (request, response) => {
    if (request.headers.host === 'login.example')
      response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in here</h1>');
    else response.writeHead(302, { location: 'https://login.example/' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port }; // it listens on a port
}

/** The page that leads away, as it is sent, with a button that answers as `begin` does. */
async function startLeadingAway() {
  const step = {
    is: 'consent',
    server: 'emr.example',
    away: 'https://emr.example',
    asked: [],
    never: [],
    wider: [],
    fields: [],
    again: false,
  } as const;
  const setup = { practice: 'Harbor Clinic', emr: 'Far EMR', adapter: 'toy', step };
  const app = express();
  app.get('/', (_request, response) => sendPage(response, '', setupPage({ root: '', setup, form: 'token' })));
  app.post('/connect/begin', (_request, response) => response.redirect(303, 'https://emr.example/authorize'));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }; // it listens on a port
}

test('a consent screen that sends people on to a host that nobody knew is reached, which a stricter policy would stop', async () => {
  const hops = await startHops();
  const far = await playwright.launch({
    args: [...chromium.args, `--host-resolver-rules=MAP *.example 127.0.0.1:${hops.port}`],
    executablePath: await chromium.executablePath(),
    headless: true,
  });
  const ours = await startLeadingAway();
  const end = async (policy: (as: string) => string): Promise<string> => {
    const page = await (await far.newContext({ ignoreHTTPSErrors: true })).newPage();
    await page.route(ours.url, async (route) => {
      const response = await route.fetch();
      const { 'content-security-policy': sent = '', ...headers } = response.headers();
      await route.fulfill({ response, headers: { ...headers, 'content-security-policy': policy(sent) } });
    });
    const refused = new Promise<string>((resolve) =>
      page.on('console', (message) => /form-action/.test(message.text()) && resolve('refused')),
    );
    await page.goto(ours.url);
    await page.getByRole('button', { name: 'Continue to Far EMR' }).click({ noWaitAfter: true });
    return Promise.race([refused, page.waitForSelector('text=Sign in here').then(() => 'reached')]);
  };
  try {
    const strict = (policy: string) => policy.replace(' https:;', ';');
    assert.equal(await end(strict), 'refused', 'Browsers do check every hop.');
    assert.equal(await end((policy) => policy), 'reached');
  } finally {
    await far.close();
    for (const { server } of [ours, hops]) {
      server.closeAllConnections();
      server.close();
    }
  }
});
