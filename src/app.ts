import { createSecretKey, hkdfSync, randomBytes, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { abilityTable } from '#adapter-kit/abilities.ts';
import type { Adapter, Capabilities } from '#adapter-kit/adapter.ts';
import { adapters } from '#adapters';
import { type Checkpointer, createCheckpointer } from '#audit/checkpoint.ts';
import { type CheckpointFiles, createCheckpointFiles } from '#audit/checkpoint-file.ts';
import { createAudit } from '#audit/record.ts';
import type { Config } from '#config';
import { defaultPolicy } from '#domain/booking-policy.ts';
import { createWall, type Wall } from '#egress/index.ts';
import { type AgentDoor, agentDoor } from '#http/agent-door.ts';
import { createAuthorizationServer } from '#http/oauth/authorization-server.ts';
import { openSigningKeys } from '#http/oauth/signing-keys.ts';
import { type OperatorDoor, operatorDoor } from '#http/operator-door.ts';
import { askAboutChanges, lookAtChanges } from '#jobs/changes.ts';
import { startClockwork } from '#jobs/clockwork.ts';
import { giveHoldsBack, sweepHolds } from '#jobs/holds.ts';
import { findDueIntents, workIntents } from '#jobs/intents.ts';
import { tidyUp } from '#jobs/tidy.ts';
import { replaySpilledTokens, resealValues, sweepTokens } from '#jobs/tokens.ts';
import { createAvailabilityCache } from '#scheduling/availability-cache.ts';
import type { Clock } from '#scheduling/clock.ts';
import { type ConnectionHealth, createConnectionHealth } from '#scheduling/connection-health.ts';
import { createConnectionGrants } from '#scheduling/consent/connection-grant.ts';
import type { ConsentServices } from '#scheduling/consent/services.ts';
import { followTokens } from '#scheduling/consent/token-changes.ts';
import { createEmrAccess } from '#scheduling/emr-access.ts';
import type { Scheduling } from '#scheduling/scheduling.ts';
import { type Database, openDatabase } from '#store/database.ts';
import { embeddedUrl } from '#store/embedded/start.ts';
import { refuseUnsafeRole } from '#store/guard.ts';
import { openJobQueue } from '#store/job-queue.ts';
import { createRateLimits, type RateLimitOptions } from '#store/rate-limits.ts';
import { createGatewaySeal } from '#vault/gateway-seal.ts';
import type { KeyRing } from '#vault/key-ring.ts';
import { createVault } from '#vault/practice-vault.ts';
import { createSigner } from '#vault/signer.ts';
import { createSpillJournal } from '#vault/spill-journal.ts';
import { createTokenVault, type TokenVault } from '#vault/token-vault.ts';
import type { LogEvent } from './observe/events.ts';
import { errorCode, type Log } from './observe/log.ts';
import { createMetrics } from './observe/metrics.ts';
import { version } from './version.ts';

/** The core without its doors: what the gateway, the command line and the demo's seeding are built on. */
export interface Core {
  readonly database: Database;
  readonly scheduling: Scheduling;
  /** What connecting an EMR by consent is built on. */
  readonly consent: ConsentServices;
  readonly tokens: TokenVault;
  readonly wall: Wall;
  readonly health: ConnectionHealth;
  readonly checkpointer: Checkpointer;
  /** What the checkpointer writes and a verification reads. */
  readonly checkpoints: CheckpointFiles;
  close(): Promise<void>;
}

/** A gateway ready to listen. */
export interface Gateway extends Core {
  readonly agents: AgentDoor;
  readonly operators: OperatorDoor;
  /** Ends the rounds and closes what is open. */
  stop(): Promise<void>;
}

/** What comes from the world around. Only tests and the bench give another one than {@link world}. */
export interface World {
  readonly adapters: readonly Adapter[];
  /** Folders of those that are not built in, by id. */
  readonly folders?: ReadonlyMap<string, string>;
  readonly clock: Clock;
  /** At least 0, less than 1. */
  readonly random: () => number;
  /** Replaces some of the rate budgets. */
  readonly budgets: NonNullable<RateLimitOptions['budgets']>;
}

export const world: World = {
  adapters,
  clock: { now: () => Date.now(), sleep: (ms: number) => delay(ms) },
  random: Math.random,
  budgets: {},
};

/** Puts the core together: every dependency is named here and nowhere else. */
export async function openCore(
  config: Config,
  ring: KeyRing,
  report: (event: LogEvent) => void,
  { adapters, clock, random }: World = world,
): Promise<Core> {
  const database = openDatabase(
    config.database.kind === 'embedded'
      ? { kind: 'embedded', url: embeddedUrl(config.database.folder) }
      : { kind: 'server', url: config.database.url.reveal(), poolSize: config.database.poolSize },
  );
  await refuseUnsafeRole(database);
  const { quietMs, paceGapMs, holdMs, ...protocol } = config.protocol;
  const wall = createWall({ production: config.production || !config.simulators });
  const vault = createVault({ keyRing: ring, database, clock: clock.now, random: randomBytes });
  const cache = createAvailabilityCache(clock.now);
  const audit = createAudit({
    database,
    clock: clock.now,
    newId: randomUUID,
    alert: () => report({ event: 'audit.unavailable' }),
  });
  const health = createConnectionHealth(database, clock.now);
  const seal = createGatewaySeal(ring, randomBytes);
  const grants = createConnectionGrants({
    database,
    adapterOf: (id) => emr.adapterOf(id),
    wall,
    seal,
    clock: clock.now,
    random: randomBytes,
  });
  const locks =
    config.database.kind === 'server'
      ? openDatabase({ kind: 'server', url: config.database.url.reveal(), poolSize: 4 })
      : undefined;
  const journal = createSpillJournal(config.tokenSpillDir);
  const tokens = createTokenVault({
    database,
    ...(locks && { locks }),
    vault,
    journal,
    grantOf: grants.grantOf,
    onChange: followTokens({ audit, cache, clock: clock.now, report }),
    revoke: async (...loose) => void (await grants.revoke(...loose)),
    report,
    clock: clock.now,
    sleep: clock.sleep,
    random,
    newId: randomUUID,
  });
  const emr = createEmrAccess({
    adapters: typeof paceGapMs === 'number' ? adapters.map((one) => atPace(one, paceGapMs)) : adapters,
    wall,
    database,
    vault,
    tokens,
    health,
    cache,
    clock,
    random,
    report,
    operatorSecret: (adapter, name) =>
      adapter === 'open-dental' && name === 'developerKey'
        ? config.openDental.developerKey?.reveal()
        : undefined,
  });
  const scheduling: Scheduling = {
    database,
    vault,
    audit,
    emr,
    cache,
    clock,
    random,
    policy: {
      holdSeconds: typeof holdMs === 'number' ? holdMs / 1_000 : 300,
      protocol: { ...defaultPolicy, ...protocol },
      ...(typeof quietMs === 'number' && { quietMs }),
    },
    report,
  };
  const checkpoints = createCheckpointFiles(
    config.auditCheckpointDir,
    createSigner(ring, 'audit checkpoint'),
  );
  const checkpointer = createCheckpointer({ database, files: checkpoints, clock: clock.now });
  const { host, port } = config.listen;
  const consent: ConsentServices = {
    on: scheduling,
    wall,
    seal,
    tokens,
    grants,
    publicUrl: config.publicUrl ?? `http://${host}:${port}`,
    random: randomBytes,
  };
  return {
    database,
    scheduling,
    consent,
    tokens,
    wall,
    health,
    checkpointer,
    checkpoints,
    async close() {
      await tokens.close();
      await health.flush().catch(() => {});
      await wall.close();
      await journal.close();
      await locks?.close();
      await database.close();
    },
  };
}

/** For simulators that do not throttle: the soak would take hours at the vendor's one request a second. */
function atPace(adapter: Adapter, gapMs: number): Adapter {
  const pace = { gapMs, concurrent: gapMs === 0 ? 8 : adapter.capabilities.pace.concurrent };
  const paced = ({ quota, ...can }: Capabilities): Capabilities => ({
    ...can,
    pace,
    ...(quota && gapMs > 0 && { quota }),
  });
  const { capabilitiesWith } = adapter;
  return {
    ...adapter,
    capabilities: paced(adapter.capabilities),
    ...(capabilitiesWith && { capabilitiesWith: (settings) => paced(capabilitiesWith(settings)) }),
  };
}

/** The gateway: the core, its two doors, and what is driven by the clock. */
export async function openGateway(
  config: Config,
  ring: KeyRing,
  publicUrl: string,
  log: Log,
  changes: Partial<World> = {},
): Promise<Gateway> {
  const metrics = createMetrics();
  const report = (event: LogEvent): void => {
    metrics.observe(event);
    log(event);
  };
  const around = { ...world, ...changes };
  const { clock, budgets } = around;
  const core = await openCore({ ...config, publicUrl }, ring, report, around);
  const { database, scheduling, checkpointer } = core;
  const date = () => new Date(clock.now());
  const base = `${publicUrl}/fhir/R4`;
  const limits = createRateLimits({ database, hmacKey: rateLimitKey(ring), budgets });
  const signingKeys = await openSigningKeys({
    database,
    seal: core.consent.seal,
    clock: date,
  });
  const authorization = createAuthorizationServer({
    issuer: `${publicUrl}/oauth`,
    audience: base,
    database,
    signingKeys,
    rateLimits: limits,
    clock: date,
    random: randomBytes,
    observe: (event) =>
      report({
        event: 'token.answered',
        outcome: event.outcome,
        agent: event.outcome === 'failed' ? undefined : event.agent?.agentId,
        error: event.outcome === 'issued' ? undefined : event.outcome === 'failed' ? event.code : event.error,
      }),
  });
  const jobs = await openJobQueue(database);
  const clockwork = startClockwork(
    [
      findDueIntents(scheduling, jobs),
      workIntents(scheduling, jobs),
      sweepHolds(scheduling),
      giveHoldsBack(scheduling),
      lookAtChanges(scheduling),
      askAboutChanges(scheduling, around.adapters),
      tidyUp(scheduling),
      replaySpilledTokens(core.tokens),
      sweepTokens(core.tokens),
      resealValues(scheduling, config.tokenSpillDir),
      { name: 'connection.health', everyMs: 10_000, run: () => core.health.flush() },
      { name: 'audit.checkpoint', everyMs: 60_000, run: () => writeCheckpoint(checkpointer, report) },
    ],
    (round, error) => report({ event: 'round.failed', round, code: errorCode(error) }),
  );
  return {
    ...core,
    agents: agentDoor({
      trustedProxies: config.tls.kind === 'proxy' ? config.tls.trusted : [],
      publicUrl,
      base,
      version,
      emrs: abilityTable(around.adapters),
      scheduling,
      limits,
      authorization,
      signingKeys,
      connect: { services: core.consent, limits, guideOf: guidesOf(around), report },
      hooks: { services: core.consent, limits, report },
      report,
    }),
    operators: operatorDoor({ database, metrics, services: core.consent, limits }),
    async stop() {
      await clockwork.stop();
      await jobs.stop().catch(() => {});
      await writeCheckpoint(checkpointer, report).catch(() => {});
      await core.close();
    },
  };
}

async function writeCheckpoint(checkpointer: Checkpointer, report: (event: LogEvent) => void): Promise<void> {
  const { broken } = await checkpointer.write();
  for (const { practice, seq, why } of broken) report({ event: 'audit.broken', practice, seq, why });
}

/** What a practice has to do at its EMR, as its adapter says. */
function guidesOf({ adapters, folders }: World) {
  return async (adapter: string): Promise<string | undefined> => {
    if (!adapters.some(({ id }) => id === adapter)) return undefined;
    const folder = folders?.get(adapter) ?? resolve(import.meta.dirname, '../adapters', adapter);
    return readFile(resolve(folder, 'CONNECT.md'), 'utf8').catch(() => undefined);
  };
}

/** One key for all processes, derived from the oldest rule of the ring: its current key (HKDF, RFC 5869). */
function rateLimitKey(ring: KeyRing) {
  return createSecretKey(
    Buffer.from(hkdfSync('sha256', ring.get(ring.current), '', 'postern rate limits', 32)),
  );
}
