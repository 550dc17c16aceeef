import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { Database } from '#store/database.ts';
import { insertSigningKey, listSigningKeys, type SigningKeyRow } from '#store/signing-keys.ts';
import type { SealContext } from '#vault/envelope.ts';
import type { GatewaySeal } from '#vault/gateway-seal.ts';
import { VaultError } from '#vault/vault-error.ts';
import { supported } from './server-metadata.ts';

type PublicKey = Awaited<ReturnType<typeof importJWK>>;

/** The keys of agents' access tokens, shared by all processes through the database. */
export interface SigningKeys {
  /** The private key this process signs with (RFC 7517), its `kid` set. Goes to the provider and nowhere else. */
  readonly signingJwk: JWK;
  /** All public keys that verify, as published at `jwks_uri`. */
  publicJwks(): Promise<readonly JWK[]>;
  /** The key of a `kid`, undefined when nobody has it. Keys of other processes are found within a second. */
  verificationKey(keyId: string): Promise<PublicKey | undefined>;
}

export interface SigningKeysOptions {
  readonly database: Database;
  readonly seal: GatewaySeal;
  readonly clock: () => Date;
}

/**
 * Opens the newest signing key, or makes the first one. Processes that start at once agree on one key, because a
 * generation can be inserted only once. A key whose KEK has left the ring is followed by a new one; its tokens stay
 * valid as long as its row is there.
 *
 * @throws VaultError `not-authentic` when the sealed key was tampered with
 */
export async function openSigningKeys(options: SigningKeysOptions): Promise<SigningKeys> {
  const { database, seal } = options;
  for (;;) {
    const newest = (await database.withoutPractice(listSigningKeys))[0];
    const signingJwk = newest && openPrivateJwk(seal, newest);
    if (signingJwk) return { signingJwk, ...publicKeys(options) };
    const next = await newSigningKey(seal, (newest?.generation ?? 0) + 1);
    await database.withoutPractice((tx) => insertSigningKey(tx, next));
  }
}

/** Milliseconds for which the list is taken as it is, and after which an unknown `kid` may ask the database again. */
const maxAge = { known: 30_000, unknown: 1_000 } as const;

function publicKeys({ database, clock }: SigningKeysOptions): Omit<SigningKeys, 'signingJwk'> {
  let loadedAt = Number.NEGATIVE_INFINITY;
  let loading: Promise<Map<string, { jwk: JWK; key: PublicKey }>> | undefined;

  function load(olderThan: number) {
    const now = clock().getTime();
    if (!loading || now - loadedAt >= olderThan) {
      loadedAt = now;
      loading = read(database).catch((error: unknown) => {
        loading = undefined;
        throw error;
      });
    }
    return loading;
  }

  return {
    async publicJwks() {
      return [...(await load(maxAge.unknown)).values()].map(({ jwk }) => jwk);
    },
    async verificationKey(keyId) {
      const found = (await load(maxAge.known)).get(keyId) ?? (await load(maxAge.unknown)).get(keyId);
      return found?.key;
    },
  };
}

async function read(database: Database): Promise<Map<string, { jwk: JWK; key: PublicKey }>> {
  const rows = await database.withoutPractice(listSigningKeys);
  return new Map(
    await Promise.all(
      rows.map(async ({ keyId, publicJwk }) => {
        const jwk: JWK = { ...publicJwk, kid: keyId };
        return [keyId, { jwk, key: await importJWK(jwk, supported.tokenAlgorithm) }] as const;
      }),
    ),
  );
}

async function newSigningKey(seal: GatewaySeal, generation: number): Promise<SigningKeyRow> {
  const pair = await generateKeyPair(supported.tokenAlgorithm, { extractable: true });
  const keyId = await calculateJwkThumbprint(pair.publicKey);
  const marks = { kid: keyId, alg: supported.tokenAlgorithm, use: 'sig' };
  const privateJwk = JSON.stringify({ ...(await exportJWK(pair.privateKey)), ...marks });
  return {
    generation,
    keyId,
    publicJwk: { ...(await exportJWK(pair.publicKey)), ...marks },
    privateJwk: seal.seal(placeOf(keyId), privateJwk),
  };
}

function openPrivateJwk(seal: GatewaySeal, row: SigningKeyRow): JWK | undefined {
  try {
    return JSON.parse(seal.open(placeOf(row.keyId), row.privateJwk).reveal());
  } catch (error) {
    if (error instanceof VaultError && error.reason === 'unknown-kek') return undefined;
    throw error;
  }
}

function placeOf(keyId: string): SealContext {
  return { row: keyId, kind: 'signing-key', version: 0 };
}
