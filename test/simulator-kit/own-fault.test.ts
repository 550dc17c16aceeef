import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { json, startSimulator } from '#simulator-kit/index.ts';
import { temporaryFolder, toyEmr } from './toy-emr.ts';

test('a stale fault of an EMR’s own shows the past on its routes, and its name to the EMR', async (t) => {
  const [first, ...others] = toyEmr.routes;
  assert.ok(first?.template === '/visits');
  const emulation: typeof toyEmr = {
    ...toyEmr,
    routes: [
      {
        ...first,
        handle: (call) => json(200, [call.fault?.name ?? '', call.db.table('visits').all().length]),
      },
      ...others,
    ],
    faults: { 'list-lag': { on: 'request', stale: true, routes: ['GET /visits'] } },
  };
  // Stopped before its folder goes.
  t.after(() => simulator.stop());
  const file = join(await temporaryFolder(t), 'toy.json');
  const simulator = await startSimulator({ emulation, stateFile: file });
  const ask = async (path: string, body?: object): Promise<Response> =>
    fetch(simulator.url + path, body && { method: 'POST', body: JSON.stringify(body) });
  const seen = async (): Promise<unknown> => (await ask('/api/visits')).json();
  await ask('/api/visits', { patient: 'p7' });
  assert.equal((await ask('/__sim/faults', { name: 'list-lag', times: 1 })).status, 201);
  assert.equal((await ask('/__sim/faults', { name: 'no-such', times: 1 })).status, 400);
  assert.equal((await ask('/api/visits/2')).status, 200, 'other routes do not meet it');
  assert.deepEqual(await seen(), ['list-lag', 1]);
  assert.deepEqual(await seen(), ['', 2]);
});
