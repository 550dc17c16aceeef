import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retireRegistration } from '#scheduling/consent/registrations.ts';
import { openBrowser, textOf } from './browser.ts';
import { startConnectGateway, stopAfter } from './support.ts';
import { startToyEmr } from './toy-emr.ts';

const emr = await startToyEmr();
stopAfter(emr);
const gateway = await startConnectGateway();
await gateway.register(emr);
/** As behind a proxy that ends TLS. */
const secure = await startConnectGateway({ publicUrl: 'https://postern.example' });
await secure.register(emr);
const tight = await startConnectGateway({
  budgets: {
    'connect-address': { points: 6, seconds: 60 },
    'connect-code': { points: 3, seconds: 60 },
    'connect-callback': { points: 2, seconds: 60 },
    'connect-link': { points: 2, seconds: 60 },
  },
});
await tight.register(emr);

async function rowOf(linkId: string) {
  const { rows } = await gateway.database.asOwner(
    "select *, encode(token_hash, 'hex') as token, encode(code_hash, 'hex') as code from connect_link where link_id = $1",
    [linkId],
  );
  return rows[0];
}

test('looking at a link changes nothing, however often and with whatever program', async () => {
  const { url, linkId } = await gateway.link(await gateway.addPractice());
  const before = await rowOf(linkId);
  for (const method of ['GET', 'HEAD', 'GET'])
    assert.equal((await fetch(url, { method, headers: { 'user-agent': 'mail scanner' } })).status, 200);
  assert.deepEqual(await rowOf(linkId), before);
});

test('of token and code only hashes are kept', async () => {
  const { url, code, linkId } = await gateway.link(await gateway.addPractice());
  const row = await rowOf(linkId);
  const token = url.slice(url.lastIndexOf('/') + 1);
  assert.equal(Buffer.from(token, 'base64url').length, 32);
  assert.match(code, /^\d{8}$/);
  assert.deepEqual([row.token_hash.length, row.code_hash.length], [32, 32]);
  assert.ok(!JSON.stringify(row).includes(token) && !JSON.stringify(row).includes(code));
});

