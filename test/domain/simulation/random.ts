/** Seeded chance (mulberry32): the same seed tells the same story. */
export interface Random {
  next(): number;
  chance(probability: number): boolean;
  between(from: number, to: number): number;
  int(below: number): number;
  exponential(mean: number): number;
  pick<T>(list: readonly T[]): T;
}

export function randomFrom(seed: number): Random {
  let state = seed | 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    chance: (probability) => probability > 0 && next() < probability,
    between: (from, to) => Math.round(from + next() * (to - from)),
    int: (below) => Math.floor(next() * below),
    exponential: (mean) => Math.round(-Math.log(1 - next()) * mean),
    pick: (list) => {
      const picked = list[Math.floor(next() * list.length)];
      if (picked === undefined) throw new Error('Nothing to pick from.');
      return picked;
    },
  };
}
