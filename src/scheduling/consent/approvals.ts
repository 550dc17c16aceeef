import type { OAuthAuthorization } from '#adapter-kit/adapter.ts';
import type { AuditAttempt } from '#audit/event.ts';
import { Failure } from '#domain/failure.ts';
import { serverChanges } from '#oauth/authorization-server-metadata.ts';
import {
  approveBaseRow,
  askForBase,
  type BaseApproval,
  findBaseApproval,
  readBaseApproval,
  waitingBases,
} from '#store/base-approvals.ts';
import { aimLink, type ConnectLink } from '#store/connect-links.ts';
import { listRegistrations, type OAuthRegistration } from '#store/oauth-registrations.ts';
import { attemptOf } from '../caller.ts';
import { rowId } from '../ids.ts';
import type { Operator } from '../operator.ts';
import { type Answerable, reasonOf } from './answerable.ts';
import { discoverServer, fhirBaseOf, oauthOf } from './authorization-server.ts';
import { refuseEnded } from './link-end.ts';
import { ownLink, type Visit, visitorOf } from './links.ts';
import { pinnedServer } from './oauth-client.ts';
import { ConsentProblem } from './problem.ts';
import {
  approveRegistration,
  asJson,
  rediscover,
  refuseChanges,
  requireRegistration,
} from './registrations.ts';
import type { ConsentServices } from './services.ts';

/**
 * The practice says where its EMR's FHIR server is. Where nobody of ours has looked at that server yet it is asked what
 * it says of itself, by one GET without a secret, and the answer waits for a person: until then nothing else goes there.
 *
 * @param typed as a person writes an address
 * @throws ConsentProblem `address-refused`, `address-silent`, `address-not-smart`, `link-used`, and as `ownLink`
 */
export async function nameBase(services: ConsentServices, visit: Visit, typed: string): Promise<void> {
  const { on, wall } = services;
  const { practiceId, link } = await ownLink(services, visit);
  refuseEnded(link);
  if (link.context !== undefined) return;
  const authorization = oauthOf(on.emr.adapterOf(link.adapter));
  const origin = originOfBase(authorization, typed);
  const attempt = attemptOf(visitorOf(practiceId, visit), {
    action: 'connection.name-base',
    resourceId: link.linkId,
  });
  const known = await settleBase(services, practiceId, { ...link, origin }, attempt);
  if (known.context !== undefined) return;
  const found = await discoverServer({ wall, clock: on.clock.now }, authorization, {
    kind: link.kind,
    origin,
  });
  await on.audit.transaction(practiceId, attempt, async (tx) => {
    await askForBase(tx, practiceId, {
      approvalId: rowId(),
      adapter: link.adapter,
      kind: link.kind,
      origin,
      metadata: asJson(found),
      askedAt: new Date(on.clock.now()),
    });
    await aimLink(tx, link.linkId, { origin, context: undefined });
  });
}

/**
 * The link with the registration to connect by, where the address that it has is approved by now.
 *
 * @param naming goes on record with the registration that was chosen
 */
export async function settleBase(
  { on }: ConsentServices,
  practiceId: string,
  link: ConnectLink,
  naming?: AuditAttempt,
): Promise<ConnectLink> {
  const { origin, adapter } = link;
  if (origin === undefined || link.context !== undefined) return link;
  const registrations = await on.database.withoutPractice(listRegistrations);
  return on.database.withPractice(practiceId, async (tx) => {
    const asked = await findBaseApproval(tx, adapter, origin);
    const open = registrations.filter((one) => one.approvedAt && !one.retiredAt && asksAt(one, link));
    // One that was approved for everybody needs no approval for this practice.
    const chosen = open.find((one) => one.context === asked?.approved?.context) ?? open[0];
    if (chosen === undefined) return link;
    await aimLink(tx, link.linkId, { origin, context: chosen.context });
    if (naming) await on.audit.record(tx, practiceId, { ...naming, outcome: 'success' });
    return { ...link, context: chosen.context };
  });
}

export interface WaitingBase extends BaseApproval {
  readonly practiceId: string;
  /** As the practice would write it. */
  readonly base: string;
}

/** One whose adapter is not installed any more is listed by its origin. */
function namedBase({ emr }: ConsentServices['on'], asked: BaseApproval): string {
  try {
    return fhirBaseOf(oauthOf(emr.adapterOf(asked.adapter)), asked);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return asked.origin;
  }
}

