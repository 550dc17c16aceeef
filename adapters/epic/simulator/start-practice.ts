import { join } from 'node:path';
import { type RegisteredClient, type RunningSimulator, startSimulator } from '#simulator-kit/index.ts';
import { epic } from './epic.ts';
import { juniper } from './juniper.ts';
import type { Settings } from './settings.ts';

/**
 * Starts the demo practice in this process:
 *
 *     const simulator = await startPractice({ stateDir, staticToken: 'demo', settings: { privateServices: true } });
 *
 * FHIR is at `${simulator.url}/interconnect-fhir-oauth/api/FHIR/R4` and `…/STU3`, the control surface at
 * `${simulator.url}/__sim`.
 */
export function startPractice(options: PracticeOptions): Promise<RunningSimulator> {
  const practice = {
    ...juniper,
    name: options.name ?? juniper.name,
    timeZone: options.timeZone ?? juniper.timeZone,
  };
  return startSimulator({
    emulation: epic(practice, { clients: options.clients ?? [], staticToken: options.staticToken }),
    stateFile: join(options.stateDir, 'epic-juniper.json'),
    port: options.port ?? 0,
    settings: options.settings ?? {},
    ...(options.now === undefined ? {} : { now: options.now }),
  });
}

export interface PracticeOptions {
  /** Folder of its state, made when missing. */
  readonly stateDir: string;
  /** 0 or missing: that of the last start if it is free, otherwise any. */
  readonly port?: number;
  readonly settings?: Partial<Settings>;
  readonly name?: string;
  /** IANA zone. */
  readonly timeZone?: string;
  /** Apps that are registered from the start. */
  readonly clients?: readonly RegisteredClient[];
  /** A bearer that is good at all times, with every scheduling scope; for tests without an OAuth flow. */
  readonly staticToken?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}
