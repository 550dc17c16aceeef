import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { openCore, type World } from '#app';
import { resealOldValues } from '#scheduling/practice-keys.ts';
import { createTestDatabase } from '#test/database.ts';
import { newKeyRingEntry } from '#vault/key-ring.ts';
import { lineOf } from '#vault/spill-line.ts';
import { keyRingOf } from '../../src/main.ts';
import { createTestCli, world } from './support.ts';

const database = await createTestDatabase();
const [first, second] = [newKeyRingEntry(1), newKeyRingEntry(2)];
const cli = await createTestCli(database, { POSTERN_KEYS: first });
const rotated = await createTestCli(database, { POSTERN_KEYS: `${first},${second}` });

const context = { row: 'x', kind: 'test', version: 0 };
async function addPractice(): Promise<{ id: string; sealed: Buffer }> {
  const more = ['--name', 'Cedar Dental', '--time-zone', 'America/Denver'];
  const id = (await cli.ask('practice add', { more })).practiceId;
  return { id, sealed: await withVault(cli, (vault, tx) => vault.seal(tx, id, context, 'kept'), id) };
}
async function withVault<T>(
  of: typeof cli,
  work: (
    vault: Awaited<ReturnType<typeof openCore>>['scheduling']['vault'],
    tx: Parameters<Parameters<typeof database.database.withPractice>[1]>[0],
  ) => Promise<T>,
  id: string,
): Promise<T> {
  const core = await openCore(of.config, await keyRingOf(of.config), () => {}, world);
  try {
    return await core.database.withPractice(id, (tx) => work(core.scheduling.vault, tx));
  } finally {
    await core.close();
  }
}
const opened = (of: typeof cli, { id, sealed }: { id: string; sealed: Buffer }) =>
  withVault(of, async (vault, tx) => (await vault.open(tx, id, context, sealed)).reveal(), id);
const actions = async (id: string) =>
  (
    await database.asOwner(
      "select action || ' ' || outcome as what from audit_event where practice_id = $1 and action like 'vault.%' order by seq",
      [id],
    )
  ).rows.map(({ what }) => what);

test('the status tells what is behind the ring, and a rotation wraps it anew', async () => {
  const practice = await addPractice();
  assert.equal((await cli.ask('vault status')).behind, 0);
  const before = await rotated.ask(`vault status --practice ${practice.id}`);
  assert.deepEqual([before.current, before.behind, before.keys.length], [2, 2, 2]);
  assert.match((await rotated.type('vault status')).out, / behind$/m);

  const result = await rotated.ask('vault rotate-kek');
  assert.ok(result.keys >= 2);
  assert.deepEqual(result.failed, []);
  assert.equal((await rotated.ask('vault status')).behind, 0);
  assert.equal(await opened(rotated, practice), 'kept');
  assert.deepEqual(await actions(practice.id), ['vault.rotate pending', 'vault.rotate success']);
  // The control: without the newest key of the ring it does not open any more.
  await assert.rejects(opened(cli, practice), { reason: 'unknown-kek' });
  assert.ok(!rotated.transcript.join().includes(second.slice(2, 12)));
});

test('a key that does not unwrap is named, with exit code 1', async () => {
  const practice = await addPractice();
  await database.asOwner(
    `update practice_key set wrapped = set_byte(wrapped, 5, get_byte(wrapped, 5) # 1) where practice_id = '${practice.id}'`,
  );
  const { code, out } = await rotated.type('vault rotate-kek');
  assert.equal(code, 1);
  assert.match(out, new RegExp(`Not unwrapped: ${practice.id}`));
  assert.deepEqual(await actions(practice.id), ['vault.rotate pending', 'vault.rotate failed']);
  await database.asOwner(`delete from practice_key where practice_id = '${practice.id}'`);
});

test('a practice gets a new data key and still opens what it has', async () => {
  const practice = await addPractice();
  const { dekId } = await cli.ask(`vault rotate-dek --practice ${practice.id}`);
  const { keys } = await cli.ask(`vault status --practice ${practice.id}`);
  assert.ok(
    keys.some((key: { dekId: string; generation: number }) => key.dekId === dekId && key.generation === 2),
  );
  assert.equal(await opened(cli, practice), 'kept');
  assert.deepEqual(await actions(practice.id), ['vault.rotate success']);
});

