import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';

/**
 * Keeps a second start out of a folder. The lock is a socket that somebody listens on: it goes with its process, however
 * that ends, and no number of a process can be mistaken for another's.
 *
 * @returns what gives the folder free again
 * @throws Error with a sentence for people when another start has the folder
 */
export async function lockFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, 'start.sock');
  const server = createServer((socket) => socket.destroy());
  server.unref();
  try {
    await listen(server, path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    if (await answers(path))
      throw new Error(
        `Postern already runs in ${folder}. Stop it with Ctrl-C there, or set POSTERN_STATE_DIR to another folder (and PORT and OPERATOR_PORT to free ports).`,
      );
    await rm(path, { force: true }); // left by a start that was killed
    await listen(server, path);
  }
  return () => new Promise((resolve) => server.close(() => resolve()));
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
