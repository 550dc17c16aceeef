import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { v7 } from 'uuid';
import type { Database, Tx } from '#store/database.ts';
import {
  destroyPracticeKeys,
  insertPracticeKeys,
  type PracticeKeyRow,
  practicesWrappedBefore,
  readPracticeKeys,
  rewrapPracticeKey,
} from '#store/practice-keys.ts';
import { afterTransaction } from '#store/transaction-end.ts';
import {
  type DataKey,
  dataKeyOf,
  openEnvelope,
  type SealContext,
  sealEnvelope,
  unwrapKey,
  wrapKey,
} from './envelope.ts';
import type { KeyRing } from './key-ring.ts';
import { lengthPrefixed } from './length-prefixed.ts';
import { createSealCount, type SealCount } from './seal-count.ts';
import { Secret } from './secret.ts';
import { VaultError } from './vault-error.ts';

/**
 * Seals and opens a practice's values, and keys its blind indexes. Every function works in the caller's transaction,
 * which has to be one of that practice. Keys come into being on first use.
 *
 * @throws VaultError for everything that does not open; nothing is ever given back unauthenticated
 */
export interface Vault {
  /** The practice's keys at hand. Usually without a query: they are cached for a minute. */
  forPractice(tx: Tx, practiceId: string): Promise<PracticeVault>;
  seal(tx: Tx, practiceId: string, context: SealContext, plaintext: string | Secret): Promise<Buffer>;
  open(tx: Tx, practiceId: string, context: SealContext, sealed: Buffer): Promise<Secret>;
  index(tx: Tx, practiceId: string, purpose: string, value: string): Promise<Buffer>;
  /**
   * Destroys all keys of a practice, for ever: nothing that it sealed can be opened, nothing new is sealed. This process
   * forgets them at once, others within a minute. A backup keeps the wrapped keys until it is gone itself.
   */
  erase(tx: Tx, practiceId: string): Promise<void>;
  /** A new data key for what is written from two minutes on; `reseal` brings older values to it. Gives its id. */
  rotateDek(tx: Tx, practiceId: string): Promise<string>;
  /**
   * Wraps every practice's data keys with the ring's current KEK, in a transaction of its own for each practice. Those
   * in `failed` did not unwrap: their old KEK has to stay, or their rows were changed.
   */
  rotateKek(): Promise<{
    readonly practices: number;
    readonly keys: number;
    readonly failed: readonly string[];
  }>;
}

/** A practice's keys for the length of one transaction. */
export interface PracticeVault {
  /** Id of the data key that seals. */
  readonly dekId: string;
  seal(context: SealContext, plaintext: string | Secret): Buffer;
  open(context: SealContext, sealed: Buffer): Secret;
  /**
   * HMAC-SHA-256 under the practice's index key, 32 bytes, the same for ever. Purposes do not meet: an index made for
   * one says nothing about another.
   */
  index(purpose: string, value: string): Buffer;
  /** The value under the key that writes now; the same Buffer when it is already. */
  reseal(context: SealContext, sealed: Buffer): Buffer;
}

export interface VaultOptions {
  readonly keyRing: KeyRing;
  readonly database: Database;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  readonly random: (bytes: number) => Buffer;
  /** How many practices' keys are kept in memory. */
  readonly cachedPractices?: number;
}

/** How long another process may still use keys as they were. */
const cacheMs = 60_000;
/** A later generation writes only when every process has had time to read it. */
export const settleMs = 2 * cacheMs;

interface Keys {
  readonly loadedAt: number;
  readonly byId: ReadonlyMap<string, KeyObject>;
  readonly writing: DataKey;
  readonly count: SealCount;
  readonly indexing: KeyObject;
}

