import {
  practiceOptions,
  type RegisteredClient,
  type RunningSimulator,
  readProcessOptions,
  runSimulatorProcess,
  z,
} from '#simulator-kit/index.ts';
import { type Settings, settings } from './settings.ts';
import { startAthena } from './start-athena.ts';

/**
 * One practice of athenahealth as a process:
 *
 *     node adapters/athenahealth/simulator/main.ts --port 8203 --state-dir .postern/simulators
 *
 * Each flag may be an environment variable instead (`--state-dir` is `SIM_STATE_DIR`); flags win. See README.md.
 */
function startFromOptions(): Promise<RunningSimulator> {
  const options = readProcessOptions(schema);
  const token = options['static-token'];
  return startAthena({
    environment: options.environment,
    stateDir: options['state-dir'],
    port: options.port,
    settings: options.settings,
    staticTokens: token === undefined ? [] : [{ token, clientId: 'static-token' }],
    clients: clientOf(options),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.zone === undefined ? {} : { timeZone: options.zone }),
    ...(options['practice-id'] === undefined ? {} : { practiceId: options['practice-id'] }),
  });
}

/** The app that the flags register: a service, or with a `--redirect-uri` one that a person allows. */
function clientOf(options: Options): readonly RegisteredClient[] {
  const { 'client-id': id, 'client-secret': secret, 'jwks-uri': keys, 'redirect-uri': redirect } = options;
  if (id === undefined) return [];
  if ((secret === undefined) === (keys === undefined))
    throw new TypeError('A client needs either --client-secret or --jwks-uri.');
  return [
    {
      client_id: id,
      ...(secret === undefined
        ? { token_endpoint_auth_method: 'private_key_jwt' }
        : { token_endpoint_auth_method: 'client_secret_basic', client_secret: secret }),
      ...(keys !== undefined && { jwks_uri: keys }),
      ...(redirect === undefined
        ? { grant_types: ['client_credentials'] }
        : { redirect_uris: [redirect], grant_types: ['authorization_code', 'refresh_token'] }),
    },
  ];
}

const schema = z.object({
  environment: z.enum(['preview', 'production']).default('preview'),
  ...practiceOptions,
  'practice-id': z
    .string()
    .regex(/^\d{1,9}$/)
    .optional(),
  /** Settings as JSON; a reset comes back to them. */
  settings: z
    .string()
    .default('{}')
    .transform((text, context): Partial<Settings> => {
      const given = parse(text);
      const values = settings.safeParse(given);
      if (!values.success) context.addIssue({ code: 'custom', message: z.prettifyError(values.error) });
      // Those that are named and no others: the environment has defaults of its own.
      const named = Object.entries(values.data ?? {}).filter(([name]) => Object.hasOwn(Object(given), name));
      return Object.fromEntries(named);
    }),
  /** A bearer token that is good without OAuth. */
  'static-token': z
    .string()
    .regex(/^[\w.~+/-]{8,512}=*$/)
    .optional(),
  'client-id': z.string().min(1).optional(),
  'client-secret': z.string().min(1).optional(),
  'jwks-uri': z.url().optional(),
  'redirect-uri': z.url().optional(),
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
