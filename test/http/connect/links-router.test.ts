import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { openBrowser, textOf } from './browser.ts';
import { startConnectGateway, stopAfter } from './support.ts';
import { startToyEmr } from './toy-emr.ts';

const gateway = await startConnectGateway({ budgets: { 'connect-make': { points: 5, seconds: 60 } } });
const emr = await startToyEmr();
stopAfter(emr);
await gateway.register(emr);
const server = createServer(gateway.gateway.operators).listen(0, '127.0.0.1');
await once(server, 'listening');
const { port } = server.address() as AddressInfo; // it listens on a port, so this is its address
after(() => {
  server.closeAllConnections();
  server.close();
});

function post(body: unknown, headers: Readonly<Record<string, string>> = {}) {
  return new Promise<{
    status: number;
    headers: Readonly<Record<string, unknown>>;
    body: Record<string, string>;
  }>((resolve, reject) => {
    const sent = httpRequest(
      {
        port,
        host: '127.0.0.1',
        path: '/connect/links',
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
      },
      async (answer) => {
        let text = '';
        for await (const chunk of answer) text += chunk;
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: JSON.parse(text) });
      },
    );
    sent.on('error', reject).end(JSON.stringify(body));
  });
}

test('a program of the operator makes a link, on record with the person it names', async () => {
  const practice = await gateway.addPractice();
  const { status, headers, body } = await post({ practice, emr: 'toy-east', as: 'Robin Vale' });
  assert.equal(status, 201, JSON.stringify(body));
  assert.equal(headers['cache-control'], 'no-store');
  const browser = openBrowser();
  const page = await browser.open(body.url ?? '');
  assert.match(
    textOf(await browser.press(page, 'Continue', { code: body.code ?? '' })),
    /What will be asked for/,
  );
  const { rows } = await gateway.database.asOwner(
    "select person, command, outcome from operator_action where command = 'connection link' order by at",
  );
  assert.deepEqual(rows, [
    { person: 'Robin Vale', command: 'connection link', outcome: 'begun' },
    { person: 'Robin Vale', command: 'connection link', outcome: 'done' },
  ]);
});

test('settings that are known come with the link, checked by the adapter, and stand filled in on its page', async () => {
  const practice = await gateway.addPractice();
  const asked = { practice, emr: 'toy-east', as: 'Robin Vale' };
  const settings = { greeting: 'Hello', grid: 10, weekends: true };
  const { status, body } = await post({ ...asked, settings });
  assert.equal(status, 201, JSON.stringify(body));
  const browser = openBrowser();
  const page = await browser.press(await browser.open(body.url ?? ''), 'Continue', { code: body.code ?? '' });
  assert.match(page.text, /id="setting-greeting"[^>]* value="Hello"/);
  assert.match(page.text, /<option value="10" selected>/);
  assert.match(page.text, /id="setting-weekends"[^>]* checked/);
  const wrong: readonly (readonly [settings: unknown, named: RegExp])[] = [
    [{ grid: 7 }, /grid/],
    [{ colour: 'blue' }, /colour/],
    [{ greeting: ['Hello'] }, /settings\.greeting/],
    ['greeting=Hello', /settings/],
  ];
  for (const [given, named] of wrong) {
    const answer = await post({ ...asked, settings: given });
    assert.equal(answer.status, 400);
    assert.match(JSON.stringify(answer.body), named);
  }
});

test('a page in a browser on the same machine makes none, nor does a name that leads here', async () => {
  const practice = await gateway.addPractice();
  const asked = { practice, emr: 'toy-east', as: 'Robin Vale' };
  for (const headers of [
    { origin: 'https://evil.example' },
    { origin: `http://127.0.0.1:${port}` },
    { 'sec-fetch-site': 'cross-site' },
    { host: 'evil.example' },
    { host: `127.0.0.1.evil.example:${port}` },
    { 'content-type': 'text/plain' },
  ])
    assert.ok((await post(asked, headers)).status >= 400, JSON.stringify(headers));
  const { rows } = await gateway.database.asOwner('select 1 from connect_link where practice_id = $1', [
    practice,
  ]);
  assert.equal(rows.length, 0);
});

test('what is missing or wrong is named, and too many are told to wait', async () => {
  const practice = await gateway.addPractice();
  for (const body of [
    {},
    { practice, emr: 'toy-east' },
    { practice: 'x', as: 'Kim' },
    { practice, as: 'Kim', more: 1 },
  ])
    assert.equal((await post(body)).status, 400);
  assert.equal(
    (await post({ practice: '01900000-0000-7000-8000-000000000009', emr: 'toy-east', as: 'Kim Lee' })).status,
    404,
  );
  const statuses = [];
  for (let tries = 0; tries < 6; tries++)
    statuses.push((await post({ practice, emr: 'toy-east', as: 'Kim Lee' })).status);
  assert.deepEqual(statuses, [201, 201, 201, 201, 201, 429]);
});
