import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import pg from 'pg';
import { createTestDatabase } from '#test/database.ts';
import { catalogFaults, catalogRules, intendedPrivileges } from './catalog.ts';

const { database, ownerUrl } = await createTestDatabase();
const owner = new pg.Client({ connectionString: ownerUrl });
await owner.connect();
owner.on('error', () => {}); // the database goes first when the file ends
after(() => owner.end());
const ask = (sql: string) => owner.query<Record<string, string>>(sql);

/** The faults of the catalog as `sql` would leave it; nothing of it stays. */
async function faultsAfter(sql: string): Promise<string[]> {
  await ask('begin');
  try {
    await ask("select set_config('search_path', 'postern, public', true)");
    await ask(sql);
    return await catalogFaults(ask);
  } finally {
    await ask('rollback');
  }
}

test('the migrated catalog keeps every rule', async () =>
  assert.deepEqual(await faultsAfter('select 1'), []));

test('every table is in the list of privileges, and no other', async () => {
  const { rows } = await ask("select tablename from pg_tables where schemaname = 'postern' order by 1");
  assert.deepEqual(
    rows.map((row) => row.tablename),
    Object.keys(intendedPrivileges).sort(),
  );
});

const comment = "'phi:none; retention:life; purpose:planted'";
const table = `create table planted (practice_id uuid primary key);
  comment on column planted.practice_id is ${comment};`;
const wall = 'alter table planted enable row level security; alter table planted force row level security;';
const policy =
  'create policy p on planted using (practice_id = current_practice()) with check (practice_id = current_practice());';
const definer = 'language sql security definer';

