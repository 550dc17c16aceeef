import type { ConnectionSettings } from '#adapter-kit/adapter.ts';
import { Failure } from '#domain/failure.ts';
import {
  bindLink,
  type ConnectLink,
  countWrongCode,
  endLink,
  insertLink,
  type LinkKey,
  linkOfSession,
  linkOfToken,
  lockLink,
  readLink,
} from '#store/connect-links.ts';
import { type Connection, isConnectedElsewhere, lockConnections } from '#store/connections.ts';
import { listConsents } from '#store/consents.ts';
import type { Tx } from '#store/database.ts';
import { listRegistrations, type OAuthRegistration } from '#store/oauth-registrations.ts';
import type { PracticeVault } from '#vault/practice-vault.ts';
import { attemptOf, type Caller, nilAgent } from '../caller.ts';
import { refuseSecondConnection, wrongNames } from '../connect.ts';
import { rowId } from '../ids.ts';
import { readPracticeContext, refuseClosedPractice, refuseKind } from '../practice-context.ts';
import { refuseEnded } from './link-end.ts';
import { digitsOf, hashSecret, isSame, isSecretForm, newCode, newSecret } from './one-time.ts';
import { ConsentProblem } from './problem.ts';
import { type ConsentServices, mostWrongCodes, usualTerms } from './services.ts';

export interface NewLink {
  /** A registration's name, or an adapter's id; may be absent where `connectionId` says it. */
  readonly emr: string | undefined;
  /** A connection that is to be consented to again. */
  readonly connectionId?: string | undefined;
  /** Exact origin and base path of the EMR. Absent: that of the registration, or the practice names its FHIR base. */
  readonly origin?: string | undefined;
  /** Absent: `vendor` for a live practice, `vendor-sandbox` for one in sandbox. */
  readonly kind?: Connection['kind'] | undefined;
  /** What is known of the adapter's settings: the practice finds it filled in, and what it is not asked for stays so. */
  readonly settings?: ConnectionSettings | undefined;
}

/** What is given out once. The two secrets go to the practice by different ways. */
export interface MadeLink {
  readonly linkId: string;
  readonly connectionId: string;
  readonly url: string;
  /** Eight digits. */
  readonly code: string;
  /** Exact origin and base path of the EMR that it leads to; undefined where the practice names it. */
  readonly origin: string | undefined;
  readonly expiresAt: Date;
}

/**
 * Makes a link by which the practice connects its EMR, or consents anew to a connection that it has. Only hashes of its
 * token and code are kept.
 *
 * @param person who makes it
 * @throws Failure `not-found`, `missing-element` and `invalid-value` with the name of the field, `connection-off` where
 *   the practice's mode forbids the EMR, `business-rule` while another connection is at work, without a registration, or
 *   by client credentials where another practice is connected already, `practice-disabled`, `baa-required`
 */
export async function makeConnectLink(
  services: ConsentServices,
  caller: Caller,
  person: string,
  asked: NewLink,
): Promise<MadeLink> {
  const { on, random, publicUrl, terms } = services;
  const { practiceId } = caller;
  const now = on.clock.now();
  const registrations = await on.database.withoutPractice(listRegistrations);
  const token = newSecret(random);
  const code = newCode(random);
  const linkId = rowId();
  const expiresAt = new Date(now + (terms?.linkMs ?? usualTerms.linkMs));

  const attempt = attemptOf(caller, { action: 'connection.link', resourceId: linkId });
  const { connectionId, origin } = await on.audit.transaction(practiceId, attempt, async (tx) => {
    const context = refuseClosedPractice(await readPracticeContext(tx));
    const connections = await lockConnections(tx);
    const renewed = connections.find((one) => one.connectionId === asked.connectionId);
    if (asked.connectionId !== undefined && !renewed)
      throw new Failure('not-found', { expression: 'connection' });
    if (renewed?.disabledAt) throw new Failure('connection-off', { hint: 'Enable the connection first.' });
    refuseSecondConnection(connections.filter((one) => one !== renewed));
    const consented = renewed ? (await listConsents(tx, renewed.connectionId))[0]?.context : undefined;
    const kind = asked.kind ?? (context.practice.mode === 'live' ? 'vendor' : 'vendor-sandbox');
    const target = renewed
      ? targetAgain(services, registrations, renewed, asked.emr ?? consented)
      : targetOf(services, registrations, { ...asked, kind });
    refuseKind(context.practice, target.kind);
    const registration = registrations.find((one) => one.context === target.context);
    if (registration && (await isOfAnotherPractice(tx, registration)))
      throw new Failure('business-rule', {
        hint: `Another practice is connected at ${registration.origin} already, the address of the registration ${registration.context}, and nobody signs in there who could notice a wrong one. Name this practice’s own registration, or disconnect the other practice first.`,
      });
    const settings = knownSettings(services, renewed, target, asked.settings ?? {});

    const id = renewed?.connectionId ?? rowId();
    const vault = await on.vault.forPractice(tx, practiceId);
    await insertLink(tx, practiceId, {
      linkId,
      tokenHash: hashSecret('link', token),
      codeHash: codeHash(vault, linkId, code),
      connectionId: id,
      ...target,
      settings,
      madeBy: person,
      expiresAt,
      createdAt: new Date(now),
    });
    return { connectionId: id, origin: target.origin };
  });
  return { linkId, connectionId, origin, url: `${publicUrl}/connect/${token}`, code, expiresAt };
}

