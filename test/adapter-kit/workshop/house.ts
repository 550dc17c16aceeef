import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';
import { type CheckIo, checkAdapter } from '../../../src/adapter-kit/testing/check/run.ts';
import type { Base, Home, Starter } from '../../../src/adapter-kit/testing/starter/files.ts';
import { newAdapter, writeStarter } from '../../../src/adapter-kit/testing/starter/new.ts';

const root = resolve(import.meta.dirname, '../../..');

/** A folder that goes when the test file ends, with every symbolic link resolved. */
export async function temporaryFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'postern-adapter-')));
  after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The folder of a new adapter: outside the repository, or in one that is this one behind links. */
export async function newStarter(id: string, base: Base, home: Home): Promise<string> {
  const starter: Starter = { id, base, home, folder: join(await houseFor(home), id) };
  await writeStarter(starter);
  return starter.folder;
}

async function houseFor(home: Home): Promise<string> {
  const house = await temporaryFolder();
  if (home === 'outside') return house;
  const { type, imports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  await writeFile(join(house, 'package.json'), JSON.stringify({ type, imports }));
  for (const name of ['src', 'test', 'node_modules']) await symlink(join(root, name), join(house, name));
  await mkdir(join(house, 'adapters'));
  await symlink(join(root, 'adapters/fhir-r4'), join(house, 'adapters/fhir-r4'));
  return join(house, 'adapters');
}

export interface Said {
  readonly code: number;
  readonly said: string;
}

/** `npm run adapter:new` with these words, typed in a folder. */
export async function typeNew(words: readonly string[], from: string): Promise<Said> {
  let said = '';
  const code = await newAdapter(words, from, (text) => {
    said += text;
  });
  return { code, said };
}

/** `npm run adapter:check` with these words, typed in a folder by somebody who answers every question so. */
export async function typeCheck(
  words: readonly string[],
  from: string,
  surroundings: CheckIo['surroundings'] = () => assert.fail('Only --live needs settings.'),
  answer = 'no',
): Promise<Said> {
  let said = '';
  const write = (text: string): void => {
    said += text;
  };
  const code = await checkAdapter(words, { from, write, surroundings, ask: async () => answer });
  return { code, said };
}