test('the status tells how many values are left to be sealed anew', async () => {
  const { id } = await addPractice();
  const patient = { row: 'p1', kind: 'emr-id', version: 0 };
  const emrId = await withVault(cli, (vault, tx) => vault.seal(tx, id, patient, '3051'), id);
  await database.asOwner(
    "insert into patient_link (practice_id, patient_id, connection_id, emr_id, emr_id_index) values ($1, 'p1', gen_random_uuid(), $2, '')",
    [id, emrId],
  );
  assert.equal((await cli.ask(`vault status --practice ${id}`)).left, 0);
  await cli.ask(`vault rotate-dek --practice ${id}`);
  const { left, keys } = await cli.ask(`vault status --practice ${id}`);
  assert.equal(left, 1);
  const values = keys.flatMap((key: { purpose: string; values?: number }) =>
    key.purpose === 'seal' ? [key.values] : [],
  );
  assert.deepEqual(values, [1, 0]);
  assert.match((await cli.type('vault status')).out, /Values still to be sealed anew: \d+\./);

  // The gateway's job, two minutes later.
  const core = await openCore(cli.config, await keyRingOf(cli.config), () => {}, later(121_000));
  await resealOldValues(core.scheduling, cli.config.tokenSpillDir).run();
  await core.close();
  assert.equal((await cli.ask(`vault status --practice ${id}`)).left, 0);
  const much = await openCore(cli.config, await keyRingOf(cli.config), () => {}, later(721_000));
  await resealOldValues(much.scheduling, cli.config.tokenSpillDir).run();
  await much.close();
  const after = await cli.ask(`vault status --practice ${id}`);
  assert.deepEqual(
    after.keys.flatMap((key: { purpose: string; destroyed: boolean }) =>
      key.purpose === 'seal' ? [key.destroyed] : [],
    ),
    [true, false],
  );
  assert.deepEqual(await actions(id), ['vault.rotate success', 'vault.rotate success']);
});

/** The same world, so many milliseconds on. */
function later(ms: number): World {
  return { ...world, clock: { ...world.clock, now: () => Date.now() + ms } };
}

test('the status counts tokens by state, and what waits on this machine’s disk', async () => {
  const { id } = await addPractice();
  const other = await addPractice();
  for (const [state, sealed] of [
    ['active', 'x'],
    ['active', 'x'],
    ['needs_reconsent', null],
    ['revoked', null],
  ] as const)
    await database.asOwner(
      `insert into token (practice_id, connection_id, grant_epoch, token_version, state, authorization_server, at_ct,
         at_issued_at, at_expires_at, granted_scopes, created_at, updated_at)
       values ($1, gen_random_uuid(), 1, 1, $2, 'x', $3, now(), now(), '{}', now(), now())`,
      [id, state, sealed],
    );
  await mkdir(cli.config.tokenSpillDir, { recursive: true });
  const file = join(cli.config.tokenSpillDir, `elsewhere_1_${randomUUID()}.spill`);
  const line = {
    practice: id,
    connection: randomUUID(),
    version: 2,
    attempt: randomUUID(),
    sealed: Buffer.from('x'),
  };
  await writeFile(file, `${lineOf(line)}\nhalf a li`);
  const { tokens, unreadable } = await cli.ask('vault status');
  assert.deepEqual(
    tokens.filter(({ practiceId }: { practiceId: string }) => practiceId === id || practiceId === other.id),
    [{ practiceId: id, active: 2, needs_reconsent: 1, revoked: 1, waiting: 1 }],
  );
  assert.equal(unreadable, 1);
  const { out } = await cli.type(`vault status --practice ${id}`);
  assert.match(out, /ACTIVE +NEEDS CONSENT +DISCONNECTED +WAITING ON THIS DISK/);
  assert.match(out, /that cannot be read: 1\. Their files stay there\./);
  await rm(file);
});

test('keys are not erased while an EMR honours a grant, which only its tokens take back', async () => {
  const { id } = await addPractice();
  const connection = randomUUID();
  await database.asOwner(
    `insert into token (practice_id, connection_id, grant_epoch, token_version, state, authorization_server, at_ct,
       at_issued_at, at_expires_at, granted_scopes, created_at, updated_at)
     values ($1, $2, 1, 1, 'active', 'x', 'x', now(), now(), '{}', now(), now())`,
    [id, connection],
  );
  await cli.type(`practice disable --practice ${id}`);
  const erase = `vault erase --practice ${id} --confirm ${id}`;
  const { code, err } = await cli.type(erase);
  assert.equal(code, 1);
  assert.match(err, /Disconnect first/);
  const { keys } = await cli.ask(`vault status --practice ${id}`);
  assert.ok(keys.every(({ destroyed }: { destroyed: boolean }) => !destroyed));
  await database.asOwner("update token set state = 'revoked', at_ct = null where connection_id = $1", [
    connection,
  ]);
  assert.equal((await cli.type(erase)).code, 0);
});

test('keys are erased only for a disabled practice whose id was typed again', async () => {
  const practice = await addPractice();
  const { id } = practice;
  const other = await addPractice();
  const erase = (confirm: string) => cli.type(`vault erase --practice ${id} --confirm ${confirm}`);

  assert.equal((await cli.type(`vault erase --practice ${id}`)).code, 2);
  const mistyped = await erase(other.id);
  assert.equal(mistyped.code, 2);
  assert.match(mistyped.err, /Nothing was erased/);
  assert.match((await erase(id)).err, /Disable the practice first/);
  assert.equal(await opened(cli, practice), 'kept');

  await cli.type(`practice disable --practice ${id}`);
  assert.equal((await erase(id)).code, 0);
  await assert.rejects(opened(cli, practice), { reason: 'erased' });
  assert.match((await cli.type(`vault status --practice ${id}`)).out, / destroyed$/m);
  assert.match(
    (await cli.type(`vault rotate-dek --practice ${id}`)).err,
    /keys of this practice were destroyed/,
  );
  assert.equal(await opened(cli, other), 'kept');
  assert.deepEqual(await actions(id), ['vault.erase refused', 'vault.erase success', 'vault.rotate failed']);
});
