import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import * as client from 'openid-client';
import { temporaryFolder } from '../toy-emr.ts';
import { CALLBACK, openApp, refusalOf } from './app.ts';
import { controlsOf } from './controls.ts';
import { startClinic } from './toy-clinic.ts';

const MAIN = fileURLToPath(new URL('./clinic-process.ts', import.meta.url));

test('grants, tokens, clients, keys, settings and counts are there again after a restart', async (t) => {
  const first = await startClinic(t);
  const registered = { token_endpoint_auth_method: 'none', redirect_uris: [CALLBACK] };
  await first.register('phone', registered);
  await first.control('PUT', '/oauth/settings', { accessTokenSeconds: 300 });
  const phone = { clientId: 'phone', authentication: client.None() };
  const app = await openApp(first.url, phone);
  const { refresh_token: used = '' } = await app.connect();
  const { refresh_token = '', access_token } = await app.refresh(used);
  const keys = await (await fetch(`${first.url}/toy/keys`)).text();
  const told = await first.tell();
  await first.stop();

  const second = await startClinic(t, {}, first.file);
  assert.equal(second.url, first.url);
  assert.deepEqual(await second.tell(), told);
  assert.equal(await (await fetch(`${second.url}/toy/keys`)).text(), keys);
  assert.equal(await second.read(access_token), 200);
  const again = await openApp(second.url, phone);
  assert.equal((await again.refresh(refresh_token)).expires_in, 300);
  assert.equal(await refusalOf(again.refresh(used)), '400 invalid_grant');
  assert.equal((await second.tell()).reuseDetections, 1, 'it still knows what was used up');
  await second.stop();
});

test('a sign-in that was begun before a restart can be ended after it', async (t) => {
  const first = await startClinic(t);
  const app = await openApp(first.url);
  const { callback, exchange } = await app.allow();
  await first.stop();
  const second = await startClinic(t, {}, first.file);
  assert.equal(await second.read((await exchange(callback)).access_token), 200);
  await second.stop();
});

test('kill -9 after an answered refresh loses neither the new token nor that the old one is used up', async (t) => {
  const stateFile = join(await temporaryFolder(t), 'toy.json');
  const first = await start(t, stateFile);
  const app = await openApp(first.url);
  let tokens = await app.connect();
  for (const _ of ['once', 'twice', 'three times']) tokens = await app.refresh(tokens.refresh_token ?? '');
  const used = tokens.refresh_token ?? '';
  const last = await app.refresh(used);
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');

  const second = await start(t, stateFile);
  assert.equal(second.url, first.url);
  const { read, tell } = controlsOf(second.url);
  assert.equal(await read(last.access_token), 200);
  const next = await app.refresh(last.refresh_token ?? '');
  assert.equal(await read(next.access_token), 200);
  assert.equal((await tell()).refreshes, 5);
  assert.equal(await refusalOf(app.refresh(used)), '400 invalid_grant');
  assert.equal((await tell()).reuseDetections, 1);
});

test('neither log nor what is told holds a token, a code, a state or a secret', async (t) => {
  const clinic = await startClinic(t);
  const app = await openApp(clinic.url);
  const { url, callback, exchange } = await app.allow();
  const tokens = await exchange(callback);
  const { refresh_token = '', access_token, id_token = '' } = await app.refresh(tokens.refresh_token ?? '');
  await client.tokenRevocation(app.config, refresh_token);
  const secrets = [
    ...[access_token, refresh_token, id_token, tokens.access_token, tokens.refresh_token ?? ''],
    ...['code', 'state'].map((name) => callback.searchParams.get(name) ?? ''),
    ...['nonce', 'code_challenge'].map((name) => url.searchParams.get(name) ?? ''),
    ...['with + signs', 'try \\"it', 'rvale'],
  ];
  const told = JSON.stringify([await clinic.tell(), (await clinic.control('GET', '/requests')).json]);
  const log = readFileSync(`${clinic.file}.requests`, 'utf8');
  for (const secret of secrets) {
    assert.ok(secret.length > 4);
    assert.equal(told.includes(secret) || log.includes(secret), false, secret);
  }
  assert.ok(
    readFileSync(`${clinic.file}.oauth.journal`, 'utf8').includes(access_token),
    'a look finds what is there',
  );
});

/** The clinic as a process. */
async function start(t: TestContext, stateFile: string) {
  const child = spawn(process.execPath, [MAIN, stateFile], { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => void child.kill('SIGKILL'));
  const [line] = await once(createInterface(child.stdout), 'line');
  return { child, url: String(line).replace(/^ready /, '') };
}
