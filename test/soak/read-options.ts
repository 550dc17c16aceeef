import { parseArgs } from 'node:util';

/** What every soak can be told beside its numbers. */
export interface SoakChoice<Numbers> {
  readonly seed: number;
  readonly numbers: Numbers;
  /** Whether a naive form is soaked too, or it alone. */
  readonly naive: 'too' | 'only' | 'no';
  /** Leaves what was written behind even when all is well. */
  readonly keep: boolean;
  /** The short form was asked for. */
  readonly short: boolean;
  /** What was said of the flags that take words. */
  readonly words: Readonly<Record<string, string | undefined>>;
}

/**
 * Reads `--short`, `--naive`, `--keep`, `--seed` and a flag for each number.
 *
 * @param usual the numbers of the long and of the short form, by their flags
 * @param worded flags that take words
 * @throws in words for what it does not know
 */
export function readSoakOptions<Name extends string>(
  args: readonly string[],
  usual: Readonly<Record<'long' | 'short', Readonly<Record<Name, number>>>>,
  worded: readonly string[] = [],
): SoakChoice<Record<Name, number>> {
  const names = Object.keys(usual.long) as Name[]; // the keys of a record are its names
  const text = { type: 'string' } as const;
  const yesNo = { type: 'boolean' } as const;
  const { values } = parseArgs({
    args: [...args],
    options: {
      short: yesNo,
      naive: yesNo,
      keep: yesNo,
      seed: text,
      ...Object.fromEntries([...names, ...worded].map((name) => [name, text])),
    },
  });
  const given: Readonly<Record<string, string | boolean | undefined>> = values;
  const { short = false, naive = false, keep = false } = values;
  const read = (name: string, otherwise: number): number => {
    const text = given[name];
    if (text === undefined) return otherwise;
    if (typeof text !== 'string' || !/^\d{1,9}$/.test(text))
      throw new Error(`--${name} has to be a whole number.`);
    return Number(text);
  };
  const form = short ? usual.short : usual.long;
  const numbers = Object.fromEntries(names.map((name) => [name, read(name, form[name])]));
  return {
    seed: read('seed', short ? 1 : Date.now() % 1_000_000),
    numbers: numbers as Record<Name, number>, // each name was read
    naive: naive ? 'only' : short ? 'too' : 'no',
    keep,
    short,
    words: Object.fromEntries(
      worded.map((name) => {
        const said = given[name];
        return [name, typeof said === 'string' ? said : undefined];
      }),
    ),
  };
}
