import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { openDatabase } from '#store/database.ts';
import { type SealedColumn, sealedColumns, sealedOtherwise } from '#store/sealed-columns.ts';
import { readOtherwiseSealed, writeResealed } from '#store/sealed-values.ts';
import { createTestDatabase, onServer } from '#test/database.ts';
import { dataKeyOf } from '#vault/envelope.ts';
import { newKeyRingEntry, parseKeyRing } from '#vault/key-ring.ts';
import { createVault, type PracticeVault, type Vault } from '#vault/practice-vault.ts';
import { createReseal } from '#vault/reseal.ts';
import { testRing, tokenWorld } from './token-process.ts';

const db = await createTestDatabase();
const world = tokenWorld(db);
const minute = 60_000;
const settle = 2 * minute;
const retire = 10 * minute;

/** A practice's vault with a clock of its own, and the job that ends rotations. */
function newPractice() {
  const at = { now: Date.now() };
  const practice = randomUUID();
  const clock = (): number => at.now;
  const process = (): Vault =>
    createVault({ keyRing: parseKeyRing(testRing), database: db.database, clock, random: randomBytes });
  const vault = process();
  const spilled = new Set<string>();
  const destroyed: string[] = [];
  const reseal = createReseal({
    database: db.database,
    vault,
    spilled: async () => spilled,
    destroyed: async (_tx, id, dekId) => {
      if (id === practice) destroyed.push(dekId);
    },
    clock,
  });
  const keys = (of = vault): Promise<PracticeVault> =>
    db.database.withPractice(practice, (tx) => of.forPractice(tx, practice));
  const rotate = (): Promise<string> =>
    db.database.withPractice(practice, (tx) => vault.rotateDek(tx, practice));
  return { at, practice, vault, process, reseal, spilled, destroyed, keys, rotate };
}

/** What a row of each table needs beside its sealed columns, so that all of them can be filled the same way. */
const rows: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  connection: { adapter: "'x'", kind: "'simulator'", origin: "'http://127.0.0.1:1'", secrets_version: '3' },
  token: {
    grant_epoch: '1',
    token_version: '5',
    state: "'active'",
    authorization_server: "'x'",
    at_issued_at: 'now()',
    at_expires_at: "now() + interval '1 hour'",
    prev_rt_until: 'now()',
    granted_scopes: "'{}'",
    created_at: 'now()',
    updated_at: 'now()',
  },
  patient_link: { connection_id: 'gen_random_uuid()', emr_id_index: 'sha256(random()::text::bytea)' },
  appointment_link: { connection_id: 'gen_random_uuid()', emr_id_index: 'sha256(random()::text::bytea)' },
  booking_intent: {
    kind: "'book'",
    agent_id: 'gen_random_uuid()',
    connection_id: 'gen_random_uuid()',
    phase: "'sending'",
    machine: "'{}'",
    version: '9',
  },
  authorization_request: {
    link_id: 'gen_random_uuid()',
    context: "'x'",
    state_hash: 'sha256(random()::text::bytea)',
    session_hash: 'sha256(random()::text::bytea)',
    scopes: "'{}'",
    settings: "'{}'",
    expires_at: 'now()',
    created_at: 'now()',
  },
  queue_entry: { intent_id: '$2', reason_code: "'x'" },
};
const versions: Readonly<Record<string, number>> = { secrets_version: 3, token_version: 5, version: 9 };

/** One row in every table with sealed columns, each value the name of its column. */
async function fill(practice: string, keys: PracticeVault): Promise<{ id: string; count: number }> {
  const id = randomUUID();
  for (const [table, columns] of Map.groupBy(sealedColumns, ({ table }) => table)) {
    const others = rows[table];
    assert.ok(others, `${table} is new here: say what a row of it needs`);
    const key = columns[0]?.key[0];
    assert.ok(key);
    const sealed = columns.map((column) => keys.seal(contextOf(column, id), `${table}.${column.column}`));
    const names = ['practice_id', key, ...Object.keys(others), ...columns.map(({ column }) => column)];
    const values = ['$1', '$2', ...Object.values(others), ...columns.map((_, at) => `$${at + 3}`)];
    await db.asOwner(`insert into ${table} (${names.join(', ')}) values (${values.join(', ')})`, [
      practice,
      id,
      ...sealed,
    ]);
  }
  return { id, count: sealedColumns.length };
}

function contextOf({ kind, version }: SealedColumn, id: string) {
  return { row: id, kind, version: version === 0 ? 0 : (versions[version] ?? assert.fail(version)) };
}

