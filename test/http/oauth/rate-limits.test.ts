import assert from 'node:assert/strict';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { openDatabase } from '#store/database.ts';
import { createRateLimits, purgeRateLimits } from '#store/rate-limits.ts';
import { createTestDatabase } from '#test/database.ts';
import { addAgent, addPractice, basic, clientCredentials, startProcess } from './support.ts';

const db = await createTestDatabase();
const { database } = db;
await addPractice(database);
const hmacKey = createSecretKey(Buffer.alloc(32, 3));

test('a budget is shared by two processes and counts each subject for itself', async () => {
  const other = openDatabase({ url: db.url, kind: db.kind });
  const budgets = { 'match-agent': { points: 10, seconds: 60 } };
  const processes = [database, other].map((each) => createRateLimits({ database: each, hmacKey, budgets }));
  const outcomes = await Promise.all(
    Array.from({ length: 30 }, (_, index) =>
      processes[index % 2]?.consume('match-agent', 'agent one').then(
        () => 'taken',
        (error) => error.code,
      ),
    ),
  );
  assert.equal(outcomes.filter((outcome) => outcome === 'taken').length, 10);
  assert.equal(outcomes.filter((outcome) => outcome === 'throttled').length, 20);
  await processes[0]?.consume('match-agent', 'agent two');
  await processes[0]?.consume('write-agent', 'agent one');
  await other.close();
});

test('who has used a budget up hears how long to wait', async () => {
  const limits = createRateLimits({
    database,
    hmacKey,
    budgets: { 'match-patient': { points: 1, seconds: 90 } },
  });
  await limits.consume('match-patient', 'someone');
  for (let again = 0; again < 3; again++)
    await assert.rejects(
      limits.consume('match-patient', 'someone'),
      (error: { retryAfterSeconds: number }) => {
        assert.ok(
          error.retryAfterSeconds > 80 && error.retryAfterSeconds <= 90,
          String(error.retryAfterSeconds),
        );
        return true;
      },
    );
});

test('the table holds keyed hashes, never the subject', async () => {
  const limits = createRateLimits({ database, hmacKey });
  await limits.consume('token-address', '203.0.113.77');
  const { rows } = await db.asOwner("select key from rate_limit where key like 'token-address:%'");
  assert.equal(rows.length, 1);
  assert.match(rows[0].key, /^token-address:[A-Za-z0-9_-]{43}$/);
});

test('windows that have ended are purged, others stay', async () => {
  await db.asOwner('delete from rate_limit');
  const limits = createRateLimits({
    database,
    hmacKey,
    budgets: { 'write-agent': { points: 5, seconds: 10 } },
  });
  await limits.consume('write-agent', 'short');
  await limits.consume('match-patient', 'long');
  const soon = new Date(Date.now() + 60_000);
  assert.equal(await database.withoutPractice((tx) => purgeRateLimits(tx, soon)), 1);
  assert.equal((await db.asOwner('select key from rate_limit')).rowCount, 1);
});

test('a subject that used its budget up costs no query any more', async () => {
  let queries = 0;
  const limits = createRateLimits({
    database: {
      ...database,
      withoutPractice: (work) => {
        queries += 1;
        return database.withoutPractice(work);
      },
    },
    hmacKey,
    budgets: { 'write-agent': { points: 2, seconds: 60 } },
  });
  for (let times = 0; times < 50; times++) await limits.consume('write-agent', 'flood').catch(() => {});
  assert.equal(queries, 2);
});

test('a database that is away lets nobody through', async () => {
  const limits = createRateLimits({
    database: { ...database, withoutPractice: () => Promise.reject(new Error('away')) },
    hmacKey,
  });
  await assert.rejects(limits.consume('write-agent', 'anyone'), /away/);
});

test('the token endpoint counts an address over two processes and answers 429 as OAuth would', async () => {
  const agent = await addAgent(database);
  await db.asOwner('delete from rate_limit');
  const budgets = { 'token-address': { points: 6, seconds: 60 } };
  const processes = [await startProcess(db, { budgets }), await startProcess(db, { budgets })];
  const answers = [];
  for (let times = 0; times < 10; times++)
    answers.push(await processes[times % 2]?.token(clientCredentials, basic(agent, 'wrong')));
  assert.deepEqual(
    answers.map((answer) => answer?.status),
    [...Array(6).fill(401), ...Array(4).fill(429)],
  );
  const refused = answers.at(-1);
  assert.equal(refused?.body.error, 'temporarily_unavailable');
  assert.ok(Number(refused?.headers.get('retry-after')) > 0);
  assert.equal(refused?.headers.get('cache-control'), 'no-store');
});

test('the token endpoint counts an agent once it is authenticated, so nobody can use up its budget for it', async () => {
  const agent = await addAgent(database);
  await db.asOwner('delete from rate_limit');
  const budgets = { 'token-client': { points: 2, seconds: 60 } };
  const processes = [await startProcess(db, { budgets }), await startProcess(db, { budgets })];
  for (let times = 0; times < 5; times++)
    assert.equal((await processes[0]?.token(clientCredentials, basic(agent, 'wrong')))?.status, 401);
  const answers = [];
  for (let times = 0; times < 4; times++)
    answers.push(await processes[times % 2]?.token(clientCredentials, basic(agent)));
  assert.deepEqual(
    answers.map((answer) => answer?.status),
    [200, 200, 429, 429],
  );
  assert.ok(Number(answers.at(-1)?.headers.get('retry-after')) > 0);
  assert.equal(answers.at(-1)?.body.error, 'temporarily_unavailable');
});

test('a token endpoint without its database answers 500 and lets nobody in', async () => {
  const agent = await addAgent(database);
  const gateway = await startProcess(db);
  await db.asOwner('alter table rate_limit rename to rate_limit_away');
  const answer = await gateway.token(clientCredentials, basic(agent));
  await db.asOwner('alter table rate_limit_away rename to rate_limit');
  assert.deepEqual([answer.status, answer.body.error], [500, 'server_error']);
  assert.equal(gateway.events.at(-1)?.outcome, 'failed');
});
