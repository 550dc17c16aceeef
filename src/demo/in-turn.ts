/**
 * Does the same for each of many, so many at once, in their order. What is slow to begin is so because the machine is
 * busy, and all at once would only keep each other waiting.
 *
 * @returns a promise for each, at its place; after one has failed the others are still begun
 */
export function inTurn<T, R>(
  things: readonly T[],
  atOnce: number,
  work: (thing: T) => Promise<R>,
): readonly Promise<R>[] {
  const places = things.map((thing) => ({ thing, ...Promise.withResolvers<R>() }));
  const line = places.values();
  const next = async (): Promise<void> => {
    for (const { thing, resolve, reject } of line) await work(thing).then(resolve, reject);
  };
  for (let started = 0; started < atOnce; started += 1) void next();
  return places.map(({ promise }) => {
    promise.catch(() => {}); // who waits for it hears it
    return promise;
  });
}
