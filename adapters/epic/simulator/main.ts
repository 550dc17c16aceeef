import {
  practiceOptions,
  type RegisteredClient,
  type RunningSimulator,
  readProcessOptions,
  runSimulatorProcess,
  z,
} from '#simulator-kit/index.ts';
import { settings } from './settings.ts';
import { startPractice } from './start-practice.ts';

/**
 * One Epic practice as a process:
 *
 *     node adapters/epic/simulator/main.ts --port 8201 --state-dir .postern/simulators
 *
 * Each flag may be an environment variable instead (`--state-dir` is `SIM_STATE_DIR`); flags win. See README.md.
 */
function startFromOptions(): Promise<RunningSimulator> {
  const options = readProcessOptions(schema);
  return startPractice({
    stateDir: options['state-dir'],
    port: options.port,
    settings: { ...options.settings, ...defined('environment', options.environment) },
    ...defined('name', options.name),
    ...defined('timeZone', options.zone),
    clients: clientOf(options),
    staticToken: options['static-token'],
  });
}

/** The app of the flags: with a secret, or with keys at an address; without either none is registered. */
function clientOf(options: Options): readonly RegisteredClient[] {
  const { 'client-secret': secret, 'jwks-uri': keys, 'redirect-uri': redirects } = options;
  if (secret === undefined && keys === undefined) return [];
  if (keys === undefined && redirects.length === 0)
    throw new TypeError('An app with a secret signs people in: give --redirect-uri too.');
  return [
    {
      client_id: options['client-id'],
      client_name: options['client-name'],
      token_endpoint_auth_method: keys === undefined ? 'client_secret_basic' : 'private_key_jwt',
      grant_types: [
        ...(redirects.length > 0 ? (['authorization_code', 'refresh_token'] as const) : []),
        ...(keys === undefined ? [] : (['client_credentials'] as const)),
      ],
      redirect_uris: redirects,
      ...(keys === undefined ? defined('client_secret', secret) : { jwks_uri: keys }),
    },
  ];
}

const schema = z.object({
  ...practiceOptions,
  'client-id': z.string().min(1).default('demo-client'),
  'client-name': z.string().min(1).default('Demo scheduling app'),
  'client-secret': z.string().min(1).optional(),
  'jwks-uri': z.url().optional(),
  /** Several are separated by blanks. */
  'redirect-uri': z
    .string()
    .default('')
    .transform((text) => text.split(/\s+/).filter((one) => one !== '')),
  'static-token': z.string().min(1).optional(),
  environment: settings.shape.environment.unwrap().optional(),
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

/** An object with this member, or without it when the value is undefined. */
function defined<K extends string, V>(key: K, value: V | undefined): { readonly [k in K]?: V } {
  // A computed key widens to `string`, and there is only this one.
  return (value === undefined ? {} : { [key]: value }) as { readonly [k in K]?: V };
}

await runSimulatorProcess(startFromOptions);
