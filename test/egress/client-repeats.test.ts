import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { emr, fails, read, write } from './emr.ts';

describe('Sending and sending again', () => {
  test('Reads share one; every write has its own.', async (t) => {
    const { client, connections } = await emr(t, (_, res) => res.end('{"AptNum":7,"AptStatus":"x"}'));
    await client.call(...read);
    // undici gives a connection back in the next turn of the event loop.
    await nextTurn();
    await client.call(...read);
    assert.equal(connections(), 1);
    await client.call(...write);
    await client.call(...write);
    assert.equal(connections(), 3);
  });

  test('A read that meets a 503 is repeated; a write, and a read that meets a 404, are not.', async (t) => {
    let status = 503;
    const { client, requests } = await emr(t, (_, res) => res.writeHead(status).end());
    await fails(client.call(...read), 'answered', 'status');
    assert.equal(requests(), 3);
    await fails(client.call(...write), 'answered', 'status');
    assert.equal(requests(), 4);
    status = 404;
    await fails(client.call(...read), 'answered', 'status');
    assert.equal(requests(), 5);
  });

  test('A read whose second attempt succeeds has succeeded.', async (t) => {
    let turn = 0;
    const { client } = await emr(t, (req, res) =>
      turn++ === 0 ? req.socket.destroy() : res.end('{"AptNum":7,"AptStatus":"x"}'),
    );
    assert.equal((await client.call(...read)).status, 200);
  });

  test('A read that meets a 401 is repeated once with other credentials; a write is not, but they are asked for.', async (t) => {
    const seen: (string | undefined)[] = [];
    let key = 'old';
    let asked = 0;
    const { client } = await emr(
      t,
      (req, res) => {
        seen.push(req.headers.authorization);
        if (req.headers.authorization === 'good') res.end('{"AptNum":7,"AptStatus":"x"}');
        else res.writeHead(401).end();
      },
      {
        authorize: async () => ({ authorization: key }),
        renew: async () => {
          asked += 1;
          key = asked === 1 ? 'good' : 'bad';
          return true;
        },
      },
    );
    assert.equal((await client.call(...read)).status, 200);
    key = 'old';
    await fails(client.call(...write), 'answered', 'status');
    await fails(client.call(...read), 'answered', 'status');
    assert.deepEqual(seen, ['old', 'good', 'old', 'bad', 'bad']);
    assert.equal(asked, 3);
  });

  test('A read that meets a 401 stays refused where the credentials are the latest.', async (t) => {
    const { client, requests } = await emr(t, (_, res) => res.writeHead(401).end(), {
      renew: async () => false,
    });
    await fails(client.call(...read), 'answered', 'status');
    assert.equal(requests(), 1);
  });

  test('Where no other credentials can be had after a 401, a read says why, and a write what it was told.', async (t) => {
    const why = new Error('no token');
    const { client, requests } = await emr(t, (_, res) => res.writeHead(401).end(), {
      renew: () => Promise.reject(why),
    });
    await fails(client.call(...read), 'not-sent', 'authorize');
    await assert.rejects(client.call(...read), { cause: why });
    await fails(client.call(...write), 'answered', 'status');
    assert.equal(requests(), 3);
  });

  test('A log that throws does not change what happened.', async (t) => {
    const { client } = await emr(t, (_, res) => res.end('{"AptNum":7}'), {
      onExchange: () => {
        throw new Error('log full');
      },
    });
    assert.equal((await client.call(...write)).status, 200);
  });

  test('After a run of outages the breaker refuses without sending, and 404s do not open it.', async (t) => {
    let status = 404;
    const { client, requests } = await emr(t, (_, res) => res.writeHead(status).end(), { readRetries: 0 });
    for (let turn = 0; turn < 8; turn += 1) await fails(client.call(...read), 'answered', 'status');
    status = 500;
    for (let turn = 0; turn < 5; turn += 1) await fails(client.call(...read), 'answered', 'status');
    await fails(client.call(...write), 'not-sent', 'breaker-open');
    assert.equal(requests(), 13);
  });
});
