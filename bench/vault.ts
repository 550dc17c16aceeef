import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase } from '#store/database.ts';
import { embeddedUrl } from '#store/embedded/start.ts';
import { parseKeyRing } from '#vault/key-ring.ts';
import { createVault } from '#vault/practice-vault.ts';
import { Secret } from '#vault/secret.ts';
import { createSpillJournal } from '#vault/spill-journal.ts';
import type { TokenGrant } from '#vault/token-grant.ts';
import { createTokenVault } from '#vault/token-vault.ts';
import { type Figure, figure, type Pair } from './figure.ts';
import type { Stage } from './stage.ts';

const connections = 40;
const callersEach = 5;
/** What the authorization server of the storm takes for an answer, milliseconds. */
const answerMs = 20;

/**
 * What the token vault adds to a call whose token is fresh, beside a promise that is there already; and how long a storm
 * takes in which all tokens have expired at once, beside the same requests without a vault.
 */
export async function vault(stage: Stage): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-bench-spill-'));
  const opened = openVault(stage, folder);
  try {
    await opened.connect();
    const fresh: Pair[] = [];
    const storms: Pair[] = [];
    for (let slice = 0; slice < 5; slice += 1) {
      storms.push([await opened.storm(), await opened.bareStorm()]);
      fresh.push([await microseconds(() => opened.first()), await microseconds(async () => 'there already')]);
    }
    return [
      figure('Access token, fresh', 'µs', fresh, 'difference', {
        text: '≤ 20 µs added',
        met: (_, added) => added <= 20,
      }),
      figure(
        `Refresh storm, ${connections} tokens, ${connections * callersEach} callers`,
        'ms',
        storms,
        'difference',
      ),
    ];
  } finally {
    await opened.close();
    await rm(folder, { recursive: true, force: true });
  }
}

function openVault({ env }: Stage, folder: string) {
  const url = env.DATABASE_URL;
  const kind = url === undefined ? 'embedded' : 'server';
  const address = url ?? embeddedUrl(join(env.POSTERN_STATE_DIR ?? '', 'database'));
  const database = openDatabase({ kind, url: address });
  const locks = kind === 'server' ? openDatabase({ kind, url: address, poolSize: 4 }) : undefined;
  const time = { ahead: 0 };
  const clock = (): number => Date.now() + time.ahead;
  const keys = createVault({
    keyRing: parseKeyRing(env.POSTERN_KEYS ?? ''),
    database,
    clock,
    random: randomBytes,
  });
  const journal = createSpillJournal(folder);
  const tokens = createTokenVault({
    database,
    ...(locks && { locks }),
    vault: keys,
    journal,
    grantOf: async () => grant,
    onChange: async () => {},
    revoke: async () => {},
    report: () => {},
    clock,
    sleep: (ms) => delay(ms),
    random: Math.random,
    newId: randomUUID,
  });
  const places = Array.from({ length: connections }, () => [randomUUID(), randomUUID()] as const);
  const [first = ['', '']] = places;
  return {
    async connect() {
      for (const [practice, connection] of places)
        await database.withPractice(practice, (tx) =>
          tokens.store(tx, practice, connection, {
            accessToken: new Secret(randomUUID()),
            refreshToken: new Secret(randomUUID()),
            expiresInSeconds: 3_600,
            scopes: ['user/Slot.rs'],
            server: grant.server,
          }),
        );
    },
    first: () => tokens.access(first[0], first[1]),
    storm: () => {
      time.ahead += 3_600_000;
      return milliseconds(() =>
        Promise.all(
          places.flatMap(([practice, connection]) =>
            Array.from({ length: callersEach }, () => tokens.access(practice, connection)),
          ),
        ),
      );
    },
    bareStorm: () => milliseconds(() => Promise.all(places.map(() => grant.refresh(undefined)))),
    async close() {
      await journal.close();
      await locks?.close();
      await database.close();
    },
  };
}

const grant: TokenGrant = {
  server: 'https://bench.example',
  profile: 'strict',
  async refresh() {
    await delay(answerMs);
    return {
      accessToken: randomUUID(),
      refreshToken: randomUUID(),
      tokenType: 'Bearer',
      expiresInSeconds: 3_600,
    };
  },
  judge: () => ({ verdict: 'accept', missing: [], surplus: [], widened: [] }),
};

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

/** Of one call among many, one after another. */
async function microseconds(work: () => Promise<unknown>): Promise<number> {
  const calls = 50_000;
  for (let call = 0; call < calls / 10; call += 1) await work();
  const ms = await milliseconds(async () => {
    for (let call = 0; call < calls; call += 1) await work();
  });
  return (ms * 1_000) / calls;
}