export function createVault(options: VaultOptions): Vault {
  const { keyRing, database, clock, random, cachedPractices = 2_000 } = options;
  const cache = new Map<string, Keys>();
  /** Keys of transactions that have not ended: cached for all, they would outlive a rollback and take values along. */
  const uncommitted = new Set<string>();
  const ofTransaction = new WeakMap<Tx, Map<string, Keys>>();

  async function keysOf(tx: Tx, practiceId: string): Promise<Keys> {
    const known = ofTransaction.get(tx)?.get(practiceId) ?? cache.get(practiceId);
    if (known !== undefined && clock() - known.loadedAt < cacheMs) return known;
    let rows = await readPracticeKeys(tx, practiceId);
    if (rows.length === 0) {
      const made = [newKey(practiceId, 'seal', 1), newKey(practiceId, 'index', 1)];
      await insertPracticeKeys(tx, practiceId, made);
      rows = await readPracticeKeys(tx, practiceId);
      const ours = made.filter((key) => rows.some((row) => row.dekId === key.dekId));
      for (const key of ours) uncommitted.add(key.dekId);
      afterTransaction(tx, () => {
        for (const key of ours) uncommitted.delete(key.dekId);
      });
    }
    const keys = load(practiceId, rows);
    if (rows.some((row) => uncommitted.has(row.dekId))) {
      const own = ofTransaction.get(tx) ?? new Map<string, Keys>();
      ofTransaction.set(tx, own.set(practiceId, keys));
    } else {
      remember(practiceId, keys);
    }
    return keys;
  }

  function remember(practiceId: string, keys: Keys): void {
    cache.delete(practiceId);
    cache.set(practiceId, keys);
    const [oldest] = cache.keys();
    if (cache.size > cachedPractices && oldest !== undefined) cache.delete(oldest);
  }

  function load(practiceId: string, rows: readonly PracticeKeyRow[]): Keys {
    const alive = rows.flatMap((row) => (row.wrapped === null ? [] : [{ ...row, wrapped: row.wrapped }]));
    const sealing = alive.filter((row) => row.purpose === 'seal');
    const settled = sealing.filter((row) => row.createdAt.getTime() + settleMs <= clock());
    const writing = settled.at(-1) ?? sealing[0];
    const indexing = alive.find((row) => row.purpose === 'index');
    if (writing === undefined || indexing === undefined)
      throw new VaultError('erased', 'The keys of this practice were destroyed.');
    const before = cache.get(practiceId);
    const count =
      before?.writing.id === writing.dekId ? before.count : createSealCount(practiceId, writing.dekId);
    count.seen(writing.seals);
    const byId = new Map(sealing.map((row) => [row.dekId, unwrap(practiceId, row)]));
    return {
      loadedAt: clock(),
      byId,
      writing: {
        id: writing.dekId,
        kekVersion: writing.kekVersion,
        key: keyIn(byId, writing.dekId),
      },
      count,
      indexing: unwrap(practiceId, indexing),
    };
  }

  function newKey(
    practiceId: string,
    purpose: PracticeKeyRow['purpose'],
    generation: number,
  ): PracticeKeyRow {
    const dekId = v7({ msecs: clock(), random: random(16) });
    const wrapped = wrap(practiceId, { dekId, purpose }, createSecretKey(random(32)));
    return { dekId, purpose, generation, ...wrapped, seals: 0, createdAt: new Date(clock()) };
  }

  function wrap(
    practiceId: string,
    { dekId, purpose }: Pick<PracticeKeyRow, 'dekId' | 'purpose'>,
    key: KeyObject,
  ): { readonly kekVersion: number; readonly wrapped: Buffer } {
    const kekVersion = keyRing.current;
    const context = { practiceId, dekId, purpose, kekVersion };
    return { kekVersion, wrapped: wrapKey(keyRing.get(kekVersion), context, key, random(12)) };
  }

  function unwrap(practiceId: string, row: PracticeKeyRow & { readonly wrapped: Buffer }): KeyObject {
    const { dekId, purpose, kekVersion } = row;
    return unwrapKey(keyRing.get(kekVersion), { practiceId, dekId, purpose, kekVersion }, row.wrapped);
  }

  async function forPractice(tx: Tx, practiceId: string): Promise<PracticeVault> {
    const keys = await keysOf(tx, practiceId);
    await keys.count.write(tx);
    return practiceVault(practiceId, keys, random);
  }

  async function rewrap(tx: Tx, practiceId: string): Promise<number> {
    let changed = 0;
    for (const row of await readPracticeKeys(tx, practiceId)) {
      if (row.wrapped === null || row.kekVersion >= keyRing.current) continue;
      const wrapped = wrap(practiceId, row, unwrap(practiceId, { ...row, wrapped: row.wrapped }));
      if (await rewrapPracticeKey(tx, practiceId, row.dekId, row.kekVersion, wrapped)) changed++;
    }
    return changed;
  }

  return {
    forPractice,
    seal: async (tx, practiceId, context, plaintext) =>
      (await forPractice(tx, practiceId)).seal(context, plaintext),
    open: async (tx, practiceId, context, sealed) =>
      (await forPractice(tx, practiceId)).open(context, sealed),
    index: async (tx, practiceId, purpose, value) =>
      (await forPractice(tx, practiceId)).index(purpose, value),
    async erase(tx, practiceId) {
      await destroyPracticeKeys(tx, practiceId, new Date(clock()));
      const forget = (): void => {
        cache.delete(practiceId);
        ofTransaction.get(tx)?.delete(practiceId);
      };
      forget();
      afterTransaction(tx, forget);
    },
    async rotateDek(tx, practiceId) {
      await keysOf(tx, practiceId);
      const rows = await readPracticeKeys(tx, practiceId);
      const generation = 1 + Math.max(...rows.filter(isSealing).map((row) => row.generation));
      await insertPracticeKeys(tx, practiceId, [newKey(practiceId, 'seal', generation)]);
      const newest = (await readPracticeKeys(tx, practiceId)).filter(isSealing).at(-1);
      afterTransaction(tx, () => cache.delete(practiceId));
      if (newest === undefined) throw new VaultError('erased', 'The keys of this practice were destroyed.');
      return newest.dekId;
    },
    async rotateKek() {
      const ids = await database.withoutPractice((tx) => practicesWrappedBefore(tx, keyRing.current));
      const failed: string[] = [];
      let keys = 0;
      for (const practiceId of ids) {
        try {
          keys += await database.withPractice(practiceId, (tx) => rewrap(tx, practiceId));
        } catch (error) {
          if (!(error instanceof VaultError)) throw error;
          failed.push(practiceId);
        }
      }
      return { practices: ids.length - failed.length, keys, failed };
    },
  };
}

