import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Config } from '#config';

/**
 * What to say after an address of ours was given out, where it is not that of the gateway that `npm start` runs on the
 * same embedded database: a sentence, or none. Nobody else says under which address a gateway is reached.
 *
 * @param publicUrl under which this process thinks that the gateway is reached; undefined where it says nothing of it
 */
export async function ownAddressNote(
  { database, stateDir }: Pick<Config, 'database' | 'stateDir'>,
  publicUrl: string | undefined,
): Promise<readonly string[]> {
  if (database.kind !== 'embedded') return [];
  const url = await demoUrl(join(stateDir, 'demo.json'));
  if (url === undefined || publicUrl === undefined || url === publicUrl) return [];
  return [
    `The gateway that was started here is at ${url}, not at ${publicUrl}: set PUBLIC_URL=${url} for this command.`,
  ];
}

async function demoUrl(file: string): Promise<string | undefined> {
  try {
    const { url } = JSON.parse(await readFile(file, 'utf8'));
    return typeof url === 'string' ? url : undefined;
  } catch {
    return undefined;
  }
}
