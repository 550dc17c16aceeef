import { readConfig } from '#config';
import { closeGlobalNetwork } from '#egress/index.ts';
import { run } from './run.ts';
import { terminal } from './terminal.ts';

/** The operator's command line: `npm run postern -- help`. */
export async function main(words: readonly string[]): Promise<void> {
  closeGlobalNetwork();
  process.exitCode = await run(words, terminal(), { config: () => readConfig(process.env) });
}
