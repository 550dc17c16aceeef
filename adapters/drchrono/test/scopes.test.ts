import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, describe, test } from 'node:test';
import { type AdapterContext, WireFailure } from '#adapter-kit/index.ts';
import { createMemo, inProcessClient } from '#adapter-kit/testing/index.ts';
import { drchrono } from '../index.ts';
import { schedulingBearer, startDrChrono } from '../simulator/start-drchrono.ts';
import { documents } from './documents.ts';

const { scopes, ...authorization } = drchrono.authorization;
const asked = scopes.ask.plain;
const stateDir = await mkdtemp(join(tmpdir(), 'drchrono-'));
const simulator = await startDrChrono({
  stateDir,
  bearers: [
    { ...schedulingBearer('narrow-token'), scopes: asked },
    { ...schedulingBearer('wider-token'), scopes: [...asked, ...scopes.wider.scopes] },
  ],
});
after(async () => {
  await simulator.stop();
  await rm(stateDir, { recursive: true, force: true });
});
const base = `${simulator.url}/api`;
const put = (path: string, body: object) =>
  fetch(`${simulator.url}/__sim${path}`, {
    method: path === '/settings' ? 'PUT' : 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
beforeEach(async () => void (await put('/reset', {})));

/** A connection whose grant holds certain scopes; the simulator insists on the clinical ones, as documented. */
function connect(token: string): AdapterContext {
  const http = inProcessClient(drchrono.routes, async ({ method, path, query, headers, body }) => {
    const answer = await fetch(`${base}${path}?${new URLSearchParams(query)}`, {
      method,
      redirect: 'manual',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    const location = answer.headers.get('location');
    return {
      status: answer.status,
      ...(text !== '' && { body: JSON.parse(text) }),
      ...(location !== null && { location }),
    };
  });
  const now = Date.now;
  return { http, base, timeZone: 'UTC', settings: {}, now, memo: createMemo(now) };
}

describe('What is asked for', () => {
  test('is refused by a DrChrono that insists on the clinical scopes, when the connection is made', async () => {
    await assert.rejects(
      drchrono.operations.probe(connect('narrow-token')),
      (error) => error instanceof WireFailure && error.status === 403 && error.route === 'appointments',
    );
    const { settings } = await drchrono.operations.probe(connect('wider-token'));
    assert.equal(settings?.practiceGroup, '5150');
  });

  test('is enough for a DrChrono that does not insist', async () => {
    await put('/settings', { appointmentsNeedClinicalScope: false });
    const { settings } = await drchrono.operations.probe(connect('narrow-token'));
    assert.equal(settings?.practiceGroup, '5150');
  });

  test('stays scheduling: the wider ones are named, explained and never asked unaccepted', () => {
    const areas = asked.map((scope) => scope.replace(/:(read|write)$/, ''));
    assert.deepEqual([...new Set(areas)], ['user', 'calendar', 'patients:summary', 'settings']);
    const needed = [...scopes.requiredReads(), ...scopes.writes()];
    assert.deepEqual(needed.sort(), [...asked].sort());
    assert.deepEqual(Object.keys(scopes.wider.opens), scopes.wider.scopes);
    assert.ok(scopes.wider.scopes.every((scope) => !asked.some((one) => one.startsWith(scope))));
  });

  test('goes to the host of the connection, with the secret and without a code challenge', () => {
    const { metadata, pkce, clientAuthentication, grantTypes, refreshTokens, audience } = authorization;
    assert.ok(typeof metadata === 'object' && typeof pkce === 'object');
    assert.deepEqual(
      [metadata.authorizationEndpoint, metadata.tokenEndpoint, metadata.revocationEndpoint],
      ['/o/authorize/', '/o/token/', '/o/revoke_token/'],
    );
    assert.deepEqual(
      [clientAuthentication, grantTypes, refreshTokens, audience],
      [['client_secret_post'], ['authorization_code'], 'strict', 'none'],
    );
  });

  test('stands in CONNECT.md letter by letter, the wider ones apart', () => {
    assert.deepEqual(documents.scopes(), { plain: asked, wider: scopes.wider.scopes });
  });
});
