import type { Random } from '#test/random.ts';

/** A table as the application may use it, from the catalog. */
export interface Table {
  readonly name: string;
  /** Columns besides practice_id. */
  readonly columns: readonly { readonly name: string; readonly type: string; readonly updatable: boolean }[];
  readonly mayInsert: boolean;
  readonly mayDelete: boolean;
}

export const practices: readonly string[] = Array.from(
  { length: 50 },
  (_, index) => `01900000-0000-7000-8000-${String(index + 1).padStart(12, '0')}`,
);

/** The same few values in every practice, so that a join that forgets the practice meets its neighbours. */
export function literal(type: string, number: number): string {
  const day = `timestamptz '2031-01-01' + ${number} * interval '1 day'`;
  const forms: Readonly<Record<string, string>> = {
    uuid: `'02900000-0000-7000-8000-${String(number).padStart(12, '0')}'::uuid`,
    text: `'v${number}'`,
    'text[]': `array['v${number}']`,
    integer: `${number}`,
    bigint: `${number}`,
    boolean: `${number % 2 === 0}`,
    'timestamp with time zone': day,
    date: `date '2031-01-01' + ${number}`,
    tstzrange: `tstzrange(${day}, ${day} + interval '1 hour')`,
    jsonb: `to_jsonb(${number})`,
    bytea: `'\\x0${number}'::bytea`,
  };
  const form = forms[type];
  if (form === undefined) throw new Error(`Say in random-sql.ts how a value of type ${type} is written.`);
  return form;
}

/**
 * One random statement that never names its own practice, for somebody who works for `own` ('' for nobody). A select
 * gives practice ids only; a statement that writes raises `PF001` itself when it meets a row of another practice.
 */
export function randomStatement(random: Random, tables: readonly Table[], own: string): string {
  const table = () => random.pick(tables);
  const make = random.pick(random.next() < 0.65 ? reads : writes);
  return make({ random, table, own, foreign: random.pick(practices.filter((each) => each !== own)) });
}

interface Kit {
  readonly random: Random;
  readonly table: () => Table;
  readonly own: string;
  readonly foreign: string;
}

const reads: readonly ((kit: Kit) => string)[] = [
  (kit) => `select practice_id from ${kit.table().name} a ${where(kit)} ${tail(kit)}`,
  (kit) => {
    const [a, b, kind] = [kit.table(), kit.table(), kit.random.pick(['join', 'left join', 'right join'])];
    return `select a.practice_id, b.practice_id as b from ${a.name} a ${kind} ${b.name} b on ${match(kit, a, b)} limit 200`;
  },
  (kit) => {
    const [a, b] = [kit.table(), kit.table()];
    return `select a.practice_id, b.practice_id as b from ${a.name} a cross join lateral (select practice_id from ${b.name} b where ${match(kit, a, b)} limit 5) b`;
  },
  (kit) =>
    `select practice_id from ${kit.table().name} where practice_id in (select practice_id from ${kit.table().name})`,
  (kit) => {
    const [a, b] = [kit.table(), kit.table()];
    return `select practice_id from ${a.name} a where ${kit.random.pick(['', 'not '])}exists (select from ${b.name} b where ${match(kit, a, b)})`;
  },
  (kit) =>
    `select (select practice_id from ${kit.table().name} a ${where(kit)} order by random() limit 1) from ${kit.table().name}`,
  (kit) =>
    `with x as ${kit.random.pick(['', 'materialized '])}(select practice_id from ${kit.table().name} a ${where(kit)}) select x.practice_id, y.practice_id as y from x left join ${kit.table().name} y on true limit 50`,
  (kit) =>
    `select practice_id from ${kit.table().name} ${kit.random.pick(['union', 'union all', 'intersect', 'except'])} select practice_id from ${kit.table().name}`,
  (kit) =>
    `select min(practice_id::text), max(practice_id::text) as most from ${kit.table().name} a ${where(kit)}`,
  (kit) =>
    `select distinct on (practice_id) practice_id, lag(practice_id) over (order by practice_id) as before from ${kit.table().name}`,
  (kit) =>
    `select practice_id from ${kit.table().name} where practice_id = '${kit.foreign}' or practice_id is not null`,
  (kit) => `select practice_id from ${kit.table().name} group by practice_id having count(practice_id) > 0`,
  (kit) =>
    `select practice_id from ${kit.table().name} a where practice_id::text ~ '${kit.foreign.slice(-4)}' ${tail(kit)}`,
];

