import { join } from 'node:path';
import { type RegisteredClient, type RunningSimulator, startSimulator } from '#simulator-kit/index.ts';
import type { StaticToken } from './admission.ts';
import { athena } from './athena.ts';
import { lakeside } from './practices/lakeside.ts';
import type { Settings } from './settings.ts';

/**
 * Starts the simulated practice in this process:
 *
 *     const simulator = await startAthena({ stateDir, staticTokens: [{ token: 'a-token', clientId: 'test' }] });
 *
 * The API is at `${simulator.url}/v1/195900`, the control surface at `${simulator.url}/__sim`.
 */
export function startAthena(options: StartOptions): Promise<RunningSimulator> {
  const { staticTokens = [], clients = [] } = options;
  const practice = {
    ...lakeside,
    name: options.name ?? lakeside.name,
    timeZone: options.timeZone ?? lakeside.timeZone,
    practiceId: options.practiceId ?? lakeside.practiceId,
  };
  return startSimulator({
    emulation: athena(practice, { staticTokens, clients }),
    stateFile: join(options.stateDir, 'athenahealth.json'),
    port: options.port ?? 0,
    settings: { ...environments[options.environment ?? 'preview'], ...options.settings },
    ...(options.now === undefined ? {} : { now: options.now }),
  });
}

export interface StartOptions {
  /** Folder of its state, made when missing. */
  readonly stateDir: string;
  /** Whose limits hold; missing: those of preview. */
  readonly environment?: keyof typeof environments;
  /** 0 or missing: that of the last start if it is free, otherwise any. */
  readonly port?: number;
  /** Tokens that are good without the authorization server. */
  readonly staticTokens?: readonly StaticToken[];
  /** Apps that are registered from the start. */
  readonly clients?: readonly RegisteredClient[];
  readonly settings?: Partial<Settings>;
  readonly name?: string;
  /** IANA zone. */
  readonly timeZone?: string;
  /** Digits. */
  readonly practiceId?: string;
  /** Milliseconds since the epoch; of the API and its limits, not of the lives of tokens. */
  readonly now?: () => number;
}

export const environments = {
  preview: { tokenCallsPerMinute: 5 },
  production: { tokenCallsPerMinute: 50 },
} as const;
