import { type Answer, answerOf, type Intent } from '#domain/booking-intent.ts';
import { markerStem } from '#domain/marker.ts';
import { type Machine, requestCancel, runIntent } from '#scheduling/booking-driver.ts';
import type { BookingPorts } from '#scheduling/booking-ports.ts';
import { type SimulatedEmr, simulatedEmr } from './emr.ts';
import { memoryStore, type StoreFlaws } from './memory-store.ts';
import type { EmrClass, Profile } from './profile.ts';
import { type Random, randomFrom } from './random.ts';
import type { Facts, Place } from './rows.ts';
import { type VirtualTime, virtualTime } from './virtual-time.ts';

/** What is put on trial: the machine of production, or a mutant of it. */
export interface Trial {
  readonly machine: Machine;
  readonly flaws?: StoreFlaws;
  readonly policy?: (policy: Profile['policy']) => Profile['policy'];
  /** Puts itself between the driver and its ports. */
  readonly ports?: (ports: BookingPorts) => BookingPorts;
  readonly jobs?: 'off';
}

/** What one caller was told, and when. `intent` is the operation the answer named. */
export interface Told {
  readonly at: number;
  readonly caller: number;
  readonly key: string;
  readonly wish: 'book' | 'move' | 'cancel' | 'create-patient' | 'give-up';
  readonly facts: Facts;
  /** When the wish was first uttered, and when this request began. */
  readonly askedAt: number;
  readonly begunAt: number;
  readonly intent: string;
  readonly ref: string | null;
  readonly answer: Answer;
}

export interface World {
  readonly profile: Profile;
  readonly emr: SimulatedEmr;
  readonly time: VirtualTime;
  readonly random: Random;
  readonly told: Told[];
  readonly gateway: Gateway;
}

/** The gateway's side: any number of processes over one database, each of which may die at any waiting point. */
export interface Gateway {
  /** Resolves with what the caller hears, or undefined when the connection broke. */
  ask(key: string, facts: Facts, patienceMs: number): Promise<Intent | undefined>;
  giveUp(intent: string): Promise<Intent | undefined>;
  now(intent: string): Intent;
  appointmentOf(intent: string): { ref: string; place: Place } | undefined;
}

/** The stem of an intent's marker, as the simulated gateway derives it. */
export function stemOf(intentId: string): string {
  const bytes = new Uint8Array(10);
  let state = 17;
  for (const [index] of bytes.entries()) {
    for (const character of intentId) state = (Math.imul(state, 31) + character.charCodeAt(0) + index) >>> 0;
    bytes[index] = (state ^ (state >>> 11)) & 0xff;
  }
  return markerStem(bytes);
}

export function createWorld(seed: number, profile: Profile, emrClass: EmrClass, trial: Trial): World {
  const random = randomFrom(seed);
  const time = virtualTime(Date.UTC(2027, 0, 4, 8));
  const emr = simulatedEmr(emrClass, profile, time, random);
  const told: Told[] = [];
  const policy = trial.policy?.(profile.policy) ?? profile.policy;
  const gateway = createGateway({ profile, time, random, emr, policy, trial });
  return { profile, emr, time, random, told, gateway };
}

interface Process {
  /** Resolves when the process dies; nothing it waits for comes back then. */
  readonly death: Promise<undefined>;
  dead: boolean;
  kill(): void;
}

function createGateway(parts: {
  profile: Profile;
  time: VirtualTime;
  random: Random;
  emr: SimulatedEmr;
  policy: Profile['policy'];
  trial: Trial;
}): Gateway {
  const { profile, time, random, emr, policy, trial } = parts;
  const { machine } = trial;
  const memory = memoryStore(
    { profile, time, random, protocol: machine.protocol, policy },
    schedule,
    trial.flaws,
  );
  let stamps = 0;

  /** A worker comes by soon after an intent is due; sometimes two do. */
  function schedule(intent: Intent): void {
    if (intent.nextActionAt === null || trial.jobs === 'off') return;
    time.at(intent.nextActionAt + random.between(500, 2_500), () => pickUp(intent.id));
  }

  function pickUp(id: string): void {
    const due = memory.entries.get(id)?.intent.nextActionAt ?? null;
    if (due === null || due > time.now()) return;
    for (let workers = random.chance(0.1) ? 2 : 1; workers > 0; workers -= 1) {
      const until = time.now() + 20_000;
      runIntent(ports(startProcess()), policy, id, { until, sweep: true }, machine).catch(() => undefined);
    }
    time.at(time.now() + 25_000, () => pickUp(id));
  }

  function startProcess(): Process {
    let kill = (): void => undefined;
    const death = new Promise<undefined>((resolve) => {
      kill = () => resolve(undefined);
    });
    const process: Process = {
      death,
      dead: false,
      kill() {
        process.dead = true;
        kill();
      },
    };
    return process;
  }

  /** Before and after each thing a process waits for it may be gone; what it had begun goes on without it. */
  function ports(process: Process): BookingPorts {
    const mortal = async <T>(work: () => Promise<T>): Promise<T> => {
      if (process.dead) return new Promise(() => undefined);
      if (random.chance(profile.crash)) process.kill();
      if (process.dead && random.chance(0.5)) return new Promise(() => undefined);
      const result = await work();
      if (random.chance(profile.crash)) process.kill();
      return process.dead ? new Promise(() => undefined) : result;
    };
    const facts = (intent: Intent): Facts => {
      const entry = memory.entries.get(intent.id);
      if (entry === undefined) throw new Error('There is no such intent.');
      return entry.facts;
    };
    const plain: BookingPorts = {
      store: {
        load: (id) => mortal(() => memory.store.load(id)),
        transition: (before, after, record) => mortal(() => memory.store.transition(before, after, record)),
      },
      emr: {
        precheck: (intent) => mortal(() => emr.precheck(facts(intent))),
        send: (intent, marker, deadline) => mortal(() => emr.send(facts(intent), marker, deadline)),
        search: (intent) => mortal(() => emr.search(facts(intent), intent.emrRef)),
        readBack: (intent, id) => mortal(() => emr.readBack(facts(intent), id)),
        cancelRow: (_intent, id) => mortal(() => emr.cancelRow(id)),
      },
      clock: { now: time.now, sleep: (ms) => mortal(() => time.sleep(ms)) },
      markerStem: stemOf,
      stamp: () => {
        stamps += 1;
        return `stamp-${stamps}`;
      },
      note: () => undefined,
    };
    return trial.ports?.(plain) ?? plain;
  }

  async function serve(work: (ports: BookingPorts) => Promise<Intent>): Promise<Intent | undefined> {
    const process = startProcess();
    const answer = work(ports(process)).catch(() => undefined);
    return Promise.race([answer, process.death]);
  }

  return {
    ask: (key, facts, patienceMs) =>
      serve(async (own) => {
        const id = await memory.admit(key, facts);
        const now = time.now();
        return runIntent(own, policy, id, { until: now + 30_000, answerBy: now + patienceMs }, machine);
      }),
    giveUp: (id) => serve((own) => requestCancel(own, policy, id, machine)),
    now: (id) => {
      const entry = memory.entries.get(id);
      if (entry === undefined) throw new Error('There is no such intent.');
      return entry.intent;
    },
    appointmentOf: memory.appointmentOf,
  };
}

export function tell(
  world: World,
  told: Omit<Told, 'at' | 'answer' | 'intent' | 'ref'>,
  intent: Intent,
): Told {
  const entry = {
    ...told,
    at: world.time.now(),
    intent: intent.id,
    ref: intent.emrRef,
    answer: answerOf(intent),
  };
  world.told.push(entry);
  return entry;
}
