import { parseArgs } from 'node:util';
import { z } from 'zod';

/** What every simulator can be told: where it listens, where it keeps its state, and whose practice it plays. */
export const practiceOptions = {
  /** 0: any that is free, the same again while its state is kept. */
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  'state-dir': z.string().default('.postern/simulators'),
  name: z.string().optional(),
  zone: z
    .string()
    .refine(
      (zone) => Intl.supportedValuesOf('timeZone').includes(zone),
      'Give an IANA zone, e.g. America/Chicago.',
    )
    .optional(),
};

/**
 * A simulator's options: `--state-dir` on the command line or `SIM_STATE_DIR` in the environment; flags win.
 *
 * @param schema an object of texts by the names of flags
 * @throws TypeError with a sentence for each option that is wrong
 */
export function readProcessOptions<Schema extends z.ZodObject>(schema: Schema): z.infer<Schema> {
  const names = Object.keys(schema.shape);
  const { values } = parseArgs({
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  });
  const fromEnv = (name: string): string | undefined =>
    process.env[`SIM_${name.toUpperCase().replaceAll('-', '_')}`];
  const given = names.map((name) => [name, values[name] ?? fromEnv(name)]);
  const options = schema.safeParse(Object.fromEntries(given));
  if (!options.success) throw new TypeError(z.prettifyError(options.error));
  return options.data;
}
