import type { ConnectionSettings } from '#adapter-kit/adapter.ts';
import { Failure } from '#domain/failure.ts';
import { endLink, readLink } from '#store/connect-links.ts';
import { type Connection, listConnections } from '#store/connections.ts';
import type { Caller } from '../caller.ts';
import { settingsOf } from '../connect.ts';
import { refuseUnlessOpen } from './admission.ts';
import { confirmServer, oauthOf } from './authorization-server.ts';
import { acceptedWider } from './connection-grant.ts';
import { consentForOurselves } from './establish.ts';
import { makeConnectLink } from './links.ts';
import { oauthClientOf, pinnedServer } from './oauth-client.ts';
import { newSecret } from './one-time.ts';
import { ConsentProblem } from './problem.ts';
import { openRegistration } from './registrations.ts';
import { askedScopes, widerToAsk } from './scope-plan.ts';
import type { ConsentServices } from './services.ts';

export interface SystemConnection {
  /** A registration by client credentials. */
  readonly context: string;
  /** A connection that is there and gets a new grant; it keeps its settings. */
  readonly connectionId?: string | undefined;
  readonly settings?: ConnectionSettings | undefined;
}

/**
 * Connects a practice by a registration by which its EMR and the gateway trust each other (RFC 6749 §4.4), without a page:
 * there is nobody to ask. The same steps as by a link, which is made for it and opened by nobody; it ends with this call.
 *
 * @param person who does it
 * @returns the connection as it is then: `degraded` where the grant is good and its first read failed
 * @throws Failure `business-rule` for a registration that asks a person, `invalid-value` for settings that are wrong or
 *   needed and empty, and as `makeConnectLink`; ConsentProblem as `beginConsent` and `establish`
 */
export async function connectSystem(
  services: ConsentServices,
  caller: Caller,
  person: string,
  { context, connectionId, settings: given = {} }: SystemConnection,
): Promise<Connection> {
  const { on, wall, random } = services;
  const { practiceId } = caller;
  const registration = await openRegistration(services, context);
  if (registration.grantType !== 'client_credentials')
    throw new Failure('business-rule', {
      hint: 'This registration asks a person of the practice: make a connect link.',
    });
  const adapter = on.emr.adapterOf(registration.adapter);
  const authorization = oauthOf(adapter);
  const connections = () => on.database.withPractice(practiceId, listConnections);
  const known = (await connections()).find((one) => one.connectionId === connectionId);
  const settings = known?.settings ?? settingsOf(adapter, given);
  const { kind } = registration;
  const made = await makeConnectLink(services, caller, person, {
    emr: context,
    connectionId,
    kind,
    settings: given,
  });
  try {
    const link = await on.database.withPractice(practiceId, (tx) => readLink(tx, made.linkId));
    if (!link) throw new ConsentProblem('link-unknown');
    await refuseUnlessOpen(services, { practiceId, link });
    const accepted = await acceptedWider(on.database, practiceId, context);
    const asked = [
      ...askedScopes(authorization, registration, settings).asked,
      ...widerToAsk(authorization, accepted),
    ];
    const outside = { wall, clock: on.clock.now };
    await confirmServer(outside, authorization, registration, pinnedServer(registration));
    const client = await oauthClientOf({ ...services, clock: on.clock.now }, authorization, registration);
    const begun = { practiceId, link, registration, session: newSecret(random), asked, settings };
    const problem = await consentForOurselves(services, caller, begun, client);
    if (problem) throw new ConsentProblem(problem);
  } finally {
    // Where it connected, the link is used up already.
    await on.database.withPractice(practiceId, (tx) =>
      endLink(tx, made.linkId, 'withdrawn', new Date(on.clock.now())),
    );
  }
  const connection = (await connections()).find((one) => one.connectionId === made.connectionId);
  if (!connection) throw new ConsentProblem('internal');
  return connection;
}
