import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { ChangeHint, Webhooks } from '#adapter-kit/adapter.ts';
import { readRegistration } from '#store/oauth-registrations.ts';
import {
  connectionsOfTenant,
  insertDelivery,
  isConsentedTo,
  isDelivered,
  readWebhookSecret,
} from '#store/webhooks.ts';
import type { GatewaySeal } from '#vault/gateway-seal.ts';
import type { Secret } from '#vault/secret.ts';
import { forgetAvailability, noteChanges } from './changes.ts';
import { placeOfSecret } from './consent/oauth-client.ts';
import type { Scheduling } from './scheduling.ts';

/** An address at which an EMR may call us. */
export interface Hook {
  /** Name of the registration. */
  readonly context: string;
  readonly webhooks: Webhooks;
  /** What its calls have to carry. */
  readonly secret: Secret;
}

/**
 * The hook of a registration; undefined where none may be called: an unknown registration, one that is not approved, one
 * that is retired and by which no consent is left, an EMR that does not call, or no secret yet. Asks the database and
 * unseals each time; a door that anybody may knock at asks `createHooks` (`open-hooks.ts`).
 */
export async function openHook(
  { on, seal }: { readonly on: Scheduling; readonly seal: GatewaySeal },
  context: string,
): Promise<Hook | undefined> {
  if (!/^[a-z][a-z0-9-]{1,47}$/.test(context)) return undefined;
  const { registration, sealed, inUse } = await on.database.withoutPractice(async (tx) => {
    const registration = await readRegistration(tx, context);
    const sealed = await readWebhookSecret(tx, context);
    // Connections that were made by a retired one go on, and the EMR knows no other address of ours.
    const inUse = registration?.retiredAt === undefined || (await isConsentedTo(tx, context));
    return { registration, sealed, inUse };
  });
  if (!registration?.approvedAt || !inUse || !sealed) return undefined;
  const { webhooks } = on.emr.adapterOf(registration.adapter);
  if (webhooks === undefined) return undefined;
  return { context, webhooks, secret: seal.open(placeOfSecret(context, 'webhook-secret'), sealed) };
}

/** Compares digests, which are of one length, in constant time. */
export function isSecretOf({ secret }: Hook, offered: string): boolean {
  const [ours, theirs] = [secret.reveal(), offered].map((text) => createHash('sha256').update(text).digest());
  return ours !== undefined && theirs !== undefined && timingSafeEqual(ours, theirs);
}

/**
 * The answer to an EMR that asks whether the address is ours: hex of HMAC-SHA-256 over its text. Anybody may ask, so only
 * a short line of printable ASCII is answered; the secret itself is used for nothing else that is signed.
 *
 * @returns undefined for any other text
 */
export function answerAddressCheck({ secret }: Hook, text: unknown): string | undefined {
  if (typeof text !== 'string' || !/^[\x20-\x7e]{1,128}$/.test(text)) return undefined;
  return createHmac('sha256', secret.reveal()).update(text).digest('hex');
}

/** `noted`: hints are kept, though perhaps of nothing that we know. */
export type DeliveryOutcome = 'noted' | 'repeated' | 'unknown-tenant';

/**
 * Takes a call of which the secret was right. Resolves when all that is to come of it is committed: hints first and the
 * delivery's name last, so that one which broke off is taken when it comes again. Nothing is read in the EMR here.
 *
 * @param id the EMR's name for the delivery
 * @returns with how many hints about appointments of ours
 */
export async function takeDelivery(
  on: Scheduling,
  { context, webhooks }: Hook,
  id: string,
  { tenant, appointment }: ChangeHint,
): Promise<{ readonly outcome: DeliveryOutcome; readonly hints: number }> {
  const hash = createHash('sha256').update(id).digest();
  const accounts = await on.database.withoutPractice(async (tx) =>
    (await isDelivered(tx, context, hash))
      ? 'repeated'
      : connectionsOfTenant(tx, context, webhooks.tenantSetting, tenant),
  );
  if (accounts === 'repeated') return { outcome: 'repeated', hints: 0 };
  if (accounts.length === 0) return { outcome: 'unknown-tenant', hints: 0 };
  let hints = 0;
  for (const account of accounts) {
    hints += await on.database.withPractice(account.practiceId, (tx) =>
      noteChanges(on, tx, account, [appointment]),
    );
    forgetAvailability(on, account.connectionId);
  }
  await on.database.withoutPractice((tx) => insertDelivery(tx, context, hash, new Date(on.clock.now())));
  return { outcome: 'noted', hints };
}
