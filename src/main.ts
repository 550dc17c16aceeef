import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';
import { installedAdapters } from '#adapters';
import { type Config, readConfig } from '#config';
import { closeGlobalNetwork } from '#egress/index.ts';
import { type KeyRing, newKeyRingEntry, parseKeyRing } from '#vault/key-ring.ts';
import { type Gateway, openGateway } from './app.ts';
import { createLog, errorCode, type Log } from './observe/log.ts';
import { version } from './version.ts';

/** One gateway and nothing else: `npm run gateway`. The database has to be there and migrated. */
export async function main(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLog({ level: config.logLevel });
  for (const sentence of config.warnings) log({ event: 'gateway.warning', sentence });
  closeGlobalNetwork();
  const installed = await installedAdapters(config.adapters);
  const ring = await keyRingOf(config);

  const server = await listen(config);
  // It listens before it can serve, because an agent's address may follow from the port.
  server.on('request', notYet);
  const { port } = server.address() as AddressInfo; // it listens on a port, so this is its address
  const publicUrl = config.publicUrl ?? `http://${config.listen.host}:${port}`;
  const gateway = await openGateway(config, ring, publicUrl, log, installed);
  server.off('request', notYet);
  server.on('request', gateway.agents);
  const operators = createServer(gateway.operators);
  await bind(operators, config.operator.host, config.operator.port, 'OPERATOR_PORT');

  log({ event: 'gateway.started', url: publicUrl, database: config.database.kind, version });
  process.send?.({ ready: true, url: publicUrl });
  stopOnSignal([server, operators], gateway, log);
}

const notYet: RequestListener = (_request, response) => {
  response.writeHead(503, { 'Retry-After': '1' }).end();
};

/** The configured ring; outside production a generated one, found again by the next start. */
export async function keyRingOf(config: Config): Promise<KeyRing> {
  if (config.keys.kind === 'given') return config.keys.ring;
  const { file } = config.keys;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // Two processes that start at once agree on one file: the first one makes it.
  await writeFile(file, `${newKeyRingEntry()}\n`, { flag: 'wx', mode: 0o600 }).catch((error: unknown) => {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  });
  await chmod(file, 0o600);
  return parseKeyRing(await readFile(file, 'utf8'));
}

async function listen(config: Config): Promise<Server> {
  const { tls } = config;
  const options = {
    maxHeaderSize: 16_384,
    requestTimeout: 30_000,
    headersTimeout: 10_000,
    keepAliveTimeout: 10_000,
  };
  const server =
    tls.kind === 'files'
      ? createTlsServer({
          ...options,
          minVersion: 'TLSv1.2',
          cert: await readFile(tls.cert),
          key: await readFile(tls.key),
        })
      : createServer(options);
  await bind(server, config.listen.host, config.listen.port, 'PORT');
  return server;
}

function bind(server: Server, host: string, port: number, variable: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'EADDRINUSE'
          ? new Error(`Port ${port} is taken. Set ${variable} to another one.`)
          : error,
      ),
    );
    server.listen(port, host, () => resolve());
  });
}

function stopOnSignal(servers: readonly Server[], gateway: Gateway, log: Log): void {
  let stopping = false;
  const stop = async (signal: string): Promise<void> => {
    if (stopping) return;
    stopping = true;
    log({ event: 'gateway.stopping', signal });
    setTimeout(() => process.exit(0), 4_000).unref();
    for (const server of servers) {
      server.close();
      server.closeIdleConnections();
    }
    await gateway.stop().catch(() => {});
    process.exit(0);
  };
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('disconnect', () => stop('disconnect'));
  // What nobody caught may hold anything: its class is logged, the process ends, the supervisor starts another.
  for (const event of ['uncaughtException', 'unhandledRejection'] as const)
    process.on(event, (error: unknown) => {
      log({ event: 'gateway.crash', error: errorCode(error) });
      process.exit(1);
    });
}
