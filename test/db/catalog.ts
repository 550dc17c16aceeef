/**
 * What the catalog of a migrated database has to look like, as questions that find what is wrong. Each query gives rows
 * with one text, the object at fault. Nothing newer than PostgreSQL 15.
 */
export interface CatalogRule {
  readonly name: string;
  readonly sql: string;
  /** What to do instead. */
  readonly say: string;
}

/** Tables that belong to no practice, and why. Everything else is walled. */
export const ofNoPractice = {
  application_budget: 'what an EMR lets one client id ask, over all practices that installed it',
  oauth_registration: 'who we are at an authorization server, for every practice that connects there',
  oauth_registration_act: 'what people did to a registration, and why',
  operator_action: 'operators work over practices',
  rate_limit: 'counts by network address, before anyone is known',
  signing_key: 'signs the tokens of all agents',
  webhook: 'the secret of an application, which an EMR has one of for all its practices',
  webhook_delivery: 'hashes of deliveries seen once, before the practice is known',
  used_assertion: 'hashes of assertions seen once, before the agent is known',
  schema_migration: 'knex keeps it',
  schema_migration_lock: 'knex keeps it',
} as const;

/** All that the application may do to each table; `some` where only to certain columns (test/db/schema.sql names them). */
export const intendedPrivileges: Readonly<Record<string, string>> = {
  agent: 'insert select update',
  application_budget: 'insert select, update some',
  appointment_link: 'insert select, update some',
  audit_event: 'insert some, select',
  audit_head: 'select',
  authorization_request: 'delete insert select, update some',
  base_approval: 'delete insert select, update some',
  booking_attempt: 'insert select',
  booking_intent: 'insert select update',
  change_feed: 'insert select, update some',
  change_hint: 'delete insert select, update some',
  claim: 'delete insert select update',
  connect_link: 'delete insert select, update some',
  connection: 'insert select update',
  consent: 'insert select, update some',
  directory_entry: 'insert select update',
  hold: 'delete insert select update',
  oauth_registration: 'insert select, update some',
  oauth_registration_act: 'insert select',
  opening: 'delete insert select update',
  operator_action: 'insert select',
  outbox: 'insert select update',
  patient_link: 'insert select, update some',
  practice: 'insert select update',
  practice_key: 'insert select, update some',
  queue_entry: 'insert select update',
  rate_limit: 'delete insert select update',
  refresh_attempt: 'insert select',
  request_key: 'delete insert select',
  schema_migration: '',
  schema_migration_lock: '',
  signing_key: 'insert select, update some',
  token: 'insert select update',
  used_assertion: 'delete insert select',
  visit_type: 'delete insert select update',
  webhook: 'insert select, update some',
  webhook_delivery: 'delete insert select',
  wider_grant: 'insert select',
};

const list = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');
const open = list(Object.keys(ofNoPractice));
const relations = (where: string): string =>
  `(select c.* from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'postern' and ${where}) c`;
const tables = relations("c.relkind in ('r', 'p')");
const walled = relations(`c.relkind in ('r', 'p') and c.relname not in (${open})`);
const functions = `(select p.* from pg_proc p join pg_namespace n on n.oid = p.pronamespace where n.nspname = 'postern') p`;
const columns = `${relations("c.relkind in ('r', 'p') and c.relname not in ('schema_migration', 'schema_migration_lock')")}
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped`;
const own = `replace(pg_get_expr(%, y.polrelid), 'postern.', '') = '(practice_id = current_practice())'`;
const ofPractice = `y.polcmd = '*' and y.polpermissive and ${own.replace('%', 'y.polqual')} and ${own.replace('%', 'y.polwithcheck')}`;