/** What practices named and nobody has looked at. */
export async function listWaitingBases({ on }: ConsentServices): Promise<WaitingBase[]> {
  const waiting: WaitingBase[] = [];
  for (const { practiceId, approvalId } of await on.database.withoutPractice(waitingBases)) {
    const asked = await on.database.withPractice(practiceId, (tx) => readBaseApproval(tx, approvalId));
    if (!asked) continue;
    waiting.push({ ...asked, practiceId, base: namedBase(on, asked) });
  }
  return waiting;
}

/**
 * Approves an address that practices named, for all of them that wait, and pins the server that was found there: it has
 * to say the same to each practice, to our registration and now.
 *
 * @param base as it was named
 * @param context our registration there; may be absent where there is one only
 * @throws Failure `not-found` when nobody waits for it, `business-rule` without a registration there, `version-conflict`
 *   where the server does not say the same; ConsentProblem as `discoverServer`
 */
export async function approveBase(
  services: ConsentServices,
  operator: Operator,
  by: Answerable,
  base: string,
  context?: string,
): Promise<{ readonly context: string; readonly practices: readonly string[] }> {
  const { on } = services;
  const reason = reasonOf(by.reason);
  const wanted = base.trim().replace(/\/+$/, '');
  const waiting = (await listWaitingBases(services)).filter(
    (one) => one.base === wanted || one.origin === wanted,
  );
  const [first] = waiting;
  if (first === undefined)
    throw new Failure('not-found', {
      expression: 'base',
      hint: 'postern registration list names those that wait.',
    });
  const registration = await registrationAt(services, first, context);
  const found = await rediscover(services, registration);
  for (const one of waiting) refuseChanges(serverChanges(pinnedServer(one), found));
  if (!registration.approvedAt) await approveRegistration(services, by, registration.context);

  const { context: chosen } = registration;
  const practices: string[] = [];
  for (const { practiceId, approvalId } of waiting) {
    const caller = { ...operator, practiceId };
    const attempt = attemptOf(caller, { action: 'connection.approve-base', resourceId: approvalId });
    const approved = { context: chosen, by: by.person, at: new Date(on.clock.now()), reason };
    await on.database.withPractice(practiceId, async (tx) => {
      if (!(await approveBaseRow(tx, approvalId, approved))) return;
      await on.audit.record(tx, practiceId, { ...attempt, outcome: 'success' });
      practices.push(practiceId);
    });
  }
  return { context: chosen, practices };
}

async function registrationAt(
  services: ConsentServices,
  place: BaseApproval,
  context: string | undefined,
): Promise<OAuthRegistration> {
  const all = await services.on.database.withoutPractice(listRegistrations);
  const here = all.filter((one) => !one.retiredAt && asksAt(one, place));
  const [only] = here;
  if (context !== undefined) {
    const named = await requireRegistration(services, context);
    if (!here.some((one) => one.context === named.context))
      throw new Failure('business-rule', {
        hint: 'This registration is retired, at another address, or asks nobody for a consent.',
      });
    return named;
  }
  if (only !== undefined && here.length === 1) return only;
  throw new Failure('business-rule', {
    hint:
      only === undefined
        ? 'We have no registration there by which people are asked. Register the gateway at that EMR, then: postern registration add.'
        : 'We have several registrations there. Name one with --context.',
  });
}

/**
 * A registration by which the EMR at that place asks a person. One by which two systems trust each other asks nobody, so
 * that naming the EMR's address would be enough to get in: only a link that names it uses it.
 */
function asksAt(
  one: Pick<OAuthRegistration, 'adapter' | 'kind' | 'origin' | 'grantType'>,
  place: { readonly adapter: string; readonly kind: string; readonly origin: string | undefined },
): boolean {
  const isThere = one.adapter === place.adapter && one.kind === place.kind && one.origin === place.origin;
  return isThere && one.grantType === 'authorization_code';
}

/** People paste what they have: with a slash at its end, or with the page below it that they looked at. */
function originOfBase(authorization: OAuthAuthorization, typed: string): string {
  const text = typed
    .trim()
    .replace(/\/(?:metadata|\.well-known\/smart-configuration)$/, '')
    .replace(/\/+$/, '');
  const base = URL.canParse(text) ? new URL(text).href.replace(/\/$/, '') : '';
  const { fhirBase } = authorization;
  // Capitals in the name of a host are let pass; whatever else would have to be rewritten is not what was meant. Whether
  // the address may be talked to at all is the wall's to say.
  if (base === '' || base.length !== text.length || base.length > 500)
    throw new ConsentProblem('address-refused');
  return base.endsWith(fhirBase) ? base.slice(0, base.length - fhirBase.length) : base;
}
