import type { TokenStore } from './token-store.ts';

/**
 * How often a client has asked the token endpoint in this minute of the clock, this time included. It outlives the
 * process.
 *
 * @param now milliseconds since the epoch
 */
export function countCall({ callCounts, write }: TokenStore, clientId: string, now: number): number {
  const minute = Math.floor(now / 60_000);
  const before = callCounts.get(clientId);
  const count = before?.minute === minute ? before.count + 1 : 1;
  write(() => callCounts.put(clientId, { minute, count }));
  return count;
}
