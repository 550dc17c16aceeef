import { join } from 'node:path';
import { type RegisteredClient, type RunningSimulator, startSimulator } from '#simulator-kit/index.ts';
import type { Bearer } from './admission.ts';
import type { Host } from './authorization.ts';
import { harbor } from './clinics/harbor.ts';
import { millennium } from './millennium.ts';
import { schedulingScopes } from './scope.ts';
import type { Settings } from './settings.ts';

/**
 * Starts the simulated clinic in this process:
 *
 *     const simulator = await startMillennium({ stateDir, bearers: [schedulingBearer('a-token')] });
 *
 * The API is at `${simulator.url}/r4/{tenant}`, the control surface at `${simulator.url}/__sim`.
 */
export function startMillennium(options: MillenniumOptions): Promise<RunningSimulator> {
  const { persona: host = 'provider', bearers = [], clients = [] } = options;
  const clinic = {
    ...harbor,
    name: options.name ?? harbor.name,
    timeZone: options.timeZone ?? harbor.timeZone,
    tenant: options.tenant ?? harbor.tenant,
  };
  return startSimulator({
    emulation: millennium(clinic, { host, bearers, clients }),
    stateFile: join(options.stateDir, `oracle-health-${host}.json`),
    port: options.port ?? 0,
    settings: options.settings ?? {},
    ...(options.now === undefined ? {} : { now: options.now }),
  });
}

export interface MillenniumOptions {
  /** Folder of its state, made when missing. */
  readonly stateDir: string;
  /** Whose host is played; missing: that of providers and systems. */
  readonly persona?: Host;
  /** 0 or missing: that of the last start if it is free, otherwise any. */
  readonly port?: number;
  /** Tokens that are good without the authorization server. */
  readonly bearers?: readonly Bearer[];
  /** Apps that are registered from the start. */
  readonly clients?: readonly RegisteredClient[];
  readonly settings?: Partial<Settings>;
  readonly name?: string;
  /** IANA zone. */
  readonly timeZone?: string;
  readonly tenant?: string;
  /** Milliseconds since the epoch; of the API, not of the authorization server. */
  readonly now?: () => number;
}

/** A token of a system account with everything that scheduling needs. */
export function schedulingBearer(token: string): Bearer {
  return {
    token,
    clientId: 'static-token',
    persona: 'system',
    scope: schedulingScopes('system').join(' '),
  };
}
