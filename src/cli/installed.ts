import { type Installed, installedAdapters } from '#adapters';
import type { Environment } from './command.ts';
import { Complaint } from './complaint.ts';

/** The adapters that this use of the command line has. @throws Complaint that says which one cannot be had, and why */
export async function installedIn({ world, config }: Environment): Promise<Installed> {
  if (world !== undefined) return { adapters: world.adapters, folders: world.folders ?? new Map() };
  const { adapters } = config();
  return installedAdapters(adapters).catch((error: unknown) => {
    throw error instanceof Error ? new Complaint(error.message) : error;
  });
}
