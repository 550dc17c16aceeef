import { join } from 'node:path';
import { type RegisteredClient, type RunningSimulator, startSimulator } from '#simulator-kit/index.ts';
import type { Bearer } from './admission.ts';
import { willow } from './clinics/willow.ts';
import { fhirServer } from './fhir-server.ts';
import { schedulingScopes } from './scope.ts';
import type { Settings } from './settings.ts';

/**
 * Starts a simulated clinic in this process:
 *
 *     const simulator = await startClinic({ stateDir, bearers: [schedulingBearer('a-token')] });
 *
 * The API is at `${simulator.url}/fhir`, the control surface at `${simulator.url}/__sim`.
 */
export function startClinic(options: ClinicOptions): Promise<RunningSimulator> {
  const { office = 'willow', bearers = [], clients = [] } = options;
  const clinic = {
    ...clinics[office],
    name: options.name ?? clinics[office].name,
    timeZone: options.timeZone ?? clinics[office].timeZone,
  };
  return startSimulator({
    emulation: fhirServer(clinic, { bearers, clients }),
    stateFile: join(options.stateDir, `fhir-r4-${office}.json`),
    port: options.port ?? 0,
    settings: options.settings ?? {},
    ...(options.now === undefined ? {} : { now: options.now }),
  });
}

export const clinics = { willow } as const;
export type Office = keyof typeof clinics;

export interface ClinicOptions {
  /** Folder of its state, made when missing. */
  readonly stateDir: string;
  /** Which of the demo clinics. */
  readonly office?: Office;
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
  /** Milliseconds since the epoch; of the API, not of the authorization server. */
  readonly now?: () => number;
}

/** A token of a system account with everything that scheduling needs. */
export function schedulingBearer(token: string): Bearer {
  return { token, clientId: 'static-token', level: 'system', scope: schedulingScopes('system').join(' ') };
}
