import { type Intent, newIntent } from '#domain/booking-intent.ts';
import type { Policy } from '#domain/booking-policy.ts';
import type { Protocol } from '#domain/booking-protocol.ts';
import type { StepRecord } from '#domain/booking-record.ts';
import type { ClaimConflict, IntentStore } from '#scheduling/booking-ports.ts';
import type { Profile } from './profile.ts';
import type { Random } from './random.ts';
import { collide, type Facts, type Place } from './rows.ts';
import type { VirtualTime } from './virtual-time.ts';

/** What the database holds. Only this survives a crash. */
export interface Entry {
  intent: Intent;
  readonly facts: Facts;
}
interface Claim extends Place {
  readonly owner: string;
}

export type MemoryStore = ReturnType<typeof memoryStore>;

/** Small wrong turns that mutants of the store take. */
export interface StoreFlaws {
  readonly ignoreCas?: boolean;
  readonly ignoreKey?: boolean;
  readonly ignoreNaturalKey?: boolean;
  /** Rewrites what is stored with a step, e.g. releases claims too early. */
  readonly record?: (record: StepRecord, after: Intent) => StepRecord;
}

export function memoryStore(
  world: { profile: Profile; time: VirtualTime; random: Random; protocol: Protocol; policy: Policy },
  changed: (intent: Intent) => void,
  flaws: StoreFlaws = {},
) {
  const { profile, time, random, protocol, policy } = world;
  const entries = new Map<string, Entry>();
  const keys = new Map<string, string>();
  const naturals = new Map<string, string>();
  const claims = new Map<string, Claim>();
  const locks = new Map<string, string>();

  function put(entry: Entry, intent: Intent): void {
    entry.intent = Object.freeze({ ...intent, checkedAt: null });
    changed(entry.intent);
  }

  /** Inserts an intent, or gives the one that has the key, or the same wish under another key. */
  function admitNow(key: string, facts: Facts): string {
    const known = keys.get(key);
    const existing = known === undefined ? undefined : entries.get(known);
    const over = existing !== undefined && ['refused', 'cancelled', 'moved'].includes(existing.intent.phase);
    if (known !== undefined && !(flaws.ignoreKey && over)) return known;
    const natural = naturalKey(facts);
    const same = naturals.get(natural);
    const owner = same === undefined ? undefined : entries.get(same)?.intent;
    if (owner !== undefined && guardsNaturalKey(owner) && !flaws.ignoreNaturalKey) {
      keys.set(key, owner.id);
      return owner.id;
    }
    const id = `intent-${entries.size + 1}`;
    const intent = newIntent({ id, kind: facts.kind, createdAt: time.now(), stamp: 'new' });
    const entry = { intent, facts };
    entries.set(id, entry);
    keys.set(key, id);
    naturals.set(natural, id);
    put(entry, intent);
    return id;
  }

  function transitionNow(
    before: Intent,
    after: Intent,
    asked: StepRecord,
  ): 'stored' | 'lost' | ClaimConflict {
    const record = flaws.record?.(asked, after) ?? asked;
    const entry = entries.get(before.id);
    if (entry === undefined) throw new Error('There is no such intent.');
    const { intent, facts } = entry;
    const same =
      intent.version === before.version && intent.epoch === before.epoch && intent.phase === before.phase;
    if (!same && !flaws.ignoreCas) return 'lost';
    if (record.lock === 'take' && 'target' in facts) {
      const holder = locks.get(facts.target);
      if (holder !== undefined && holder !== intent.id) return { why: 'busy', confirmedOwners: [] };
    }
    if (record.claims === 'take' && 'start' in facts) {
      const others = [...claims.values()].filter(
        (claim) => claim.owner !== owned(facts) && collide(claim, facts),
      );
      if (others.length > 0) return { why: 'taken', confirmedOwners: confirmedAmong(others) };
      claims.set(intent.id, { owner: intent.id, ...place(facts) });
    }
    if (record.lock === 'take' && 'target' in facts) locks.set(facts.target, intent.id);
    if (record.claims === 'release') claims.delete(intent.id);
    if (record.lock === 'release' && 'target' in facts && locks.get(facts.target) === intent.id)
      locks.delete(facts.target);
    if (record.target !== undefined && 'target' in facts)
      applyToOwner(facts.target, record.target, intent.id);
    put(entry, after);
    return 'stored';
  }

  function owned(facts: Facts): string | undefined {
    return 'target' in facts ? ownerOf(facts.target)?.intent.id : undefined;
  }

  function ownerOf(emrRef: string): Entry | undefined {
    return [...entries.values()].findLast(
      ({ intent }) =>
        intent.emrRef === emrRef &&
        intent.phase === 'confirmed' &&
        (intent.kind === 'book' || intent.kind === 'move'),
    );
  }

  function applyToOwner(emrRef: string, to: 'moved' | 'cancelled', by: string): void {
    const owner = [...entries.values()].findLast(
      ({ intent }) =>
        intent.id !== by &&
        intent.emrRef === emrRef &&
        intent.phase === 'confirmed' &&
        intent.kind !== 'cancel',
    );
    if (owner === undefined) return;
    claims.delete(owner.intent.id);
    put(owner, protocol.advance(owner.intent, { kind: 'changed', to }, time.now(), policy));
  }

  function confirmedAmong(others: readonly Claim[]): string[] {
    return others.map((claim) => claim.owner).filter((id) => entries.get(id)?.intent.phase === 'confirmed');
  }

  /** A database that answers after a while, fails before or after COMMIT, or whose client is stopped meanwhile. */
  async function faulty<T>(effect: () => T): Promise<T> {
    await time.sleep(random.between(1, 4));
    if (random.chance(profile.storeError)) throw new Error('connection terminated');
    const result = effect();
    if (random.chance(profile.storeError)) throw new Error('error at COMMIT');
    if (random.chance(profile.stall.rate)) await time.sleep(random.between(20_000, profile.stall.max));
    return result;
  }

  const store: IntentStore = {
    async load(id) {
      if (random.chance(profile.storeError)) throw new Error('connection terminated');
      return entries.get(id)?.intent;
    },
    transition: (before, after, record) => faulty(() => transitionNow(before, after, record)),
  };
  /** The place of the appointment an intent stands for, as the gateway knows it. */
  function appointmentOf(id: string): { ref: string; place: Place } | undefined {
    const entry = entries.get(id);
    if (entry?.intent.emrRef == null || !('start' in entry.facts)) return undefined;
    const owner = ownerOf(entry.intent.emrRef) ?? entry;
    return 'start' in owner.facts ? { ref: entry.intent.emrRef, place: place(owner.facts) } : undefined;
  }

  return {
    store,
    entries,
    appointmentOf,
    admit: (key: string, facts: Facts) => faulty(() => admitNow(key, facts)),
  };
}

function place({ start, minutes, practitioner, location }: Place): Place {
  return { start, minutes, practitioner, location };
}

function naturalKey(facts: Facts): string {
  switch (facts.kind) {
    case 'book':
      return `book|${facts.patient}|${facts.start}`;
    case 'create-patient':
      return `patient|${facts.name}`;
    case 'cancel':
      return `cancel|${facts.target}`;
    case 'move':
      return `move|${facts.target}|${facts.start}|${facts.location}`;
  }
}

/** A booking and a patient stand for as long as they are; a change only until it is done, for it may be wished again. */
function guardsNaturalKey(intent: Intent): boolean {
  if (intent.phase === 'refused' || intent.phase === 'cancelled' || intent.phase === 'moved') return false;
  return intent.kind === 'book' || intent.kind === 'create-patient' || intent.phase !== 'confirmed';
}
