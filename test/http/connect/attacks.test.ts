import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { type Browser, openBrowser, type Shown, textOf } from './browser.ts';
import { type ConnectSite, startNaiveConnect } from './naive-connect.ts';
import { startConnectGateway, stopAfter } from './support.ts';
import { clientId, startToyEmr } from './toy-emr.ts';

/**
 * Each attack is one function that says whether it succeeded. It runs first on connect pages that were written without
 * it in mind, and has to succeed there; then on ours.
 */
const honest = await startToyEmr();
const evil = await startEvilEmr();
stopAfter(honest);
after(() => evil.stop());
const gateway = await startConnectGateway();
const naiveEmrs = {
  'toy-east': {
    authorize: `${honest.url}/oauth2/authorize`,
    token: `${honest.url}/oauth2/token`,
    base: honest.base,
  },
  'toy-evil': {
    authorize: `${evil.url}/authorize`,
    token: `${evil.url}/token`,
    base: `${evil.url}/emr/fhir`,
  },
};
const byState = await startNaiveConnect(naiveEmrs, 'state');
const byCookie = await startNaiveConnect(naiveEmrs, 'cookie');
after(async () => {
  await byState.stop();
  await byCookie.stop();
});
// A public client: whoever has code and verifier has the token, so nothing but our checks stands in between.
await gateway.register(honest, { clientAuthentication: 'none', clientSecret: undefined });
await gateway.register(
  { ...evil, register: async () => {} },
  { context: 'toy-evil', clientAuthentication: 'none', clientSecret: undefined },
);
await honest.register({
  token_endpoint_auth_method: 'none',
  client_secret: undefined as never, // a public client has none
  redirect_uris: [gateway, byState, byCookie].map(({ url }) => `${url}/oauth/cb/toy-east`),
});

const practices = new Map<string, string>();
/** Ours, by the names that the attacks use. */
const ours: ConnectSite = {
  url: gateway.url,
  async link(name) {
    const id = practices.get(name) ?? (await gateway.addPractice(name));
    practices.set(name, id);
    const { url, code } = await gateway.link(id, { emr: name.endsWith('at-evil') ? 'toy-evil' : 'toy-east' });
    return { url, code };
  },
  async connections(name) {
    const { rows } = await gateway.database.asOwner('select 1 from consent where practice_id = $1', [
      practices.get(name) ?? null,
    ]);
    return rows.length;
  },
  log: () => JSON.stringify(gateway.events),
};

type Attack = (site: ConnectSite) => Promise<boolean>;
let number = 0;
const newName = (): string => `practice-${++number}`;

/** Opens a link, enters its code and presses the button that leads to the EMR. */
async function begin(site: ConnectSite, browser: Browser, practice: string): Promise<Shown> {
  const { url, code } = await site.link(practice);
  const setup = await browser.press(await browser.open(url), 'Continue', { code });
  return browser.press(setup, 'Continue to Toy EMR');
}

