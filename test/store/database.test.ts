import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestDatabase } from '#test/database.ts';

const { database, asOwner } = await createTestDatabase();
const one = '01900000-0000-7000-8000-000000000001';
const two = '01900000-0000-7000-8000-000000000002';
const insert = (id: string) =>
  database.withPractice(id, (tx) =>
    tx('practice').insert({ practice_id: id, name: 'Cedar', time_zone: 'America/Denver', mode: 'sandbox' }),
  );

test('a practice sees its own row and nothing of another', async () => {
  await insert(one);
  await insert(two);
  const seen = await database.withPractice(one, (tx) => tx('practice').select('practice_id'));
  assert.deepEqual(seen, [{ practice_id: one }]);
});

test('without a practice every table is empty, and the owner sees what is really there', async () => {
  assert.deepEqual(await database.withoutPractice((tx) => tx('practice').select('practice_id')), []);
  assert.equal((await asOwner('select practice_id from practice')).rowCount, 2);
});

test('a row of another practice cannot be written', async () => {
  await assert.rejects(
    database.withPractice(one, (tx) =>
      tx('practice').insert({
        practice_id: '01900000-0000-7000-8000-000000000003',
        name: 'x',
        time_zone: 'UTC',
        mode: 'sandbox',
      }),
    ),
    { code: '42501' },
  );
});

test('a transaction inside a transaction throws at once instead of waiting for itself', async () => {
  await assert.rejects(
    database.withPractice(one, () => database.withPractice(two, async () => 1)),
    /inside a transaction/,
  );
});

test('dispatch functions give out ids of all practices', async () => {
  const ids = await database.withoutPractice((tx) => tx.raw('select practice_id from practice_ids()'));
  assert.deepEqual(ids.rows, [{ practice_id: one }, { practice_id: two }]);
});
