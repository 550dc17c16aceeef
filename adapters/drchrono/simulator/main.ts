import {
  practiceOptions,
  type RegisteredClient,
  type RunningSimulator,
  readProcessOptions,
  runSimulatorProcess,
  z,
} from '#simulator-kit/index.ts';
import { settings } from './settings.ts';
import { schedulingBearer, startDrChrono } from './start-drchrono.ts';

/**
 * One DrChrono account as a process:
 *
 *     node adapters/drchrono/simulator/main.ts --port 8211 --state-dir .postern/simulators
 *
 * Each flag may be an environment variable instead (`--state-dir` is `SIM_STATE_DIR`); flags win. See README.md.
 */
function startFromOptions(): Promise<RunningSimulator> {
  const options = readProcessOptions(schema);
  const { practices, 'static-token': token } = options;
  const tokens = Array.from({ length: practices }, (_, index) =>
    schedulingBearer(index === 0 ? `${token}` : `${token}.${index + 1}`, index + 1),
  );
  return startDrChrono({
    stateDir: options['state-dir'],
    port: options.port,
    practices,
    bearers: token === undefined ? [] : tokens,
    clients: clientOf(options),
    settings: options.settings,
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.zone === undefined ? {} : { timeZone: options.zone }),
  });
}

/** The application of the flags; its secret comes in the body of token requests. */
function clientOf(options: Options): readonly RegisteredClient[] {
  const { 'client-id': id, 'client-secret': secret, 'redirect-uri': redirects } = options;
  if (id === undefined) return [];
  if (secret === undefined || redirects.length === 0)
    throw new TypeError('An application needs --client-secret and --redirect-uri.');
  return [
    {
      client_id: id,
      client_secret: secret,
      token_endpoint_auth_method: 'client_secret_post',
      redirect_uris: redirects,
    },
  ];
}

const schema = z.object({
  ...practiceOptions,
  practices: z.coerce.number().int().min(1).max(100).default(1),
  /** A bearer of the first practice's front desk; `<token>.2`, … are those of the other practices. */
  'static-token': z
    .string()
    .regex(/^[\w.~+/-]{4,512}=*$/)
    .optional(),
  'client-id': z.string().min(1).optional(),
  'client-secret': z.string().min(1).optional(),
  /** Several are separated by blanks. */
  'redirect-uri': z
    .string()
    .default('')
    .transform((text) => text.split(/\s+/).filter((one) => one !== '')),
  /** Settings other than the defaults, as JSON. */
  settings: z
    .string()
    .default('{}')
    .transform((text, context) => {
      const values = settings.safeParse(parse(text));
      if (!values.success) context.addIssue({ code: 'custom', message: z.prettifyError(values.error) });
      return values.data ?? z.NEVER;
    }),
});
type Options = z.infer<typeof schema>;

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

await runSimulatorProcess(startFromOptions);
