import type { Capabilities, ConnectionSettings } from '#adapter-kit/adapter.ts';
import { type AuthorizationRequestRow, newestAuthorizationRequest } from '#store/authorization-requests.ts';
import { type Connection, listConnections } from '#store/connections.ts';
import { type Consent, currentConsent } from '#store/consents.ts';
import { listDirectory } from '#store/directory.ts';
import { readRegistration } from '#store/oauth-registrations.ts';
import { readPractice } from '#store/practices.ts';
import { listVisitTypes } from '#store/visit-types.ts';
import { listWiderGrants, type WiderGrant } from '#store/wider-grants.ts';
import { attemptOf } from '../caller.ts';
import { isAtWork, proveConnection } from '../connect.ts';
import { settleBase } from './approvals.ts';
import { fhirBaseOf, oauthOf } from './authorization-server.ts';
import { type FoundLink, ownLink, type Visit, visitorOf } from './links.ts';
import { pinnedServer } from './oauth-client.ts';
import { type Outcome, outcomeOf } from './pending.ts';
import { ConsentProblem } from './problem.ts';
import { problemOf } from './problem-of.ts';
import { widerToAsk } from './scope-plan.ts';
import type { ConsentServices } from './services.ts';
import { type SettingField, settingFields } from './settings-form.ts';
import { type WiderOffer, widerOffer } from './wider.ts';

/** Where a practice stands on the way to its connection: what its page shows. */
export interface Setup {
  readonly practice: string;
  /** Name of the EMR. */
  readonly emr: string;
  /** Id of its adapter. */
  readonly adapter: string;
  /** Exact origin and base path of the EMR, by which a person can tell whose it is; undefined until it is known. */
  readonly address: string | undefined;
  readonly step: Step;
}

export type Step =
  /** The EMR takes a key. */
  | {
      readonly is: 'key';
      readonly secrets: readonly { readonly name: string; readonly title: string }[];
      readonly fields: readonly SettingField[];
    }
  /** The practice has to say where its FHIR server is. */
  | { readonly is: 'base' }
  /** It did, and nobody of ours has looked yet. */
  | { readonly is: 'waiting'; readonly base: string }
  | ConsentStep
  /** It is connected: the result page tells. */
  | { readonly is: 'done' };

export interface ConsentStep {
  readonly is: 'consent';
  /** Host that asks for the consent. */
  readonly server: string;
  /** Origin of the authorization endpoint; undefined where nobody is sent anywhere. */
  readonly away: string | undefined;
  /** In words; of what is asked by choice, what the settings want as they stand in the form. */
  readonly asked: readonly string[];
  readonly never: readonly string[];
  /** Scopes beyond scheduling that are asked for besides, because the practice has accepted them. */
  readonly more: readonly string[];
  /** Taken beyond scheduling, on record. */
  readonly wider: readonly WiderGrant[];
  /** Filled in as they were when this link led to the EMR before, or as whoever made it knew them. */
  readonly fields: readonly SettingField[];
  /** The connection is there already. */
  readonly again: boolean;
}

/** @throws ConsentProblem as `ownLink`, `not-approved` */
export async function viewSetup(services: ConsentServices, visit: Visit): Promise<Setup> {
  const { on } = services;
  const found = await ownLink(services, visit);
  const { practiceId } = found;
  const link = await settleBase(services, practiceId, found.link);
  const practice = await on.database.withPractice(practiceId, readPractice);
  if (!practice) throw new ConsentProblem('link-unknown');
  const { id: adapter, title: emr } = on.emr.adapterOf(link.adapter);
  const step = await stepOf(services, { practiceId, link });
  return { practice: practice.name, emr, adapter, address: link.origin, step };
}

async function stepOf(services: ConsentServices, { practiceId, link }: FoundLink): Promise<Step> {
  const { on } = services;
  if (link.endCode === 'used') return { is: 'done' };
  const adapter = on.emr.adapterOf(link.adapter);
  const connections = await on.database.withPractice(practiceId, listConnections);
  const known = connections.find((one) => one.connectionId === link.connectionId);
  if (adapter.authorization.kind === 'api-key') {
    const secrets = Object.entries(adapter.authorization.secrets).flatMap(([name, { title, of }]) =>
      of === 'practice' ? [{ name, title }] : [],
    );
    const fields =
      known && isAtWork(known)
        ? []
        : filledIn(settingFields(adapter), { ...link.settings, ...known?.settings });
    return { is: 'key', secrets, fields };
  }
  const authorization = oauthOf(adapter);
  const { origin, context } = link;
  if (origin === undefined) return { is: 'base' };
  if (context === undefined) return { is: 'waiting', base: fhirBaseOf(authorization, { origin }) };
  const registration = await on.database.withoutPractice((tx) => readRegistration(tx, context));
  if (!registration?.approvedAt || registration.retiredAt) throw new ConsentProblem('not-approved');
  const { wider, before } = await on.database.withPractice(practiceId, async (tx) => ({
    wider: await listWiderGrants(tx, context),
    before: await newestAuthorizationRequest(tx, link.linkId),
  }));
  const { authorization_endpoint, token_endpoint } = pinnedServer(registration);
  const away = registration.grantType === 'authorization_code' ? authorization_endpoint : undefined;
  const settings = known?.settings ?? before?.settings ?? link.settings;
  const { inWords, byChoice = [] } = authorization.scopes;
  const chosen = byChoice.filter(({ wanted }) => wanted(settings));
  return {
    is: 'consent',
    server: new URL(away ?? token_endpoint).host,
    away: away && new URL(away).origin,
    asked: [...inWords.asked, ...chosen.map((choice) => choice.inWords)],
    never: inWords.never,
    more: widerToAsk(
      authorization,
      wider.flatMap(({ scopes }) => scopes),
    ),
    wider,
    // What people set before stays as it is.
    fields: known ? [] : filledIn(settingFields(adapter), settings),
    again: known !== undefined,
  };
}

