import { join } from 'node:path';
import { type RunningSimulator, startSimulator } from '#simulator-kit/index.ts';
import type { ApiKey } from './admission.ts';
import { cedar } from './offices/cedar.ts';
import { saguaro } from './offices/saguaro.ts';
import { openDental } from './open-dental.ts';
import type { Settings } from './settings.ts';
import type { Permission } from './tables.ts';

/**
 * Starts one simulated office in this process:
 *
 *     const simulator = await startOffice({ office: 'cedar', stateDir, settings: { throttle: false } });
 *
 * The API is at `${simulator.url}/api/v1`, the control surface at `${simulator.url}/__sim`.
 */
export function startOffice(options: OfficeOptions): Promise<RunningSimulator> {
  const plan = offices[options.office];
  const office = { ...plan, name: options.name ?? plan.name, timeZone: options.timeZone ?? plan.timeZone };
  return startSimulator({
    emulation: openDental(office, options.keys ?? [DEMO_KEY]),
    stateFile: join(options.stateDir, `open-dental-${options.office}.json`),
    port: options.port ?? 0,
    settings: options.settings ?? {},
    ...(options.now === undefined ? {} : { now: options.now }),
  });
}

export interface OfficeOptions {
  /** Seed variant. */
  readonly office: 'cedar' | 'saguaro';
  /** Folder of its state, made when missing. */
  readonly stateDir: string;
  /** 0 or missing: that of the last start if it is free, otherwise any. */
  readonly port?: number;
  /** Missing: {@link DEMO_KEY} alone. */
  readonly keys?: readonly ApiKey[];
  readonly settings?: Partial<Settings>;
  readonly name?: string;
  /** IANA zone. */
  readonly timeZone?: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** What a scheduling gateway needs of the vendor's permission groups. */
export const FULL_PERMISSIONS: readonly Permission[] = ['ReadAll', 'Comm', 'Appointments', 'Patients'];

/** `Authorization: ODFHIR demo-developer-key/demo-customer-key`. */
export const DEMO_KEY: ApiKey = {
  developer: 'demo-developer-key',
  customer: 'demo-customer-key',
  permissions: FULL_PERMISSIONS,
};

const offices = { cedar, saguaro } as const;
