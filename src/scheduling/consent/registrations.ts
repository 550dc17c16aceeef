import { Failure } from '#domain/failure.ts';
import { type AuthorizationServerMetadata, serverChanges } from '#oauth/authorization-server-metadata.ts';
import { agreeOnCalls, readBudgetOfRegistration } from '#store/application-budgets.ts';
import type { Tx } from '#store/database.ts';
import {
  approveRegistrationRow,
  insertRegistration,
  insertRegistrationAct,
  type JsonObject,
  listRegistrationActs,
  listRegistrations,
  type OAuthRegistration,
  type RegistrationAct,
  readRegistration,
  replaceRegistrationKeys,
  retireRegistrationRow,
} from '#store/oauth-registrations.ts';
import { type BudgetFacts, factsOf as budgetFactsOf, installedQuota } from '../call-budgets.ts';
import { rowId } from '../ids.ts';
import { type Answerable, reasonOf, refuseUnfit } from './answerable.ts';
import { discoverServer, oauthOf } from './authorization-server.ts';
import { type AskedKeys, makeClientKeys } from './client-keys.ts';
import { pinnedServer } from './oauth-client.ts';
import { ConsentProblem } from './problem.ts';
import { askedScopes } from './scope-plan.ts';
import type { ConsentServices } from './services.ts';

export type NewRegistration = AskedKeys &
  Pick<OAuthRegistration, 'adapter' | 'kind' | 'origin' | 'grantType' | 'clientId' | 'scopeDialect'>;

/** A registration as people see it: no secret, not even sealed. */
export interface RegistrationFacts
  extends Omit<OAuthRegistration, 'clientSecret' | 'privateJwk' | 'metadata'> {
  readonly server: AuthorizationServerMetadata;
  /** What has to be registered at the EMR, to the letter. */
  readonly redirectUri: string;
  /** Where the EMR finds our public key, for `private_key_jwt`. */
  readonly jwksUri: string | undefined;
  /** How the calls of its application stand, where the EMR counts them: with those of its other registrations. */
  readonly calls: BudgetFacts | undefined;
  readonly acts: readonly RegistrationAct[];
}

/**
 * Registers who we are at one authorization server for one FHIR base. Reads what the server says of itself, for a
 * person to look at: until {@link approveRegistration} nothing secret is sent there.
 *
 * @throws Failure `missing-element`, `invalid-value` with the name of the field, `business-rule` for a name that was
 *   given before; ConsentProblem of {@link discoverServer}
 */
export async function addRegistration(
  services: ConsentServices,
  by: Answerable,
  asked: NewRegistration,
): Promise<RegistrationFacts> {
  const { on, wall, seal } = services;
  const authorization = oauthOf(on.emr.adapterOf(asked.adapter));
  refuseUnfit(
    'context',
    /^[a-z][a-z0-9-]{1,47}$/.test(asked.context),
    'Lower-case letters, digits, hyphens.',
  );
  refuseUnfit('clientId', /^[\x20-\x7e]{1,256}$/.test(asked.clientId), 'As the EMR gave it.');
  refuseUnfit(
    'grant',
    authorization.grantTypes.includes(asked.grantType),
    `${authorization.grantTypes.join(', ')}.`,
  );
  const methods = authorization.clientAuthentication;
  refuseUnfit('auth', methods.includes(asked.clientAuthentication), `This EMR takes: ${methods.join(', ')}.`);
  askedScopes(authorization, asked, {});
  const keys = await makeClientKeys(seal, asked);
  const server = await discoverServer({ wall, clock: on.clock.now }, authorization, asked);
  if (asked.grantType === 'authorization_code' && server.authorization_endpoint === undefined)
    refuseUnfit('grant', false, 'The server names no authorization endpoint.');

  const at = new Date(on.clock.now());
  const { algorithm: _, clientSecret: __, ...facts } = asked;
  const row: OAuthRegistration = {
    ...facts,
    clientSecret: undefined,
    privateJwk: undefined,
    publicJwk: undefined,
    ...keys,
    metadata: asJson(server),
    approvedAt: undefined,
    retiredAt: undefined,
    createdAt: at,
  };
  await on.database.withoutPractice(async (tx) => {
    if (!(await insertRegistration(tx, row)))
      throw new Failure('business-rule', {
        expression: 'context',
        hint: 'This name was given before. A redirect address is never given twice: choose another name.',
      });
    await note(tx, services, asked.context, 'add', by);
  });
  return requireRegistrationFacts(services, asked.context);
}

