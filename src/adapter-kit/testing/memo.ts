import type { AdapterContext } from '../adapter.ts';

/** `memo` of an AdapterContext, kept in a map. @param now milliseconds since the epoch */
export function createMemo(now: () => number): AdapterContext['memo'] {
  const kept = new Map<string, { readonly until: number; readonly value: Promise<unknown> }>();
  return <T>(key: string, ttlMs: number, load: () => Promise<T>): Promise<T> => {
    const known = kept.get(key);
    // What is kept under a key was made by the `load` of that key, whose type is T.
    if (known !== undefined && known.until > now()) return known.value as Promise<T>;
    const value = load();
    kept.set(key, { until: now() + ttlMs, value });
    value.catch(() => kept.delete(key));
    return value;
  };
}
