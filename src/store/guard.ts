import { type Database, databaseError } from './database.ts';

/**
 * Refuses to go on as a role that row-level security does not bind. On the embedded database every connection is a
 * superuser and `SET LOCAL ROLE` stands for this check.
 *
 * @throws Error that says which role may too much, and what to use instead
 */
export async function refuseUnsafeRole(database: Database): Promise<void> {
  if (database.kind === 'embedded') return;
  const { rows } = await ask(database);
  const [role] = rows;
  const faults = [
    role?.superuser !== false && 'is a superuser',
    role?.bypasses !== false && 'has BYPASSRLS',
    role?.makes_roles !== false && 'has CREATEROLE',
    role?.owns !== false && 'owns tables of Postern or is a member of their owner',
  ].filter((fault) => fault !== false);
  if (faults.length > 0)
    throw new Error(
      `DATABASE_URL logs in as ${role?.name ?? 'an unknown role'}, which ${faults.join(', ')}. Row-level security would not hold. Use postern_app.`,
    );
}

async function ask(database: Database): Promise<{ rows: Row[] }> {
  try {
    return await database.withoutPractice((tx) => tx.raw<{ rows: Row[] }>(question));
  } catch (cause) {
    if (databaseError(cause)?.code !== '42501') throw cause;
    throw new Error('DATABASE_URL logs in as a role that cannot become postern_app. Use postern_app.', {
      cause,
    });
  }
}

interface Row {
  readonly name: string;
  readonly superuser: boolean;
  readonly bypasses: boolean;
  readonly makes_roles: boolean;
  readonly owns: boolean;
}

// session_user is who logged in; the transaction itself has already become postern_app.
const question = `
  select r.rolname as name, r.rolsuper as superuser, r.rolbypassrls as bypasses, r.rolcreaterole as makes_roles,
    exists (
      select from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where n.nspname in ('postern', 'boss') and c.relkind in ('r', 'p') and pg_has_role(r.oid, c.relowner, 'member')
    ) as owns
  from pg_roles r where r.rolname = session_user`;