/**
 * Whether a registration by client credentials leads to where another practice is connected. Elsewhere a person signs in,
 * and sees whose EMR it is.
 */
export async function isOfAnotherPractice(
  tx: Tx,
  registration: Pick<OAuthRegistration, 'grantType' | 'adapter' | 'origin'>,
): Promise<boolean> {
  return !asksPeople(registration) && (await isConnectedElsewhere(tx, registration));
}

/** What a browser brings to a connect page, and where it comes from, for the record. */
export interface Visit {
  /** What its cookie holds. */
  readonly session: string | undefined;
  /** Network address. */
  readonly origin: string;
  readonly requestId: string;
}

export interface FoundLink {
  readonly practiceId: string;
  readonly link: ConnectLink;
}

/**
 * The link of a token as it stands, whoever asks. Looking changes nothing: mail programs and virus checkers look too.
 *
 * @throws ConsentProblem `link-unknown`, `link-expired`, `link-guessed`
 */
export async function findLink(services: ConsentServices, token: string): Promise<FoundLink> {
  const { database } = services.on;
  const key = isSecretForm(token)
    ? await database.withoutPractice((tx) => linkOfToken(tx, hashSecret('link', token)))
    : undefined;
  return readFound(services, key);
}

/**
 * The link that a browser is bound to, because its code was entered there.
 *
 * @throws ConsentProblem `other-browser`, `link-expired`
 */
export async function ownLink(
  services: ConsentServices,
  { session }: Pick<Visit, 'session'>,
): Promise<FoundLink & { readonly session: string }> {
  if (session === undefined || !isSecretForm(session)) throw new ConsentProblem('other-browser');
  const key = await services.on.database.withoutPractice((tx) =>
    linkOfSession(tx, hashSecret('session', session)),
  );
  if (!key) throw new ConsentProblem('other-browser');
  return { ...(await readFound(services, key)), session };
}

export function isBoundTo({ sessionHash }: ConnectLink, session: string): boolean {
  return sessionHash !== undefined && isSame(sessionHash, hashSecret('session', session));
}

/**
 * Tries a code. The right one binds the link to the browser that gets the answer; five wrong ones end the link, however
 * many are tried at once.
 *
 * @returns what that browser has to hold from now on
 * @throws ConsentProblem `wrong-code` with the tries that are left, `link-guessed`, `other-browser` when the code was
 *   entered before, `link-used`, and as {@link findLink}
 */
export async function enterCode(
  services: ConsentServices,
  visit: Visit,
  token: string,
  typed: string,
): Promise<string> {
  const { on, random } = services;
  const { practiceId, link } = await findLink(services, token);
  const session = newSecret(random);
  const attempt = attemptOf(visitorOf(practiceId, visit), {
    action: 'connection.open-link',
    resourceId: link.linkId,
  });
  // A wrong code is counted and recorded, so the transaction has to commit: what it found is thrown afterwards.
  const problem = await on.database.withPractice(practiceId, async (tx) => {
    const locked = await lockLink(tx, link.linkId);
    if (!locked) return new ConsentProblem('link-unknown');
    refuseEnded(locked);
    const vault = await on.vault.forPractice(tx, practiceId);
    if (locked.sessionHash) return new ConsentProblem('other-browser');
    if (isSame(locked.codeHash, codeHash(vault, link.linkId, digitsOf(typed)))) {
      await bindLink(tx, link.linkId, hashSecret('session', session));
      await on.audit.record(tx, practiceId, { ...attempt, outcome: 'success' });
      return undefined;
    }
    const triesLeft = mostWrongCodes - locked.wrongCodes - 1;
    await countWrongCode(tx, link.linkId);
    if (triesLeft === 0) await endLink(tx, link.linkId, 'codes', new Date(on.clock.now()));
    await on.audit.record(tx, practiceId, { ...attempt, outcome: 'refused', reason: 'invalid-value' });
    return triesLeft === 0
      ? new ConsentProblem('link-guessed')
      : new ConsentProblem('wrong-code', { triesLeft });
  });
  if (problem) throw problem;
  return session;
}

