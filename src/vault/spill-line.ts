import { z } from 'zod';

/** One line of a journal: which practice's key opens it, for which place it was sealed, and the sealed rest. */
export interface SpillLine {
  readonly practice: string;
  readonly connection: string;
  /** The version that the tokens are to get. */
  readonly version: number;
  readonly attempt: string;
  readonly sealed: Buffer;
}

const schema = z.strictObject({
  spill: z.literal(1),
  practice: z.uuid(),
  connection: z.uuid(),
  version: z.int().positive(),
  attempt: z.uuid(),
  sealed: z.base64(),
});

export function lineOf({ practice, connection, version, attempt, sealed }: SpillLine): string {
  return JSON.stringify({
    spill: 1,
    practice,
    connection,
    version,
    attempt,
    sealed: sealed.toString('base64'),
  } satisfies z.infer<typeof schema>);
}

/** @returns undefined for a line that is none of ours, or not whole */
export function parseLine(line: string): SpillLine | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) return undefined;
  const { spill: _, sealed, ...rest } = parsed.data;
  return { ...rest, sealed: Buffer.from(sealed, 'base64') };
}
