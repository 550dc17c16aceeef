import type { Wall } from '#egress/index.ts';
import type { GatewaySeal } from '#vault/gateway-seal.ts';
import type { TokenVault } from '#vault/token-vault.ts';
import type { Scheduling } from '../scheduling.ts';
import type { ConnectionGrants } from './connection-grant.ts';

/** What connecting by consent is built on; put together in app.ts. */
export interface ConsentServices {
  readonly on: Scheduling;
  readonly wall: Wall;
  /** Seals what belongs to our registrations. */
  readonly seal: GatewaySeal;
  readonly tokens: Pick<TokenVault, 'store' | 'end'>;
  readonly grants: ConnectionGrants;
  /** Address under which browsers reach us, without trailing slash. */
  readonly publicUrl: string;
  readonly random: (bytes: number) => Buffer;
  readonly terms?: Partial<ConsentTerms>;
}

export interface ConsentTerms {
  /** Life of a connect link, milliseconds. */
  readonly linkMs: number;
  /** Longest way to the EMR's consent screen and back, milliseconds. */
  readonly requestMs: number;
}

export const usualTerms: ConsentTerms = { linkMs: 24 * 3_600_000, requestMs: 600_000 };

/** So many wrong codes end a link. */
export const mostWrongCodes = 5;
