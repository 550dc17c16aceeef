import { join } from 'node:path';
import type { KeyRing } from '#vault/key-ring.ts';
import { Secret } from '#vault/secret.ts';
import { folder, generatedKeys } from './config/forms.ts';
import { refusals, warnings } from './config/judgement.ts';
import { type Settings, variables } from './config/variables.ts';

export { variables } from './config/variables.ts';

/** Everything that the environment says, read once at start. Frozen; nothing else reads the environment. */
export interface Config {
  readonly production: boolean;
  /** What agents call. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Metrics and operator routes: a listener of its own, on loopback only. */
  readonly operator: { readonly host: string; readonly port: number };
  /** Address under which agents know us, without trailing slash. Undefined: that of the listener, whose port is free. */
  readonly publicUrl: string | undefined;
  readonly tls:
    | { readonly kind: 'none' }
    | { readonly kind: 'proxy'; readonly trusted: readonly string[] }
    | { readonly kind: 'files'; readonly cert: string; readonly key: string };
  readonly database:
    | { readonly kind: 'embedded'; readonly folder: string }
    | {
        readonly kind: 'server';
        readonly url: Secret;
        readonly ownerUrl: Secret | undefined;
        readonly poolSize: number;
      };
  /** Absolute folder of everything that a start keeps for the next one. */
  readonly stateDir: string;
  /** The key ring, or the file in which a start outside production makes one and finds it again. */
  readonly keys:
    | { readonly kind: 'given'; readonly ring: KeyRing }
    | { readonly kind: 'generated'; readonly file: string };
  readonly auditCheckpointDir: string;
  readonly tokenSpillDir: string;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';
  /** May connections of kind `simulator` (exact loopback origins) be used? Never in production. */
  readonly simulators: boolean;
  /** Folders and packages of adapters that this gateway is not built with. */
  readonly adapters: readonly string[];
  readonly openDental: {
    readonly origin: string;
    readonly developerKey: Secret | undefined;
  };
  /**
   * Changes to the booking protocol's times for the soak, by name in milliseconds. `quietMs` stands for every EMR's
   * quiet period, `paceGapMs` for its pace, `holdMs` for the life of a hold. Empty in production.
   */
  readonly protocol: Readonly<Record<string, number | readonly number[]>>;
  /** Sentences to say aloud at start: defaults that would not be safe with real patients. */
  readonly warnings: readonly string[];
}

/** Every problem of the environment, in one message that holds no value of it. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(
      `Postern cannot start with these settings:\n${problems.map((problem) => `  ${problem}`).join('\n')}\nThe README lists every setting under "Settings".`,
    );
    this.problems = problems;
  }
}

/**
 * Reads the environment.
 *
 * @param purpose `demo` when demo practices and simulators are to be started, which production refuses
 * @throws ConfigError that names every problem at once
 * @example const config = readConfig(process.env, 'gateway');
 */
export function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
  purpose: 'gateway' | 'demo' = 'gateway',
): Config {
  const problems = misspelt(environment);
  const settings = parse(environment, problems);
  const named = new Set(problems.map(variableOf));
  problems.push(...refusals(settings, purpose).filter((sentence) => !named.has(variableOf(sentence))));
  if (problems.length > 0) throw new ConfigError(problems);
  return freeze(build(settings));
}

/** An empty value counts as not set: that is how Compose and CI systems pass what they do not have. */
function parse(environment: Readonly<Record<string, string | undefined>>, problems: string[]): Settings {
  const read = (name: keyof typeof variables): unknown => {
    const text = environment[name]?.trim();
    if (text === undefined || text === '') return undefined;
    try {
      return variables[name].form(text);
    } catch (error) {
      problems.push(`${name} ${error instanceof Error ? error.message : 'is wrong.'}`);
      return undefined;
    }
  };
  const names = Object.keys(variables) as (keyof typeof variables)[]; // the keys of a constant table are its names
  return Object.fromEntries(names.map((name) => [name, read(name)])) as Settings; // each read by the form of its name
}

function misspelt(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith('POSTERN_') && !Object.hasOwn(variables, name))
    .map((name) => `${name} is no setting of Postern. Is it misspelt?`);
}

const variableOf = (sentence: string): string | undefined => sentence.split(/[ =]/)[0];

function build(settings: Settings): Config {
  const production = settings.NODE_ENV === 'production';
  const stateDir = settings.POSTERN_STATE_DIR ?? folder('.postern');
  const listen = {
    host: settings.HOST ?? '127.0.0.1',
    port: settings.PORT ?? 8080,
  };
  const tls = settings.POSTERN_TLS ?? 'none';
  return {
    production,
    listen,
    operator: {
      host: settings.OPERATOR_HOST ?? '127.0.0.1',
      port: settings.OPERATOR_PORT ?? 9464,
    },
    publicUrl: settings.PUBLIC_URL ?? (listen.port === 0 ? undefined : listenerUrl(listen, tls === 'files')),
    tls:
      tls === 'proxy'
        ? { kind: tls, trusted: settings.TRUSTED_PROXY ?? ['loopback'] }
        : tls === 'files'
          ? {
              kind: tls,
              cert: settings.POSTERN_TLS_CERT ?? '',
              key: settings.POSTERN_TLS_KEY ?? '',
            }
          : { kind: tls },
    database:
      settings.DATABASE_URL === undefined
        ? { kind: 'embedded', folder: join(stateDir, 'database') }
        : {
            kind: 'server',
            url: settings.DATABASE_URL,
            ownerUrl: settings.DATABASE_OWNER_URL,
            poolSize: settings.DATABASE_POOL_SIZE ?? 16,
          },
    stateDir,
    keys:
      settings.POSTERN_KEYS === undefined
        ? { kind: 'generated', file: generatedKeys(stateDir) }
        : { kind: 'given', ring: settings.POSTERN_KEYS.ring },
    auditCheckpointDir: settings.AUDIT_CHECKPOINT_DIR ?? join(stateDir, 'checkpoints'),
    tokenSpillDir: settings.TOKEN_SPILL_DIR ?? join(stateDir, 'spill'),
    logLevel: settings.LOG_LEVEL ?? 'info',
    simulators: settings.POSTERN_SIMULATORS ? settings.POSTERN_SIMULATORS === 'on' : !production,
    adapters: settings.POSTERN_ADAPTERS ?? [],
    openDental: {
      origin: settings.OPEN_DENTAL_ORIGIN ?? 'https://api.opendental.com/api/v1',
      developerKey: settings.OPEN_DENTAL_DEVELOPER_KEY,
    },
    protocol: settings.POSTERN_PROTOCOL ?? {},
    warnings: warnings(settings),
  };
}

function listenerUrl({ host, port }: { host: string; port: number }, tls: boolean): string {
  return `${tls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Freezes data all the way down; secrets and keys guard themselves. */
function freeze<T extends object>(value: T): T {
  for (const part of Object.values(value)) {
    if (typeof part === 'object' && part !== null && !(part instanceof Secret)) freeze(part);
  }
  return Object.freeze(value);
}
