import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sameServer } from '#oauth/authorization-server-metadata.ts';
import type { OAuthClient } from '#oauth/client.ts';
import { refreshGrant } from '#oauth/refresh-grant.ts';
import { readSmartConfiguration } from '#oauth/smart-configuration.ts';
import { cannedClient, nowhere, token } from '../canned-server.ts';
import { type NaiveClient, naiveRefresh } from './naive-client.ts';

/**
 * Whoever can put a document at the discovery address of an EMR, or change one, tries to have secrets sent elsewhere. The
 * network is played: it knows the document and keeps what is posted, and to whom.
 */
const base = 'https://fhir.emr.example/R4';
const origins = ['https://login.emr.example'];
const good = { ...nowhere, capabilities: ['launch-standalone'] };

function network(document: object) {
  const posted: { readonly url: string; readonly said: string }[] = [];
  const fetch = async (url: string, init: { method?: string; headers?: unknown; body?: unknown } = {}) => {
    if (init.method !== 'POST') return Response.json(document);
    posted.push({ url: new URL(url).href, said: `${JSON.stringify(init.headers)} ${String(init.body)}` });
    return Response.json(token);
  };
  return { posted, fetch };
}
const naive = (fetch: NaiveClient['fetch']): NaiveClient => ({
  clientId: 'postern',
  clientSecret: 'kept',
  redirectUri: 'https://gateway.example/cb',
  scope: [],
  ...(fetch === undefined ? {} : { fetch }),
});
const secret = Buffer.from('postern:kept').toString('base64');

const hostile: readonly (readonly [name: string, endpoint: string, reached: RegExp])[] = [
  ['another host', 'https://evil.example/token', /^https:\/\/evil\.example\//],
  ['a host that begins alike', 'https://login.emr.example.evil.example/token', /evil\.example\/token$/],
  ['the EMR as a user name', 'https://login.emr.example@evil.example/token', /@evil\.example\//],
  [
    'the EMR as a user name with a password',
    'https://login.emr.example:443@evil.example/token',
    /@evil\.example\//,
  ],
  [
    'a backslash that browsers read as a slash',
    'https://evil.example\\@login.emr.example/token',
    /^https:\/\/evil\.example\//,
  ],
  ['plain http', 'http://login.emr.example/token', /^http:/],
  ['another port', 'https://login.emr.example:8443/token', /:8443\//],
  ['a private address', 'https://10.0.0.7/token', /10\.0\.0\.7/],
  ['the metadata service of a cloud', 'http://169.254.169.254/latest/api/token', /169\.254/],
  ['a name for loopback', 'http://localhost:9464/token', /localhost/],
  ['loopback itself', 'http://127.0.0.1:9464/token', /127\.0\.0\.1/],
  ['loopback as one number', 'https://2130706433/token', /127\.0\.0\.1/],
];
for (const [name, endpoint, reached] of hostile) {
  test(`a token endpoint with ${name}: a naive client sends its secrets there, ours none anywhere`, async () => {
    const document = { ...good, token_endpoint: endpoint };
    const first = network(document);
    await naiveRefresh(naive(first.fetch), base, 'refresh-me');
    assert.match(first.posted[0]?.url ?? '', reached);
    assert.match(first.posted[0]?.said ?? '', /refresh-me/);
    assert.ok(first.posted[0]?.said.includes(secret));

    const second = network(document);
    await assert.rejects(
      readSmartConfiguration(base, { origins }, { fetch: second.fetch, clock: Date.now }),
      ({ kind, code, field }) => kind === 'refused' && /^endpoint/.test(code) && field === 'token_endpoint',
    );
    assert.deepEqual(second.posted, []);
  });
}

test('a good document that turns bad later: a naive client follows it, ours stays with the server it pinned', async () => {
  const pinned = await readSmartConfiguration(base, { origins }, { ...network(good), clock: Date.now });
  // Even to another address of the same host, which the rules for origins would let be.
  const document = { ...good, token_endpoint: 'https://login.emr.example/old/open-redirect' };
  const later = network(document);
  await naiveRefresh(naive(later.fetch), base, 'refresh-me');
  assert.equal(later.posted[0]?.url, document.token_endpoint);

  const ours: OAuthClient = { ...cannedClient(() => assert.fail()), server: pinned, fetch: later.fetch };
  await refreshGrant(ours, 'refresh-me');
  assert.equal(later.posted[1]?.url, good.token_endpoint);
  const found = await readSmartConfiguration(base, { origins }, { ...later, clock: Date.now });
  assert.equal(sameServer(pinned, found), false);
});

test('a document that drops its word on iss is another server', async () => {
  const announcing = { ...good, authorization_response_iss_parameter_supported: true };
  const pinned = await readSmartConfiguration(base, { origins }, { ...network(announcing), clock: Date.now });
  const found = await readSmartConfiguration(base, { origins }, { ...network(good), clock: Date.now });
  assert.equal(sameServer(pinned, found), false);
});
