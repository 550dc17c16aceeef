import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseError } from '#store/database.ts';
import { createTestDatabase, onServer } from '#test/database.ts';
import { seeded } from '#test/random.ts';
import { literal, practices, randomStatement, type Table } from './random-sql.ts';

/**
 * Random SQL as fifty practices, none of it filtered by practice: what the application would do if all its filters were
 * forgotten. RLS_QUERIES sets how many statements, RLS_SEED repeats a run that one worker made.
 */
const queries = Number(process.env.RLS_QUERIES ?? (onServer ? 100_000 : 4_000));
const workers = onServer ? 4 : 1;
const deadlockDetected = '40P01';
const seed = Number(process.env.RLS_SEED ?? Date.now() % 1_000_000);

const { database, asOwner } = await createTestDatabase();
const tables = await readTables();
await fill();

test(`${queries} random statements as 50 practices meet no foreign row (seed ${seed})`, async (t) => {
  const { statements, rows, foreign } = await attack(seed, queries);
  assert.equal(foreign, undefined);
  assert.ok(statements >= queries);
  assert.ok(rows > statements / 2, `only ${rows} rows were seen at all`);
  t.diagnostic(`${statements} statements on ${tables.length} tables saw ${rows} rows`);
});

const holes: readonly (readonly [what: string, open: string, close: string])[] = [
  [
    'a table without row-level security',
    'alter table hold disable row level security',
    'alter table hold enable row level security',
  ],
  [
    'a second policy',
    'create policy hole on opening using (true) with check (true)',
    'drop policy hole on opening',
  ],
  [
    'a policy that does not check what is written',
    'create policy hole on claim for update using (practice_id = current_practice()) with check (true)',
    'drop policy hole on claim',
  ],
];
for (const [what, open, close] of holes) {
  test(`${what} is found (seed ${seed})`, async () => {
    await asOwner(open);
    try {
      assert.ok((await attack(seed, 3_000)).foreign);
    } finally {
      await asOwner(close);
    }
  });
}

interface Outcome {
  readonly statements: number;
  readonly rows: number;
  /** The first statement that met a row of another practice, and as whom. */
  readonly foreign: string | undefined;
}

/**
 * Stops at the first foreign row. Every transaction is rolled back. Each worker has practices of its own, so two workers
 * that wait for each other's rows have met foreign ones.
 */
async function attack(seed: number, count: number): Promise<Outcome> {
  let statements = 0;
  let rows = 0;
  let foreign: string | undefined;
  const worker = async (number: number): Promise<void> => {
    const random = seeded(seed + number);
    const mine = practices.filter((_, index) => index % workers === number);
    while (statements < count && foreign === undefined) {
      const own = random.next() < 0.02 ? '' : random.pick(mine);
      const batch = Array.from({ length: 25 }, () => randomStatement(random, tables, own));
      statements += batch.length;
      const outcome = await runBatch(own, batch);
      rows += outcome.rows;
      foreign ??= outcome.foreign;
    }
  };
  await Promise.all(Array.from({ length: workers }, (_, number) => worker(number)));
  return { statements, rows, foreign };
}

class RolledBack extends Error {}

async function runBatch(own: string, batch: readonly string[]): Promise<{ rows: number; foreign?: string }> {
  let rows = 0;
  let foreign: string | undefined;
  const open = own === '' ? database.withoutPractice : database.withPractice.bind(database, own);
  try {
    await open(async (tx) => {
      const results: { rows: Record<string, string | null>[] }[] = await tx.raw(batch.join(';\n'));
      for (const [index, result] of results.entries()) {
        const seen = result.rows.flatMap((row) => Object.values(row)).filter((id) => id !== null);
        rows += seen.length;
        if (seen.some((id) => id !== own)) foreign ??= `as ${own || 'nobody'}: ${batch[index]}`;
      }
      throw new RolledBack();
    });
  } catch (error) {
    const { code } = databaseError(error) ?? {};
    if (code === 'PF001' || code === deadlockDetected)
      foreign = `as ${own || 'nobody'}, one of: ${batch.join(';\n')}`;
    else if (!(error instanceof RolledBack)) throw error;
  }
  return foreign === undefined ? { rows } : { rows, foreign };
}

async function readTables(): Promise<Table[]> {
  const { rows } = await asOwner(`
    select c.relname as name, has_any_column_privilege('postern_app', c.oid, 'insert') as "mayInsert",
      has_table_privilege('postern_app', c.oid, 'delete') as "mayDelete",
      json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'updatable',
        has_column_privilege('postern_app', c.oid, a.attnum, 'update')) order by a.attnum) as columns
    from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid
    where n.nspname = 'postern' and c.relkind in ('r', 'p') and c.relrowsecurity
      and a.attnum > 0 and not a.attisdropped and a.attname <> 'practice_id'
    group by c.oid, c.relname order by c.relname`);
  return rows;
}

/** Three rows of each practice in each table; rules about values would only be in the way, and this database goes after. */
async function fill(): Promise<void> {
  const { rows } = await asOwner(`
    select conrelid::regclass::text as "table", quote_ident(conname) as name from pg_constraint
    where contype = 'c' and connamespace = 'postern'::regnamespace`);
  for (const { table, name } of rows) await asOwner(`alter table ${table} drop constraint ${name}`);
  for (const { name, columns } of tables) {
    await asOwner(`alter table ${name} disable trigger user`);
    const names = ['practice_id', ...columns.map((column) => column.name)];
    const values = (number: number) =>
      columns.map((column) =>
        column.name === 'client_id' ? `'client-${number}-' || p` : literal(column.type, number),
      );
    for (const number of [1, 2, 3])
      await asOwner(
        `insert into ${name} (${names.join(', ')}) select ${['p', ...values(number)].join(', ')} from unnest($1::uuid[]) p on conflict do nothing`,
        [practices],
      );
  }
}
