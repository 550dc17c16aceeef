import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { AdapterContext } from '#adapter-kit/index.ts';
import { type Replay, replay as replayOf, type Script } from '#adapter-kit/testing/index.ts';
import { openDental } from '../index.ts';

/** A connection to an Open Dental that answers each route from a script. */
export function replay(script: Script, changed: Partial<AdapterContext> = {}): Replay {
  return replayOf(openDental, script, changed);
}

export function fixture(...names: readonly string[]): Script {
  const read = (name: string): Script =>
    JSON.parse(readFileSync(resolve(import.meta.dirname, `../fixtures/${name}.json`), 'utf8'));
  return Object.assign({}, ...names.map(read));
}
