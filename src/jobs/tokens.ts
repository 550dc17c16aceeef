import { resealOldValues } from '#scheduling/practice-keys.ts';
import type { Scheduling } from '#scheduling/scheduling.ts';
import type { TokenVault } from '#vault/token-vault.ts';
import type { Round } from './clockwork.ts';

/** Renews tokens ahead of callers, so that a call rarely waits for an authorization server. */
export function sweepTokens(tokens: Pick<TokenVault, 'sweep'>): Round {
  return { name: 'tokens.sweep', everyMs: 2_000, run: () => tokens.sweep() };
}

/** Brings to the database what a crash left on this machine's disk; the first round begins with the gateway. */
export function replaySpilledTokens(tokens: Pick<TokenVault, 'replaySpill'>): Round {
  return { name: 'tokens.replay', everyMs: 5_000, run: () => tokens.replaySpill() };
}

/** Seals older values anew after a data key was rotated, and destroys keys that have nothing left to open. */
export function resealValues(on: Scheduling, spillFolder: string): Round {
  const reseal = resealOldValues(on, spillFolder);
  return {
    name: 'vault.reseal',
    everyMs: 30_000,
    async run() {
      await reseal.run();
    },
  };
}
