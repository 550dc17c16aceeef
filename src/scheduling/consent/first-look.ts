import { type Capabilities, capabilitiesOf } from '#adapter-kit/adapter.ts';
import { WireFailure } from '#adapter-kit/wire-failure.ts';
import { Failure } from '#domain/failure.ts';
import { createAuthorisedClient, createResilience, type Pace } from '#egress/index.ts';
import { readPractice } from '#store/practices.ts';
import type { Secret } from '#vault/secret.ts';
import type { Clock } from '../clock.ts';
import { oauthOf } from './authorization-server.ts';
import type { BegunConsent } from './pending.ts';
import { ConsentProblem } from './problem.ts';
import type { ConsentServices } from './services.ts';

/**
 * The adapter's probe with a grant that nobody has kept yet, where the EMR is one that lets nobody schedule without
 * wider scopes or a permission of its own (`ScopePlan.wider`): a refusal is told before there is a connection. Whatever
 * else goes wrong proves nothing about the grant, and the connection's own first read will tell.
 *
 * @throws ConsentProblem `schedule-refused`
 */
export async function lookFirst(
  { on, wall }: Pick<ConsentServices, 'on' | 'wall'>,
  { practiceId, link, registration, settings }: Omit<BegunConsent, 'session'>,
  accessToken: Secret,
): Promise<void> {
  const adapter = on.emr.adapterOf(registration.adapter);
  if (oauthOf(adapter).scopes.wider === undefined) return;
  const { origin, kind } = registration;
  try {
    const practice = await on.database.withPractice(practiceId, readPractice);
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
    await adapter.operations.probe({
      http,
      base: origin,
      timeZone: practice?.timeZone ?? 'UTC',
      settings,
      now: on.clock.now,
      memo: (_key, _ttlMs, load) => load(),
    });
  } catch (error) {
    if (isRefusal(error)) throw new ConsentProblem('schedule-refused', { cause: error });
  }
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