export const catalogRules: readonly CatalogRule[] = [
  {
    name: 'walled',
    sql: `select c.relname as object from ${walled} where not (c.relrowsecurity and c.relforcerowsecurity)`,
    say: 'alter table … enable row level security; alter table … force row level security.',
  },
  {
    name: 'policy-of-practice',
    sql: `select c.relname as object from ${walled}
      where not exists (select from pg_policy y where y.polrelid = c.oid and ${ofPractice})`,
    say: 'create policy … using (practice_id = current_practice()) with check (practice_id = current_practice()).',
  },
  {
    name: 'no-other-policy',
    sql: `select c.relname || '.' || y.polname as object from pg_policy y join ${tables} on c.oid = y.polrelid
      where not (${ofPractice}) and not (y.polcmd = 'r' and y.polroles = array(select oid from pg_roles where rolname = 'postern_dispatch'))`,
    say: 'Policies add up, so a second one opens the wall. Only postern_dispatch has one of its own, for select.',
  },
  {
    name: 'keyed-practice-first',
    sql: `select i.indexrelid::regclass::text as object from ${walled} join pg_index i on i.indrelid = c.oid
      where (i.indisunique or i.indisexclusion) and i.indexrelid::regclass::text !~ '^(postern\\.)?agent_client_id_key$'
        and not exists (select from pg_attribute a where a.attrelid = c.oid and a.attnum = i.indkey[0] and a.attname = 'practice_id')
      union all
      select c.relname from ${walled} where not exists (
        select from pg_index i where i.indrelid = c.oid and (i.indisprimary or i.indisexclusion))`,
    say: 'Lead the key with practice_id: it shards by it, and a key over practices tells one about another. (A client_id is known before its practice.)',
  },
  {
    name: 'columns-explain-themselves',
    sql: `select c.relname || '.' || a.attname as object from ${columns}
      where coalesce(col_description(c.oid, a.attnum), '') !~ '^phi:(none|pseudonym|phi|secret); retention:[^;]+; purpose:.+$'`,
    say: "comment on column … is 'phi:none|pseudonym|phi|secret; retention:…; purpose:…'.",
  },
  {
    name: 'sealed',
    sql: `select c.relname || '.' || a.attname as object from ${columns}
      where col_description(c.oid, a.attnum) ~ '^phi:(phi|secret);' and a.atttypid <> 'bytea'::regtype`,
    say: 'What is phi or secret is stored sealed or as a keyed hash: bytea.',
  },
  {
    name: 'no-patients-without-a-practice',
    sql: `select c.relname || '.' || a.attname as object from ${columns}
      where c.relname in (${open}) and col_description(c.oid, a.attnum) ~ '^phi:(phi|pseudonym);'`,
    say: 'A table of no practice is behind no wall. Key it by practice, or leave the patient out.',
  },
  {
    name: 'definer-functions-are-pinned',
    sql: `select p.oid::regprocedure::text as object from ${functions}
      where p.prosecdef and not coalesce(p.proconfig, '{}') @> array['search_path=postern, pg_temp']`,
    say: 'security definer set search_path = postern, pg_temp.',
  },
  {
    name: 'definer-functions-are-not-public',
    sql: `select p.oid::regprocedure::text as object from ${functions}, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g
      where p.prosecdef and g.grantee = 0`,
    say: 'revoke execute on function … from public; grant it to postern_app if the application calls it.',
  },
  {
    name: 'definer-functions-give-out-ids',
    sql: `select p.oid::regprocedure::text as object from ${functions}
      where p.prosecdef and p.prorettype <> 'trigger'::regtype and (
        p.proowner <> (select oid from pg_roles where rolname = 'postern_dispatch')
        or p.proargnames is null
        or exists (select from unnest(p.proargmodes, p.proargnames) as x(mode, name) where x.mode = 't' and x.name !~ '(^|_)(id|seq)$'))`,
    say: 'A function that looks over practices belongs to postern_dispatch and returns a table of ids, or yes or no.',
  },
  {
    name: 'no-star-in-a-function',
    sql: `select p.oid::regprocedure::text as object from ${functions}
      where p.prosrc ~* '\\m(select|returning)\\s+([a-z_]+\\.)?\\*'`,
    say: 'Name the columns.',
  },
  {
    name: 'nothing-but-tables',
    sql: `select c.relname as object from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname = 'postern' and c.relkind in ('v', 'm', 'f')`,
    say: 'A view runs as its owner and walks past row-level security. Ask the tables.',
  },
  {
    name: 'no-table-elsewhere',
    sql: `select n.nspname || '.' || c.relname as object from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('postern', 'boss', 'information_schema') and n.nspname !~ '^pg_'`,
    say: 'Tables live in schema postern, where these rules hold.',
  },
  {
    name: 'owner-owns',
    sql: `select c.relname as object from ${tables} join pg_roles r on r.oid = c.relowner where r.rolname in ('postern_app', 'postern_dispatch')`,
    say: 'An owner can switch its own wall off. Tables belong to the one who migrates.',
  },
  {
    name: 'roles-are-small',
    sql: `select r.rolname as object from pg_roles r where r.rolname in ('postern_app', 'postern_dispatch')
        and (r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication)
      union all select 'postern_dispatch may log in' from pg_roles where rolname = 'postern_dispatch' and rolcanlogin
      union all select 'postern_app is a member of ' || r.rolname from pg_auth_members m join pg_roles r on r.oid = m.roleid
        where m.member = (select oid from pg_roles where rolname = 'postern_app')`,
    say: 'postern_app works behind the wall, postern_dispatch only owns functions; neither may more.',
  },
  {
    name: 'no-schema-to-write-in',
    sql: `select n.nspname || ' to ' || case when g.grantee = 0 then 'public' else g.grantee::regrole::text end as object
      from pg_namespace n, aclexplode(n.nspacl) g left join pg_roles r on r.oid = g.grantee
      where g.privilege_type = 'CREATE' and n.nspname !~ '^pg_' and (g.grantee = 0 or r.rolname in ('postern_app', 'postern_dispatch'))`,
    say: 'revoke create on schema … : who can make a function in a schema on the search path can take over a query.',
  },
  {
    name: 'granted-to-nobody-else',
    sql: `select distinct c.relname || ' to ' || case when g.grantee = 0 then 'public' else g.grantee::regrole::text end as object
      from ${tables} left join pg_attribute a on a.attrelid = c.oid,
        lateral (select * from aclexplode(c.relacl) union select * from aclexplode(a.attacl)) g
      where g.grantee <> c.relowner and g.grantee not in (select oid from pg_roles where rolname in ('postern_app', 'postern_dispatch'))`,
    say: 'Only the two roles of Postern get anything.',
  },
  {
    name: 'dispatch-only-looks',
    sql: `select c.relname || ' ' || lower(g.privilege_type) as object from ${tables}, aclexplode(c.relacl) g
        where g.grantee = (select oid from pg_roles where rolname = 'postern_dispatch')
      union all
      select c.relname || '.' || a.attname || ' ' || lower(g.privilege_type) from ${columns}, aclexplode(a.attacl) g
        where g.grantee = (select oid from pg_roles where rolname = 'postern_dispatch')
          and (g.privilege_type <> 'SELECT' or coalesce(col_description(c.oid, a.attnum), '') !~ '^phi:none;')`,
    say: 'grant select (columns) … to postern_dispatch: single columns without a patient in them, never a whole table.',
  },
];

