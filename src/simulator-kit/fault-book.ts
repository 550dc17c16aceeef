import type { FaultName, FaultOrder } from './fault.ts';
import { faultTable } from './fault.ts';
import { seededRandom } from './seeded-random.ts';

/** Which faults are ordered, which request meets which, and how often each really fired. */
export function openFaultBook(basePath: string): FaultBook {
  const standing = new Map<number, StandingFault>();
  const fired = new Map<FaultName, number>();
  let nextId = 1;
  return {
    order(order) {
      const fault = {
        id: nextId++,
        ...order,
        seen: 0,
        fired: 0,
        random: seededRandom(order.seed ?? 0),
      };
      standing.set(fault.id, fault);
      return describe(fault);
    },
    draw(request) {
      // Every matching fault draws, so that the run of one does not depend on the luck of another.
      const willing = [...standing.values()]
        .filter((fault) => matches(fault, request, basePath))
        .filter(wantsToFire);
      const [fault] = willing;
      if (fault === undefined) return undefined;
      fault.fired++;
      fired.set(fault.name, (fired.get(fault.name) ?? 0) + 1);
      return fault;
    },
    list: () => ({
      faults: [...standing.values()].map(describe),
      fired: Object.fromEntries(fired),
    }),
    lift(id) {
      if (id !== undefined) return standing.delete(id);
      standing.clear();
      return true;
    },
    forget() {
      standing.clear();
      fired.clear();
    },
  };
}

export interface FaultBook {
  order(order: FaultOrder): FaultReading;
  /** The fault that this request meets, if any: the oldest one that matches and wants to fire. */
  draw(request: FaultTarget): FaultOrder | undefined;
  /** `fired` of the answer also counts faults that were lifted since. */
  list(): {
    readonly faults: readonly FaultReading[];
    readonly fired: Readonly<Partial<Record<FaultName, number>>>;
  };
  /** Lifts one fault, or all; false when there is none of that id. */
  lift(id?: number): boolean;
  /** Lifts all and sets the counters to zero. */
  forget(): void;
}

export interface FaultTarget {
  readonly method: string;
  /** Path as sent, base path included. */
  readonly path: string;
  /** Template of the route below the base path; undefined when no route matches. */
  readonly template: string | undefined;
  readonly effect: 'read' | 'write';
}

/** `seen`: matching requests; `fired`: those on which it was played. */
export type FaultReading = FaultOrder & {
  readonly id: number;
  readonly seen: number;
  readonly fired: number;
};

type StandingFault = FaultOrder & {
  readonly id: number;
  seen: number;
  fired: number;
  readonly random: () => number;
};

function describe({ random: _, ...reading }: StandingFault): FaultReading {
  return { ...reading };
}

function matches(fault: FaultOrder, target: FaultTarget, basePath: string): boolean {
  if (faultTable[fault.name].on === 'read' && target.effect !== 'read') return false;
  if (fault.effect !== undefined && fault.effect !== target.effect) return false;
  if (fault.route === undefined) return true;
  const [, method, wanted = ''] = fault.route.match(/^(?:([A-Z]+) )?(\/\S*)$/) ?? [];
  if (method !== undefined && method !== target.method) return false;
  const below = target.path.startsWith(basePath) ? target.path.slice(basePath.length) : target.path;
  const names = [
    target.path,
    below,
    ...(target.template === undefined ? [] : [target.template, basePath + target.template]),
  ];
  return wanted.endsWith('*')
    ? names.some((name) => name.startsWith(wanted.slice(0, -1)))
    : names.includes(wanted);
}

function wantsToFire(fault: StandingFault): boolean {
  if (fault.seen++ < fault.after) return false;
  return fault.rate === undefined ? fault.fired < (fault.times ?? 0) : fault.random() < fault.rate;
}
