import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { kit } from '#adapters';
import { type Adapter, capabilitiesOf } from '../../adapter.ts';
import { defaultExport, folderOf, loadAdapter } from '../../outside/load.ts';
import { type ConformanceRun, collectConformance } from '../conformance.ts';
import type { Harness } from '../emr-under-test.ts';
import { fhirServer } from '../fhir-server.ts';
import * as testing from '../index.ts';
import { type Home, isStage, syntaxProblems } from './read-code.ts';

/** What the default export of an outside adapter's `conformance.js` is called with. */
export const testKit = Object.freeze({ ...kit, testing: Object.freeze({ ...testing, fhirServer }) });
export type TestKit = typeof testKit;

/** An adapter to be looked at. */
export interface Subject {
  readonly adapter: Adapter;
  /** Absolute, symbolic links resolved. */
  readonly folder: string;
  readonly home: Home;
  /** What it is held against; empty where nobody has written that yet. */
  readonly runs: readonly ConformanceRun[];
}

/**
 * Finds the adapter in a folder: one of this repository by its `test/conformance.test.ts`, one outside by its default
 * export and that of `conformance.js`.
 *
 * @param name folder or package
 * @param from absolute folder from which it is looked for
 * @throws Error that says what is missing
 */
export async function findAdapter(name: string, from: string): Promise<Subject> {
  const folder = await folderOf(
    name.includes('/') || existsSync(resolve(from, name)) ? resolve(from, name) : name,
    from,
  );
  const [problem] = syntaxProblems(folder);
  if (problem !== undefined) throw new Error(problem);
  return isOfRepository(folder) ? ofRepository(folder) : outside(folder);
}

async function ofRepository(folder: string): Promise<Subject> {
  const file = join(folder, 'test/conformance.test.ts');
  if (!existsSync(file))
    throw new Error('There is no test/conformance.test.ts in it, which names adapter and EMR.');
  loads += 1;
  const runs = await collectConformance(() => import(`${pathToFileURL(file).href}?check=${loads}`));
  const [first] = runs;
  if (first === undefined)
    throw new Error('test/conformance.test.ts does not call conformance(adapter, harness).');
  return { adapter: first.adapter, folder, home: 'repository', runs };
}

async function outside(folder: string): Promise<Subject> {
  const adapter = await loadAdapter(folder, kit, isStage);
  const file = join(folder, 'conformance.js');
  if (!existsSync(file)) return { adapter, folder, home: 'outside', runs: [] };
  const given = await (await defaultExport(file))(testKit);
  if (typeof given !== 'object' || given === null || !('start' in given))
    throw new Error(
      'conformance.js does not give a harness, such as (kit) => kit.testing.modelEmr(routes, { … }).',
    );
  // What it does beyond start() is found out by starting it.
  const harness = given as unknown as Harness;
  const capabilities = capabilitiesOf(adapter, harness.settings ?? {});
  return { adapter, folder, home: 'outside', runs: [{ adapter: { ...adapter, capabilities }, harness }] };
}

/** A module is loaded once; one that is looked at again is asked for by another address. */
let loads = 0;

/** Does the folder belong to a package whose imports name the kit? */
function isOfRepository(folder: string): boolean {
  for (let at = folder; ; at = resolve(at, '..')) {
    const file = join(at, 'package.json');
    if (existsSync(file)) {
      const { imports = {} }: { imports?: object } = JSON.parse(readFileSync(file, 'utf8'));
      return '#adapter-kit/*' in imports;
    }
    if (at === resolve(at, '..')) return false;
  }
}
