import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AdapterContext } from '#adapter-kit/index.ts';
import { type Replay, replay as replayOf, type Script } from '#adapter-kit/testing/index.ts';
import { drchrono } from '../index.ts';

/** A connection to a DrChrono that answers each route from a script; its practice is in Chicago. */
export function replay(script: Script, changed: Partial<AdapterContext> = {}): Replay {
  return replayOf(drchrono, script, { base: 'https://app.drchrono.com/api', ...changed });
}

/** A file of `fixtures`. */
export function fixture(name: string): Script {
  return JSON.parse(readFileSync(resolve(import.meta.dirname, `../fixtures/${name}.json`), 'utf8'));
}

/** Rows of a list in a fixture. */
export function rowsIn(name: string, route: string): readonly Readonly<Record<string, unknown>>[] {
  // Our own files: the list is there.
  return (fixture(name)[route] as { readonly results: readonly Record<string, unknown>[] }).results;
}

/** The practice of the fixture, without visits, with some routes answered otherwise. */
export function practice(changed: Script = {}): Script {
  return { ...fixture('practice'), ...changed };
}

/** A page with all there is. */
export function listOf(...results: readonly unknown[]) {
  return { previous: null, results, next: null };
}

/** The visit of the fixture: Monday, 10 March 2031, 10:30 with Okafor in room 2. */
export function visit(changed: Readonly<Record<string, unknown>> = {}): Script {
  return { ...fixture('appointment'), ...changed };
}