/** The browser that follows a link, on the record. Nobody has signed in: the link says which practice it is. */
export function visitorOf(practiceId: string, { origin, requestId }: Omit<Visit, 'session'>): Caller {
  return { practiceId, agentId: nilAgent, actor: 'system:connect-link', requestId, origin };
}

async function readFound(services: ConsentServices, key: LinkKey | undefined): Promise<FoundLink> {
  const { on } = services;
  const link = key && (await on.database.withPractice(key.practiceId, (tx) => readLink(tx, key.linkId)));
  if (!key || !link) throw new ConsentProblem('link-unknown');
  if (link.endCode !== 'used') refuseEnded(link);
  if (link.expiresAt.getTime() <= on.clock.now()) throw new ConsentProblem('link-expired');
  return { practiceId: key.practiceId, link };
}

/** Keyed, because eight digits can be tried through: without the practice's key the hash says nothing. */
function codeHash(vault: PracticeVault, linkId: string, code: string): Buffer {
  return vault.index('connect code', `${linkId}|${code}`);
}

/** @throws Failure `invalid-value` with the names of those that the adapter does not take */
function knownSettings(
  { on }: ConsentServices,
  renewed: Connection | undefined,
  { adapter: id }: Target,
  settings: ConnectionSettings,
): ConnectionSettings {
  if (renewed && Object.keys(settings).length > 0)
    throw new Failure('business-rule', {
      hint: 'A connection that is there keeps its settings: postern connection set changes them.',
    });
  const { success, error } = on.emr.adapterOf(id).settings.safeParse(settings);
  if (success) return settings;
  throw new Failure('invalid-value', {
    expression: wrongNames(error).join(', '),
    hint: `See adapters/${id}/README.md for its settings.`,
  });
}

type Target = Pick<ConnectLink, 'adapter' | 'kind' | 'origin' | 'context'>;

/** Where a connection is made again: at the same EMR, by the registration that is named or that it has. */
function targetAgain(
  { on }: ConsentServices,
  registrations: readonly OAuthRegistration[],
  { adapter, kind, origin }: Connection,
  emr: string | undefined,
): Target {
  if (on.emr.adapterOf(adapter).authorization.kind === 'api-key')
    return { adapter, kind, origin, context: undefined };
  const here = registrations.filter((one) => isOpen(one) && one.adapter === adapter && one.origin === origin);
  const asking = here.filter(asksPeople);
  const chosen = here.find((one) => one.context === emr) ?? (asking.length === 1 ? asking[0] : undefined);
  if (!chosen)
    throw new Failure('business-rule', {
      hint: 'No approved registration is at the address of this connection. postern registration list names them.',
    });
  return { adapter, kind, origin, context: chosen.context };
}

function targetOf(
  { on }: ConsentServices,
  registrations: readonly OAuthRegistration[],
  { emr, origin, kind }: NewLink & { readonly kind: Connection['kind'] },
): Target {
  if (emr === undefined) throw new Failure('missing-element', { expression: 'emr' });
  const named = registrations.find((one) => one.context === emr);
  if (named) {
    if (!isOpen(named))
      throw new Failure('business-rule', { hint: 'This registration is not approved, or retired.' });
    return { adapter: named.adapter, kind: named.kind, origin: named.origin, context: named.context };
  }
  const { id: adapter, authorization } = on.emr.adapterOf(emr);
  if (authorization.kind === 'api-key') {
    if (origin === undefined)
      throw new Failure('missing-element', {
        expression: 'origin',
        hint: 'An EMR that takes a key is connected at an address that is known before.',
      });
    return { adapter, kind, origin, context: undefined };
  }
  if (origin === undefined && authorization.metadata === 'smart-configuration')
    return { adapter, kind, origin, context: undefined };
  const here = registrations.filter(
    (one) =>
      isOpen(one) &&
      asksPeople(one) &&
      one.adapter === adapter &&
      one.kind === kind &&
      (origin ?? one.origin) === one.origin,
  );
  const [one] = here;
  if (one === undefined || here.length > 1)
    throw new Failure('business-rule', {
      hint: 'Name the registration to connect by: postern registration list names them.',
    });
  return { adapter, kind, origin: one.origin, context: one.context };
}

/** One by which two systems trust each other asks nobody: it is used where it is named. */
function asksPeople({ grantType }: Pick<OAuthRegistration, 'grantType'>): boolean {
  return grantType === 'authorization_code';
}

function isOpen({ approvedAt, retiredAt }: OAuthRegistration): boolean {
  return approvedAt !== undefined && retiredAt === undefined;
}
