import { startChild } from './child.ts';
import { type Figure, figure, type Pair } from './figure.ts';
import type { Stage } from './stage.ts';

/** From the start of the process to its word that it is ready, on a database that is migrated and running. */
export async function starts(stage: Stage, database: string): Promise<Figure[]> {
  const time = async (options: Parameters<typeof startChild>[0]) => {
    const child = await startChild(options);
    await child.stop();
    return child.startedMs;
  };
  const gateway = {
    file: '../src/start.js',
    args: ['gateway'],
    env: { ...stage.env, PORT: '0', OPERATOR_PORT: '0' },
  };
  const pairs: Pair[] = [];
  for (let round = 0; round < 3; round += 1)
    pairs.push([await time(gateway), await time({ file: 'bare-express.ts' })]);
  return [
    figure(`Start of a gateway, ${database} database`, 'ms', pairs, 'ratio', {
      text: '≤ 2000 ms',
      met: (ms) => ms <= 2_000,
    }),
  ];
}
