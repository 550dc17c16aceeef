import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { appendFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createCheckpointer } from '#audit/checkpoint.ts';
import { type CheckpointFiles, createCheckpointFiles } from '#audit/checkpoint-file.ts';
import { createAudit } from '#audit/record.ts';
import { verifyPractice } from '#audit/verify.ts';
import { createTestDatabase } from '#test/database.ts';
import { newKeyRingEntry, parseKeyRing } from '#vault/key-ring.ts';
import { createSigner } from '#vault/signer.ts';

const db = await createTestDatabase();
const directory = await mkdtemp(join(tmpdir(), 'postern-audit-'));
after(() => rm(directory, { recursive: true }));
const [firstKey, secondKey] = [newKeyRingEntry(1), newKeyRingEntry(2)];

function filesWith(...keys: readonly string[]): CheckpointFiles {
  return createCheckpointFiles(
    join(directory, 'checkpoints'),
    createSigner(parseKeyRing(keys.join()), 'audit checkpoint'),
  );
}
const files = filesWith(firstKey);
/** A process of its own. */
const process = (from: CheckpointFiles = files) =>
  createCheckpointer({ database: db.database, files: from, clock: Date.now });
const audit = createAudit({
  database: db.database,
  clock: Date.now,
  newId: randomUUID,
  alert: () => assert.fail(),
});
const options = { database: db.database, files, clock: Date.now };
const fileOf = (practice: string): string => join(directory, 'checkpoints', `${practice}.jsonl`);

async function append(practice: string): Promise<void> {
  await audit.write(practice, {
    actor: 'agent:a1',
    action: 'appointment.read',
    outcome: 'success',
    origin: 'x',
  });
}

test('each run covers what is new and nothing twice, also from another process', async () => {
  const practice = randomUUID();
  const [one, two] = [process(), process()];
  await append(practice);
  await append(practice);
  assert.deepEqual(await one.write(), { events: 2, broken: [] });
  assert.deepEqual(await one.write(), { events: 0, broken: [] });
  await append(practice);
  assert.deepEqual(await two.write(), { events: 1, broken: [] });
  assert.deepEqual(await one.write(), { events: 0, broken: [] });
  const ranges = [];
  for await (const { from, seq } of files.read(practice)) ranges.push([from, seq]);
  assert.deepEqual(ranges, [
    [0, 2],
    [2, 3],
  ]);
});

test('the file is its owner’s alone and holds numbers, hashes and instants', async () => {
  const practice = randomUUID();
  await append(practice);
  await process().write();
  assert.equal((await stat(fileOf(practice))).mode & 0o777, 0o600);
  const [, , body] = (await readFile(fileOf(practice), 'utf8')).trimEnd().split(' ');
  assert.deepEqual(Object.keys(JSON.parse(body ?? '')), ['practice', 'from', 'seq', 'hash', 'events', 'at']);
});

test('processes that write at the same moment may cover the same events, and all is still well', async () => {
  const practice = randomUUID();
  for (let at = 0; at < 5; at++) {
    await append(practice);
    await Promise.all(Array.from({ length: 4 }, () => process().write()));
  }
  assert.deepEqual(await verifyPractice(options, practice), { ok: true, practice, events: 5, covered: 5 });
});

test('half a line that a crash left is told from an edit', async () => {
  const practice = randomUUID();
  await append(practice);
  await process().write();
  const line = await readFile(fileOf(practice), 'latin1');
  await appendFile(fileOf(practice), line.slice(0, 70));
  await append(practice);
  assert.deepEqual(await process().write(), { events: 1, broken: [] });
  assert.deepEqual(await verifyPractice(options, practice), { ok: true, practice, events: 2, covered: 2 });
  // The same half line where no checkpoint speaks of it.
  const [first, half, second] = (await readFile(fileOf(practice), 'latin1')).trimEnd().split('\n');
  await writeFile(fileOf(practice), `${half}\n${first}\n${second}\n`, 'latin1');
  assert.deepEqual(await verifyPractice(options, practice), {
    ok: false,
    practice,
    seq: 1,
    why: 'checkpoint',
  });
});

test('a tail that was cut is told at the next run, also after new events have grown over it', async () => {
  const practice = randomUUID();
  const running = process();
  for (let at = 0; at < 3; at++) await append(practice);
  await running.write();
  await db.asOwner('delete from audit_event where practice_id = $1 and seq > 1', [practice]);
  await db.asOwner(
    'update audit_head h set seq = e.seq, hash = e.hash from audit_event e where h.practice_id = $1 and e.practice_id = $1 and e.seq = 1',
    [practice],
  );
  const missing = [{ practice, seq: 2, why: 'missing' }];
  assert.deepEqual((await running.write()).broken, missing);
  assert.deepEqual((await process().write()).broken, missing);
  for (let at = 0; at < 4; at++) await append(practice);
  assert.deepEqual((await process().write()).broken, [{ practice, seq: 4, why: 'changed' }]);
  assert.deepEqual(await verifyPractice(options, practice), {
    ok: false,
    practice,
    seq: 2,
    why: 'differs-from-checkpoint',
  });
  await db.asOwner('delete from audit_event where practice_id = $1', [practice]);
  await db.asOwner('delete from audit_head where practice_id = $1', [practice]);
});

test('after a KEK rotation new checkpoints follow old ones; without the old key they cannot be verified', async () => {
  const practice = randomUUID();
  await append(practice);
  await process().write();
  await append(practice);
  const both = filesWith(firstKey, secondKey);
  assert.deepEqual(await process(both).write(), { events: 1, broken: [] });
  const verified = await verifyPractice({ ...options, files: both }, practice);
  assert.deepEqual(verified, { ok: true, practice, events: 2, covered: 2 });
  const alone = await verifyPractice({ ...options, files: filesWith(secondKey) }, practice);
  assert.deepEqual(alone, { ok: false, practice, seq: 1, why: 'checkpoint' });
});

test('a file signed by somebody else is neither believed nor continued', async () => {
  const practice = randomUUID();
  await append(practice);
  await process(filesWith(newKeyRingEntry(1))).write();
  await append(practice);
  const { broken } = await process().write();
  assert.deepEqual(
    broken.filter((flaw) => flaw.practice === practice),
    [{ practice, seq: 3, why: 'checkpoint' }],
  );
  assert.deepEqual(await verifyPractice(options, practice), {
    ok: false,
    practice,
    seq: 1,
    why: 'checkpoint',
  });
});
