import { lookup as resolve } from 'node:dns/promises';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { buildConnector } from 'undici';
import { isPublicAddress } from './address-guard.ts';

/**
 * Opens the connections of the wall's one dispatcher. A vendor is reached by name only, over TLS 1.2 or newer, with a
 * certificate for that very name, at an address that was checked and is then dialled without asking DNS again. If any
 * of a name's addresses is not public, none is used.
 */
export function createConnector(options: ConnectorOptions): buildConnector.connector {
  return (target, callback) => {
    open(target, options).then(
      (socket) => callback(null, socket),
      (error: unknown) =>
        callback(
          error instanceof ConnectFailure ? error : new ConnectFailure('connect', codeOf(error)),
          null,
        ),
    );
  };
}

export interface ConnectorOptions {
  /** All addresses of a name. */
  readonly lookup: Lookup;
  readonly dial: Dial;
  /** Certificate authorities to trust instead of the platform's own, PEM. */
  readonly ca: string | undefined;
  /** For name, connection and TLS together, milliseconds. */
  readonly timeoutMs: number;
  /** Loopback origins of simulators that the wall knows. */
  readonly simulators: ReadonlySet<string>;
}
export type Lookup = (hostname: string) => Promise<readonly string[]>;
/** Starts a TCP connection to the first of these addresses that answers. */
export type Dial = (addresses: readonly string[], port: number) => Socket;

/** No connection came about, so no byte of a request was written. `cause` holds nothing but a code. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure';
  readonly reason: 'address' | 'dns' | 'connect' | 'connect-timeout' | 'tls';

  constructor(reason: ConnectFailure['reason'], code?: string) {
    super(`No connection (${reason}).`, code === undefined ? undefined : { cause: code });
    this.reason = reason;
  }
}

export const lookupAll: Lookup = async (hostname) =>
  (await resolve(hostname, { all: true })).map(({ address }) => address);

export const dialTcp: Dial = (addresses, port) => {
  const list = addresses.map((address) => ({ address, family: isIP(address) }));
  return connectTcp({
    host: 'already-resolved.invalid',
    port,
    autoSelectFamily: true,
    lookup: (_hostname, { all }, callback) => {
      const first = list[0];
      if (first === undefined) callback(new Error('No address.'), '');
      else if (all) callback(null, list);
      else callback(null, first.address, first.family);
    },
  });
};

async function open(target: buildConnector.Options, options: ConnectorOptions): Promise<Socket> {
  const { hostname, protocol, port } = target;
  const origin = `${protocol}//${isIP(hostname) === 6 ? `[${hostname}]` : hostname}:${port}`;
  if (options.simulators.has(origin)) {
    const socket = options.dial([hostname], Number(port));
    return settled(socket, 'connect', 'connect', options.timeoutMs);
  }
  if (protocol !== 'https:' || isIP(hostname) !== 0 || (port !== '' && port !== '443'))
    throw new ConnectFailure('address');

  const deadline = performance.now() + options.timeoutMs;
  const left = () => Math.max(1, deadline - performance.now());
  const addresses = await withinTime(options.lookup(hostname), left());
  if (addresses.length === 0 || !addresses.every(isPublicAddress)) throw new ConnectFailure('address');
  const tcp = await settled(options.dial(addresses, 443), 'connect', 'connect', left());
  const tls = connectTls({
    socket: tcp,
    host: hostname,
    servername: hostname,
    minVersion: 'TLSv1.2',
    ALPNProtocols: ['http/1.1'],
    // Said aloud, or NODE_TLS_REJECT_UNAUTHORIZED=0 would switch the check off.
    rejectUnauthorized: true,
    ...(options.ca === undefined ? {} : { ca: options.ca }),
  });
  return settled(tls, 'secureConnect', 'tls', left());
}

/** Waits for the event that says a socket is ready; destroys it when it fails or takes too long. */
function settled<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  reason: 'connect' | 'tls',
  timeoutMs: number,
): Promise<S> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => stop(new ConnectFailure('connect-timeout')), timeoutMs);
    const onError = (error: Error) => stop(new ConnectFailure(reason, codeOf(error)));
    const onClose = () => stop(new ConnectFailure(reason, 'closed'));
    const forget = () => {
      clearTimeout(timer);
      socket.off('close', onClose).off('error', onError);
    };
    const stop = (failure: ConnectFailure) => {
      forget();
      // What the socket still has to say belongs to nobody.
      socket.on('error', () => {}).destroy();
      fail(failure);
    };
    socket
      .once('error', onError)
      .once('close', onClose)
      .once(event, () => {
        forget();
        done(socket.setNoDelay(true));
      });
  });
}

function withinTime<T>(work: Promise<T>, timeoutMs: number): Promise<T> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new ConnectFailure('connect-timeout')), timeoutMs);
    work
      .then(done, (error: unknown) => fail(new ConnectFailure('dns', codeOf(error))))
      .finally(() => clearTimeout(timer));
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'unknown';
}
