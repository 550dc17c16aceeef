import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const practice = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  emr: z.string(),
  timeZone: z.string(),
  agent: z.strictObject({
    client_id: z.string(),
    client_secret: z.string(),
    token_endpoint: z.url(),
    scope: z.string(),
  }),
  simulator: z.strictObject({ url: z.url() }),
});
const shape = z.strictObject({ url: z.url(), practices: z.array(practice) });

/** What a running demo tells programs: where it is, and how to get in. Secrets in it open demo practices only. */
export type DemoFile = z.infer<typeof shape>;
export type DemoPractice = z.infer<typeof practice>;

export const demoFilePath = (stateDir: string): string => join(stateDir, 'demo.json');

/** The file of the last start, or undefined when there is none or it is not ours. */
export async function readDemoFile(stateDir: string): Promise<DemoFile | undefined> {
  const text = await readFile(demoFilePath(stateDir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return shape.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Writes it as a whole or not at all, for its owner alone. */
export async function writeDemoFile(stateDir: string, demo: DemoFile): Promise<void> {
  const file = demoFilePath(stateDir);
  const draft = `${file}.${process.pid}`;
  await rm(draft, { force: true });
  await writeFile(draft, `${JSON.stringify(shape.parse(demo), undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
  await rename(draft, file);
}
