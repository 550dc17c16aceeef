import { type Figure, figure, type Pair } from './figure.ts';
import { type Spread, spreadOf } from './spread.ts';

const slices = 5;
const perSlice = 30;

/** What the gateway adds to one call of the EMR: reading one appointment by both ways, one by one in turn. */
export async function oneRead(
  title: string,
  byGateway: () => Promise<unknown>,
  direct: () => Promise<unknown>,
): Promise<Figure[]> {
  const parts: (readonly [Spread, Spread])[] = [];
  const all: [number[], number[]] = [[], []];
  for (let slice = -1; slice < slices; slice += 1) {
    const times: [number[], number[]] = [[], []];
    for (let count = 0; count < perSlice; count += 1) {
      times[0].push(await timed(byGateway));
      times[1].push(await timed(direct));
    }
    // The first slice warms.
    if (slice < 0) continue;
    parts.push([spreadOf(times[0]), spreadOf(times[1])]);
    all[0].push(...times[0]);
    all[1].push(...times[1]);
  }
  const pairs = (at: 'p50' | 'p95') => parts.map(([one, other]): Pair => [one[at], other[at]]);
  return [
    figure(`Reading one appointment, ${title}, p50`, 'ms', pairs('p50'), 'difference', {
      text: '≤ +5 ms',
      met: (_, added) => added <= 5,
    }),
    figure('  p95', 'ms', pairs('p95'), 'difference', {
      text: '≤ +15 ms',
      met: (_, added) => added <= 15,
    }),
    figure(
      `  p99 of all ${all[0].length}`,
      'ms',
      [[spreadOf(all[0]).p99, spreadOf(all[1]).p99]],
      'difference',
    ),
  ];
}

/** Milliseconds. */
export async function timed(ask: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await ask();
  return performance.now() - begun;
}
