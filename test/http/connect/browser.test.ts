import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import express from 'express';
import { sendPage } from '#http/connect/page.ts';
import { setupPage } from '#http/connect/setup-page.ts';
import { type BrowserVisit, openTestBrowser, phone } from '#test/browser.ts';
import { focused, pageFaults } from '#test/page-faults.ts';
import { createTestAuthority } from '../../egress/test-certificates.ts';
import { startConnectGateway, stopAfter } from './support.ts';
import { startToyEmr } from './toy-emr.ts';

const gateway = await startConnectGateway();
const emr = await startToyEmr();
stopAfter(emr);
await gateway.register(emr);
const browser = await openTestBrowser();

/** Tabs until what is in focus is called so; a page that never gets there has lost somebody. */
async function tabTo({ page }: BrowserVisit, wanted: string): Promise<void> {
  const seen: string[] = [];
  for (let steps = 0; steps < 30; steps++) {
    const { name } = await focused(page);
    if (name.startsWith(wanted)) return;
    seen.push(name.slice(0, 40));
    await page.keyboard.press('Tab');
  }
  assert.fail(`"${wanted}" was not reached by the keyboard: ${seen.join(' > ')}`);
}

async function look({ page, picture }: BrowserVisit, name: string): Promise<void> {
  await picture(`toy-${name}`);
  assert.deepEqual(await pageFaults(page), [], name);
  for (const control of await page
    .locator('button:visible, input:not([type=checkbox]):visible, textarea:visible, select:visible')
    .all())
    assert.ok(((await control.boundingBox())?.height ?? 0) >= 44, `${name}: a finger needs 44 pixels`);
}

test('a practice connects on a phone, by the keyboard alone, in a browser that runs no scripts', async () => {
  const practice = await gateway.addPractice();
  const { url, code } = await gateway.link(practice);
  const visit = await browser.visitor({ ...phone, javaScriptEnabled: false });
  const { page } = visit;
  await page.goto(url);
  await look(visit, '1-code');
  assert.equal((await focused(page)).name, 'Code', 'The field is in focus at once.');
  await page.keyboard.type('0000 0000');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.error-summary');
  await look(visit, '2-code-wrong');
  assert.match(await page.title(), /^Problem: /);
  assert.match((await page.locator(':focus').textContent()) ?? '', /That code is not right/);
  await tabTo(visit, 'Code');
  await page.keyboard.type(code);
  await page.keyboard.press('Enter');
  await page.waitForURL('**/connect/setup');
  await look(visit, '3-setup');

  await tabTo(visit, 'Skip');
  await tabTo(visit, 'Greeting');
  await page.keyboard.type('A greeting that is much too long');
  await tabTo(visit, 'Continue to Toy EMR');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/connect/begin');
  await look(visit, '4-setup-wrong');
  await tabTo(visit, 'Greeting');
  await page.keyboard.press('Enter');
  await tabTo(visit, 'Greeting');
  await page.locator('#setting-greeting').fill('Hello');
  await tabTo(visit, 'Continue to Toy EMR');
  await page.keyboard.press('Enter');

  await page.waitForURL(`${emr.url}/**`);
  await tabTo(visit, 'Sign in');
  await page.keyboard.press('Enter');
  await page.waitForSelector('text=asks for');
  await tabTo(visit, 'Allow');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/connect/result');
  await page.waitForSelector('text=is connected');
  await look(visit, '5-connected');
  assert.equal(await page.locator('h1').textContent(), 'Harbor Clinic is connected');
  await tabTo(visit, 'Steps in Toy EMR');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/connect/guide/toy');
  // A page with status 422 is one like any other to the person.
  assert.deepEqual(
    visit.complaints.filter((complaint) => !complaint.includes('status of 422')),
    [],
  );
});

test('a page of another site can neither frame a connect page nor send its forms', async () => {
  const practice = await gateway.addPractice();
  const { url, code } = await gateway.link(practice);
  const { page } = await browser.visitor();
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

test('a page of another site reads nothing of ours, because the walls of this browser stand', async () => {
  const { page } = await browser.visitor();
  await page.route('https://evil.example/**', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<h1>Evil</h1>' }),
  );
  await page.goto('https://evil.example/');
  const read = `fetch('${gateway.url}/connect/style.css').then(() => 'read', () => 'kept apart')`;
  assert.equal(await page.evaluate(read), 'kept apart');
  const css = await page.request.get(`${gateway.url}/connect/style.css`);
  assert.equal(css.status(), 200, 'It is there for whoever may read it.');
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
    more: [],
    wider: [],
    fields: [],
    again: false,
  } as const;
  const setup = { practice: 'Harbor Clinic', emr: 'Far EMR', adapter: 'toy', address: undefined, step };
  const app = express();
  app.get('/', (_request, response) => sendPage(response, '', setupPage({ root: '', setup, form: 'token' })));
  app.post('/connect/begin', (_request, response) => response.redirect(303, 'https://emr.example/authorize'));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }; // it listens on a port
}

test('a consent screen that sends people on to a host that nobody knew is reached, which a stricter policy would stop', async () => {
  const hops = await startHops();
  const far = await openTestBrowser({ examplesAt: hops.port });
  const ours = await startLeadingAway();
  const end = async (policy: (as: string) => string): Promise<string> => {
    const { page } = await far.visitor({ ignoreHTTPSErrors: true });
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
    for (const { server } of [ours, hops]) {
      server.closeAllConnections();
      server.close();
    }
  }
});
