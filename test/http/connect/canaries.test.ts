import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { nilAgent } from '#scheduling/caller.ts';
import { disconnect } from '#scheduling/consent/disconnect.ts';
import { rowId } from '#scheduling/ids.ts';
import { readToken } from '#store/tokens.ts';
import { openToken } from '#vault/token-seal.ts';
import { type Browser, openBrowser, type Shown } from './browser.ts';
import { startConnectGateway, stopAfter } from './support.ts';
import { clientSecret, startToyEmr } from './toy-emr.ts';

const gateway = await startConnectGateway();
const emr = await startToyEmr();
stopAfter(emr);
await gateway.register(emr);
const { scheduling, consent } = gateway.gateway;

/** All that the process prints, whoever prints it. */
const printed: string[] = [];
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream);
  stream.write = (chunk: string | Uint8Array, ...rest: never[]) => {
    printed.push(String(chunk));
    return write(chunk, ...rest);
  };
}

const secrets = new Map<string, string>([['client secret', clientSecret]]);
const pages: Shown[] = [];

function hits(text: string, but: readonly string[] = []): string[] {
  return [...secrets].flatMap(([what, value]) =>
    !but.includes(what) &&
    [
      value,
      encodeURIComponent(value),
      Buffer.from(value).toString('base64').replace(/=+$/, ''),
      Buffer.from(value).toString('hex'),
    ].some((form) => text.includes(form))
      ? [what]
      : [],
  );
}

async function keep(shown: Promise<Shown>): Promise<Shown> {
  const page = await shown;
  pages.push(page);
  return page;
}

async function pendingOf(practice: string): Promise<void> {
  const { rows } = await gateway.database.asOwner(
    'select request_id, pending from authorization_request where practice_id = $1 and pending is not null',
    [practice],
  );
  for (const { request_id: row, pending } of rows) {
    const opened = await scheduling.database.withPractice(practice, (tx) =>
      scheduling.vault.open(tx, practice, { row, kind: 'authorization-request', version: 0 }, pending),
    );
    secrets.set(`verifier ${row}`, JSON.parse(opened.reveal()).codeVerifier);
  }
}

async function walk(practice: string, browser: Browser, name: string): Promise<URL> {
  const { url, code } = await gateway.link(practice);
  secrets.set(`link token ${name}`, url.slice(url.lastIndexOf('/') + 1));
  secrets.set(`link code ${name}`, code);
  const setup = await keep(browser.press(await keep(browser.open(url)), 'Continue', { code }));
  secrets.set(
    `session ${name}`,
    [...browser.cookies.entries()].find(([key]) => key.endsWith('connect'))?.[1] ?? '',
  );
  const signIn = await browser.press(setup, 'Continue to Toy EMR');
  await pendingOf(practice);
  const consented = await browser.press(signIn, 'Sign in');
  browser.stopAt(`${gateway.url}/oauth/cb/`);
  const callback = (await browser.press(consented, 'Allow')).url;
  for (const field of ['state', 'code'])
    secrets.set(`${field} ${name}`, callback.searchParams.get(field) ?? '');
  return callback;
}

test('no link, code, cookie, state, verifier, token or secret is in a page, a log, a row or an address told to others', async () => {
  const practice = await gateway.addPractice();
  const browser = openBrowser();
  const callback = await walk(practice, browser, 'good');
  await keep(openBrowser().arrive(callback));
  await keep(browser.arrive(callback));
  await keep(browser.arrive(callback));
  const connectionId = (
    await gateway.database.asOwner('select connection_id from connection where practice_id = $1', [practice])
  ).rows[0].connection_id;
  await scheduling.database.withPractice(practice, async (tx) => {
    const row = await readToken(tx, connectionId, 'wait');
    const keys = await scheduling.vault.forPractice(tx, practice);
    assert.ok(row);
    for (const kind of ['access', 'refresh'] as const)
      secrets.set(`${kind} token`, openToken(keys, row, kind)?.reveal() ?? '');
  });

  // What fails, too: at the EMR, on the way back, in the database.
  const other = await gateway.addPractice();
  const failing = openBrowser();
  await emr.fault({ name: 'token-error' });
  await keep(failing.arrive(await walk(other, failing, 'busy')));
  const wider = openBrowser();
  await emr.fault({ name: 'scopes-wider', text: 'user/Observation.rs' });
  await keep(wider.arrive(await walk(other, wider, 'wider')));
  const broken = openBrowser();
  const lost = await walk(other, broken, 'broken');
  await gateway.database.asOwner('alter table consent rename to consent_away');
  await keep(broken.arrive(lost));
  await gateway.database.asOwner('alter table consent_away rename to consent');
  await keep(broken.open(`${gateway.url}/connect/result`));
  const caller = {
    practiceId: practice,
    agentId: nilAgent,
    actor: 'operator:Kim Lee' as const,
    requestId: rowId(),
    origin: 'cli',
  };
  await disconnect(consent, caller, connectionId);

  assert.ok(secrets.size > 20, [...secrets.keys()].join(', '));
  assert.ok([...secrets.values()].every((value) => value.length >= 8));
  assert.deepEqual(hits(inspect(gateway.events, { depth: 9 })), []);
  assert.deepEqual(hits(printed.join('')), []);
  assert.ok(pages.length > 12);
  for (const { url, text, headers, way } of pages) {
    // A link's own page posts to the link.
    const own = url.pathname.startsWith('/connect/')
      ? ['link token good', 'link token busy', 'link token wider', 'link token broken']
      : [];
    assert.deepEqual(hits(text, own), [], url.pathname);
    const told = [...headers].filter(([name]) => name !== 'set-cookie');
    assert.deepEqual(hits(JSON.stringify(told)), []);
    // Where a way ends, its address holds nothing; what a page fetches or links to gets no address from us.
    if (way.length > 0) assert.deepEqual(hits(url.href.replaceAll(/\/oauth\/cb\/.*/g, '')), []);
    assert.match(headers.get('referrer-policy') ?? '', /^(no-referrer|same-origin)$/);
    assert.equal(headers.get('cache-control'), 'no-store');
  }
  const { rows: tables } = await gateway.database.asOwner(
    "select tablename from pg_tables where schemaname = 'postern' order by 1",
  );
  for (const { tablename } of tables) {
    const { rows } = await gateway.database.asOwner(`select t::text as row from ${tablename} t`);
    assert.deepEqual(hits(rows.map(({ row }) => row).join('\n')), [], tablename);
  }
});

test('the check finds what is planted, in clear, encoded, base64 and hex', () => {
  for (const value of secrets.values())
    for (const form of [
      value,
      encodeURIComponent(value),
      Buffer.from(value).toString('base64'),
      Buffer.from(value).toString('hex'),
    ])
      assert.equal(hits(`x${form}y`).length > 0, true);
});