/** All registrations with what was done to them, retired ones included. */
export async function reviewRegistrations(services: ConsentServices): Promise<RegistrationFacts[]> {
  return services.on.database.withoutPractice(async (tx) => {
    const acts = await listRegistrationActs(tx);
    const found: RegistrationFacts[] = [];
    for (const row of await listRegistrations(tx))
      found.push(factsOf(services, row, acts, await callsOf(services, tx, row)));
    return found;
  });
}

async function callsOf(
  { on }: ConsentServices,
  tx: Tx,
  { adapter, context }: OAuthRegistration,
): Promise<BudgetFacts | undefined> {
  const quota = installedQuota(on.emr, adapter);
  const budget = quota && (await readBudgetOfRegistration(tx, context));
  return quota && budget && budgetFactsOf(quota, budget);
}

/**
 * Pins a registration's server: from here on practices may connect by it, and find the very same server each time or
 * none. The server is asked again first; where it has changed since, the person has to look again.
 *
 * @throws Failure `not-found`, `version-conflict` with the fields that differ, `business-rule` for a retired one;
 *   ConsentProblem of {@link discoverServer}
 */
export async function approveRegistration(
  services: ConsentServices,
  by: Answerable,
  context: string,
): Promise<RegistrationFacts> {
  const { on } = services;
  const registration = await requireRegistration(services, context);
  if (registration.retiredAt) throw new Failure('business-rule', { hint: 'This registration is retired.' });
  const found = await rediscover(services, registration);
  await on.database.withoutPractice(async (tx) => {
    await approveRegistrationRow(tx, context, asJson(found), new Date(on.clock.now()));
    await note(tx, services, context, 'approve', by);
  });
  return requireRegistrationFacts(services, context);
}

/** What the server says now. @throws Failure `version-conflict` where it is not what the registration holds */
export async function rediscover(
  { on, wall }: ConsentServices,
  registration: OAuthRegistration,
): Promise<AuthorizationServerMetadata> {
  const authorization = oauthOf(on.emr.adapterOf(registration.adapter));
  const found = await discoverServer({ wall, clock: on.clock.now }, authorization, registration);
  refuseChanges(serverChanges(pinnedServer(registration), found));
  return found;
}

/** @throws Failure `version-conflict` */
export function refuseChanges(changes: readonly string[]): void {
  if (changes.length > 0)
    throw new Failure('version-conflict', {
      expression: changes.join(', '),
      hint: 'The authorization server does not say the same as when it was looked at. Look again before you approve it.',
    });
}

/** Nobody new connects by it from here on; connections that were made by it go on. Doing it again changes nothing. */
export async function retireRegistration(
  services: ConsentServices,
  by: Answerable,
  context: string,
): Promise<RegistrationFacts> {
  await requireRegistration(services, context);
  await services.on.database.withoutPractice(async (tx) => {
    await retireRegistrationRow(tx, context, new Date(services.on.clock.now()));
    await note(tx, services, context, 'retire', by);
  });
  return requireRegistrationFacts(services, context);
}

/**
 * Another secret, or another key pair, in the place of the one there is; at once, for every connection.
 *
 * @throws Failure `not-found`, `missing-element`; `invalid-value` for a registration without secret or key
 */
export async function replaceKeys(
  services: ConsentServices,
  by: Answerable,
  context: string,
  fresh: Pick<NewRegistration, 'clientSecret' | 'algorithm'>,
): Promise<RegistrationFacts> {
  const registration = await requireRegistration(services, context);
  const keys = await makeClientKeys(services.seal, { ...registration, ...fresh });
  if (keys === undefined)
    throw new Failure('invalid-value', { expression: 'context', hint: 'It has neither secret nor key.' });
  await services.on.database.withoutPractice(async (tx) => {
    await replaceRegistrationKeys(tx, context, keys);
    await note(tx, services, context, 'keys', by);
  });
  return requireRegistrationFacts(services, context);
}

