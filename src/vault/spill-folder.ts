import { randomUUID } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { parseLine, type SpillLine } from './spill-line.ts';

/**
 * The folder in which the processes of one machine keep what the database does not have yet: files by the name
 * `{host}_{pid}_{uuid}.spill`, and `journal-id`, by which the processes know that they share it.
 */
export interface SpillText {
  readonly name: string;
  /** When something was written to it last, milliseconds since the epoch. */
  readonly changedAt: number;
  /** Entries with the byte at which they begin. */
  readonly lines: readonly (SpillLine & { readonly at: number })[];
  /** Lines that are no entries: cut off by a crash, or edited. */
  readonly unreadable: number;
}

export async function readSpillFolder(folder: string): Promise<readonly SpillText[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const found: SpillText[] = [];
  for (const name of names.filter((each) => namePattern.test(each)).sort()) {
    const file = await textOf(join(folder, name));
    if (file === undefined) continue;
    const lines: (SpillLine & { at: number })[] = [];
    let unreadable = 0;
    for (const [at, line] of linesOf(file.text)) {
      const parsed = parseLine(line);
      if (parsed === undefined) unreadable += 1;
      else lines.push({ ...parsed, at });
    }
    found.push({ name, changedAt: file.changedAt, lines, unreadable });
  }
  return found;
}

/** How many entries wait for each practice, and how many lines nobody can read. For people and for those who count. */
export async function reviewSpillFolder(
  folder: string,
): Promise<{ readonly waiting: ReadonlyMap<string, number>; readonly unreadable: number }> {
  const waiting = new Map<string, number>();
  let unreadable = 0;
  for (const file of await readSpillFolder(folder)) {
    unreadable += file.unreadable;
    for (const { practice } of file.lines) waiting.set(practice, (waiting.get(practice) ?? 0) + 1);
  }
  return { waiting, unreadable };
}

/** A process that uses a journal. */
export interface SpillProcess {
  readonly host: string;
  readonly pid: number;
  /** UUID of its journal: numbers of processes come again. */
  readonly instance: string;
}

export function thisProcess(): SpillProcess {
  const host = hostname()
    .replaceAll(/[^A-Za-z0-9.-]/g, '-')
    .slice(0, 60);
  return { host, pid: process.pid, instance: randomUUID() };
}

export function nameOf({ host, pid, instance }: SpillProcess): string {
  return `${host}_${pid}_${instance}.spill`;
}

export function processOf(name: string): SpillProcess | undefined {
  const [, host, pid, instance] = namePattern.exec(name) ?? [];
  return host === undefined || pid === undefined || instance === undefined
    ? undefined
    : { host, pid: Number(pid), instance };
}

/** True only of a process of this machine that certainly runs no more; one elsewhere cannot be known. */
export function isGone(
  other: SpillProcess,
  self: SpillProcess,
  isRunning: (pid: number) => boolean,
): boolean {
  if (other.host !== self.host) return false;
  // One with our number that is not us was here before us.
  return other.pid === self.pid ? other.instance !== self.instance : !isRunning(other.pid);
}

/** One name for the folder; the first process makes both. */
export async function idOfFolder(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, 'journal-id');
  const known = await readFile(path, 'utf8').catch(() => '');
  if (uuid.test(known)) return known;
  // It appears whole or not at all.
  const draft = join(folder, `journal-id-${randomUUID()}`);
  await writeFile(draft, randomUUID(), { mode: 0o600 });
  try {
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    await rm(draft, { force: true });
  }
  return readFile(path, 'utf8');
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const namePattern = /^([A-Za-z0-9.-]+)_(\d+)_([0-9a-f-]{36})\.spill$/;

/** Undefined when it went while we looked. */
async function textOf(path: string): Promise<{ text: string; changedAt: number } | undefined> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  try {
    return file && { changedAt: (await file.stat()).mtimeMs, text: await file.readFile('latin1') };
  } finally {
    await file?.close();
  }
}

/** Lines that say something, with the place where they begin. */
function* linesOf(text: string): Iterable<readonly [at: number, line: string]> {
  let at = 0;
  for (const line of text.split('\n')) {
    if (line.trim() !== '') yield [at + line.search(/\S/), line.trim()];
    at += line.length + 1;
  }
}

export function isRunningHere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process runs all the same.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