test('the browser that entered the code holds a secret that scripts and other hosts cannot touch', async () => {
  const { url, code } = await secure.link(await secure.addPractice());
  const there = url.replace('https://postern.example', secure.url);
  const answer = await fetch(there, {
    method: 'POST',
    redirect: 'manual',
    headers: { origin: 'https://postern.example', 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams({ code }),
  });
  assert.equal(answer.status, 303);
  const [cookie = ''] = answer.headers.getSetCookie();
  assert.match(
    cookie,
    /^__Host-postern-connect=[\w-]{43}; Max-Age=86400; Path=\/; Expires=[^;]+; HttpOnly; Secure; SameSite=Lax$/,
  );
  assert.equal(answer.headers.get('location'), '/connect/setup');
  // The same without TLS, which exists on loopback alone: no prefix and no Secure, or no browser would keep it.
  const plain = await gateway.link(await gateway.addPractice());
  const browser = openBrowser();
  await browser.press(await browser.open(plain.url), 'Continue', { code: plain.code });
  assert.deepEqual([...browser.cookies.keys()], ['postern-connect']);
});

test('a wrong code says how many tries are left, and five of them end the link for the right one too', async () => {
  const practice = await gateway.addPractice();
  const { url, code } = await gateway.link(practice);
  const browser = openBrowser();
  const page = await browser.open(url);
  const wrong = code === '00000000' ? '00000001' : '00000000';
  for (const left of ['4 tries are left', '3 tries are left', '2 tries are left', 'One more try is left']) {
    const shown = await browser.press(page, 'Continue', { code: wrong });
    assert.equal(shown.status, 422);
    assert.match(textOf(shown), new RegExp(left));
    assert.match(shown.text, /aria-invalid="true"/);
  }
  const fifth = await browser.press(page, 'Continue', { code: wrong });
  assert.equal(fifth.status, 410);
  assert.match(textOf(fifth), /five times/);
  for (const shown of [await browser.press(page, 'Continue', { code }), await browser.open(url)])
    assert.equal(shown.status, 410);
  const trail = await gateway.trail(practice);
  assert.equal(trail.filter((what) => what === 'connection.open-link refused').length, 5);
});

test('a code is taken however it is spaced, and nothing else is', async () => {
  for (const spelled of [(code: string) => code, (code: string) => `${code.slice(0, 4)}-${code.slice(4)}`]) {
    const { url, code } = await gateway.link(await gateway.addPractice());
    const browser = openBrowser();
    const page = await browser.open(url);
    for (const wrong of ['', `${code}0`, code.slice(1), `${code}\u0000`])
      assert.equal(
        (await browser.press(page, 'Continue', { code: wrong })).status,
        422,
        JSON.stringify(wrong),
      );
    assert.equal(
      (await browser.press(page, 'Continue', { code: spelled(code) })).url.pathname,
      '/connect/setup',
    );
  }
});

test('of two browsers that enter the code at once one gets in', async () => {
  const { url, code } = await gateway.link(await gateway.addPractice());
  const browsers = Array.from({ length: 6 }, () => openBrowser());
  const pages = await Promise.all(browsers.map((browser) => browser.open(url)));
  const shown = await Promise.all(
    pages.map((page, index) => browsers[index]?.press(page, 'Continue', { code })),
  );
  assert.deepEqual(shown.map((one) => one?.status).sort(), [200, 403, 403, 403, 403, 403]);
  const [inside] = shown.flatMap((one, index) => (one?.status === 200 ? [browsers[index]] : []));
  assert.equal((await inside?.open(url))?.url.pathname, '/connect/setup');
  assert.match(textOf(await openBrowser().open(url)), /belongs to another browser/);
  assert.match(
    textOf(await openBrowser().open(`${gateway.url}/connect/setup`)),
    /belongs to another browser/,
  );
  const thief = openBrowser();
  thief.cookies.set('postern-connect', 'A'.repeat(43));
  assert.equal((await thief.open(`${gateway.url}/connect/setup`)).status, 403);
});

test('a link ends a day after it was made, also for the browser that it belongs to', async () => {
  const { url, code, expiresAt } = await gateway.link(await gateway.addPractice());
  const browser = openBrowser();
  await browser.press(await browser.open(url), 'Continue', { code });
  assert.ok(Math.abs(expiresAt.getTime() - gateway.gateway.scheduling.clock.now() - 86_400_000) < 60_000);
  gateway.advance(86_401_000);
  for (const address of [url, `${gateway.url}/connect/setup`]) {
    const shown = await browser.open(address);
    assert.equal(shown.status, 410);
    assert.match(textOf(shown), /has expired/);
  }
});

test('what is no link of ours is not found, and says nothing', async () => {
  const token = Buffer.alloc(32, 7).toString('base64url');
  for (const path of [
    `/connect/${token}`,
    '/connect/x',
    '/connect/setup%2f..',
    `/connect/${token.toLowerCase()}`,
  ]) {
    const shown = await openBrowser().open(gateway.url + path);
    assert.equal(shown.status, 404, path);
    assert.match(textOf(shown), /not valid/);
  }
});

const refused: Readonly<Record<string, readonly [asked: Record<string, unknown>, code: string]>> = {
  'an EMR that nobody knows': [{ emr: 'nobody' }, 'invalid-value'],
  'no EMR at all': [{ emr: undefined }, 'missing-element'],
  'a key without an address': [{ emr: 'open-dental' }, 'missing-element'],
  'a real EMR for a practice in sandbox': [
    { emr: 'open-dental', kind: 'vendor', origin: 'https://api.opendental.com/api/v1' },
    'connection-off',
  ],
  'a connection that is not the practice’s': [
    { emr: undefined, connectionId: '01900000-0000-7000-8000-000000000009' },
    'not-found',
  ],
  'an address without a registration': [
    { emr: 'toy', kind: 'simulator', origin: 'http://127.0.0.1:9/emr' },
    'business-rule',
  ],
};
for (const [what, [asked, code]] of Object.entries(refused)) {
  test(`no link is made for ${what}`, async () => {
    const practice = await gateway.addPractice();
    await assert.rejects(gateway.link(practice, asked), { code });
    const { rows } = await gateway.database.asOwner('select 1 from connect_link where practice_id = $1', [
      practice,
    ]);
    assert.equal(rows.length, 0);
    assert.match((await gateway.trail(practice)).at(-1) ?? '', /^connection\.link (refused|failed)$/);
  });
}

test('too many requests of one address, one browser or one way back are told to wait', async () => {
  const { url, code } = await tight.link(await tight.addPractice());
  const browser = openBrowser();
  const page = await browser.open(url);
  const setup = await browser.press(page, 'Continue', { code });
  assert.equal(setup.status, 200);
  const pressed = async () => {
    browser.stopAt(emr.url);
    return (await browser.press(setup, 'Continue to Toy EMR')).status;
  };
  // Each pressing is one of the browser's budget of two, and the address has four left.
  assert.deepEqual([await pressed(), await pressed(), await pressed()], [0, 0, 429]);
  for (let tries = 0; tries < 2; tries++) await browser.press(page, 'Continue', { code: '1' });
  const slow = await browser.press(page, 'Continue', { code: '1' });
  assert.equal(slow.status, 429);
  assert.match(textOf(slow), /Too many tries/);
  assert.ok(Number(slow.headers.get('retry-after')) > 0);
  const back = `${tight.url}/oauth/cb/toy-east?state=${'a'.repeat(43)}&code=x`;
  assert.deepEqual(
    [
      (await browser.arrive(back)).status,
      (await browser.arrive(back)).status,
      (await browser.arrive(back)).status,
    ],
    [400, 400, 429],
  );
  const looks = [];
  for (let tries = 0; tries < 4; tries++) looks.push((await openBrowser().open(url)).status);
  assert.equal(looks.at(-1), 429);
});

test('a link for a registration that was retired since says that the EMR is not ready', async () => {
  const other = await startToyEmr();
  stopAfter(other);
  await gateway.register(other, { context: 'toy-retired' });
  const { url, code } = await gateway.link(await gateway.addPractice(), { emr: 'toy-retired' });
  await retireRegistration(gateway.gateway.consent, { person: 'Kim Lee', reason: 'moved' }, 'toy-retired');
  const browser = openBrowser();
  const shown = await browser.press(await browser.open(url), 'Continue', { code });
  assert.equal(shown.status, 409);
  assert.match(textOf(shown), /not ready to be connected yet/);
});
