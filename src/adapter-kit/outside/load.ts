import { readFile, realpath, stat } from 'node:fs/promises';
import { findPackageJSON } from 'node:module';
import { dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Adapter } from '../adapter.ts';
import { type IsStage, keepInside } from './keep-inside.ts';
import { contractProblems, isAdapter } from './shape.ts';

/** An adapter that is not part of this repository, and where it stands. */
export interface OutsideAdapter {
  readonly adapter: Adapter;
  /** Absolute, symbolic links resolved. */
  readonly folder: string;
}

/**
 * Loads what `POSTERN_ADAPTERS` names: the default export of each module is called with the kit and gives the adapter.
 * While and after it loads, its imports are kept in its folder by {@link keepInside}.
 *
 * @param named folders (`./acme`, `/srv/acme`) or packages (`postern-adapter-acme`)
 * @param from absolute folder from which folders and packages are looked for
 * @param taken ids that are given already
 * @throws Error with one sentence that names the first adapter which cannot be had, and why
 */
export async function loadOutsideAdapters(
  named: readonly string[],
  { kit, from, taken }: { readonly kit: unknown; readonly from: string; readonly taken: readonly string[] },
): Promise<readonly OutsideAdapter[]> {
  const loaded: OutsideAdapter[] = [];
  for (const name of named) {
    try {
      const folder = await folderOf(name, from);
      const adapter = await loadAdapter(folder, kit);
      if ([...taken, ...loaded.map((one) => one.adapter.id)].includes(adapter.id))
        throw new Error(`its id "${adapter.id}" is taken by another adapter`);
      loaded.push({ adapter, folder });
    } catch (error) {
      throw new Error(`POSTERN_ADAPTERS: ${name} cannot be used: ${asSentence(error)}`, { cause: error });
    }
  }
  return loaded;
}

/** The folder that a name of `POSTERN_ADAPTERS` means. */
export async function folderOf(name: string, from: string): Promise<string> {
  if (isAbsolute(name) || name.startsWith('.')) {
    const folder = resolve(from, name);
    const found = await stat(folder).catch(() => undefined);
    if (found?.isDirectory() !== true) throw new Error('there is no such folder');
    return realpath(folder);
  }
  const found = packageFile(name, from);
  if (found === undefined) throw new Error(`no such package is installed in ${from}`);
  return realpath(dirname(found));
}

/** Loads the adapter in a folder. @throws Error without the name of the adapter; a defect of it as it is */
export async function loadAdapter(folder: string, kit: unknown, isStage?: IsStage): Promise<Adapter> {
  keepInside(folder, isStage);
  const make = await defaultExport(await entryOf(folder));
  const adapter: unknown = await make(kit);
  if (isAdapter(adapter)) return adapter;
  throw new Error(`it is not an adapter: ${contractProblems(adapter).join('; ')}`);
}

/** The function that a module of an outside adapter exports by default. */
export async function defaultExport(file: string): Promise<(kit: unknown) => unknown> {
  const { default: make }: { default?: unknown } = await import(pathToFileURL(file).href);
  if (typeof make !== 'function')
    throw new Error(
      'its module has no function as default export, such as (kit) => kit.defineAdapter({ … })',
    );
  return (kit) => make(kit) as unknown;
}

/** The file that is loaded: `main` of package.json, else index.js. */
async function entryOf(folder: string): Promise<string> {
  const pack = await readFile(join(folder, 'package.json'), 'utf8').catch(() => '{}');
  const { main }: { main?: unknown } = JSON.parse(pack);
  const entry = typeof main === 'string' ? main : 'index.js';
  const file = await realpath(join(folder, entry)).catch(() => undefined);
  if (file === undefined || !(await stat(file)).isFile())
    throw new Error(`there is no ${entry} in it; package.json can name another file as "main"`);
  if (!file.startsWith(`${folder}${sep}`)) throw new Error(`${entry} is not in its folder`);
  return file;
}

function packageFile(name: string, from: string): string | undefined {
  try {
    return findPackageJSON(name, pathToFileURL(join(from, 'package.json')));
  } catch {
    return undefined;
  }
}

/** What went wrong, in the words it came with, on one line. */
function asSentence(error: unknown): string {
  const words = error instanceof Error ? error.message : String(error);
  const sentence = words.replaceAll(/\s+/g, ' ').trim();
  const said = error instanceof SyntaxError ? `it is not JavaScript: ${sentence}` : sentence;
  return /[.!?]$/.test(said) ? said : `${said}.`;
}
