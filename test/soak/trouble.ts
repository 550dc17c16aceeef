import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { Random } from '../domain/simulation/random.ts';
import type { BookingClass } from './offices.ts';
import { type Stage, startAgain } from './stage.ts';

export interface TroubleOptions {
  readonly stage: Stage;
  readonly owner: pg.Pool;
  readonly random: Random;
  readonly leaseMs: number;
  /** Kills with an intent in `sending` that are wanted. */
  readonly kills: number;
  readonly restarts: number;
  /** Addresses of the gateways that have requests of this agent under way. */
  readonly whereIs: (agentId: string) => readonly string[];
  /** From 0 to 1: how far the run is. */
  readonly progress: () => number;
}

/** What was really done to the processes. */
export interface Trouble {
  /** A gateway killed while one of its sends was recorded and had no outcome, and never got one. */
  readonly killsInSending: number;
  /** The same by the booking class of the EMR that was being sent to. */
  readonly killsByClass: ReadonlyMap<BookingClass, number>;
  readonly kills: number;
  readonly pauses: number;
  readonly restarts: number;
}

export interface Troublemaker {
  readonly done: () => Trouble;
  /** True when everything that was wanted has happened. */
  readonly satisfied: () => boolean;
  stop(): Promise<void>;
}

/**
 * One trouble after another, never two at once, so that each can be told from the others afterwards: kill -9 of a
 * gateway in the middle of a send, SIGSTOP past its lease, an immediate restart of PostgreSQL.
 */
export function makeTrouble(options: TroubleOptions): Troublemaker {
  const { stage, owner, random, leaseMs } = options;
  const done = { killsInSending: 0, kills: 0, pauses: 0, restarts: 0 };
  const killsByClass = new Map(stage.offices.map(({ bookingClass }) => [bookingClass, 0]));
  let stopping = false;

  async function killOne(): Promise<void> {
    const send = await waitForSend(options, killsByClass, () => stopping);
    if (send === undefined) return;
    const gateway = stage.gateways.find(({ url, running }) => running && send.gateways.includes(url));
    if (gateway === undefined) return;
    await gateway.kill();
    done.kills += 1;
    const started = startAgain(gateway, () => stopping);
    // Whoever still lives ends its send within its lease and writes the outcome down; the dead cannot.
    await delay(leaseMs);
    const { rows } = await owner.query(
      `select 1 from postern.booking_attempt s where s.event = 'sending' and s.intent_id = $1 and s.epoch = $2
       and not exists (select 1 from postern.booking_attempt o
         where o.event = 'outcome' and o.intent_id = s.intent_id and o.epoch = s.epoch)`,
      [send.intent, send.epoch],
    );
    done.killsInSending += rows.length;
    killsByClass.set(send.bookingClass, (killsByClass.get(send.bookingClass) ?? 0) + rows.length);
    await started;
  }

  async function pauseOne(): Promise<void> {
    const gateway = random.pick(stage.gateways);
    if (!gateway.running) return;
    gateway.pause();
    done.pauses += 1;
    await delay(random.between(leaseMs / 2, leaseMs * 2));
    gateway.resume();
    await delay(leaseMs);
  }

  async function restartDatabase(): Promise<void> {
    await stage.cluster.restart();
    done.restarts += 1;
    await delay(leaseMs);
  }

  /** Spread over the run, so that every part of it has its share. */
  const isDue = (what: 'killsInSending' | 'restarts', wanted: number) =>
    done[what] < wanted && options.progress() > (done[what] + 0.5) / (wanted + 1);
  async function run(): Promise<void> {
    while (!stopping) {
      const next = isDue('restarts', options.restarts)
        ? restartDatabase
        : isDue('killsInSending', options.kills)
          ? killOne
          : random.chance(0.1)
            ? pauseOne
            : () => delay(200);
      // Asking PostgreSQL fails while it starts again; the next trouble comes all the same.
      await next().catch(() => delay(100));
      await delay(random.between(50, 300));
    }
  }

  const running = run();
  return {
    done: () => ({ ...done, killsByClass: new Map(killsByClass) }),
    satisfied: () => done.killsInSending >= options.kills && done.restarts >= options.restarts,
    async stop() {
      stopping = true;
      await running;
      for (const gateway of stage.gateways) if (!gateway.running) await startAgain(gateway, () => false);
    },
  };
}

interface Send {
  readonly intent: string;
  readonly epoch: number;
  readonly bookingClass: BookingClass;
  readonly gateways: readonly string[];
}

/**
 * Looks until an intent is being sent by a gateway that is known to be at work for its caller: at first only where the
 * fewest sends were cut off so far, so that each booking class has its share, then anywhere.
 */
async function waitForSend(
  { owner, whereIs, stage }: TroubleOptions,
  killed: ReadonlyMap<BookingClass, number>,
  over: () => boolean,
): Promise<Send | undefined> {
  const classOf = new Map(
    stage.offices.flatMap(({ agents, bookingClass }) => agents.map(({ id }) => [id, bookingClass] as const)),
  );
  const fewest = Math.min(...killed.values());
  const began = Date.now();
  while (!over() && Date.now() < began + 5_000) {
    const { rows } = await owner.query(
      `select intent_id, agent_id, (machine->>'epoch')::int as epoch from postern.booking_intent
       where phase = 'sending' and lease_until > now()`,
    );
    const anywhere = Date.now() > began + 3_000;
    for (const row of rows as { intent_id: string; agent_id: string; epoch: number }[]) {
      const gateways = whereIs(row.agent_id);
      const bookingClass = classOf.get(row.agent_id);
      if (gateways.length === 0 || bookingClass === undefined) continue;
      if (!anywhere && killed.get(bookingClass) !== fewest) continue;
      return { intent: row.intent_id, epoch: row.epoch, bookingClass, gateways };
    }
    await delay(4);
  }
  return undefined;
}
