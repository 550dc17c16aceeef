import { enableCompileCache } from 'node:module';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../../node_modules/.cache/postern', import.meta.url));

/**
 * Lets Node keep what it makes of our files for the next start, in this process from now on. Where the folder cannot be
 * written, every start does the work anew.
 *
 * @returns the folder, for the other processes
 */
export function keepCompiled(): string {
  enableCompileCache(folder);
  return folder;
}
