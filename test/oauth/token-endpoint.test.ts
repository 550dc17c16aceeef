import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { refreshGrant } from '#oauth/refresh-grant.ts';
import { cannedClient, nowhere, token } from './canned-server.ts';

test('a revocation that takes long keeps nobody waiting for the failure, and is finished all the same', async () => {
  const finished = Promise.withResolvers<void>();
  const client = cannedClient(async () => {
    if (client.sent.at(-1)?.url !== nowhere.revocation_endpoint)
      return Response.json({ ...token, expires_in: 1, refresh_token: 'new' });
    await delay(1_500);
    finished.resolve();
    return new Response(null, { status: 200 });
  });
  const began = performance.now();
  await assert.rejects(refreshGrant(client, 'old'), { code: 'expires-in', lostRefreshToken: true });
  const waited = performance.now() - began;
  // The request has eight seconds, and its caller nine for all of it.
  assert.ok(waited < 1_000, `${waited} ms`);
  await finished.promise;
});
