import type { OAuthAuthorization } from '#adapter-kit/adapter.ts';
import { Failure } from '#domain/failure.ts';
import { newestAuthorizationRequest, newestRequestedContext } from '#store/authorization-requests.ts';
import { insertWiderGrant, listWiderGrants, type WiderGrant } from '#store/wider-grants.ts';
import { attemptOf, type Caller } from '../caller.ts';
import { rowId } from '../ids.ts';
import { isPersonName } from '../operator.ts';
import { refuseUnlessOpen } from './admission.ts';
import { type Answerable, reasonOf } from './answerable.ts';
import { oauthOf } from './authorization-server.ts';
import { ownLink, type Visit, visitorOf } from './links.ts';
import { outcomeOf } from './pending.ts';
import { ConsentProblem } from './problem.ts';
import { openRegistration, requireRegistration } from './registrations.ts';
import type { ConsentServices } from './services.ts';

/**
 * Records that a practice takes a grant wider than scheduling, because its EMR cannot narrow it: scope by scope, with
 * the person who answers for it and why. What leaves the gateway and what comes in stays as narrow as before.
 *
 * @param context at which EMR; absent: where the practice tried last
 * @throws Failure `not-found`, `missing-element`, `invalid-value` with the name of the field
 */
export async function acceptWider(
  services: ConsentServices,
  caller: Caller,
  by: Answerable,
  asked: { readonly context: string | undefined; readonly scopes: readonly string[] },
): Promise<WiderGrant> {
  const { on } = services;
  const { practiceId } = caller;
  const context =
    asked.context ?? (await on.database.withPractice(practiceId, (tx) => newestRequestedContext(tx)));
  if (context === undefined) throw new Failure('missing-element', { expression: 'context' });
  await requireRegistration(services, context);
  const scopes = [...new Set(asked.scopes.filter((scope) => scope !== ''))];
  if (scopes.length === 0) throw new Failure('missing-element', { expression: 'scopes' });
  if (scopes.length > 200 || !scopes.every(isScope))
    throw new Failure('invalid-value', { expression: 'scopes', hint: 'Scopes, separated by spaces.' });
  const accepted: WiderGrant = {
    acceptanceId: rowId(),
    context,
    scopes,
    by: by.person,
    at: new Date(on.clock.now()),
    reason: reasonOf(by.reason),
  };
  const attempt = attemptOf(caller, {
    action: 'connection.accept-wider',
    resourceId: accepted.acceptanceId,
  });
  await on.audit.transaction(practiceId, attempt, (tx) => insertWiderGrant(tx, practiceId, accepted));
  return accepted;
}

/** What a practice may accept beyond scheduling after its EMR refused to show the schedule. */
export interface WiderOffer {
  /** Those that it has not accepted yet. */
  readonly open: readonly {
    readonly scope: string;
    /** What it technically opens, where the adapter says it. */
    readonly opens: string | undefined;
  }[];
  readonly because: string;
  /** What it has accepted. */
  readonly accepted: readonly WiderGrant[];
}

/** @returns undefined where the adapter names nothing wider */
export function widerOffer(
  { scopes: { wider } }: Pick<OAuthAuthorization, 'scopes'>,
  accepted: readonly WiderGrant[],
): WiderOffer | undefined {
  if (wider === undefined) return undefined;
  const taken = new Set(accepted.flatMap(({ scopes }) => scopes));
  const open = wider.scopes.filter((scope) => !taken.has(scope));
  return {
    open: open.map((scope) => ({ scope, opens: wider.opens?.[scope] })),
    because: wider.because,
    accepted,
  };
}

/**
 * The same by the practice's own page, and only there where its EMR has just refused to show the schedule: of the scopes
 * that the adapter names, those that were ticked.
 *
 * @throws ConsentProblem `settings` with `person`, `reason` or `scopes` for what is missing or unfit, `link-used`,
 *   `link-unknown` where nothing was refused, `not-approved`, and as `ownLink`; Failure as `refuseUnlessOpen`
 */
export async function acceptWiderHere(
  services: ConsentServices,
  visit: Visit,
  { person, reason }: Answerable,
  ticked: (scope: string) => boolean,
): Promise<void> {
  const { on } = services;
  const { practiceId, link } = await ownLink(services, visit);
  await refuseUnlessOpen(services, { practiceId, link });
  const { context, adapter } = await openRegistration(services, link.context);
  const { before, accepted } = await on.database.withPractice(practiceId, async (tx) => ({
    before: await newestAuthorizationRequest(tx, link.linkId),
    accepted: await listWiderGrants(tx, context),
  }));
  const offer = widerOffer(oauthOf(on.emr.adapterOf(adapter)), accepted);
  if (offer === undefined || outcomeOf(before?.outcome)?.code !== 'schedule-refused')
    throw new ConsentProblem('link-unknown');
  const scopes = offer.open.map(({ scope }) => scope).filter(ticked);
  const wrong = [
    ...(isPersonName(person.trim()) ? [] : ['person']),
    ...(isReason(reason) ? [] : ['reason']),
    ...(scopes.length > 0 ? [] : ['scopes']),
  ];
  if (wrong.length > 0) throw new ConsentProblem('settings', { fields: wrong });
  const by = { person: person.trim(), reason };
  await acceptWider(services, visitorOf(practiceId, visit), by, { context, scopes });
}

function isReason(reason: string): boolean {
  try {
    return reasonOf(reason) !== '';
  } catch {
    return false;
  }
}

/** RFC 6749 §3.3 */
function isScope(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(text);
}
