import { installedAdapters } from '#adapters';
import { openCore, type World, world } from '#app';
import type { Config } from '#config';
import { attemptOf } from '#scheduling/caller.ts';
import type { Emr } from '#scheduling/emr-access.ts';
import { recordUse } from '#scheduling/operator.ts';
import { practiceContext } from '#scheduling/practice-context.ts';
import { requirePractice } from '#scheduling/practices.ts';
import { keyRingOf } from '../../../main.ts';
import type { Adapter, AdapterContext } from '../../adapter.ts';
import { unsupported } from '../../unsupported.ts';
import { conformanceCases } from '../conformance.ts';
import type { EmrUnderTest } from '../emr-under-test.ts';
import { createMemo } from '../memo.ts';
import type { Trial } from '../trial.ts';
import { whyOf } from './play-cases.ts';

/** Which connection of the gateway's database, and who answers for it. */
export interface LiveAsk {
  readonly practice: string;
  readonly connection: string;
  readonly person: string;
}
export interface LiveSurroundings {
  readonly config: Config;
  /** Shown what will be called; only `true` goes on. */
  readonly confirm: (text: string) => Promise<boolean>;
  /** Stands in for the world around; for tests. */
  readonly world?: World;
}
export interface LivePlayed {
  readonly passed: readonly string[];
  readonly failed: readonly { readonly name: string; readonly why: string }[];
}

/**
 * Plays the cases that only read against a connection that an operator has set up: through the gateway's own core, with
 * its vault, its wall and the connection's pace, and recorded like every use of the command line. Whatever writes is taken
 * out of the adapter first, so that the wall would not let it out.
 *
 * @throws Failure of the gateway, or Error with a sentence
 */
export async function checkLive(
  adapter: Adapter,
  ask: LiveAsk,
  { config, confirm, world: given }: LiveSurroundings,
): Promise<LivePlayed> {
  const around = given ?? { ...world, ...(await installedAdapters(config.adapters)) };
  const reading = readOnly(adapter);
  const adapters = [...around.adapters.filter(({ id }) => id !== adapter.id), reading];
  const core = await openCore(config, await keyRingOf(config), () => {}, { ...around, adapters });
  const on = core.scheduling;
  try {
    const use = { person: ask.person, command: 'adapter check --live', subject: ask.practice };
    return await recordUse(on, use, async (operator) => {
      await requirePractice(on, ask.practice);
      const context = await practiceContext(on.database, on.cache, ask.practice);
      const { connection, practice, visitTypes } = context;
      if (connection?.connectionId !== ask.connection)
        throw new Error('The practice has no connection of this id that its bookings go to.');
      if (connection.adapter !== adapter.id)
        throw new Error(`The connection is of the adapter ${connection.adapter}, not of ${adapter.id}.`);
      if (!(await confirm(announcement(reading, connection.origin, connection.kind))))
        throw new Error('Nothing was called.');
      const attempt = attemptOf(
        { ...operator, practiceId: ask.practice },
        { action: 'connection.probe', resourceId: connection.connectionId },
      );
      return on.audit.around(ask.practice, attempt, () => {
        const emr = on.emr.open(context, connection, 'call');
        const minutes = visitTypes.find((one) => one.minutes > 0)?.minutes ?? 30;
        return play(throughGateway(reading, emr), contextOf(practice.timeZone, on.clock.now), minutes);
      });
    });
  } finally {
    await core.close();
  }
}

/** The adapter without anything that changes the EMR: its writing routes are gone, its writing operations refuse. */
export function readOnly(adapter: Adapter): Adapter {
  return {
    ...adapter,
    routes: Object.fromEntries(Object.entries(adapter.routes).filter(([, { effect }]) => effect === 'read')),
    operations: {
      ...adapter.operations,
      hold: unsupported,
      release: unsupported,
      book: unsupported,
      move: unsupported,
      cancel: unsupported,
      createPatient: unsupported,
    },
  };
}

function announcement({ routes }: Adapter, origin: string, kind: string): string {
  return [
    `This calls ${origin} (${kind}) for probe, directory and openings of the coming fortnight, with the connection's own credentials and pace.`,
    'It may send these, and nothing else:',
    ...Object.values(routes).map(({ method, template }) => `  ${method} ${template}`),
    'Nothing is written, and no patient is asked about.',
  ].join('\n');
}

/** Its operations as the gateway runs them; what they are called with stays behind. */
function throughGateway(adapter: Adapter, emr: Emr): Adapter {
  return {
    ...adapter,
    capabilities: emr.capabilities,
    operations: {
      ...adapter.operations,
      probe: () => emr.run('probe'),
      directory: () => emr.run('directory'),
      openings: (_ctx, query) => emr.run('openings', query),
    },
  };
}

function contextOf(timeZone: string, now: () => number): AdapterContext {
  const call = () => Promise.reject(new Error('The gateway makes the calls.'));
  return { http: { call }, timeZone, settings: {}, now, memo: createMemo(now) };
}

async function play(adapter: Adapter, ctx: AdapterContext, minutes: number): Promise<LivePlayed> {
  const instant = (days: number) =>
    `${new Date(ctx.now() + days * 24 * 60 * 60_000).toISOString().slice(0, 19)}Z`;
  const window = { from: instant(1), to: instant(15) };
  const none = () => Promise.reject(new Error('There is no front desk here.'));
  const emr: EmrUnderTest = {
    connect: () => ctx,
    window,
    minutes,
    staff: none,
    ledger: none,
    fault: none,
    reset: none,
    stop: none,
  };
  const trial: Trial = { adapter, emr, ctx, connect: () => ctx, calls: [] };
  const passed: string[] = [];
  const failed: { name: string; why: string }[] = [];
  for (const { name, needs, live, run } of conformanceCases) {
    if (live !== true || needs?.(adapter.capabilities) === false) continue;
    try {
      await run(trial);
      passed.push(name);
    } catch (error) {
      failed.push({ name, why: whyOf(error) });
    }
  }
  return { passed, failed };
}
