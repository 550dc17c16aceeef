import {
  countGatewayValues,
  gatewayColumns,
  gatewayValuesBefore,
  writeGatewayValue,
} from '#store/gateway-values.ts';
import type { GatewaySeal } from '#vault/gateway-seal.ts';
import { VaultError } from '#vault/vault-error.ts';
import type { Scheduling } from './scheduling.ts';

/** Secrets of the gateway itself in one column, and how many of them an older key of the ring sealed. */
export interface GatewaySecretFacts {
  /** E.g. `signing_key.private_jwk`. */
  readonly place: string;
  readonly values: number;
  readonly behind: number;
}

/**
 * What is sealed under the key ring without a practice: our secrets and keys at authorization servers, and the keys that
 * sign agents' tokens.
 *
 * @param version the ring's current one
 */
export async function reviewGatewaySecrets(on: Scheduling, version: number): Promise<GatewaySecretFacts[]> {
  const facts: GatewaySecretFacts[] = [];
  for (const column of gatewayColumns) {
    const counts = await on.database.withoutPractice((tx) => countGatewayValues(tx, column, version));
    facts.push({ place: `${column.table}.${column.column}`, ...counts });
  }
  return facts;
}

/**
 * Seals them anew under the ring's current key, each by compare-and-set in a transaction of its own: gateways go on
 * meanwhile, what somebody replaces at the same moment stays as that one wrote it, and one that broke off is finished by
 * the next.
 *
 * @param version the ring's current one
 * @returns how many were sealed anew, and the places of those that do not open: their old key has to stay in the ring
 */
export async function resealGatewaySecrets(
  { on, seal }: { readonly on: Scheduling; readonly seal: GatewaySeal },
  version: number,
): Promise<{ readonly values: number; readonly failed: readonly string[] }> {
  const failed: string[] = [];
  let values = 0;
  for (const column of gatewayColumns) {
    const older = await on.database.withoutPractice((tx) => gatewayValuesBefore(tx, column, version));
    for (const value of older) {
      try {
        const resealed = seal.reseal({ row: value.row, kind: column.kind, version: 0 }, value.sealed);
        if (await on.database.withoutPractice((tx) => writeGatewayValue(tx, column, value, resealed)))
          values += 1;
      } catch (error) {
        if (!(error instanceof VaultError)) throw error;
        failed.push(`${column.table}.${column.column} of ${value.row}`);
      }
    }
  }
  return { values, failed };
}
