import type { Adapter } from '#adapter-kit/adapter.ts';
import * as parts from '#adapter-kit/index.ts';
import { loadOutsideAdapters } from '#adapter-kit/outside/load.ts';
import { athenahealth } from '../adapters/athenahealth/index.ts';
import { drchrono } from '../adapters/drchrono/index.ts';
import { epic } from '../adapters/epic/index.ts';
import * as fhir from '../adapters/fhir-r4/index.ts';
import { openDental } from '../adapters/open-dental/index.ts';
import { oracleHealth } from '../adapters/oracle-health/index.ts';

/** The adapters this gateway is built with; a practice's connection names one by its id. */
export const adapters: readonly Adapter[] = [
  openDental,
  fhir.fhirR4,
  epic,
  oracleHealth,
  athenahealth,
  drchrono,
];

/** What an adapter outside this repository is called with: all that one inside it may import. */
export const kit = Object.freeze({ ...parts, fhir });
export type Kit = typeof kit;

export interface Installed {
  readonly adapters: readonly Adapter[];
  /** Folders of those that are not built in, by id. */
  readonly folders: ReadonlyMap<string, string>;
}

/**
 * Those this gateway is built with, and those that `POSTERN_ADAPTERS` names besides.
 *
 * @param from absolute folder from which folders and packages are looked for
 * @throws Error with one sentence that names the first adapter which cannot be had, and why
 */
export async function installedAdapters(named: readonly string[], from = process.cwd()): Promise<Installed> {
  const taken = adapters.map(({ id }) => id);
  const outside = await loadOutsideAdapters(named, { kit, from, taken });
  return {
    adapters: [...adapters, ...outside.map(({ adapter }) => adapter)],
    folders: new Map(outside.map(({ adapter, folder }) => [adapter.id, folder])),
  };
}
