import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, test } from 'node:test';
import { EnvHttpProxyAgent, fetch } from 'undici';
import { createWall } from '#egress/index.ts';
import { callerAt } from './clients.ts';
import { openNetwork } from './network.ts';
import { aimed, legalBase, openRange, routes } from './range.ts';
import { tricks } from './spellings.ts';

/** The environment names a proxy, and the proxy is inside. */
const range = await openRange();
const naive = await openNetwork();
const before = { ...process.env };
after(() => {
  process.env = before;
});

const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'npm_config_proxy', 'npm_config_https_proxy'];
const variables = names.flatMap((name) => [name, name.toLowerCase()]);

for (const [trick, [spelling = assert.fail()]] of tricks)
  test(`The wall takes no proxy from the environment. ${trick}`, async () => {
    const { network } = range;
    const proxy = aimed(spelling, network, 'http').replaceAll('\0', '');
    setAll({ ...Object.fromEntries(variables.map((name) => [name, proxy])), NO_PROXY: '', no_proxy: '' });
    const wall = createWall({ production: true, ca: network.ca, lookup: network.lookup, dial: network.dial });
    after(() => wall.close());
    const site = wall.site({ base: legalBase, kind: 'vendor', routes, credentialHeaders: [] });
    assert.equal((await wall.fetch(site)(`${legalBase}/appointments/7`)).status, 200);
    await callerAt(wall, site).call('write', { body: { note: '' } });
    await range.held();
  });

test('A client that does so is led to loopback by most of them (negative control).', async () => {
  const own = tricks.flatMap(([, all]) => all.filter(({ leadsTo }) => leadsTo === '127.0.0.1').slice(0, 1));
  const start = await naive.reached();
  for (const spelling of own) {
    const proxy = aimed(spelling, naive, 'http');
    setAll(Object.fromEntries(variables.map((name) => [name, proxy])));
    try {
      const dispatcher = new EnvHttpProxyAgent({ proxyTunnel: false });
      await fetch('http://api.example.com/', { dispatcher }).catch(() => {});
      await dispatcher.close();
    } catch {
      // No address to it.
    }
  }
  assert.ok((await naive.reached()) - start > 20, `${(await naive.reached()) - start} of ${own.length}`);
});

describe('A process that is started', { concurrency: true }, () => {
  const all = (proxy: string) => ({ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, ALL_PROXY: proxy });
  const rows: Readonly<Record<string, (proxy: string) => NodeJS.ProcessEnv>> = {
    'with proxies in capitals': (proxy) => ({ ...all(proxy), NODE_USE_ENV_PROXY: '1' }),
    'with proxies in small letters': (proxy) => ({
      http_proxy: proxy,
      https_proxy: proxy,
      all_proxy: proxy,
      NODE_USE_ENV_PROXY: '1',
    }),
    'with proxies by an option, for all but one host': (proxy) => ({
      ...all(proxy),
      NO_PROXY: 'other.example.com',
      NODE_OPTIONS: '--use-env-proxy',
    }),
  };
  for (const [what, envOf] of Object.entries(rows))
    test(`${what} asks them by a plain fetch (negative control), and not through the wall.`, async () => {
      const network = await openNetwork();
      network.hosts.set('api.example.com', (_, res) => res.end('{}'));
      const env = envOf(`http://127.0.0.1:${network.canaryPort('127.0.0.1', 'http')}`);
      const vendor = { port: network.vendorPort, ca: network.ca };
      assert.equal(await exitOf(plain, env), 0);
      assert.equal(await network.reached(), 1);
      assert.equal(await exitOf([script, JSON.stringify(vendor)], env), 0);
      assert.equal(await network.reached(), 1);
    });
});

const script = new URL('./behind-proxy.ts', import.meta.url).pathname;
/** The canary lets no tunnel through; that it was asked for one is what counts. */
const plain = ['-e', "fetch('http://api.example.com/v1/appointments/7').catch(() => {})"];

async function exitOf(program: readonly string[], env: NodeJS.ProcessEnv): Promise<unknown> {
  const child = spawn(process.execPath, program, {
    env: { PATH: before.PATH, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [code] = await once(child, 'exit');
  return code;
}

function setAll(values: Readonly<Record<string, string>>): void {
  Object.assign(process.env, values);
}
