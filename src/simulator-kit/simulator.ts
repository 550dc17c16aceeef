import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { controlSurface } from './control-surface.ts';
import { type Courier, openCourier } from './courier.ts';
import { emrSurface } from './emr-surface.ts';
import type { Emulation, SettingValues } from './emulation.ts';
import { openFaultBook } from './fault-book.ts';
import { openAuthorizationDoor } from './oauth/door.ts';
import type { AuthorizationServerPlan } from './oauth/plan.ts';
import { type Office, openOffice } from './office.ts';
import { openRequestLog } from './request-log.ts';
import { openRowStore, type TableSet } from './row-store.ts';

/**
 * Starts a simulator: the EMR's API and the control surface under `/__sim`, on a loopback address only.
 *
 *     const simulator = await startSimulator({ emulation: openDental(cedar, keys), stateFile: '/tmp/x/cedar.json' });
 *     await fetch(`${simulator.url}/__sim/ledger`);
 *     await simulator.stop();
 *
 * Its state is in `stateFile`, `stateFile.journal`, `stateFile.requests` and `stateFile.port`, that of its authorization
 * server in `stateFile.oauth` and `stateFile.oauth.journal`; one that exists is carried on. Rejects with the error of
 * `listen` (e.g. `EADDRINUSE`) when the port cannot be had, and when a client of the authorization server is not one.
 */
export async function startSimulator<T extends TableSet, S extends SettingValues>(
  options: SimulatorOptions<T, S>,
): Promise<RunningSimulator> {
  const { emulation, stateFile, host = '127.0.0.1', port = 0, now = Date.now, settings = {} } = options;
  if (!LOOPBACK.has(host)) throw new TypeError(`A simulator listens on loopback only, not on ${host}.`);
  const server = createServer();
  const store = openRowStore(stateFile);
  const log = openRequestLog(`${stateFile}.requests`);
  const timers = new Set<NodeJS.Timeout>();
  const wait = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, ms);
      timers.add(timer);
    });

  const faults = openFaultBook(emulation.basePath, emulation.faults);
  const { authorizationServer } = emulation;
  const plan: AuthorizationServerPlan | undefined =
    typeof authorizationServer === 'function'
      ? authorizationServer(() => office.settings())
      : authorizationServer;
  const oauth = plan && openAuthorizationDoor(plan, `${stateFile}.oauth`, { faults, log, now, wait });
  const office: Office<T, S> = openOffice(emulation, store, now, settings, oauth?.token);
  const app = express();
  app.disable('x-powered-by');
  if (oauth !== undefined) app.use('/__sim/oauth', oauth.control);
  app.use(
    '/__sim',
    controlSurface(emulation, office, faults, log, () => oauth?.resetSettings()),
  );
  if (oauth !== undefined) app.use(oauth.surface);
  app.use(emrSurface(emulation, office, faults, log, { now, wait }));
  server.on('request', app);
  // Faults keep connections open for as long as the client bears it.
  server.requestTimeout = 0;

  const actualPort = await listen(server, host, port, `${stateFile}.port`);
  let courier: Courier | undefined;
  const close = async (): Promise<void> => {
    for (const timer of timers) clearTimeout(timer);
    await courier?.stop();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
    store.close();
    oauth?.close();
    log.close();
  };
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${actualPort}`;
  try {
    await oauth?.start(url);
  } catch (error) {
    await close();
    throw error;
  }
  courier = emulation.messages && openCourier(emulation.messages, office, faults);
  let stopped: Promise<void> | undefined;
  return {
    url,
    port: actualPort,
    stop() {
      stopped ??= close();
      return stopped;
    },
  };
}

export interface SimulatorOptions<T extends TableSet, S extends SettingValues> {
  readonly emulation: Emulation<T, S>;
  /** Where the state is kept; its folder is made. */
  readonly stateFile: string;
  /** 0 or missing: the port of the last start if it is free, otherwise any. */
  readonly port?: number;
  /** Other defaults for settings of the emulation; `PUT /__sim/settings` goes over them and is remembered. */
  readonly settings?: Partial<NoInfer<S>>;
  readonly host?: '127.0.0.1' | '::1';
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface RunningSimulator {
  /** Origin, without a slash at its end. */
  readonly url: string;
  readonly port: number;
  /** Drops what is under way, saves and closes; once. */
  stop(): Promise<void>;
}

const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', '::1']);

async function listen(server: Server, host: string, port: number, portFile: string): Promise<number> {
  const remembered = existsSync(portFile) ? Number(readFileSync(portFile, 'utf8')) : 0;
  try {
    await listenOn(server, host, port || remembered);
  } catch (error) {
    if (port !== 0 || remembered === 0) throw error;
    await listenOn(server, host, 0);
  }
  // The address of a TCP server is always this.
  const actual = (server.address() as AddressInfo).port;
  writeFileSync(portFile, String(actual));
  return actual;
}

function listenOn(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