async function readAll(practice: string, id: string): Promise<{ column: SealedColumn; bytes: Buffer }[]> {
  return Promise.all(
    sealedColumns.map(async (column) => {
      const { rows } = await db.asOwner(
        `select ${column.column} as bytes from ${column.table} where practice_id = $1 and ${column.key[0]} = $2`,
        [practice, id],
      );
      return { column, bytes: rows[0].bytes };
    }),
  );
}

const livingKeys = async (practice: string): Promise<string[]> =>
  (
    await db.asOwner(
      "select dek_id from practice_key where practice_id = $1 and purpose = 'seal' and wrapped is not null order by generation",
      [practice],
    )
  ).rows.map(({ dek_id }) => dek_id);

test('a new data key reaches every value in every table, and then the old one is destroyed', async () => {
  const { at, practice, reseal, keys, rotate, process, destroyed } = newPractice();
  const { dekId: old } = await keys();
  const { id, count } = await fill(practice, await keys());
  const next = await rotate();
  await reseal.run();
  assert.ok(
    (await readAll(practice, id)).every(({ bytes }) => dataKeyOf(bytes) === old),
    'not yet in use',
  );

  at.now += settle;
  assert.equal((await reseal.run()).values, count);
  const opened = await keys(process());
  for (const { column, bytes } of await readAll(practice, id)) {
    assert.equal(dataKeyOf(bytes), next);
    assert.equal(
      opened.open(contextOf(column, id), bytes).reveal(),
      `${column.table}.${column.column}`,
      'it opens in its place, whose version has not moved',
    );
  }
  assert.deepEqual(await livingKeys(practice), [old, next], 'a late transaction may still need the old one');
  at.now += retire;
  assert.deepEqual(await reseal.run(), { values: 0, keysDestroyed: 1 });
  assert.deepEqual(await livingKeys(practice), [next]);
  assert.deepEqual(destroyed, [old]);
  assert.equal((await readAll(practice, id)).length, count);
  for (const { column, bytes } of await readAll(practice, id))
    assert.ok((await keys(process())).open(contextOf(column, id), bytes));
});

test('an old key with one value left is not destroyed, whatever its age', async () => {
  const { at, practice, reseal, keys, rotate, destroyed } = newPractice();
  const { id } = await fill(practice, await keys());
  const old = (await livingKeys(practice))[0] ?? '';
  await rotate();
  // Somebody spoiled it: it cannot be sealed anew, and nobody may take the key away from a person who looks into it.
  await db.asOwner(
    'update patient_link set emr_id = set_byte(emr_id, 40, get_byte(emr_id, 40) # 1) where patient_id = $1',
    [id],
  );
  at.now += settle + retire;
  await assert.rejects(reseal.run(), { reason: 'not-authentic' });
  await assert.rejects(reseal.run(), { reason: 'not-authentic' });
  assert.ok((await livingKeys(practice)).includes(old));
  assert.deepEqual(destroyed, []);
  await db.asOwner('delete from patient_link where practice_id = $1', [practice]);
  await reseal.run();
  assert.ok(!(await livingKeys(practice)).includes(old));
});

test('an old key stays while a journal on this machine may need it', async () => {
  const { at, practice, reseal, keys, rotate, spilled } = newPractice();
  await keys();
  await rotate();
  spilled.add(practice);
  at.now += settle + retire;
  await reseal.run();
  assert.equal((await livingKeys(practice)).length, 2);
  spilled.clear();
  await reseal.run();
  assert.equal((await livingKeys(practice)).length, 1);
});

test('a value that somebody wrote meanwhile is not replaced by the older one', async () => {
  const { practice, keys, at, rotate } = newPractice();
  const before = await keys();
  const { id } = await fill(practice, before);
  const next = await rotate();
  at.now += settle;
  const column = sealedColumns.find(({ table }) => table === 'patient_link') ?? assert.fail();
  await db.database.withPractice(practice, async (tx) => {
    const [value] = await readOtherwiseSealed(tx, practice, column, next, 10);
    assert.ok(value);
    const newer = before.seal(value.context, 'newer');
    await tx('patient_link').where({ patient_id: id }).update({ emr_id: newer });
    assert.equal(await writeResealed(tx, practice, column, value, Buffer.from('x')), false);
    const moved = { ...value, sealed: newer };
    const versioned = { ...column, version: 'version' };
    await assert.rejects(
      tx.transaction((inner) => writeResealed(inner, practice, versioned, moved, newer)),
      { code: '42703' },
      'the version is compared where there is one',
    );
  });
});