const writes: readonly ((kit: Kit) => string)[] = [
  (kit) => {
    const table = kit.table();
    const set = assignment(kit, table);
    return set
      ? watched(kit, `update ${table.name} a set ${set} ${where(kit)} returning practice_id as seen`)
      : probe(kit);
  },
  (kit) => {
    const [a, b] = [kit.table(), kit.table()];
    const set = assignment(kit, a);
    return set
      ? watched(
          kit,
          `update ${a.name} a set ${set} from ${b.name} b where ${match(kit, a, b)} returning b.practice_id as seen`,
        )
      : probe(kit);
  },
  (kit) => {
    const table = kit.table();
    return table.mayDelete
      ? watched(kit, `delete from ${table.name} a ${where(kit)} returning practice_id as seen`)
      : probe(kit);
  },
  (kit) => {
    const table = kit.table();
    return table.mayDelete
      ? watched(
          kit,
          `with x as (delete from ${table.name} returning practice_id) select practice_id as seen from x`,
        )
      : probe(kit);
  },
  (kit) => {
    const table = kit.table();
    return table.mayInsert
      ? refused(`insert into ${table.name} (practice_id) values ('${kit.foreign}')`)
      : probe(kit);
  },
  (kit) =>
    refused(`update ${kit.random.pick(['hold', 'claim', 'opening'])} set practice_id = '${kit.foreign}'`),
  (kit) =>
    watched(
      kit,
      `select practice_id as seen from ${kit.random.pick(['hold', 'claim', 'opening'])} for update skip locked`,
    ),
];

/** A read in the place of a write that this table does not allow anyway. */
const probe = (kit: Kit): string => `select practice_id from ${kit.table().name}`;

function watched({ own }: Kit, statement: string): string {
  return `do $$ declare r record; begin
    for r in ${statement} loop
      if r.seen::text <> '${own}' then raise exception 'a foreign row' using errcode = 'PF001'; end if;
    end loop;
  exception when integrity_constraint_violation then null; end $$`;
}

/** A write for another practice: refused, or without a row to touch. A constraint is asked only after the policies. */
function refused(statement: string): string {
  return `do $$ declare n bigint; begin
    ${statement}; get diagnostics n = row_count;
    if n > 0 then raise exception 'a foreign row' using errcode = 'PF001'; end if;
  exception when insufficient_privilege then null;
    when integrity_constraint_violation then raise exception 'a foreign row' using errcode = 'PF001'; end $$`;
}

function where({ random, foreign }: Kit): string {
  return random.pick([
    '',
    '',
    'where true',
    `where a.practice_id = '${foreign}'`,
    `where a.practice_id <> '${foreign}'`,
  ]);
}

function tail({ random }: Kit): string {
  return random.pick([
    '',
    'order by practice_id',
    'order by random() limit 3',
    'limit 10 offset 1',
    'order by 1 desc limit 20',
  ]);
}

function match({ random }: Kit, a: Table, b: Table): string {
  const pairs = a.columns.flatMap((x) =>
    b.columns.filter((y) => y.type === x.type).map((y) => `a.${x.name} = b.${y.name}`),
  );
  return pairs.length === 0 || random.next() < 0.2 ? 'a.practice_id <> b.practice_id' : random.pick(pairs);
}

function assignment({ random }: Kit, table: Table): string | undefined {
  const columns = table.columns.filter((column) => column.updatable);
  if (columns.length === 0) return undefined;
  const { name, type } = random.pick(columns);
  return `${name} = ${random.next() < 0.3 ? `a.${name}` : literal(type, 1 + random.below(3))}`;
}
