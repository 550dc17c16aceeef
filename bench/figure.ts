import { median, spreadOf } from './spread.ts';

/** One thing that was measured, always beside its baseline of the same run. */
export interface Figure {
  readonly name: string;
  readonly unit: 'per second' | 'ms' | 'µs' | 'MB';
  /** Medians over the slices. */
  readonly gateway: number;
  readonly baseline: number;
  /** Gateway over baseline, or gateway less baseline; its median over the slices, and between what it lay. */
  readonly compared: {
    readonly by: 'ratio' | 'difference';
    readonly value: number;
    readonly min: number;
    readonly max: number;
  };
  readonly target?: { readonly text: string; readonly met: boolean };
}

/** One slice: the gateway's figure and that of the baseline, which ran right before or after it. */
export type Pair = readonly [gateway: number, baseline: number];

/** Compares slice by slice, so that what slows the machine down for a while slows both sides. */
export function figure(
  name: string,
  unit: Figure['unit'],
  pairs: readonly Pair[],
  by: 'ratio' | 'difference',
  target?: { readonly text: string; readonly met: (gateway: number, compared: number) => boolean },
): Figure {
  const compared = spreadOf(
    pairs.map(([gateway, baseline]) => (by === 'ratio' ? gateway / baseline : gateway - baseline)),
  );
  const gateway = median(pairs.map(([value]) => value));
  return {
    name,
    unit,
    gateway,
    baseline: median(pairs.map(([, value]) => value)),
    compared: { by, value: compared.p50, min: compared.min, max: compared.max },
    ...(target && { target: { text: target.text, met: target.met(gateway, compared.p50) } }),
  };
}

export function table(figures: readonly Figure[]): string {
  const rows = figures.map(({ name, unit, gateway, baseline, compared: { by, value, min, max }, target }) => [
    name,
    unit,
    short(gateway),
    short(baseline),
    by === 'ratio' ? `× ${short(value)}` : `${value < 0 ? '' : '+'}${short(value)}`,
    `${short(min)} … ${short(max)}`,
    target ? `${target.text}${target.met ? '' : '  MISSED'}` : '',
  ]);
  const all = [['', '', 'gateway', 'baseline', 'compared', 'over slices', 'target'], ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  const isNumber = (column: number) => column >= 2 && column <= 5;
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Three digits that matter. */
function short(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
