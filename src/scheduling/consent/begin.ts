import { buildAuthorizationRequest } from '#oauth/authorization-request.ts';
import { listConnections } from '#store/connections.ts';
import { attemptOf } from '../caller.ts';
import { refuseUnlessOpen } from './admission.ts';
import { settleBase } from './approvals.ts';
import { confirmServer, fhirBaseOf, oauthOf } from './authorization-server.ts';
import { acceptedWider } from './connection-grant.ts';
import { consentForOurselves } from './establish.ts';
import { ownLink, type Visit, visitorOf } from './links.ts';
import { oauthClientOf, pinnedServer } from './oauth-client.ts';
import { keepPending } from './pending.ts';
import type { ProblemCode } from './problem.ts';
import { openRegistration, redirectUriOf } from './registrations.ts';
import { askedScopes, widerToAsk } from './scope-plan.ts';
import type { ConsentServices } from './services.ts';
import { readSettings } from './settings-form.ts';

/**
 * `away`: to the EMR's consent screen. `done`: two systems trust each other, and nobody had to be sent anywhere; how that
 * went is noted for the result page.
 */
export type Begun =
  | { readonly is: 'away'; readonly url: string }
  | { readonly is: 'done'; readonly problem: ProblemCode | undefined };

/**
 * Begins the way to the EMR (RFC 6749 §4.1.1 with RFC 7636, SMART App Launch 2.2 "Standalone Launch"). The server is
 * asked again what it says of itself and has to be the one that was approved. State, verifier and all that the way back
 * is compared with belong to this browser, this link and this registration, for ten minutes and one use.
 *
 * @param given what was filled in of the adapter's settings; a connection that is there keeps its own, which its page
 *   does not ask for
 * @throws ConsentProblem `link-used`, `not-approved`, `server-changed`, `settings`, and as `ownLink`; Failure of a
 *   practice that is closed, of its mode, or of another connection at work
 */
export async function beginConsent(
  services: ConsentServices,
  visit: Visit,
  given: Readonly<Record<string, string | undefined>>,
): Promise<Begun> {
  const { on, wall } = services;
  const found = await ownLink(services, visit);
  const { practiceId, session } = found;
  const link = await settleBase(services, practiceId, found.link);
  await refuseUnlessOpen(services, { practiceId, link });
  const registration = await openRegistration(services, link.context);
  const adapter = on.emr.adapterOf(registration.adapter);
  const authorization = oauthOf(adapter);
  const connections = await on.database.withPractice(practiceId, listConnections);
  const known = connections.find((one) => one.connectionId === link.connectionId);
  const settings = known?.settings ?? readSettings(adapter, given, link.settings);
  const accepted = await acceptedWider(on.database, practiceId, registration.context);
  const asked = [
    ...askedScopes(authorization, registration, settings).asked,
    ...widerToAsk(authorization, accepted),
  ];
  await confirmServer({ wall, clock: on.clock.now }, authorization, registration, pinnedServer(registration));

  const client = await oauthClientOf({ ...services, clock: on.clock.now }, authorization, registration);
  const begun = { practiceId, link, registration, session, asked, settings };
  if (registration.grantType === 'client_credentials') {
    return {
      is: 'done',
      problem: await consentForOurselves(services, visitorOf(practiceId, visit), begun, client),
    };
  }
  const base = fhirBaseOf(authorization, registration);
  const redirectUri = redirectUriOf(services, registration.context);
  const { url, pending } = await buildAuthorizationRequest(client, {
    redirectUri,
    scope: asked,
    ...(authorization.audience !== 'none' && {
      audience: authorization.audience === 'base' ? base : `${base}/`,
    }),
    ...(authorization.pkce !== 'S256' && { pkce: authorization.pkce }),
  });
  const attempt = attemptOf(visitorOf(practiceId, visit), {
    action: 'connection.authorize',
    resourceId: link.connectionId,
  });
  await on.database.withPractice(practiceId, async (tx) => {
    await keepPending(services, tx, begun, pending);
    await on.audit.record(tx, practiceId, { ...attempt, outcome: 'pending' });
  });
  return { is: 'away', url };
}