/** Nothing of it is secret: keys are no settings. */
function filledIn(fields: readonly SettingField[], before: ConnectionSettings): SettingField[] {
  return fields.map((field) => ({ ...field, standard: String(before[field.name] ?? field.standard) }));
}

/** How it went. */
export type Result = { readonly is: 'nothing' } | { readonly is: 'working' } | Unfinished | Connected;

export interface Unfinished {
  readonly is: 'problem';
  readonly outcome: Outcome;
  /** The connection that was to be renewed works as before. */
  readonly goesOn: boolean;
  /** Where the EMR refused to show the schedule: what the practice may accept for it. */
  readonly offer?: WiderOffer | undefined;
}

export interface Connected {
  readonly is: 'connected';
  readonly connection: Connection;
  /** Undefined for a key. */
  readonly consent: Consent | undefined;
  readonly capabilities: Capabilities;
  readonly wider: readonly WiderGrant[];
  readonly found: {
    readonly practitioners: number;
    readonly locations: number;
    readonly visitTypes: number;
  };
}

/** @throws ConsentProblem as `ownLink` */
export async function viewResult(
  services: ConsentServices,
  visit: Visit,
): Promise<Omit<Setup, 'address' | 'step'> & { readonly result: Result }> {
  const { on } = services;
  const { practiceId, link } = await ownLink(services, visit);
  const { id: adapter, title: emr } = on.emr.adapterOf(link.adapter);
  return on.database.withPractice(practiceId, async (tx) => {
    const practice = (await readPractice(tx))?.name ?? '';
    const about = { practice, emr, adapter };
    const connection = (await listConnections(tx)).find((one) => one.connectionId === link.connectionId);
    const wider = link.context === undefined ? [] : await listWiderGrants(tx, link.context);
    if (link.endCode !== 'used' || !connection) {
      const result = unfinished(
        await newestAuthorizationRequest(tx, link.linkId),
        on.clock.now(),
        connection !== undefined && isAtWork(connection) && connection.state !== 'needs_reconsent',
      );
      if (result.is !== 'problem' || result.outcome.code !== 'schedule-refused') return { ...about, result };
      const offer = widerOffer(oauthOf(on.emr.adapterOf(link.adapter)), wider);
      return { ...about, result: { ...result, offer } };
    }
    const directory = await listDirectory(tx);
    const count = (kind: string): number =>
      directory.filter((one) => one.kind === kind && one.active && one.connectionId === link.connectionId)
        .length;
    const result: Connected = {
      is: 'connected',
      connection,
      consent: await currentConsent(tx, connection.connectionId),
      capabilities: on.emr.capabilitiesOf(connection),
      wider,
      found: {
        practitioners: count('Practitioner'),
        locations: count('Location'),
        visitTypes: (await listVisitTypes(tx)).length,
      },
    };
    return { ...about, result };
  });
}

function unfinished(request: AuthorizationRequestRow | undefined, now: number, goesOn: boolean): Result {
  if (!request?.consumedAt && !request?.outcome) return { is: 'nothing' };
  const outcome = outcomeOf(request.outcome);
  if (outcome && outcome.code !== 'connected') return { is: 'problem', outcome, goesOn };
  const isAtIt = now - (request.consumedAt?.getTime() ?? 0) < longestWorkMs;
  // Whoever was at it is gone, and with it whatever the EMR had answered.
  return isAtIt ? { is: 'working' } : { is: 'problem', outcome: { code: 'emr-unclear' }, goesOn };
}

/** No callback is at work for longer than this. */
const longestWorkMs = 60_000;

/** Repeats the first read of the connection that a link made, on the record. @throws ConsentProblem */
export async function checkAgain(services: ConsentServices, visit: Visit): Promise<void> {
  const { on } = services;
  const { practiceId, link } = await ownLink(services, visit);
  if (link.endCode !== 'used') throw new ConsentProblem('link-unknown');
  const { connectionId } = link;
  const attempt = attemptOf(visitorOf(practiceId, visit), {
    action: 'connection.probe',
    resourceId: connectionId,
  });
  try {
    await on.audit.around(practiceId, attempt, () => proveConnection(on, practiceId, connectionId));
  } catch (error) {
    throw problemOf(error);
  }
}
