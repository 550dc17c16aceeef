import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/**
 * `npm run smoke`: what a newcomer does. Starts the demo with nothing but free ports and a folder of its own, waits for
 * demo.json, plays the story, presses Ctrl-C, and looks that everything has ended within five seconds.
 */
const startWithin = 120_000;
const stopWithin = 5_000;

const folder = await mkdtemp(join(tmpdir(), 'postern-smoke-'));
const environment = {
  ...process.env,
  POSTERN_STATE_DIR: folder,
  PORT: await freePort(),
  OPERATOR_PORT: await freePort(),
};
const began = performance.now();
const demo = spawn('npm', ['start'], { env: environment, stdio: 'inherit', detached: true });
try {
  const { url } = await demoFile();
  console.log(`Started in ${Math.round(performance.now() - began)} ms at ${url}.`);
  const story = spawn('npm', ['run', 'demo'], { env: environment, stdio: 'inherit' });
  const [code] = await once(story, 'exit');
  if (code !== 0) throw new Error(`The story ended with ${code}.`);
  await pressCtrlC();
  if (await answers(url)) throw new Error(`${url} still answers after the demo has ended.`);
} finally {
  if (isRunning(demo)) process.kill(-(demo.pid ?? 0), 'SIGKILL');
  await rm(folder, { recursive: true, force: true });
}

async function demoFile(): Promise<{ url: string }> {
  for (;;) {
    if (!isRunning(demo)) throw new Error(`npm start ended with ${demo.exitCode ?? demo.signalCode}.`);
    if (performance.now() - began > startWithin)
      throw new Error(`No demo.json within ${startWithin / 1_000} s.`);
    // Not there yet, or only half written.
    const file = await readFile(join(folder, 'demo.json'), 'utf8')
      .then(JSON.parse)
      .catch(() => undefined);
    if (file !== undefined) return file;
    await delay(100);
  }
}

/** The terminal sends the signal to the whole group, npm included. */
async function pressCtrlC(): Promise<void> {
  const pressed = performance.now();
  process.kill(-(demo.pid ?? 0), 'SIGINT');
  while (isRunning(demo)) {
    if (performance.now() - pressed > stopWithin) throw new Error('The demo still runs 5 s after Ctrl-C.');
    await delay(50);
  }
  console.log(`Stopped in ${Math.round(performance.now() - pressed)} ms.`);
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  return typeof address === 'object' && address !== null ? String(address.port) : '0';
}
