/** Lets the holders of one key in one after another, in order of arrival; without a key nobody waits. */
export function openLocks(): Locks {
  const tails = new Map<string, Promise<unknown>>();
  return {
    async hold(key, work) {
      if (key === null) return work();
      const turn = (tails.get(key) ?? Promise.resolve()).then(work);
      const tail = turn.then(ignore, ignore);
      tails.set(key, tail);
      try {
        return await turn;
      } finally {
        if (tails.get(key) === tail) tails.delete(key);
      }
    },
  };
}

export interface Locks {
  hold<T>(key: string | null, work: () => Promise<T>): Promise<T>;
}

function ignore(): void {}