/** `table → privileges` of the application, in the words of {@link intendedPrivileges}. */
export const privilegesOfApplication = `
  select c.relname as name, coalesce((
    select string_agg(lower(p), ' ' order by p) from unnest(array['DELETE','INSERT','REFERENCES','SELECT','TRIGGER','TRUNCATE','UPDATE']) p
    where has_table_privilege('postern_app', c.oid, p)), '') as whole, coalesce((
    select string_agg(lower(p) || ' some', ', ' order by p) from unnest(array['INSERT','REFERENCES','SELECT','UPDATE']) p
    where has_any_column_privilege('postern_app', c.oid, p) and not has_table_privilege('postern_app', c.oid, p)), '') as some
  from ${tables} order by 1`;

type Ask = (sql: string) => Promise<{ rows: readonly Record<string, string>[] }>;

/** Everything wrong with the catalog, as `rule: object: what to do instead`. */
export async function catalogFaults(ask: Ask): Promise<string[]> {
  const faults: string[] = [];
  for (const { name, sql, say } of catalogRules) {
    const { rows } = await ask(sql);
    faults.push(...rows.map((row) => `${name}: ${row.object}: ${say}`));
  }
  const { rows } = await ask(privilegesOfApplication);
  for (const { name = '', whole, some } of rows) {
    const granted = order([whole, some]);
    const intended = intendedPrivileges[name];
    if (intended === undefined || order([intended]) !== granted)
      faults.push(
        `privileges: ${name}: postern_app has "${granted}", intended is "${intended ?? 'nothing yet'}". Grant less, or say so in test/db/catalog.ts.`,
      );
  }
  return faults;
}

/** `delete insert, update some` in one order. */
function order(parts: readonly (string | undefined)[]): string {
  return parts
    .flatMap((part) => part?.match(/[a-z]+( some)?/g) ?? [])
    .sort()
    .join(', ');
}
