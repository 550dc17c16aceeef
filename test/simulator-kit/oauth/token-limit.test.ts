import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startSimulator } from '#simulator-kit/index.ts';
import { temporaryFolder } from '../toy-emr.ts';
import { clinic } from './toy-clinic.ts';

test('a client is refused beyond its calls of a minute of the clock, also after a new start', async (t) => {
  // Stopped before its folder goes.
  t.after(() => simulator.stop());
  const stateFile = join(await temporaryFolder(t), 'toy.json');
  let now = Date.parse('2027-03-03T16:00:50Z');
  const emulation = clinic({
    expiresIn: 'string',
    tokenLimit: {
      perMinute: 2,
      headers: (remaining) => ({ 'x-left': String(remaining) }),
      refusal: { status: 429, body: 'too many' },
    },
    clients: ['one', 'other'].map((client_id) => ({
      client_id,
      client_secret: 's',
      token_endpoint_auth_method: 'client_secret_basic',
      grant_types: ['client_credentials'],
    })),
  });
  const start = () => startSimulator({ emulation, stateFile, now: () => now });
  let simulator = await start();
  const ask = async (client: string, grant_type = 'client_credentials') => {
    const reply = await fetch(`${simulator.url}/toy/oauth2/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${client}:s`)}`, connection: 'close' },
      body: new URLSearchParams({ grant_type, scope: 'system/Visit.rs' }),
    });
    const text = await reply.text();
    return { told: [reply.status, reply.headers.get('x-left')], text };
  };
  const first = await ask('one');
  assert.deepEqual(first.told, [200, '1']);
  assert.equal(JSON.parse(first.text).expires_in, '600');
  assert.deepEqual((await ask('one', 'nonsense')).told, [400, '0']);
  await simulator.stop();
  simulator = await start();
  const over = await ask('one');
  assert.deepEqual([...over.told, over.text], [429, '0', 'too many']);
  assert.deepEqual((await ask('other')).told, [200, '1']);
  now += 10_000;
  assert.deepEqual((await ask('one')).told, [200, '1']);
});
