import { join } from 'node:path';
import { type RegisteredClient, type RunningSimulator, startSimulator } from '#simulator-kit/index.ts';
import type { Bearer } from './admission.ts';
import { drchrono } from './drchrono.ts';
import { practicesOf } from './practices/many.ts';
import type { Settings } from './settings.ts';

/**
 * Starts the simulated account in this process:
 *
 *     const simulator = await startDrChrono({ stateDir, practices: 20, bearers: [schedulingBearer('a-token')] });
 *
 * The API is at `${simulator.url}/api`, the control surface at `${simulator.url}/__sim`. All practices share the quota
 * of an application.
 */
export function startDrChrono(options: DrChronoStart): Promise<RunningSimulator> {
  const { practices = 1, bearers = [], clients = [], name, timeZone } = options;
  const [first, ...others] = practicesOf(practices);
  const [doctor, ...doctors] = first.doctors;
  const inZone = <One extends typeof doctor>(one: One): One =>
    timeZone === undefined ? one : { ...one, timezone: timeZone };
  const demo = {
    ...first,
    doctors: [inZone(doctor), ...doctors.map(inZone)] as const,
    name: name ?? first.name,
  };
  return startSimulator({
    emulation: drchrono([demo, ...others], { bearers, clients }),
    stateFile: join(options.stateDir, 'drchrono.json'),
    port: options.port ?? 0,
    settings: options.settings ?? {},
    ...(options.now === undefined ? {} : { now: options.now }),
  });
}

export interface DrChronoStart {
  /** Folder of its state, made when missing. */
  readonly stateDir: string;
  /** How many practices have the application; missing: one. */
  readonly practices?: number;
  /** 0 or missing: that of the last start if it is free, otherwise any. */
  readonly port?: number;
  /** Tokens that are good without the authorization server. */
  readonly bearers?: readonly Bearer[];
  /** Applications that are registered from the start. */
  readonly clients?: readonly RegisteredClient[];
  readonly settings?: Partial<Settings>;
  /** Of the first practice. */
  readonly name?: string;
  /** IANA zone of the first practice's doctors. */
  readonly timeZone?: string;
  /** Milliseconds since the epoch; of the API and its webhooks, not of the authorization server. */
  readonly now?: () => number;
}

/** A token of a practice's front desk (1: the first practice) with the scopes that scheduling needs. */
export function schedulingBearer(token: string, practice = 1, clientId = 'static-token'): Bearer {
  const username = practice === 1 ? 'frontdesk' : `frontdesk${practice}`;
  return { token, clientId, username, scopes: schedulingScopes };
}

export const schedulingScopes: readonly string[] = [
  'user:read',
  'calendar:read',
  'calendar:write',
  'clinical:read',
  'clinical:write',
  'patients:summary:read',
  'patients:summary:write',
  'settings:read',
];
