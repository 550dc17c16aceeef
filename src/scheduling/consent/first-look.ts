import { type Capabilities, type ConnectionSettings, capabilitiesOf } from '#adapter-kit/adapter.ts';
import { WireFailure } from '#adapter-kit/wire-failure.ts';
import { Failure } from '#domain/failure.ts';
import { createAuthorisedClient, createResilience, type Pace } from '#egress/index.ts';
import { listConnections } from '#store/connections.ts';
import { readPractice } from '#store/practices.ts';
import type { Secret } from '#vault/secret.ts';
import type { Clock } from '../clock.ts';
import { oauthOf } from './authorization-server.ts';
import type { BegunConsent } from './pending.ts';
import { ConsentProblem } from './problem.ts';
import type { ConsentServices } from './services.ts';

/**
 * The adapter's probe with a grant that nobody has kept yet, for two reasons:
 *
 * - The EMR is one that lets nobody schedule without wider scopes or a permission of its own (`ScopePlan.wider`): a
 *   refusal is told before there is a connection. Whatever else goes wrong proves nothing about the grant, and the
 *   connection's own first read will tell.
 * - The connection is there and has learned which practice of the EMR it is (`Webhooks.tenantSetting`): a grant of
 *   another one, as by somebody who works for both, would have it book there. Then a look that fails is a refusal too,
 *   because it could not tell.
 *
 * @throws ConsentProblem `schedule-refused`, `other-practice`, `emr-away`
 */
export async function lookFirst(
  { on, wall }: Pick<ConsentServices, 'on' | 'wall'>,
  { practiceId, link, registration, settings }: Omit<BegunConsent, 'session'>,
  accessToken: Secret,
): Promise<void> {
  const adapter = on.emr.adapterOf(registration.adapter);
  const { practice, known } = await on.database.withPractice(practiceId, async (tx) => ({
    practice: await readPractice(tx),
    known: (await listConnections(tx)).find((one) => one.connectionId === link.connectionId),
  }));
  const tenantSetting = adapter.webhooks?.tenantSetting;
  const tenant = tenantOf(known?.settings, tenantSetting);
  if (tenant === undefined && oauthOf(adapter).scopes.wider === undefined) return;
  const { origin, kind } = registration;
  let learned: ConnectionSettings | undefined;
  try {
    const http = createAuthorisedClient({
      wall,
      site: wall.site({
        base: origin,
        kind: kind === 'simulator' ? 'simulator' : 'vendor',
        routes: adapter.routes,
        credentialHeaders: ['authorization'],
      }),
      authorize: async () => ({ authorization: `Bearer ${accessToken.reveal()}` }),
      pace: unhurried(capabilitiesOf(adapter, settings), on.clock),
      resilience: createResilience({ concurrent: 1, clock: on.clock.now }),
      clock: on.clock.now,
      random: on.random,
      sleep: (ms) => on.clock.sleep(ms),
      onExchange: ({ route, outcome, status, reason, ms }) =>
        on.report({
          event: 'emr.exchange',
          connection: link.connectionId,
          route: `${adapter.id}/${route}`,
          status: outcome === 'ok' ? String(status) : `${outcome}:${status ?? reason}`,
          ms,
        }),
      signal: AbortSignal.timeout(longestLookMs),
      readRetries: 0,
    });
    const probed = await adapter.operations.probe({
      http,
      base: origin,
      timeZone: practice?.timeZone ?? 'UTC',
      settings,
      now: on.clock.now,
      memo: (_key, _ttlMs, load) => load(),
    });
    learned = probed.settings;
  } catch (error) {
    if (isRefusal(error)) throw new ConsentProblem('schedule-refused', { cause: error });
    if (tenant !== undefined) throw new ConsentProblem('emr-away', { cause: error });
    return;
  }
  if (tenant !== undefined && tenantOf(learned, tenantSetting) !== tenant)
    throw new ConsentProblem('other-practice');
}

/** Which practice of the EMR it is, in one spelling; undefined where nobody has learned it. */
function tenantOf(settings: ConnectionSettings | undefined, name: string | undefined): string | undefined {
  const tenant = name === undefined ? undefined : settings?.[name];
  return tenant === undefined || tenant === '' ? undefined : String(tenant);
}

const longestLookMs = 20_000;

/**
 * Nobody counts these few requests, because there is no connection yet that they could count for: so they come at half
 * the speed that the EMR allows its application.
 */
function unhurried({ pace: { gapMs }, quota }: Capabilities, clock: Clock): Pace {
  const wait = Math.max(gapMs, quota?.perSecond === undefined ? 0 : Math.ceil(2_200 / quota.perSecond));
  return { take: () => clock.sleep(wait) };
}

/** Who we are was understood, and the schedule is not shown to us (RFC 9110 §15.5.4). */
function isRefusal(error: unknown): boolean {
  if (error instanceof Failure) return error.code === 'emr-refused-access';
  return error instanceof WireFailure && error.kind === 'answered' && error.status === 403;
}
