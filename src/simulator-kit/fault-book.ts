import type { FaultOrder, OwnFault, OwnFaults, TokenFaultName } from './fault.ts';
import { faultTable, isApiFault, isTokenFault } from './fault.ts';
import { seededRandom } from './seeded-random.ts';

/** Which faults are ordered, which request meets which, and how often each really fired. */
export function openFaultBook(basePath: string, own: OwnFaults = {}): FaultBook {
  const standing = new Map<number, StandingFault>();
  const fired = new Map<string, number>();
  let nextId = 1;
  const draw = (matches: (fault: FaultOrder) => boolean): FaultOrder | undefined => {
    // Every matching fault draws, so that the run of one does not depend on the luck of another.
    const [fault] = [...standing.values()].filter(matches).filter(wantsToFire);
    if (fault === undefined) return undefined;
    fault.fired++;
    fired.set(fault.name, (fired.get(fault.name) ?? 0) + 1);
    return fault;
  };
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
    draw: (request) => draw((fault) => matchesApi(fault, own[fault.name], request, basePath)),
    drawMessage: () => {
      const drawn = draw((fault) => own[fault.name]?.on === 'message');
      const fault = own[drawn?.name ?? ''];
      return fault?.on === 'message' ? fault.plays : undefined;
    },
    // Which faults may match decides which names can be drawn.
    drawToken: (request) =>
      draw((fault) => matchesToken(fault, request)) as Drawn<TokenFaultName> | undefined,
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
  /** The same for a request to the token endpoint. */
  drawToken(request: TokenFaultTarget): Drawn<TokenFaultName> | undefined;
  /** What becomes of the next message that the EMR sends of its own accord. */
  drawMessage(): 'twice' | 'after-next' | undefined;
  /** `fired` of the answer also counts faults that were lifted since. */
  list(): {
    readonly faults: readonly FaultReading[];
    readonly fired: Readonly<Record<string, number>>;
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

export interface TokenFaultTarget {
  readonly method: string;
  readonly path: string;
  readonly grantType: string | undefined;
}

export type Drawn<Name extends string> = FaultOrder & { readonly name: Name };

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

function matchesApi(
  fault: FaultOrder,
  own: OwnFault | undefined,
  target: FaultTarget,
  basePath: string,
): boolean {
  if (isTokenFault(fault.name) || own?.on === 'message') return false;
  if (isApiFault(fault.name) && faultTable[fault.name].on === 'read' && target.effect !== 'read')
    return false;
  if (fault.effect !== undefined && fault.effect !== target.effect) return false;
  const below = target.path.startsWith(basePath) ? target.path.slice(basePath.length) : target.path;
  const names = [
    target.path,
    below,
    ...(target.template === undefined ? [] : [target.template, basePath + target.template]),
  ];
  const routes = own?.routes ?? [undefined];
  return (
    routes.some((route) => matchesRoute(route, target.method, names)) &&
    matchesRoute(fault.route, target.method, names)
  );
}

function matchesToken(fault: FaultOrder, target: TokenFaultTarget): boolean {
  if (!isTokenFault(fault.name)) return false;
  if (fault.grant !== undefined && fault.grant !== target.grantType) return false;
  return matchesRoute(fault.route, target.method, [target.path]);
}

function matchesRoute(route: string | undefined, method: string, names: readonly string[]): boolean {
  if (route === undefined) return true;
  const [, wantedMethod, wanted = ''] = route.match(/^(?:([A-Z]+) )?(\/\S*)$/) ?? [];
  if (wantedMethod !== undefined && wantedMethod !== method) return false;
  return wanted.endsWith('*')
    ? names.some((name) => name.startsWith(wanted.slice(0, -1)))
    : names.includes(wanted);
}

function wantsToFire(fault: StandingFault): boolean {
  if (fault.seen++ < fault.after) return false;
  return fault.rate === undefined ? fault.fired < (fault.times ?? 0) : fault.random() < fault.rate;
}
