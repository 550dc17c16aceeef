import { parseArgs } from 'node:util';
import { type RunningSimulator, runSimulatorProcess, z } from '#simulator-kit/index.ts';
import { DEMO_KEY, FULL_PERMISSIONS, startOffice } from './start-office.ts';

/**
 * One Open Dental office as a process:
 *
 *     node adapters/open-dental/simulator/main.ts --office cedar --port 8191 --state-dir .postern/simulators
 *
 * Each flag may be an environment variable instead (`--state-dir` is `SIM_STATE_DIR`); flags win. See README.md.
 */
function startFromOptions(): Promise<RunningSimulator> {
  const options = readOptions(process.argv.slice(2), process.env);
  const own = {
    developer: options['developer-key'],
    customer: options['customer-key'],
    permissions: FULL_PERMISSIONS,
  };
  return startOffice({
    office: options.office,
    stateDir: options['state-dir'],
    port: options.port,
    keys: [own, ...options.keys],
    settings: { throttle: options.throttle === 'on' },
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.zone === undefined ? {} : { timeZone: options.zone }),
  });
}

function readOptions(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Options {
  const names = Object.keys(schema.shape);
  const flags = parseArgs({
    args: [...argv],
    options: Object.fromEntries(names.map((name) => [name, { type: 'string' as const }])),
  }).values;
  const fromEnv = (name: string): string | undefined => env[`SIM_${name.toUpperCase().replaceAll('-', '_')}`];
  const given = names.map((name) => [name, flags[name] ?? fromEnv(name)]);
  const options = schema.safeParse(Object.fromEntries(given));
  if (!options.success) throw new TypeError(z.prettifyError(options.error));
  return options.data;
}

const apiKeys = z.array(
  z.strictObject({
    developer: z.string().min(1),
    customer: z.string().min(1),
    permissions: z.array(z.enum(['ReadAll', 'Comm', 'Appointments', 'Patients', 'Setup', 'AllOthers'])),
  }),
);

const schema = z.object({
  office: z.enum(['cedar', 'saguaro']).default('cedar'),
  port: z.coerce.number().int().min(0).max(65_535).default(0),
  'state-dir': z.string().default('.postern/simulators'),
  name: z.string().optional(),
  zone: z
    .string()
    .refine(
      (zone) => Intl.supportedValuesOf('timeZone').includes(zone),
      'Give an IANA zone, e.g. America/Denver.',
    )
    .optional(),
  'developer-key': z.string().min(1).default(DEMO_KEY.developer),
  'customer-key': z.string().min(1).default(DEMO_KEY.customer),
  /** Further keys, as JSON. */
  keys: z
    .string()
    .default('[]')
    .transform((text, context) => {
      const keys = apiKeys.safeParse(JSON.parse(text));
      if (!keys.success) context.addIssue({ code: 'custom', message: z.prettifyError(keys.error) });
      return keys.data ?? [];
    }),
  throttle: z.enum(['on', 'off']).default('on'),
});
type Options = z.infer<typeof schema>;

await runSimulatorProcess(startFromOptions);
