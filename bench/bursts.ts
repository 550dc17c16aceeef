import type { Burst, BurstResult } from './load.ts';
import type { Stage } from './stage.ts';

export type Ask = Pick<Burst, 'url' | 'method' | 'headers' | 'body'>;

/** What a server says of itself. */
export interface Usage {
  /** Bytes. */
  readonly resident: number;
  /** Microseconds of processor time since its start. */
  readonly processor: number;
}

export function usage(): Usage {
  const { user, system } = process.cpuUsage();
  return { resident: process.memoryUsage().rss, processor: user + system };
}

/** A burst and what it cost the server. */
export interface Measured extends BurstResult {
  /** Processor time of one answer, milliseconds. */
  readonly processor: number;
}

/** Gateway and bare Express in turn, A B B A, each for so many seconds; both sides warmed before. */
export async function bursts(
  stage: Stage,
  asks: { readonly gateway: Ask; readonly bare: Ask },
  { connections, seconds, slices }: { connections: number; seconds: number; slices: number },
): Promise<(readonly [gateway: Measured, bare: Measured])[]> {
  const run = async (server: 'gateway' | 'bare', length: number): Promise<Measured> => {
    const ask = asks[server];
    const before = await stage[server].ask<Usage>('usage');
    const result = await stage.load.ask<BurstResult>('burst', { ...ask, connections, seconds: length });
    if (result.failures > 0)
      throw new Error(`${result.failures} of ${result.answers} answers of ${ask.url} failed.`);
    const { processor } = await stage[server].ask<Usage>('usage');
    return { ...result, processor: (processor - before.processor) / 1_000 / result.answers };
  };
  await run('gateway', 1);
  await run('bare', 1);
  const pairs: (readonly [Measured, Measured])[] = [];
  for (let slice = 0; slice < slices; slice += 1) {
    if (slice % 2 === 0) pairs.push([await run('gateway', seconds), await run('bare', seconds)]);
    else {
      const bare = await run('bare', seconds);
      pairs.push([await run('gateway', seconds), bare]);
    }
  }
  return pairs;
}
