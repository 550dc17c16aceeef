import type { Caller } from '#scheduling/caller.ts';
import { makeConnectLink } from '#scheduling/consent/links.ts';
import {
  addRegistration,
  agreeOnQuota,
  approveRegistration,
  type RegistrationFacts,
  retireRegistration,
  reviewRegistrations,
} from '#scheduling/consent/registrations.ts';
import type { ConsentServices } from '#scheduling/consent/services.ts';
import { listConnections } from '#store/connections.ts';
import { Secret } from '#vault/secret.ts';
import type { DemoAccess, DemoOffice } from './offices.ts';
import { createVisitor, type VisitedPage } from './visitor.ts';

/** A demo practice that is to be connected to its simulator. */
export interface Connecting<Kind extends DemoAccess['kind']> {
  readonly office: DemoOffice;
  readonly access: Extract<DemoAccess, { readonly kind: Kind }>;
  readonly simulatorUrl: string;
  readonly say: (line: string) => void;
}
type Consenting = Connecting<'consent'>;

const by = { person: 'demo', reason: 'The simulator of a demo practice on this machine.' };

/**
 * Connects a demo practice as a real one is: we are registered at the EMR, a person approves its addresses, the practice
 * gets a link and a code, and somebody there signs in and allows it; only that this somebody is played. A later start
 * finds the connection, unless the simulator has moved: then its practice consents again.
 *
 * @throws Error with a sentence when it is not connected in the end
 */
export async function connectByConsent(
  consent: ConsentServices,
  caller: Caller,
  connecting: Consenting,
): Promise<void> {
  const { office, access, simulatorUrl, say } = connecting;
  const origin = `${simulatorUrl}${office.apiPath}`;
  const { registration, isNew } = await register(consent, connecting, origin);
  await registerAtSimulator(connecting, registration);
  const [connection] = await consent.on.database.withPractice(caller.practiceId, listConnections);
  if (connection?.state === 'connected' && !isNew) return;

  say(`${office.name} consents to the connection at its ${office.emrTitle} …`);
  const link = await makeConnectLink(consent, caller, by.person, {
    emr: registration.context,
    connectionId: connection?.connectionId,
    origin,
    kind: 'simulator',
    // Who consents again keeps what was known.
    ...(connection === undefined && access.known !== undefined && { settings: access.known }),
  });
  const last = await consentAsPractice(link, connecting);
  const connections = await consent.on.database.withPractice(caller.practiceId, listConnections);
  const made = connections.find(({ connectionId }) => connectionId === link.connectionId);
  if (made?.state !== 'connected')
    throw new Error(
      `${office.name} is not connected${made ? ` but ${made.state}` : ''}: its way to the consent ended at ${new URL(last.url).pathname} (HTTP ${last.status}).`,
    );
}

/** Our registration for this address, made and approved where there is none. */
async function register(
  consent: ConsentServices,
  { office, access }: Consenting,
  origin: string,
): Promise<{ readonly registration: RegistrationFacts; readonly isNew: boolean }> {
  const all = await reviewRegistrations(consent);
  const known = all.filter(({ context }) => context.startsWith(access.context));
  const [current] = known.filter((one) => one.approvedAt && !one.retiredAt);
  if (current?.origin === origin) return { registration: current, isNew: false };
  if (current) await retireRegistration(consent, by, current.context);
  const added = await addRegistration(consent, by, {
    context: known.length === 0 ? access.context : `${access.context}-${known.length + 1}`,
    adapter: office.emr,
    kind: 'simulator',
    origin,
    grantType: 'authorization_code',
    clientId: access.clientId,
    clientAuthentication: access.clientAuthentication,
    clientSecret: new Secret(secretOf(access)),
    algorithm: 'ES384',
    scopeDialect: access.scopeDialect,
  });
  const registration = await approveRegistration(consent, by, added.context);
  if (access.agreedCalls !== undefined) await agreeOnQuota(consent, by, added.context, access.agreedCalls);
  return { registration, isNew: true };
}

/** Opens nothing but a simulator on this machine. */
function secretOf({ context }: Consenting['access']): string {
  return `demo-secret-of-${context}`;
}

/** What a developer does at the vendor's portal. */
async function registerAtSimulator(
  { access, office, simulatorUrl }: Consenting,
  { redirectUri, jwksUri }: RegistrationFacts,
): Promise<void> {
  const answer = await fetch(`${simulatorUrl}/__sim/oauth/clients/${access.clientId}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Postern',
      token_endpoint_auth_method: access.clientAuthentication,
      redirect_uris: [redirectUri],
      ...(jwksUri === undefined ? { client_secret: secretOf(access) } : { jwks_uri: jwksUri }),
    }),
  });
  if (!answer.ok)
    throw new Error(
      `The simulator of ${office.name} does not take our registration (HTTP ${answer.status}).`,
    );
}

/**
 * Somebody at the practice opens the link, types the code, signs in at the EMR and allows it; and where the EMR then keeps
 * its schedule to itself, accepts the wider consent in their name and allows that. @returns the last page
 */
async function consentAsPractice(
  link: { readonly url: string; readonly code: string },
  { access }: Consenting,
): Promise<VisitedPage> {
  const visitor = createVisitor();
  const theirs = new URL(link.url).origin;
  let page = await visitor.open(link.url);
  const filled: Readonly<Record<string, string>> = { code: link.code, ...access.settings };
  for (let pages = 0; pages < 16; pages += 1) {
    const { origin, pathname } = new URL(page.url);
    if (page.status >= 400 || page.form === undefined) break;
    const { fields, boxes } = page.form;
    const wider = boxes.filter((name) => name.startsWith('accept '));
    const isResult = pathname === '/connect/result';
    if (isResult && !(access.acceptsWider && wider.length > 0)) break;
    const known = Object.fromEntries(
      Object.entries(origin === theirs ? filled : {}).filter(([name]) => Object.hasOwn(fields, name)),
    );
    page = await visitor.send(page, isResult ? acceptance(wider) : known);
  }
  return page;
}

/** Each scope by a tick of its own, by somebody with a name. */
function acceptance(scopes: readonly string[]): Readonly<Record<string, string>> {
  return {
    ...Object.fromEntries(scopes.map((name) => [name, 'yes'])),
    person: 'Marit Solberg',
    reason: 'Without it the schedule of the demo cannot be read.',
  };
}
