import {
  practiceOptions,
  type RegisteredClient,
  type RunningSimulator,
  readProcessOptions,
  runSimulatorProcess,
  z,
} from '#simulator-kit/index.ts';
import { schedulingBearer, startClinic } from './start-clinic.ts';

/**
 * One FHIR R4 server as a process:
 *
 *     node adapters/fhir-r4/simulator/main.ts --office willow --port 8194 --state-dir .postern/simulators
 *
 * Each flag may be an environment variable instead (`--state-dir` is `SIM_STATE_DIR`); flags win. See README.md.
 */
function startFromOptions(): Promise<RunningSimulator> {
  const options = readProcessOptions(schema);
  const token = options['static-token'];
  return startClinic({
    office: options.office,
    stateDir: options['state-dir'],
    port: options.port,
    bearers: token === undefined ? [] : [schedulingBearer(token)],
    clients: clientOf(options),
    settings: { conditionalCreate: options['conditional-create'] === 'on' },
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(options.zone === undefined ? {} : { timeZone: options.zone }),
  });
}

/** The app that the flags register, with a secret or with the address of its keys. */
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
        : {
            redirect_uris: [redirect],
            grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
          }),
    },
  ];
}

const schema = z.object({
  office: z.enum(['willow']).default('willow'),
  ...practiceOptions,
  /** The setting `conditionalCreate` of the first day: a server of booking class F, or of class D. */
  'conditional-create': z.enum(['on', 'off']).default('on'),
  /** A bearer token with full scheduling scopes, for clients that bring no OAuth flow. */
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

await runSimulatorProcess(startFromOptions);
