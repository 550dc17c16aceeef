import { Failure } from '#domain/failure.ts';
import { insertRegistrationAct } from '#store/oauth-registrations.ts';
import { isConsentedTo, writeWebhookSecret } from '#store/webhooks.ts';
import { Secret } from '#vault/secret.ts';
import { rowId } from '../ids.ts';
import { type Answerable, reasonOf } from './answerable.ts';
import { placeOfSecret } from './oauth-client.ts';
import { requireRegistration } from './registrations.ts';
import type { ConsentServices } from './services.ts';

/** What a person sets up at the EMR, so that it calls us when something changes there. */
export interface MadeWebhook {
  readonly context: string;
  /** Where it calls. */
  readonly url: string;
  /** Told here and never again. */
  readonly secret: Secret;
  /** Where that is set up, and which events, in a sentence of the adapter. */
  readonly setUp: string;
}

/**
 * Makes the secret by which the calls of an EMR are known, for all practices that connected by a registration. The one
 * before, if there was one, is good for a second more at most.
 *
 * @throws Failure `not-found`; `capability-missing` for an EMR that does not call; `business-rule` for a registration that
 *   is not approved, or retired with no consent left
 */
export async function replaceWebhookSecret(
  { on, seal, random, publicUrl }: ConsentServices,
  { person, reason }: Answerable,
  context: string,
): Promise<MadeWebhook> {
  const registration = await requireRegistration({ on }, context);
  const { webhooks } = on.emr.adapterOf(registration.adapter);
  if (webhooks === undefined)
    throw new Failure('capability-missing', { hint: 'This EMR does not call when something changes.' });
  const inUse =
    !registration.retiredAt || (await on.database.withoutPractice((tx) => isConsentedTo(tx, context)));
  if (!registration.approvedAt || !inUse)
    throw new Failure('business-rule', { hint: 'This registration is not approved, or it is retired.' });
  // No character of it needs escaping in a form or a header.
  const secret = new Secret(random(32).toString('base64url'));
  const at = new Date(on.clock.now());
  const sealed = seal.seal(placeOfSecret(context, 'webhook-secret'), secret);
  const act = { actId: rowId(), context, at, act: 'webhook', person, reason: reasonOf(reason) } as const;
  await on.database.withoutPractice(async (tx) => {
    await writeWebhookSecret(tx, context, sealed, at);
    await insertRegistrationAct(tx, act);
  });
  return { context, url: `${publicUrl}/hooks/${context}`, secret, setUp: webhooks.setUp };
}