if (onServer) {
  // The embedded database runs one transaction at a time.
  test('a row that somebody holds is left for the next time', async () => {
    const { practice, keys, at, rotate, reseal } = newPractice();
    const { id } = await fill(practice, await keys());
    const next = await rotate();
    at.now += settle;
    const behind = async () =>
      (await readAll(practice, id))
        .filter(({ bytes }) => dataKeyOf(bytes) !== next)
        .map(({ column }) => column.table);
    const other = openDatabase({ url: db.url, kind: 'server', poolSize: 1 });
    await other.withPractice(practice, async (tx) => {
      await tx('token').where({ practice_id: practice }).forUpdate().select('connection_id');
      await reseal.run();
    });
    await other.close();
    assert.deepEqual(await behind(), ['token', 'token', 'token']);
    await reseal.run();
    assert.deepEqual(await behind(), []);
  });
}

test('data keys and key encryption keys are rotated under load without one failed call', async () => {
  const place = await world.newPlace('strict');
  const second = newKeyRingEntry(2);
  const ring = parseKeyRing(`${testRing},${second}`);
  const first = world.start(place);
  await place.consent(first);
  const processes = [0, 1, 2].map(() => world.start(place, { ring }));
  const [one] = processes;
  assert.ok(one);
  const reseal = createReseal({
    database: db.database,
    vault: one.vault,
    spilled: async () => new Set(),
    destroyed: async () => {},
    clock: () => place.now,
  });
  place.server.lifeSeconds = 300;
  const seen = new Set<string>();
  const used = new Set<string>();
  let calls = 0;
  let keysDestroyed = 0;
  for (let round = 0; round < 24; round++) {
    place.now += 150_000;
    const load = Promise.all(
      processes.map(async ({ tokens }) => {
        const { token } = await tokens.access(place.practice, place.connection);
        assert.ok(place.server.takes(token));
        calls += 1;
      }),
    );
    if (round % 6 === 0)
      await db.database.withPractice(place.practice, (tx) => one.vault.rotateDek(tx, place.practice));
    if (round === 10) await one.vault.rotateKek();
    keysDestroyed += (await reseal.run()).keysDestroyed;
    await load;
    const { at_ct, rt_ct } = await place.row();
    for (const bytes of [at_ct, rt_ct]) if (bytes) used.add(dataKeyOf(bytes));
    for (const key of await livingKeys(place.practice)) seen.add(key);
  }
  assert.equal(calls, 72);
  assert.ok(used.size >= 3, `${used.size} data keys were in use`);
  assert.ok(keysDestroyed >= 1, `${keysDestroyed} were destroyed meanwhile`);
  assert.equal(place.server.familiesEnded, 0);
  const alone = world.start(place, { ring: parseKeyRing(second) });
  assert.ok((await alone.tokens.access(place.practice, place.connection)).token, 'the old ring key may go');
});

const secretBytes = `
  select c.relname || '.' || a.attname as name from pg_class c
  join pg_namespace n on n.oid = c.relnamespace and n.nspname = 'postern'
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  where c.relkind in ('r', 'p') and a.atttypid = 'bytea'::regtype
    and col_description(c.oid, a.attnum) ~ '^phi:(phi|secret);' order by 1`;

async function unlisted(): Promise<string[]> {
  const listed = [
    ...sealedColumns.map(({ table, column }) => `${table}.${column}`),
    ...Object.keys(sealedOtherwise),
  ];
  const { rows } = await db.asOwner(secretBytes);
  return rows.map(({ name }) => name).filter((name) => !listed.includes(name));
}

test('every column of sealed bytes is in the list that a new data key goes by, or says what else protects it', async () => {
  assert.deepEqual(await unlisted(), []);
  const { rows } = await db.asOwner(secretBytes);
  const names = rows.map(({ name }) => name);
  for (const { table, column } of sealedColumns) assert.ok(names.includes(`${table}.${column}`), column);
  for (const name of Object.keys(sealedOtherwise)) assert.ok(names.includes(name), name);
});

test('a sealed column that a migration adds and nobody lists would be found', async () => {
  await db.asOwner('alter table claim add planted bytea');
  await db.asOwner("comment on column claim.planted is 'phi:phi; retention:x; purpose:planted'");
  assert.deepEqual(await unlisted(), ['claim.planted']);
  await db.asOwner('alter table claim drop column planted');
});
