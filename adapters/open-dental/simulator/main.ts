import {
  practiceOptions,
  type RunningSimulator,
  readProcessOptions,
  runSimulatorProcess,
  z,
} from '#simulator-kit/index.ts';
import { DEMO_KEY, FULL_PERMISSIONS, startOffice } from './start-office.ts';

/**
 * One Open Dental office as a process:
 *
 *     node adapters/open-dental/simulator/main.ts --office cedar --port 8191 --state-dir .postern/simulators
 *
 * Each flag may be an environment variable instead (`--state-dir` is `SIM_STATE_DIR`); flags win. See README.md.
 */
function startFromOptions(): Promise<RunningSimulator> {
  const options = readProcessOptions(schema);
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

const apiKeys = z.array(
  z.strictObject({
    developer: z.string().min(1),
    customer: z.string().min(1),
    permissions: z.array(z.enum(['ReadAll', 'Comm', 'Appointments', 'Patients', 'Setup', 'AllOthers'])),
  }),
);

const schema = z.object({
  office: z.enum(['cedar', 'saguaro']).default('cedar'),
  ...practiceOptions,
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

await runSimulatorProcess(startFromOptions);
