import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { startSimulator } from '#simulator-kit/index.ts';
import { startToy, toyEmr } from './toy-emr.ts';

test('data, ledger, settings, log and port are there again after a restart', async (t) => {
  const first = await startToy(t);
  await first.call('POST', '/api/visits', { patient: 'p4' });
  await first.call('PUT', '/__sim/settings', { queue: 9 });
  const ledger = (await first.call('GET', '/__sim/ledger')).text;
  await first.stop();
  const second = await startToy(t, first.file);
  assert.equal(second.url, first.url);
  assert.equal((await second.call('GET', '/__sim/ledger')).text, ledger);
  assert.equal((await second.call('GET', '/__sim/settings')).json().queue, 9);
  await second.call('GET', '/api/visits');
  const log = (await second.call('GET', '/__sim/requests')).json();
  assert.deepEqual(
    log.map(({ seq, method }: { seq: number; method: string }) => [seq, method]),
    [
      [1, 'POST'],
      [2, 'GET'],
    ],
  );
  await second.stop();
});

test('a remembered port that someone else has taken is given up, an ordered one is an error', async (t) => {
  const toy = await startToy(t);
  await toy.stop();
  const squatter = createServer().listen(toy.port, '127.0.0.1');
  await once(squatter, 'listening');
  t.after(() => squatter.close());
  const order = { emulation: toyEmr, stateFile: toy.file };
  await assert.rejects(startSimulator({ ...order, port: toy.port }), { code: 'EADDRINUSE' });
  const moved = await startSimulator(order);
  assert.notEqual(moved.port, toy.port);
  await moved.stop();
});

test('stopping does not wait for those who hang', async (t) => {
  const toy = await startToy(t);
  await toy.call('POST', '/__sim/faults', { name: 'hung', times: 1 });
  const hanging = fetch(`${toy.url}/api/visits`).catch(() => 'left');
  while ((await toy.call('GET', '/__sim/requests')).json().length === 0);
  await toy.stop();
  assert.equal(await hanging, 'left');
});
