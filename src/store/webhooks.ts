import type { Tx } from './database.ts';

/**
 * The secret by which calls of an EMR for one registration are known, sealed under the key ring; undefined where nobody
 * has made one. Belongs to no practice: used inside `withoutPractice`, as everything here.
 */
export async function readWebhookSecret(tx: Tx, context: string): Promise<Buffer | undefined> {
  const row: { secret: Buffer } | undefined = await tx('webhook').where({ context }).first('secret');
  return row?.secret;
}

/** Takes the place of an earlier one. */
export async function writeWebhookSecret(tx: Tx, context: string, secret: Buffer, at: Date): Promise<void> {
  await tx('webhook')
    .insert({ context, secret, made_at: at })
    .onConflict('context')
    .merge(['secret', 'made_at']);
}

/** Names of the registrations that have a secret. None is ever taken away. */
export async function listWebhookNames(tx: Tx): Promise<string[]> {
  const rows: { context: string }[] = await tx('webhook').select('context');
  return rows.map(({ context }) => context);
}

/** Whether a consent that has not ended was given by a registration, over all practices; by the dispatch function. */
export async function isConsentedTo(tx: Tx, context: string): Promise<boolean> {
  const { rows } = await tx.raw<{ rows: unknown[] }>('select consent_id from unended_consents(?, 1)', [
    context,
  ]);
  return rows.length > 0;
}

/** Whether a delivery was taken before. @param hash SHA-256 of the EMR's name for it */
export async function isDelivered(tx: Tx, context: string, hash: Buffer): Promise<boolean> {
  const row = await tx('webhook_delivery').where({ context, delivery_hash: hash }).first('context');
  return row !== undefined;
}

/** To be written once all that came of it is committed. */
export async function insertDelivery(tx: Tx, context: string, hash: Buffer, at: Date): Promise<void> {
  await tx('webhook_delivery')
    .insert({ context, delivery_hash: hash, received_at: at })
    .onConflict(['context', 'delivery_hash'])
    .ignore();
}

export async function purgeDeliveries(tx: Tx, before: Date): Promise<void> {
  await tx('webhook_delivery').where('received_at', '<', before).delete();
}

/**
 * The connections, over all practices, that were made by a registration, or by another one of the same application
 * (adapter, host and client id), and whose setting has this value; by the dispatch function.
 */
export async function connectionsOfTenant(
  tx: Tx,
  context: string,
  setting: string,
  tenant: string,
): Promise<{ practiceId: string; connectionId: string }[]> {
  const { rows } = await tx.raw<{ rows: { practice_id: string; connection_id: string }[] }>(
    'select practice_id, connection_id from connections_of_tenant(?, ?, ?)',
    [context, setting, tenant],
  );
  return rows.map((row) => ({ practiceId: row.practice_id, connectionId: row.connection_id }));
}
