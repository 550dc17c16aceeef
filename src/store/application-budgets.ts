import type { CallBudget } from '#domain/call-budget.ts';
import type { Tx } from './database.ts';

/** All that an EMR counts together: what one client id asks of one host, by whichever registrations and practices. */
export interface ApplicationBudget {
  /** Adapter, host and client id. */
  readonly application: string;
  readonly adapter: string;
  /** The registration that stands for the application: the first by name. */
  readonly context: string;
  /** Calls that the operator has agreed on; undefined where the adapter knows. */
  readonly agreedCalls: number | undefined;
  /** Undefined before the first call. */
  readonly budget: CallBudget | undefined;
  /** The database's clock, milliseconds since the epoch. */
  readonly now: number;
}

interface Row {
  application: string;
  adapter: string;
  context: string;
  agreed: number | null;
  state: CallBudget | null;
  now: string;
}

/** `mine` gives the registrations (adapter, host, client_id) whose applications are meant. */
const applications = (mine: string) => `
  select r.adapter, concat_ws('|', r.adapter, split_part(r.origin, '/', 3), r.client_id) as application,
         min(r.context) as context, max(r.quota_calls) as agreed
    from oauth_registration r
    join (${mine}) mine
      on mine.adapter = r.adapter and mine.client_id = r.client_id
     and split_part(mine.origin, '/', 3) = split_part(r.origin, '/', 3)
   group by r.adapter, r.client_id, split_part(r.origin, '/', 3)`;

const ofConnection = applications(
  `select o.adapter, o.origin, o.client_id
     from consent c join oauth_registration o on o.context = c.context
    where c.connection_id = ? and c.ended_at is null
    order by c.consent_id desc limit 1`,
);
const ofRegistration = applications(
  'select adapter, origin, client_id from oauth_registration where context = ?',
);

const columns = `a.*, b.state, extract(epoch from clock_timestamp()) * 1000 as now`;

/**
 * The budget of the application that a connection was consented to, locked until the transaction ends: one call of an
 * application is counted at a time, over all processes. Undefined for a connection without a consent.
 */
export async function lockBudget(tx: Tx, connectionId: string): Promise<ApplicationBudget | undefined> {
  const read = () =>
    tx.raw<{ rows: Row[] }>(
      `select ${columns} from (${ofConnection}) a
         join application_budget b using (application) for update of b`,
      [connectionId],
    );
  const { rows } = await read();
  if (rows[0]) return budgetOf(rows[0]);
  await tx.raw(
    `insert into application_budget (application, updated_at)
     select a.application, clock_timestamp() from (${ofConnection}) a on conflict do nothing`,
    [connectionId],
  );
  const [row] = (await read()).rows;
  return row && budgetOf(row);
}

/**
 * Only where it was locked in the same transaction, which commits without waiting for the disk: nothing else belongs into
 * it. A crash of the database can cost the counts of its last half second; one of ours costs none.
 */
export async function saveBudget(tx: Tx, application: string, budget: CallBudget): Promise<void> {
  await tx.raw(
    `update application_budget set state = ?, updated_at = clock_timestamp() where application = ?
     returning set_config('synchronous_commit', 'off', true)`,
    [JSON.stringify(budget), application],
  );
}

/** To look at, not to count by: of the application that a connection was consented to. */
export async function readBudgetOfConnection(
  tx: Tx,
  connectionId: string,
): Promise<ApplicationBudget | undefined> {
  return read(tx, ofConnection, connectionId);
}

/** To look at, not to count by: of the application that a registration belongs to. */
export async function readBudgetOfRegistration(
  tx: Tx,
  context: string,
): Promise<ApplicationBudget | undefined> {
  return read(tx, ofRegistration, context);
}

/**
 * What was agreed on with the vendor, or null where the adapter knows: for all registrations of the application, because
 * the vendor counts them together.
 */
export async function agreeOnCalls(tx: Tx, context: string, calls: number | null): Promise<void> {
  await tx.raw(
    `update oauth_registration r set quota_calls = ? from oauth_registration mine
      where mine.context = ? and mine.adapter = r.adapter and mine.client_id = r.client_id
        and split_part(mine.origin, '/', 3) = split_part(r.origin, '/', 3)`,
    [calls, context],
  );
}

async function read(tx: Tx, which: string, id: string): Promise<ApplicationBudget | undefined> {
  const { rows } = await tx.raw<{ rows: Row[] }>(
    `select ${columns} from (${which}) a left join application_budget b using (application)`,
    [id],
  );
  return rows[0] && budgetOf(rows[0]);
}

function budgetOf(row: Row): ApplicationBudget {
  return {
    application: row.application,
    adapter: row.adapter,
    context: row.context,
    agreedCalls: row.agreed ?? undefined,
    budget: row.state ?? undefined,
    now: Number(row.now),
  };
}