const planted: readonly (readonly [rule: string, what: string, sql: string, object: string])[] = [
  ['walled', 'a table without row-level security', table + policy, 'planted'],
  [
    'walled',
    'a table whose owner is let through',
    `${table}${policy} alter table planted enable row level security;`,
    'planted',
  ],
  ['walled', 'a wall taken down', 'alter table claim disable row level security', 'claim'],
  ['policy-of-practice', 'a table without a policy', table + wall, 'planted'],
  [
    'policy-of-practice',
    'a policy that does not check what is written',
    `${table}${wall} create policy p on planted using (practice_id = current_practice());`,
    'planted',
  ],
  [
    'policy-of-practice',
    'a policy that lets nobody’s rows be seen by everybody',
    `${table}${wall} create policy p on planted using (practice_id = current_practice() or current_practice() is null) with check (practice_id = current_practice());`,
    'planted',
  ],
  ['no-other-policy', 'a second policy', 'create policy p on claim for select using (true)', 'claim.p'],
  [
    'no-other-policy',
    'a policy by which dispatch writes',
    'create policy p on claim for update to postern_dispatch using (true)',
    'claim.p',
  ],
  [
    'keyed-practice-first',
    'a key that begins with something else',
    `create table planted (id uuid, practice_id uuid, primary key (id, practice_id)); ${wall}${policy}`,
    'planted_pkey',
  ],
  [
    'keyed-practice-first',
    'a unique index over all practices',
    'create unique index planted on visit_type (code)',
    'planted',
  ],
  [
    'keyed-practice-first',
    'a table without a key',
    `create table planted (practice_id uuid); ${wall}${policy}`,
    'planted',
  ],
  [
    'columns-explain-themselves',
    'a column without a comment',
    'alter table claim add planted text',
    'claim.planted',
  ],
  [
    'columns-explain-themselves',
    'a comment of no class',
    "comment on column claim.owner_id is 'the owner'",
    'claim.owner_id',
  ],
  [
    'columns-explain-themselves',
    'a comment without retention',
    "comment on column claim.owner_id is 'phi:none; purpose:x'",
    'claim.owner_id',
  ],
  [
    'sealed',
    'patient data in the clear',
    "alter table claim add planted text; comment on column claim.planted is 'phi:phi; retention:x; purpose:x'",
    'claim.planted',
  ],
  [
    'sealed',
    'a secret in the clear',
    "alter table agent add planted jsonb; comment on column agent.planted is 'phi:secret; retention:x; purpose:x'",
    'agent.planted',
  ],
  [
    'no-patients-without-a-practice',
    'a patient outside every wall',
    "alter table rate_limit add planted text; comment on column rate_limit.planted is 'phi:pseudonym; retention:x; purpose:x'",
    'rate_limit.planted',
  ],
  [
    'definer-functions-are-pinned',
    'a search path that the caller chooses',
    `create function planted() returns integer ${definer} as 'select 1'`,
    'planted()',
  ],
  [
    'definer-functions-are-pinned',
    'a search path that begins elsewhere',
    `create function planted() returns integer ${definer} set search_path = public, postern as 'select 1'`,
    'planted()',
  ],
  [
    'definer-functions-are-not-public',
    'a function for everybody',
    `create function planted() returns integer ${definer} set search_path = postern, pg_temp as 'select 1'`,
    'planted()',
  ],
  [
    'definer-functions-give-out-ids',
    'a function of the owner',
    `create function planted() returns table (practice_id uuid) ${definer} as 'select practice_id from postern.practice'`,
    'planted()',
  ],
  [
    'definer-functions-give-out-ids',
    'a function that gives out names',
    `create function planted() returns table (practice_id uuid, name text) ${definer} as 'select practice_id, name from postern.practice';
     grant create on schema postern to postern_dispatch; alter function planted() owner to postern_dispatch; revoke create on schema postern from postern_dispatch`,
    'planted()',
  ],
  [
    'no-star-in-a-function',
    'a function that reads every column',
    "create function planted() returns setof postern.practice language sql as 'select * from postern.practice'",
    'planted()',
  ],
  ['nothing-but-tables', 'a view', 'create view planted as select practice_id from practice', 'planted'],
  [
    'no-table-elsewhere',
    'a table in another schema',
    'create table public.planted (id integer)',
    'public.planted',
  ],
  ['owner-owns', 'a table of the application', 'alter table claim owner to postern_app', 'claim'],
  [
    'roles-are-small',
    'an application that walks past the wall',
    'alter role postern_app bypassrls',
    'postern_app',
  ],
  [
    'roles-are-small',
    'a dispatcher that logs in',
    'alter role postern_dispatch login',
    'postern_dispatch may log in',
  ],
  [
    'roles-are-small',
    'an application that can become the dispatcher',
    'grant postern_dispatch to postern_app',
    'postern_app is a member of postern_dispatch',
  ],
  [
    'no-schema-to-write-in',
    'a schema everybody may write in',
    'grant create on schema public to public',
    'public to public',
  ],
  [
    'no-schema-to-write-in',
    'an application that makes tables',
    'grant create on schema postern to postern_app',
    'postern to postern_app',
  ],
  ['granted-to-nobody-else', 'a table for everybody', 'grant select on claim to public', 'claim to public'],
  [
    'granted-to-nobody-else',
    'a column for everybody',
    'grant select (owner_id) on claim to public',
    'claim to public',
  ],
  [
    'dispatch-only-looks',
    'a dispatcher that reads a whole table',
    'grant select on claim to postern_dispatch',
    'claim select',
  ],
  [
    'dispatch-only-looks',
    'a dispatcher that reads patients',
    'grant select (patient) on booking_intent to postern_dispatch',
    'booking_intent.patient select',
  ],
  [
    'dispatch-only-looks',
    'a dispatcher that writes',
    'grant update (confirmed) on claim to postern_dispatch',
    'claim.confirmed update',
  ],
  ['privileges', 'an audit that can be deleted', 'grant delete on audit_event to postern_app', 'audit_event'],
  ['privileges', 'an audit that can be changed', 'grant update on audit_event to postern_app', 'audit_event'],
  [
    'privileges',
    'an audit that can be emptied',
    'grant truncate on audit_event to postern_app',
    'audit_event',
  ],
  [
    'privileges',
    'an attempt that can be rewritten',
    'grant update (marker) on booking_attempt to postern_app',
    'booking_attempt',
  ],
  ['privileges', 'a table that nobody thought about', table + wall + policy, 'planted'],
];
for (const [rule, what, sql, object] of planted) {
  test(`${rule} names ${what}`, async () => {
    const faults = await faultsAfter(sql);
    assert.ok(
      faults.some((fault) => fault.startsWith(`${rule}: ${object}: `)),
      faults.join('\n') || 'no fault was found',
    );
  });
}

test('every rule has something here that breaks it', () => {
  assert.deepEqual(
    new Set(planted.map(([rule]) => rule)),
    new Set([...catalogRules.map((rule) => rule.name), 'privileges']),
  );
});

const ways = [
  [
    'withPractice',
    (sql: string) => database.withPractice('01900000-0000-7000-8000-000000000001', (tx) => tx.raw(sql)),
  ],
  ['withoutPractice', (sql: string) => database.withoutPractice((tx) => tx.raw(sql))],
] as const;
for (const [name, run] of ways) {
  test(`${name} runs as postern_app and leaves nothing of it to the next`, async () => {
    const { rows } = await run("select current_user::text as role, current_setting('search_path') as path");
    assert.deepEqual(rows, [{ role: 'postern_app', path: 'postern, public' }]);
    await assert.rejects(run('create table planted (id integer)'), { code: '42501' });
    await assert.rejects(run('delete from audit_event'), { code: '42501' });
    await assert.rejects(run('truncate claim'), { code: '42501' });
    await assert.rejects(run('alter table claim disable row level security'), { code: '42501' });
    const after = await run("select coalesce(current_setting('postern.practice', true), '') as practice");
    assert.match(after.rows[0].practice, name === 'withPractice' ? /^01900000-/ : /^$/);
  });
}
