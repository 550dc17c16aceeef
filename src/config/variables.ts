import {
  count,
  databaseAddress,
  type Form,
  file,
  folder,
  host,
  httpAddress,
  keyRing,
  modules,
  numbers,
  oneOf,
  port,
  proxies,
  secret,
  text,
} from './forms.ts';

interface Variable<T> {
  readonly purpose: string;
  /** As the reader of a document sees it; applied by {@link readConfig}. */
  readonly standard: string;
  readonly form: Form<T>;
}
const variable = <T>(form: Form<T>, standard: string, purpose: string): Variable<T> => ({
  purpose,
  standard,
  form,
});

/** Every variable that Postern reads, with its default and purpose. The README's table is compared with this one. */
export const variables = {
  NODE_ENV: variable(
    oneOf('development', 'test', 'production'),
    'development',
    '`production` refuses whatever is not safe with real patients.',
  ),
  HOST: variable(host, '127.0.0.1', 'Address on which agents are served.'),
  PORT: variable(port, '8080', 'Port on which agents are served.'),
  PUBLIC_URL: variable(
    httpAddress,
    'http://HOST:PORT',
    'Address under which agents reach the gateway; the OAuth issuer and every link follow it.',
  ),
  POSTERN_TLS: variable(
    oneOf('none', 'proxy', 'files'),
    'none',
    'Who ends TLS: nobody, a proxy in front, or this process with the two files below.',
  ),
  POSTERN_TLS_CERT: variable(file, '', 'Certificate chain (PEM) for `POSTERN_TLS=files`.'),
  POSTERN_TLS_KEY: variable(file, '', 'Private key (PEM) for `POSTERN_TLS=files`.'),
  TRUSTED_PROXY: variable(
    proxies,
    'loopback',
    'Proxies whose X-Forwarded-For is believed, for `POSTERN_TLS=proxy`: addresses, networks, or loopback, linklocal, uniquelocal.',
  ),
  OPERATOR_HOST: variable(host, '127.0.0.1', 'Address of metrics and operator routes; loopback only.'),
  OPERATOR_PORT: variable(port, '9464', 'Port of metrics and operator routes.'),
  DATABASE_URL: variable(
    databaseAddress,
    'the embedded database',
    'PostgreSQL as role `postern_app`. Elsewhere than on loopback or a socket, production asks for `sslmode=verify-full`.',
  ),
  DATABASE_OWNER_URL: variable(
    databaseAddress,
    '',
    'PostgreSQL as the owner of the schema; only migrations use it.',
  ),
  DATABASE_POOL_SIZE: variable(count, '16', 'Connections to PostgreSQL that one gateway holds at most.'),
  POSTERN_KEYS: variable(
    keyRing,
    'POSTERN_STATE_DIR/keys',
    'Key ring that seals secrets and patient data, `1:BASE64,2:BASE64`, or the file it stands in. Without it a start makes one, except in production.',
  ),
  POSTERN_STATE_DIR: variable(
    folder,
    '.postern',
    'What a start keeps for the next one: embedded database, simulators, demo.',
  ),
  AUDIT_CHECKPOINT_DIR: variable(
    folder,
    'POSTERN_STATE_DIR/checkpoints',
    'Signed checkpoints of the audit chain; in production a place that the database cannot reach.',
  ),
  TOKEN_SPILL_DIR: variable(
    folder,
    'POSTERN_STATE_DIR/spill',
    'Renewed tokens of EMRs on their way into the database, sealed; a local disk that outlives the process.',
  ),
  LOG_LEVEL: variable(
    oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'),
    'info',
    'Least severity that is logged.',
  ),
  DEBUG: variable(
    text,
    '',
    'Debug output of libraries on standard error. It names addresses with ids of patients in them: refused in production.',
  ),
  POSTERN_SIMULATORS: variable(
    oneOf('on', 'off'),
    'on, in production off',
    'Whether simulators on loopback count as EMRs.',
  ),
  POSTERN_ADAPTERS: variable(
    modules,
    '',
    'Adapters that the gateway is not built with: folders (`./acme`) or packages, with commas between.',
  ),
  OPEN_DENTAL_ORIGIN: variable(
    httpAddress,
    'https://api.opendental.com/api/v1',
    'Base address of Open Dental’s remote API.',
  ),
  OPEN_DENTAL_DEVELOPER_KEY: variable(
    secret,
    '',
    'Our own key at Open Dental; customer keys belong to practices.',
  ),
  POSTERN_PROTOCOL: variable(
    numbers,
    '{}',
    'Times of the booking protocol in milliseconds, for the soak; refused in production.',
  ),
} as const;

/** What was set, parsed; undefined where the default holds. */
export type Settings = {
  readonly [K in keyof typeof variables]: ReturnType<(typeof variables)[K]['form']> | undefined;
};
