import { type DirectoryEntry, listDirectory } from '#store/directory.ts';
import type { Caller } from './caller.ts';
import type { Scheduling } from './scheduling.ts';

/** The practice's directory as it is now: a Schedule that was offered a moment ago is in it. */
export function readDirectory(on: Scheduling, caller: Caller): Promise<readonly DirectoryEntry[]> {
  return on.database.withPractice(caller.practiceId, listDirectory);
}
