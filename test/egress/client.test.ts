import assert from 'node:assert/strict';
import type { RequestListener } from 'node:http';
import { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { z } from '#adapter-kit/index.ts';
import { type AuthorisedClientOptions, NoBudget } from '#egress/index.ts';
import { emr, fails, hasty, read, visit, write } from './emr.ts';
import { readAll } from './listeners.ts';
import { sampleRoutes } from './sample-table.ts';

const patientName = 'Okafor-Canary';

describe('A named route', () => {
  test('goes out with credentials, and comes back with only the fields its schema names.', async (t) => {
    const seen: unknown[] = [];
    const { client, records } = await emr(t, async (req, res) => {
      seen.push([
        req.method,
        req.url,
        req.headers.authorization,
        req.headers['accept-encoding'],
        req.headers['content-type'],
        await readAll(req),
      ]);
      res.end(JSON.stringify({ AptNum: 7, AptStatus: 'Scheduled', Note: patientName, SSN: '1' }));
    });
    assert.deepEqual(await client.call(...read), {
      status: 200,
      body: { AptNum: 7, AptStatus: 'Scheduled' },
    });
    await client.call(...write);
    assert.deepEqual(seen, [
      ['GET', '/api/v1/appointments/7', 'ODFHIR a/b', 'identity', 'application/json', ''],
      ['POST', '/api/v1/appointments', 'ODFHIR a/b', 'identity', 'application/json', JSON.stringify(visit)],
    ]);
    assert.deepEqual(
      records.map(({ route, outcome, status }) => [route, outcome, status]),
      [
        ['appointment.read', 'ok', 200],
        ['appointment.create', 'ok', 200],
      ],
    );
    assert.doesNotMatch(JSON.stringify(records), /api\/v1|127\.0\.0\.1|ODFHIR/);
  });

  test('whose answer is empty gives nothing, whatever came.', async (t) => {
    const { client } = await emr(t, (_, res) => res.end(patientName));
    const answer = await client.call('appointment.break', {
      path: { AptNum: 7 },
      body: { sendToUnscheduledList: 'true' },
    });
    assert.deepEqual(answer, { status: 200, body: undefined });
  });

  test('is not disturbed by interim answers (RFC 9110 §15.2).', async (t) => {
    const { client } = await emr(t, (_, res) => {
      res.writeEarlyHints({ link: '</x>; rel=preload' });
      res.end('{"AptNum":7,"AptStatus":"Scheduled"}');
    });
    assert.equal((await client.call(...read)).status, 200);
  });

  test('keeps prototype keys out of what it returns.', async (t) => {
    const loose = { ...sampleRoutes['appointment.read'], response: z.unknown() };
    const { client } = await emr(
      t,
      (_, res) =>
        res.end(
          '{"a":{"__proto__":{"admin":1},"\\u005f_proto__":{"admin":1},"constructor":{"prototype":{}},"b":1}}',
        ),
      { routes: { loose } },
    );
    assert.deepEqual((await client.call('loose', read[1])).body, { a: { b: 1 } });
  });
});

test('Credentials are there before the turn is taken, and asked for again only after a long wait for it.', async (t) => {
  for (const [waitMs, expected] of [
    [4_999, ['credentials', 'turn', 'sent']],
    [5_000, ['credentials', 'turn', 'credentials', 'sent']],
  ] as const) {
    const steps: string[] = [];
    let now = 1_000_000;
    const answer: RequestListener = (_, res) => {
      steps.push('sent');
      res.end('{"AptNum":7,"AptStatus":"Scheduled"}');
    };
    const { client } = await emr(t, answer, {
      clock: () => now,
      authorize: async () => {
        steps.push('credentials');
        return { authorization: 'a' };
      },
      pace: {
        take: async () => {
          steps.push('turn');
          now += waitMs;
        },
      },
    });
    await client.call(...read);
    assert.deepEqual(steps, expected);
  }
});

describe('A failure is told as', () => {
  test('refused, when the table does not name it; nothing is sent or paced.', async (t) => {
    const { client, requests, records } = await emr(t, (_, res) => res.end('{}'), {
      pace: { take: () => assert.fail('no turn was needed') },
    });
    await fails(client.call('appointment.read', { path: { AptNum: '../queries' } }), 'refused', 'path-value');
    await fails(client.call('queries'), 'refused', 'unknown-route');
    assert.deepEqual([requests(), records.length], [0, 0]);
  });

  test('refused, when credentials would add a header or a line.', async (t) => {
    for (const credentials of [
      { authorization: 'a\r\nx: y' },
      { 'x-http-method-override': 'DELETE' },
      { cookie: 'a=b' },
    ]) {
      const { client, requests } = await emr(t, (_, res) => res.end('{}'), {
        authorize: async () => credentials,
      });
      await fails(client.call(...write), 'refused', 'headers');
      assert.equal(requests(), 0);
    }
  });

  test('not-sent, when nobody listens; a write is tried once, a read three times with full jitter.', async (t) => {
    const sleeps: number[] = [];
    const { client, records } = await emr(t, (_, res) => res.end('{}'), {
      port: 1,
      random: () => 0.5,
      sleep: async (ms) => void sleeps.push(ms),
    });
    await fails(client.call(...write), 'not-sent', 'connect');
    assert.equal(records.length, 1);
    await fails(client.call(...read), 'not-sent', 'connect');
    assert.deepEqual([records.length, sleeps], [4, [100, 200]]);
  });

  test('not-sent, when the connection takes longer than the route may; and nothing is sent when it comes at last.', async (t) => {
    const late = new Socket();
    const { client, requests } = await emr(t, (_, res) => res.end('{}'), {
      dial: () => late,
      routes: hasty(50),
    });
    await fails(client.call(...write), 'not-sent', 'timeout');
    assert.equal(requests(), 0);
    late.emit('connect');
    late.destroy();
  });

  test('not-sent, when connecting itself runs out of time.', async (t) => {
    const { client } = await emr(t, (_, res) => res.end('{}'), {
      dial: () => new Socket(),
      connectTimeoutMs: 20,
    });
    await fails(client.call(...write), 'not-sent', 'connect-timeout');
  });

  test('not-sent, when there is no budget, no credential or no caller any more.', async (t) => {
    const gone = new AbortController();
    const leaving = async () => {
      gone.abort();
      return { authorization: 'a' };
    };
    const rows: [string, Partial<AuthorisedClientOptions>][] = [
      ['no-budget', { pace: { take: async () => Promise.reject(new NoBudget()) } }],
      ['pace', { pace: { take: async () => Promise.reject(new Error('database away')) } }],
      ['authorize', { authorize: async () => Promise.reject(new Error('no secret')) }],
      ['cancelled', { signal: AbortSignal.abort() }],
      ['cancelled', { signal: gone.signal, authorize: leaving }],
    ];
    for (const [reason, options] of rows) {
      const { client, requests } = await emr(t, (_, res) => res.end('{}'), options);
      await fails(client.call(...write), 'not-sent', reason);
      assert.equal(requests(), 0, reason);
    }
  });

  test('not-sent, when a credential is missing; no turn is used up for it.', async (t) => {
    const { client } = await emr(t, (_, res) => res.end('{}'), {
      authorize: async () => Promise.reject(new Error('no secret')),
      pace: { take: () => assert.fail('no turn was needed') },
    });
    await fails(client.call(...read), 'not-sent', 'authorize');
  });

  test('unknown, when the line breaks after the request was written; a write is not repeated.', async (t) => {
    const { client, requests } = await emr(t, async (req) => {
      await readAll(req);
      req.socket.destroy();
    });
    await fails(client.call(...write), 'unknown', 'reset');
    assert.equal(requests(), 1);
    await fails(client.call(...read), 'unknown', 'reset');
    assert.equal(requests(), 4);
  });

  test('unknown, when no answer comes in time, or the caller gives up meanwhile.', async (t) => {
    const gone = new AbortController();
    const silent = await emr(t, () => {}, { routes: hasty(50) });
    await fails(silent.client.call(...write), 'unknown', 'timeout');
    const cancelled = await emr(t, () => gone.abort(), { signal: gone.signal });
    await fails(cancelled.client.call(...write), 'unknown', 'cancelled');
  });

  const answers: [what: string, reason: string, answer: RequestListener][] = [
    [
      'the answer breaks off',
      'reset',
      (_, res) => res.writeHead(200, { 'content-length': '100' }).write('{"AptNum":7', () => res.destroy()),
    ],
    ['the answer is no JSON', 'not-json', (_, res) => res.end('<html>')],
    ['the answer is empty', 'not-json', (_, res) => res.end()],
    ['the answer is no UTF-8', 'not-json', (_, res) => res.end(Buffer.from([0x22, 0xff, 0x22]))],
    ['the answer has another form', 'schema', (_, res) => res.end('{"AptNum":"7"}')],
    [
      'the answer is nested without end',
      'schema',
      (_, res) => res.end('['.repeat(4_000) + ']'.repeat(4_000)),
    ],
    [
      'the answer says it is too large',
      'too-large',
      (_, res) => res.writeHead(200, { 'content-length': '1000000' }).write(' '),
    ],
    [
      'the answer goes on and on',
      'too-large',
      (_, res) => void setInterval(() => res.write(' '.repeat(5_000)), 1).unref(),
    ],
    [
      'the answer is a gzip bomb',
      'encoded',
      (_, res) => res.setHeader('content-encoding', 'gzip').end(gzipSync(Buffer.alloc(9_000_000))),
    ],
    ['an error is too large', 'too-large', (_, res) => res.writeHead(500).end('x'.repeat(20_000))],
  ];
  for (const [what, reason, answer] of answers)
    test(`unknown, when ${what}: ${reason}.`, async (t) => {
      const { client, requests } = await emr(t, answer);
      await fails(client.call(...write), 'unknown', reason);
      assert.equal(requests(), 1);
    });

  test('answered, with the vendor’s words to be tested and never printed.', async (t) => {
    const { client } = await emr(t, (_, res) =>
      res.writeHead(400).end(`${patientName} is double-booked${'.'.repeat(9_000)}`),
    );
    const failure = await fails(client.call(...write), 'answered', 'status');
    assert.equal(failure.status, 400);
    assert.equal(failure.text?.matches(/double-booked/), true);
    assert.equal(failure.text?.matches(/\.{4097}/), false);
    assert.doesNotMatch(inspect(failure, { depth: 9, showHidden: true }) + JSON.stringify(failure), /Canary/);
  });

  test('answered, for a redirect, which is not followed.', async (t) => {
    const other = await emr(t, (_, res) => res.end('{}'));
    for (const status of [301, 302, 303, 307, 308]) {
      const { client, requests } = await emr(t, (_, res) =>
        res.writeHead(status, { location: `${other.origin}/appointments/8` }).end(),
      );
      assert.equal((await fails(client.call(...read), 'answered', 'redirect')).status, status);
      assert.deepEqual([requests(), other.requests()], [1, 0]);
    }
  });

  test('answered, with Retry-After in seconds, and the pace rests as long.', async (t) => {
    const rests: number[] = [];
    const now = Date.parse('2031-03-04T10:00:00Z');
    for (const [header, seconds] of [
      ['7', 7],
      ['Tue, 04 Mar 2031 10:00:30 GMT', 30],
      ['soon', undefined],
      ['-1', undefined],
    ] as const) {
      const { client } = await emr(t, (_, res) => res.writeHead(429, { 'retry-after': header }).end(), {
        pace: { take: async () => {}, rest: async (ms) => void rests.push(ms) },
        clock: () => now,
      });
      assert.equal((await fails(client.call(...write), 'answered', 'status')).retryAfterSeconds, seconds);
    }
    assert.deepEqual(rests, [7_000, 30_000]);
  });
});
