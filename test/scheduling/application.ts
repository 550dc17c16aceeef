import { rowId } from '#scheduling/ids.ts';
import { type Connection, insertConnection, listConnections } from '#store/connections.ts';
import { insertConsent } from '#store/consents.ts';
import type { Database } from '#store/database.ts';
import { insertRegistration } from '#store/oauth-registrations.ts';

/** One practice that has installed an application, by what the store keeps of it. */
export interface Installed {
  readonly practiceId: string;
  readonly connectionId: string;
  readonly connection: Connection;
}

/** Who we are at one host: what an EMR counts together. */
export interface Registered {
  readonly context: string;
  readonly adapter?: string;
  readonly origin?: string;
  readonly clientId?: string;
}

export async function register(
  database: Database,
  { context, adapter = 'toy', origin = 'https://emr.example/api', clientId = 'postern' }: Registered,
): Promise<void> {
  const createdAt = new Date('2026-01-01T00:00:00Z');
  await database.withoutPractice((tx) =>
    insertRegistration(tx, {
      context,
      adapter,
      kind: 'vendor-sandbox',
      origin,
      grantType: 'authorization_code',
      clientId,
      clientAuthentication: 'none',
      clientSecret: undefined,
      privateJwk: undefined,
      publicJwk: undefined,
      scopeDialect: 'plain',
      metadata: {},
      approvedAt: undefined,
      retiredAt: undefined,
      createdAt,
    }),
  );
}

/** A practice with a connection, and its consent to a registration if one is named. */
export async function install(
  database: Database,
  context: string | undefined,
  { adapter = 'toy', origin = 'https://emr.example/api' }: Partial<Registered> = {},
  practiceId = rowId(),
): Promise<Installed> {
  const connectionId = rowId();
  const connection = await database.withPractice(practiceId, async (tx) => {
    const facts = { connectionId, adapter, kind: 'vendor-sandbox', origin, settings: {} } as const;
    await insertConnection(tx, practiceId, facts);
    if (context !== undefined)
      await insertConsent(tx, practiceId, {
        consentId: rowId(),
        connectionId,
        context,
        asked: [],
        granted: [],
        verdict: 'full',
        unverified: false,
        consentedAt: new Date('2026-01-01T00:00:00Z'),
      });
    return (await listConnections(tx))[0];
  });
  if (!connection) throw new Error('There is no connection.');
  return { practiceId, connectionId, connection };
}
