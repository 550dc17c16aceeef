import type { TestDatabase } from './database.ts';

/** Every row as JSON text, sorted, by table. */
export type RowsByTable = Readonly<Record<string, readonly string[]>>;

/** The trail, and the counters of the rate limits: what a refused request has to leave behind. */
const expectedToChange = ['audit_event', 'audit_head', 'rate_limit'];

/** When an agent was last seen, and how a connection does: a round in the background writes it now and then. */
const restless = ['last_used_at', 'last_success_at', 'latency_ms', 'requests_today', 'requests_day'];

/**
 * All tables of the application, to be compared before and after. Without what every request may touch: the trail, the
 * rate limits, when an agent was last seen, and the health of connections.
 */
export async function rowsOf(database: TestDatabase): Promise<RowsByTable> {
  const tables = await database.asOwner(
    `select relname as name from pg_class where relnamespace = 'postern'::regnamespace and relkind in ('r', 'p')
     and not (relname = any($1)) order by relname`,
    [expectedToChange],
  );
  const names = (tables.rows as { name: string }[]).map(({ name }) => name);
  const all = names.map(
    (name) =>
      `select '${name}' as name, (to_jsonb(t) - '{${restless.join(',')}}'::text[])::text as row from ${name} t`,
  );
  const found = await database.asOwner(`${all.join(' union all ')} order by 1, 2`);
  const rows = found.rows as { name: string; row: string }[];
  return Object.fromEntries(
    names.map((table) => [table, rows.filter(({ name }) => name === table).map(({ row }) => row)]),
  );
}
