import { isIP } from 'node:net';

/** One way to write an address that leads inside. */
export interface Spelling {
  /** What it does, in a few words; spellings of one trick are tried together. */
  readonly trick: string;
  /** The address it leads to. */
  readonly leadsTo: string;
  /** Scheme, host and port as the trick has them, and nothing after. Not always something that a parser takes. */
  origin(scheme: 'http' | 'https', port?: number): string;
}

/** A trick that changes the host alone. */
export function ofHost(trick: string, leadsTo: string, host: string): Spelling {
  return { trick, leadsTo, origin: (scheme, port) => `${scheme}://${host}${colon(port)}` };
}

export function colon(port: number | undefined): string {
  return port === undefined ? '' : `:${port}`;
}

/** An address as a host is written. */
export function bracketed(address: string): string {
  return isIP(address) === 6 ? `[${address}]` : address;
}
