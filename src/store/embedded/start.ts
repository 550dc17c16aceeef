import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/**
 * Starts the embedded database's process and resolves when its socket answers. The child stops with its parent.
 *
 * @param folder absolute folder of its data and socket
 * @returns the address for {@link ../database.ts openDatabase} and the process
 */
export function startEmbeddedDatabase(
  folder: string,
): Promise<{ url: string; process: ChildProcess; stop(): Promise<void> }> {
  const child = spawn(process.execPath, [fileURLToPath(new URL('server.ts', import.meta.url)), folder], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Its own group: a Ctrl-C of the terminal goes to the supervisor, which stops the database last.
    detached: true,
  });
  return new Promise((resolve, reject) => {
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = (complaint + chunk.toString()).slice(-2_000);
    });
    child.once('exit', (code) =>
      reject(new Error(complaint.trim() || `The embedded database ended with code ${code}.`)),
    );
    child.once('message', () =>
      resolve({ url: embeddedUrl(folder), process: child, stop: () => stop(child) }),
    );
  });
}

export function embeddedUrl(folder: string): string {
  return `postgres://postgres@${encodeURIComponent(folder)}:5432/postgres`;
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 4_000).unref();
  });
}
