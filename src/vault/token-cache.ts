import type { Secret } from './secret.ts';
import { freshUntil, type Life } from './token-life.ts';

/** An access token to use now. */
export interface Access {
  readonly token: Secret;
  /** Tell {@link TokenVault.rejected} which one the EMR refused. */
  readonly version: number;
  readonly scopes: readonly string[];
}

/** Access tokens of this process, by practice and connection. */
export interface TokenCache {
  fresh(practiceId: string, connectionId: string): Access | undefined;
  /** Taken before the row is read; {@link TokenCache.keep} keeps nothing once it has been forgotten meanwhile. */
  mark(practiceId: string, connectionId: string): number;
  keep(practiceId: string, connectionId: string, access: Access, life: Life, mark: number): void;
  forget(practiceId: string, connectionId: string): void;
}

/** Nothing stays for longer without a look at the row: an ended grant or erased keys are noticed by then. */
const longestMs = 60_000;

export function createTokenCache(clock: () => number, most = 10_000): TokenCache {
  const entries = new Map<
    string,
    { readonly access: Access; readonly from: number; readonly until: number }
  >();
  const forgotten = new Map<string, number>();
  const keyOf = (practiceId: string, connectionId: string): string => `${practiceId}/${connectionId}`;
  const markOf = (key: string): number => forgotten.get(key) ?? 0;
  return {
    fresh(practiceId, connectionId) {
      const found = entries.get(keyOf(practiceId, connectionId));
      const now = clock();
      // A clock that was set back makes nothing fresh again.
      return found !== undefined && now < found.until && now >= found.from ? found.access : undefined;
    },
    mark: (practiceId, connectionId) => markOf(keyOf(practiceId, connectionId)),
    keep(practiceId, connectionId, access, life, mark) {
      const key = keyOf(practiceId, connectionId);
      if (markOf(key) !== mark) return;
      const now = clock();
      entries.delete(key);
      entries.set(key, { access, from: now, until: Math.min(freshUntil(life), now + longestMs) });
      const [oldest] = entries.keys();
      if (entries.size > most && oldest !== undefined) entries.delete(oldest);
    },
    forget(practiceId, connectionId) {
      const key = keyOf(practiceId, connectionId);
      forgotten.set(key, markOf(key) + 1);
      entries.delete(key);
    },
  };
}
