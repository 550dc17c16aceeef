type Ask = (sql: string) => Promise<{ rows: readonly Record<string, string | null>[] }>;

/**
 * Schema `postern` as SQL that is read, not run: what a migration changes shows in the review of test/db/schema.sql.
 * The same text on every version of PostgreSQL from 15 and on the embedded database.
 */
export async function describeSchema(ask: Ask): Promise<string> {
  const tables = await ask(tableQuery);
  const functions = await ask(functionQuery);
  return [
    '-- Schema postern as the migrations leave it. Made by `npm run schema:dump`; a test compares.',
    ...tables.rows.map((row) => row.text),
    ...functions.rows.map((row) => row.text),
  ]
    .join('\n\n')
    .replaceAll(/(?<!')postern\./g, '')
    .concat('\n');
}

const lines = (parts: string): string =>
  `(select string_agg(line, e'\\n' order by place, line) from (${parts}) x)`;

const grants = (acl: string): string => `
  select case when g.grantee = 0 then 'public' else r.rolname end as grantee, lower(g.privilege_type) as privilege
  from aclexplode(${acl}) g left join pg_roles r on r.oid = g.grantee where g.grantee <> c.relowner`;

const tableQuery = `
  select concat_ws(e'\\n',
    'create table ' || c.relname || ' (',
    ${lines(`
      select a.attnum as place, concat_ws(' ', '  ' || a.attname, format_type(a.atttypid, a.atttypmod),
          case when a.attnotnull then 'not null' end, 'default ' || pg_get_expr(d.adbin, d.adrelid)) || ','
          || coalesce(' -- ' || col_description(c.oid, a.attnum), '') as line
        from pg_attribute a left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      union all
      select 10000, '  constraint ' || conname || ' ' || pg_get_constraintdef(oid) || ','
        from pg_constraint where conrelid = c.oid and contype <> 'n'`)},
    ');',
    ${lines(`
      select 1 as place, pg_get_indexdef(i.indexrelid) || ';' as line from pg_index i where i.indrelid = c.oid
        and not exists (select from pg_constraint where conindid = i.indexrelid)
      union all
      select 2, 'alter table ' || c.relname || ' enable row level security;' where c.relrowsecurity
      union all
      select 3, 'alter table ' || c.relname || ' force row level security;' where c.relforcerowsecurity
      union all
      select 4, concat_ws(' ', 'create policy', y.polname, 'on', c.relname,
          case when not y.polpermissive then 'as restrictive' end,
          'for ' || case y.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
          'to ' || coalesce((select string_agg(rolname, ', ' order by rolname) from pg_roles where oid = any (y.polroles)), 'public'),
          'using ' || pg_get_expr(y.polqual, c.oid), 'with check ' || pg_get_expr(y.polwithcheck, c.oid)) || ';'
        from pg_policy y where y.polrelid = c.oid
      union all
      select 5, pg_get_triggerdef(oid) || ';' from pg_trigger where tgrelid = c.oid and not tgisinternal
      union all
      select 6, 'grant ' || string_agg(privilege, ', ' order by privilege) || ' on ' || c.relname || ' to ' || grantee || ';'
        from (${grants('c.relacl')}) g group by grantee
      union all
      select 7, 'grant ' || privilege || ' (' || string_agg(attname, ', ' order by attnum) || ') on ' || c.relname || ' to ' || grantee || ';'
        from pg_attribute a, lateral (${grants('a.attacl')}) g where a.attrelid = c.oid group by grantee, privilege`)}
  ) as text
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'postern' and c.relkind in ('r', 'p') order by c.relname collate "C"`;

const functionQuery = `
  select rtrim(pg_get_functiondef(p.oid), e'\\n') || e';\\n' || concat_ws(e'\\n',
    'alter function ' || p.oid::regprocedure || ' owner to ' || case when r.rolname like 'postern%' then r.rolname else 'OWNER' end || ';',
    (select 'grant execute on function ' || p.oid::regprocedure || ' to ' || string_agg(
        case when g.grantee = 0 then 'public' else coalesce(h.rolname, '') end, ', ' order by h.rolname) || ';'
      from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g left join pg_roles h on h.oid = g.grantee
      where g.grantee <> p.proowner)) as text
  from pg_proc p join pg_namespace n on n.oid = p.pronamespace join pg_roles r on r.oid = p.proowner
  where n.nspname = 'postern' and p.prokind = 'f' order by p.proname collate "C", p.oid::regprocedure::text collate "C"`;