/**
 * Keeps how many calls were agreed on with the vendor, in place of what the adapter knows: in a window, for the whole
 * application, so for all registrations that have its client id at its host. In force with the next call.
 *
 * @throws Failure `not-found`; `invalid-value` for no whole number from 1 on, or an EMR that counts no calls
 */
export async function agreeOnQuota(
  services: ConsentServices,
  by: Answerable,
  context: string,
  calls: number,
): Promise<RegistrationFacts> {
  const { adapter } = await requireRegistration(services, context);
  refuseUnfit(
    'calls',
    Number.isSafeInteger(calls) && calls >= 1 && calls <= 1e9,
    'A whole number from 1 on.',
  );
  const isCounted = installedQuota(services.on.emr, adapter) !== undefined;
  refuseUnfit('context', isCounted, 'Calls of this EMR are not counted, as far as its adapter knows.');
  await services.on.database.withoutPractice(async (tx) => {
    await agreeOnCalls(tx, context, calls);
    await note(tx, services, context, 'quota', by);
  });
  return requireRegistrationFacts(services, context);
}

/** The JWK set that is published for one registration (RFC 7517 §5), or undefined where there is none. */
export async function publicKeysOf(
  { on }: Pick<ConsentServices, 'on'>,
  context: string,
): Promise<{ readonly keys: readonly JsonObject[] } | undefined> {
  const registration = await on.database.withoutPractice((tx) => readRegistration(tx, context));
  return registration?.publicJwk && { keys: [registration.publicJwk] };
}

/** @throws Failure `not-found` */
export async function requireRegistration(
  { on }: Pick<ConsentServices, 'on'>,
  context: string,
): Promise<OAuthRegistration> {
  const registration = await on.database.withoutPractice((tx) => readRegistration(tx, context));
  if (!registration)
    throw new Failure('not-found', { expression: 'context', hint: 'postern registration list names them.' });
  return registration;
}

/**
 * The registration, if practices may connect by it.
 *
 * @throws ConsentProblem `not-approved`
 */
export async function openRegistration(
  { on }: Pick<ConsentServices, 'on'>,
  context: string | undefined,
): Promise<OAuthRegistration> {
  const registration =
    context === undefined
      ? undefined
      : await on.database.withoutPractice((tx) => readRegistration(tx, context));
  if (!registration?.approvedAt || registration.retiredAt) throw new ConsentProblem('not-approved');
  return registration;
}

export function redirectUriOf({ publicUrl }: Pick<ConsentServices, 'publicUrl'>, context: string): string {
  return `${publicUrl}/oauth/cb/${context}`;
}

async function requireRegistrationFacts(
  services: ConsentServices,
  context: string,
): Promise<RegistrationFacts> {
  const facts = (await reviewRegistrations(services)).find((one) => one.context === context);
  if (!facts) throw new Failure('not-found');
  return facts;
}

function factsOf(
  services: ConsentServices,
  { clientSecret: _, privateJwk: __, metadata, ...row }: OAuthRegistration,
  acts: readonly RegistrationAct[],
  calls: BudgetFacts | undefined,
): RegistrationFacts {
  return {
    ...row,
    server: pinnedServer({ metadata }),
    redirectUri: redirectUriOf(services, row.context),
    jwksUri: row.publicJwk && `${services.publicUrl}/oauth/jwks/${row.context}`,
    calls,
    acts: acts.filter(({ context }) => context === row.context),
  };
}

/** @throws Failure `invalid-value` for a reason that is not one line */
async function note(
  tx: Tx,
  { on }: ConsentServices,
  context: string,
  act: RegistrationAct['act'],
  { person, reason }: Answerable,
): Promise<void> {
  const at = new Date(on.clock.now());
  await insertRegistrationAct(tx, { actId: rowId(), context, at, act, person, reason: reasonOf(reason) });
}

/** Plain JSON of a value that holds nothing else. */
export function asJson(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value));
}