/** Signs in at the honest EMR and allows; stops before the callback. */
async function allow(site: ConnectSite, browser: Browser, signIn: Shown): Promise<URL> {
  const consent = await browser.press(signIn, 'Sign in');
  browser.stopAt(`${site.url}/oauth/cb/`);
  const { url, text } = await browser.press(consent, 'Allow');
  assert.match(url.pathname, /^\/oauth\/cb\//, text);
  return url;
}

const attacks: Readonly<Record<string, readonly [naive: ConnectSite, attack: Attack]>> = {
  'cross-app account takeover: the code of one server, allowed under the state of another, is sent to the other':
    [
      byState,
      async (site) => {
        const victim = `${newName()}-at-evil`;
        byState.emrOf(victim, 'toy-evil');
        const browser = openBrowser();
        // The evil server's consent screen sends the browser on to the honest one, with everything but the address back.
        const signIn = await begin(site, browser, victim);
        assert.match(textOf(signIn), /Sign in/);
        evil.codes.length = 0;
        await browser.arrive(await allow(site, browser, signIn));
        // With code and verifier the thief is the practice.
        return evil.codes.length > 0 && (await evil.redeem(site.url));
      },
    ],
  'cross-app request forgery: an attacker’s code is brought to the victim’s browser': [
    byCookie,
    async (site) => {
      const [attacker, victim] = [newName(), newName()];
      const theirs = openBrowser();
      const forged = await allow(site, theirs, await begin(site, theirs, attacker));
      const browser = openBrowser();
      await begin(site, browser, victim);
      await browser.arrive(forged);
      return (await site.connections(victim)) > 0;
    },
  ],
  'session fixation: the attacker begins, the victim allows and comes back in a browser of its own': [
    byState,
    async (site) => {
      const attacker = newName();
      const theirs = openBrowser();
      theirs.stopAt(honest.url);
      const { url } = await begin(site, theirs, attacker);
      const victim = openBrowser();
      const callback = await allow(site, victim, await victim.arrive(url));
      await victim.arrive(callback);
      return (await site.connections(attacker)) > 0;
    },
  ],
  'the same, with the victim half-way through a connection of its own': [
    byState,
    async (site) => {
      const [attacker, other] = [newName(), newName()];
      const theirs = openBrowser();
      theirs.stopAt(honest.url);
      const { url } = await begin(site, theirs, attacker);
      const victim = openBrowser();
      await begin(site, victim, other);
      const callback = await allow(site, victim, await victim.arrive(url));
      await victim.arrive(callback);
      return (await site.connections(attacker)) + (await site.connections(other)) > 0;
    },
  ],
  'a state is used again, with a fresh code': [
    byState,
    async (site) => {
      const practice = newName();
      const browser = openBrowser();
      const first = await allow(site, browser, await begin(site, browser, practice));
      await browser.arrive(first);
      assert.equal(await site.connections(practice), 1);
      const other = openBrowser();
      const second = await allow(site, other, await begin(site, other, newName()));
      const before = await exchanges();
      second.searchParams.set('state', first.searchParams.get('state') ?? '');
      await browser.arrive(second);
      return (await exchanges()) > before || (await site.connections(practice)) > 1;
    },
  ],
  'a way back is taken twice at once': [
    byState,
    async (site) => {
      const practice = newName();
      const browser = openBrowser();
      const callback = await allow(site, browser, await begin(site, browser, practice));
      const before = await exchanges();
      await Promise.all(Array.from({ length: 6 }, () => browser.arrive(callback)));
      // The server takes the second use of a code for theft, and ends what it granted to the first.
      return (await exchanges()) - before > 1;
    },
  ],
  'a link is opened in a second browser, by somebody who has the code too': [
    byState,
    async (site) => {
      const { url, code } = await site.link(newName());
      const first = openBrowser();
      await first.press(await first.open(url), 'Continue', { code });
      const second = openBrowser();
      const shown = await second.open(url);
      if (!shown.text.includes('<form')) return false;
      const setup = await second.press(shown, 'Continue', { code });
      return setup.text.includes('Continue to Toy EMR');
    },
  ],
  'codes are guessed one after the other': [
    byState,
    async (site) => {
      const { url, code } = await site.link(newName());
      const browser = openBrowser();
      const page = await browser.open(url);
      for (let tries = 0; tries < 12; tries++)
        await browser.press(page, 'Continue', { code: wrong(code, tries) });
      return (await browser.press(page, 'Continue', { code })).text.includes('Continue to Toy EMR');
    },
  ],
  'codes are guessed all at once': [
    byState,
    async (site) => {
      const { url, code } = await site.link(newName());
      const browser = openBrowser();
      const page = await browser.open(url);
      const guesses = Array.from({ length: 16 }, (_, index) => wrong(code, index));
      const shown = await Promise.all(
        guesses.map((guess) => browser.press(page, 'Continue', { code: guess })),
      );
      const last = await browser.press(page, 'Continue', { code });
      const looked = shown.filter(({ status }) => status === 422).length;
      return looked > 4 || last.text.includes('Continue to Toy EMR');
    },
  ],
  'another site’s page sends the form that begins': [
    byState,
    async (site) => {
      const { url, code } = await site.link(newName());
      const browser = openBrowser();
      await browser.press(await browser.open(url), 'Continue', { code });
      const before = await asked();
      // The cookie comes along, as from a page of a neighbouring subdomain.
      await browser.press(pageOf('https://evil.example/', `${site.url}/connect/begin`), 'Go');
      await browser.press(pageOf(`${evil.url}/`, `${site.url}/connect/begin`), 'Go', { form: 'guessed' });
      return (await asked()) > before;
    },
  ],
  'another site’s page sends the code of the attacker’s link': [
    byState,
    async (site) => {
      const { url, code } = await site.link(newName());
      const victim = openBrowser();
      const shown = await victim.press(pageOf('https://evil.example/', url), 'Go', { code });
      return shown.text.includes('Continue to Toy EMR');
    },
  ],
  'a link of ours leads elsewhere': [
    byState,
    async (site) => {
      const { url, code } = await site.link(newName());
      for (const next of [
        'https://evil.example/',
        '//evil.example/',
        '/\\evil.example/',
        'https:evil.example',
      ]) {
        const browser = openBrowser();
        const names = ['next', 'return_to', 'redirect_uri', 'url', 'continue'];
        const query = new URLSearchParams(names.map((name): [string, string] => [name, next]));
        const page = await browser.open(`${url}?${query}`);
        if (!page.text.includes('<form')) continue;
        browser.stopAt('https://evil.example');
        const action = { ...page, text: page.text.replace(/action="([^"]*)"/, `action="$1?${query}"`) };
        const shown = await browser.press(action, 'Continue', { code }).catch(() => undefined);
        if (shown === undefined || shown.way.some(({ host }) => host === 'evil.example')) return true;
      }
      return false;
    },
  ],
  'code, state and tokens stand in the log': [
    byState,
    async (site) => {
      const practice = newName();
      const browser = openBrowser();
      const callback = await allow(site, browser, await begin(site, browser, practice));
      await browser.arrive(callback);
      assert.equal(await site.connections(practice), 1);
      const secrets = ['code', 'state'].map((name) => callback.searchParams.get(name) ?? '');
      return [...secrets, ...browser.cookies.values()].some((secret) => site.log().includes(secret));
    },
  ],
  'the address with the code is told to another site': [
    byState,
    async (site) => {
      const browser = openBrowser();
      const callback = await allow(site, browser, await begin(site, browser, newName()));
      const shown = await browser.arrive(callback);
      // Wherever a browser ends: what is shown under an address with a code in it must not tell it on.
      const policy = shown.headers.get('referrer-policy');
      return shown.url.searchParams.has('code') && policy !== 'no-referrer';
    },
  ],
};

for (const [what, [naive, attack]] of Object.entries(attacks)) {
  test(`${what}: succeeds where nobody thought of it, and fails here`, async () => {
    assert.equal(await attack(naive), true, 'The attack has to be a real one.');
    assert.equal(await attack(ours), false);
  });
}

test('no code or verifier of ours ever reached the evil server', () => {
  // The cross-app attack empties the list before each run, and its last run was on ours.
  assert.deepEqual(evil.codes, []);
});

test('a browser that says only Origin is judged by it, and one that says nothing is not let in', async () => {
  const { url, code } = await ours.link(newName());
  const post = (headers: Record<string, string>) =>
    fetch(url, { method: 'POST', redirect: 'manual', headers, body: new URLSearchParams({ code }) });
  for (const headers of [
    {},
    { origin: 'null' },
    { origin: 'https://evil.example' },
    { origin: `${ours.url}.evil.example` },
  ])
    assert.equal((await post(headers)).status, 403, JSON.stringify(headers));
  assert.equal((await post({ origin: ours.url, 'sec-fetch-site': 'same-site' })).status, 403);
  assert.equal((await post({ origin: ours.url })).status, 303);
});

async function exchanges(): Promise<number> {
  return (await honest.oauth()).tokenRequests.authorization_code;
}

async function asked(): Promise<number> {
  return (await honest.oauth()).asked.length;
}

function wrong(code: string, step: number): string {
  return String((Number(code) + 1 + step) % 100_000_000).padStart(8, '0');
}

/** A page of another site, with one form. */
function pageOf(address: string, action: string): Shown {
  const text = `<form method="post" action="${action}"><button>Go</button></form>`;
  return { url: new URL(address), status: 200, headers: new Headers(), text, way: [] };
}

/** A server that was approved and turned: its consent screen leads to the honest one, its token endpoint keeps what comes. */
async function startEvilEmr() {
  const codes: URLSearchParams[] = [];
  const server = createServer(async (request, response) => {
    const address = new URL(request.url ?? '/', url);
    if (address.pathname === '/authorize') {
      const onward = new URL(`${honest.url}/oauth2/authorize`);
      onward.search = address.search;
      const back = address.searchParams.get('redirect_uri') ?? '';
      onward.searchParams.set('redirect_uri', back.replace('toy-evil', 'toy-east'));
      onward.searchParams.set('aud', honest.base);
      response.writeHead(302, { location: onward.href }).end();
    } else if (address.pathname === '/token') {
      let text = '';
      for await (const chunk of request) text += chunk;
      codes.push(new URLSearchParams(text));
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
    } else {
      const configuration = {
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        grant_types_supported: ['authorization_code'],
        code_challenge_methods_supported: ['S256'],
        capabilities: ['launch-standalone'],
      };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(configuration));
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port, so this is its address
  const url = `http://127.0.0.1:${port}`;
  return {
    ...honest,
    url,
    origin: `${url}/emr`,
    base: `${url}/emr/fhir`,
    codes,
    /** Uses what was stolen at the honest server. */
    async redeem(site: string): Promise<boolean> {
      const [stolen] = codes;
      const answer = await fetch(`${honest.url}/oauth2/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: clientId,
          code: stolen?.get('code') ?? '',
          code_verifier: stolen?.get('code_verifier') ?? '',
          redirect_uri: `${site}/oauth/cb/toy-east`,
        }),
      });
      return answer.ok;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}
