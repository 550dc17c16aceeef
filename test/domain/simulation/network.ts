import type { SendResult } from '#scheduling/booking-ports.ts';
import type { Ledger } from './ledger.ts';
import type { Profile } from './profile.ts';
import type { Random } from './random.ts';
import type { Facts } from './rows.ts';
import type { VirtualTime } from './virtual-time.ts';

/** One write as it left the gateway, and what came back to it, if anything did. */
export interface WireEntry {
  readonly at: number;
  readonly marker: string;
  readonly facts: Facts;
  answer: SendResult['is'] | 'none';
}

const clientTimeoutMs = 8_000;

/** The way to the EMR for writes: it loses, drops, delays and doubles them, and remembers every one. */
export function createNetwork(
  { apply, nextId }: Ledger,
  profile: Profile,
  time: VirtualTime,
  random: Random,
) {
  const wire: WireEntry[] = [];

  /** One write over a network that loses, drops, delays and doubles. */
  async function send(facts: Facts, marker: string, deadline: number): Promise<SendResult> {
    if (time.now() >= deadline) return { is: 'not-done', reason: 'too-late' };
    const entry: WireEntry = { at: time.now(), marker, facts, answer: 'none' };
    wire.push(entry);
    const result = await deliver(facts, marker);
    entry.answer = result.is;
    return result;
  }

  async function deliver(facts: Facts, marker: string): Promise<SendResult> {
    const { delivered } = profile;
    if (random.chance(profile.surelyNotDone)) {
      await time.sleep(random.between(5, 200));
      return {
        is: 'not-done',
        reason: random.pick([
          'not-sent',
          'not-sent',
          'throttled',
          'throttled',
          'unauthorized',
          'rejected',
        ] as const),
      };
    }
    if (random.chance(profile.pausedBeforeWrite.rate))
      await time.sleep(random.between(1, profile.pausedBeforeWrite.max));
    const latency = random.between(100, 1_500);
    if (random.chance(profile.requestDropped)) return timeout(random.chance(0.3) ? 300 : clientTimeoutMs);
    if (random.chance(profile.serverError)) return timeout(latency);
    if (random.chance(profile.lateCommit.rate)) {
      // A late move can undo a later one, and no gateway can help that: Q has to be longer than the EMR is late.
      const longest = facts.kind === 'move' ? profile.policy.quietMs / 3 : profile.lateCommit.max;
      const late = Math.min(random.exponential(profile.lateCommit.mean), longest);
      time.at(time.now() + clientTimeoutMs + late, () => apply(facts, marker, false));
      return timeout(clientTimeoutMs);
    }
    if (random.chance(delivered.hollow)) {
      await time.sleep(latency);
      return { is: 'accepted', id: 'target' in facts ? facts.target : nextId() };
    }
    await time.sleep(latency);
    const first = apply(facts, marker, random.chance(delivered.altered));
    let answer = first;
    if (facts.kind !== 'create-patient' && random.chance(delivered.twice)) {
      await time.sleep(random.between(1, 800));
      const second = apply(facts, marker, false);
      if (random.chance(0.5)) answer = second;
    }
    if (random.chance(profile.answerLost)) return timeout(random.chance(0.3) ? 50 : clientTimeoutMs);
    await time.sleep(random.between(20, 300));
    return answer.is === 'accepted' && random.chance(delivered.withoutId)
      ? { is: 'accepted', id: null }
      : answer;
  }

  async function timeout(ms: number): Promise<SendResult> {
    await time.sleep(ms);
    return { is: 'unknown' };
  }

  return { wire, send };
}