function practiceVault(
  practiceId: string,
  { writing, byId, count, indexing }: Keys,
  random: VaultOptions['random'],
): PracticeVault {
  const seal = (context: SealContext, plaintext: Buffer): Buffer => {
    count.add();
    return sealEnvelope(writing, practiceId, context, plaintext, random(12));
  };
  const open = (context: SealContext, sealed: Buffer): Buffer =>
    openEnvelope((dekId) => keyIn(byId, dekId), practiceId, context, sealed);
  return {
    dekId: writing.id,
    seal: (context, plaintext) =>
      seal(context, Buffer.from(plaintext instanceof Secret ? plaintext.reveal() : plaintext)),
    open: (context, sealed) => new Secret(open(context, sealed).toString()),
    index: (purpose, value) => createHmac('sha256', indexing).update(lengthPrefixed(purpose, value)).digest(),
    reseal: (context, sealed) =>
      dataKeyOf(sealed) === writing.id ? sealed : seal(context, open(context, sealed)),
  };
}

function isSealing(row: PracticeKeyRow): boolean {
  return row.purpose === 'seal';
}

function keyIn(keys: ReadonlyMap<string, KeyObject>, dekId: string): KeyObject {
  const key = keys.get(dekId);
  if (key === undefined) throw new VaultError('unknown-dek', 'The practice has no such data key.');
  return key;
}
