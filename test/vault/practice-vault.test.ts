import assert from 'node:assert/strict';
import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createTestDatabase, onServer } from '#test/database.ts';
import { dataKeyOf } from '#vault/envelope.ts';
import { newKeyRingEntry, parseKeyRing } from '#vault/key-ring.ts';
import { createVault, type Vault, type VaultOptions } from '#vault/practice-vault.ts';
import { VaultError } from '#vault/vault-error.ts';

const firstKey = newKeyRingEntry(1);
const context = { row: randomUUID(), kind: 'api-key', version: 0 };

const db = await createTestDatabase();

/** A process of its own: nothing in memory. */
function process(options: Partial<VaultOptions> = {}): Vault {
  return createVault({
    keyRing: parseKeyRing(firstKey),
    database: db.database,
    clock: Date.now,
    random: randomBytes,
    ...options,
  });
}
const sealIn = (vault: Vault, practice: string, text: string): Promise<Buffer> =>
  db.database.withPractice(practice, (tx) => vault.seal(tx, practice, context, text));
const openIn = (vault: Vault, practice: string, sealed: Buffer): Promise<string> =>
  db.database.withPractice(practice, async (tx) =>
    (await vault.open(tx, practice, context, sealed)).reveal(),
  );
const keyRows = async (
  practice: string,
): Promise<{ purpose: string; seals: string; kek_version: number }[]> =>
  (
    await db.asOwner(
      'select purpose, seals, kek_version from practice_key where practice_id = $1 order by purpose, generation',
      [practice],
    )
  ).rows;

test('a value sealed by one process opens in another, which then opens without a query', async () => {
  const practice = randomUUID();
  const sealed = await sealIn(process(), practice, 'customer key');
  const other = process();
  assert.equal(await openIn(other, practice, sealed), 'customer key');
  await db.database.withPractice(practice, async (tx) => {
    const queries: string[] = [];
    tx.on('query', (query: { sql: string }) => queries.push(query.sql));
    const opened = (await other.forPractice(tx, practice)).open(context, sealed);
    assert.equal(`${opened.reveal()} ${opened}`, 'customer key [secret]');
    assert.deepEqual(queries, []);
  });
});

test('ten processes that seal first for one practice agree on one key', async () => {
  const practice = randomUUID();
  const sealed = await Promise.all(
    Array.from({ length: 10 }, (_, at) => sealIn(process(), practice, `value ${at}`)),
  );
  assert.equal(new Set(sealed.map(dataKeyOf)).size, 1);
  assert.deepEqual(
    (await keyRows(practice)).map((row) => row.purpose),
    ['index', 'seal'],
  );
  const reader = process();
  for (const [at, value] of sealed.entries())
    assert.equal(await openIn(reader, practice, value), `value ${at}`);
});

test('a key of a transaction that was rolled back is not used again', async () => {
  const practice = randomUUID();
  const vault = process();
  await assert.rejects(
    db.database.withPractice(practice, async (tx) => {
      await vault.seal(tx, practice, context, 'lost');
      throw new Error('rolled back');
    }),
    /rolled back/,
  );
  assert.deepEqual(await keyRows(practice), []);
  const sealed = await sealIn(vault, practice, 'kept');
  assert.equal(await openIn(process(), practice, sealed), 'kept');
});

test('a key made in a savepoint that was rolled back is not used by the rest of the transaction', async () => {
  const practice = randomUUID();
  const vault = process();
  const sealed = await db.database.withPractice(practice, async (tx) => {
    await tx
      .transaction(async (inner) => {
        await vault.seal(inner, practice, context, 'lost');
        throw new Error('back to the savepoint');
      })
      .catch(() => {});
    return vault.seal(tx, practice, context, 'kept');
  });
  assert.equal(await openIn(process(), practice, sealed), 'kept');
});

test('ten thousand swaps between rows, kinds, versions and practices are refused', async () => {
  const vault = process();
  const practices: string[] = [randomUUID(), randomUUID(), randomUUID()];
  const places = practices.flatMap((practice) =>
    [randomUUID(), randomUUID(), randomUUID()].flatMap((row) =>
      ['access', 'refresh', 'api-key'].flatMap((kind) =>
        [0, 1, 2].map((version) => ({ practice, context: { row, kind, version } })),
      ),
    ),
  );
  // One practice a transaction: each has its own keys, all of them cached afterwards.
  const vaults = new Map(
    await Promise.all(
      practices.map((id) =>
        db.database.withPractice(id, async (tx) => [id, await vault.forPractice(tx, id)] as const),
      ),
    ),
  );
  const vaultOf = (id: string) => vaults.get(id) ?? assert.fail('unknown practice');
  const records = places.map((place) => ({
    ...place,
    sealed: vaultOf(place.practice).seal(place.context, place.context.row),
  }));
  let refused = 0;
  for (const from of records) {
    for (const to of records) {
      if (from === to)
        assert.equal(vaultOf(to.practice).open(to.context, from.sealed).reveal(), from.context.row);
      else assert.throws(() => vaultOf(to.practice).open(to.context, from.sealed), VaultError);
      if (from !== to) refused++;
    }
  }
  // The rest at random over more versions, so that numbers which share digits meet too.
  const home = vaultOf(practices[0] ?? '');
  while (refused < 10_000) {
    const [a, b] = [randomInt(1_000), randomInt(1_000)];
    if (a === b) continue;
    assert.throws(
      () => home.open({ ...context, version: b }, home.seal({ ...context, version: a }, 'x')),
      VaultError,
    );
    refused++;
  }
});

test('a sealed value moved to another practice is refused even where the key is at hand', async () => {
  const [from, to] = [randomUUID(), randomUUID()];
  const vault = process();
  const sealed = await sealIn(vault, from, 'customer key');
  await sealIn(vault, to, 'other');
  await assert.rejects(openIn(vault, to, sealed), { reason: 'unknown-dek' });
  // The owner copies the key row as well: the wrapping names its practice.
  await db.asOwner(
    `insert into practice_key (practice_id, dek_id, purpose, generation, kek_version, wrapped, created_at)
       select $2, dek_id, purpose, 99, kek_version, wrapped, created_at from practice_key
       where practice_id = $1 and purpose = 'seal'`,
    [from, to],
  );
  await assert.rejects(openIn(process(), to, sealed), { reason: 'not-authentic' });
  await db.asOwner('delete from practice_key where practice_id = $1', [to]);
});

test('an index is the same for ever and tells neither purposes nor practices apart by looking', async () => {
  const [one, two] = [randomUUID(), randomUUID()];
  const indexOf = (vault: Vault, practice: string, purpose: string, value: string): Promise<string> =>
    db.database.withPractice(practice, async (tx) =>
      (await vault.index(tx, practice, purpose, value)).toString('hex'),
    );
  const vault = process();
  const index = await indexOf(vault, one, 'emr-id', '3051');
  assert.match(index, /^[0-9a-f]{64}$/);
  assert.equal(await indexOf(process(), one, 'emr-id', '3051'), index);
  await db.database.withPractice(one, (tx) => vault.rotateDek(tx, one));
  assert.equal(await indexOf(process(), one, 'emr-id', '3051'), index);
  const others = [
    await indexOf(vault, two, 'emr-id', '3051'),
    await indexOf(vault, one, 'natural-key', '3051'),
    await indexOf(vault, one, 'emr-id', '3052'),
    await indexOf(vault, one, 'emr-id3', '051'),
  ];
  assert.equal(new Set([index, ...others]).size, 5);
});

test('a new data key writes after every process has had time to read it, and old values stay readable', async () => {
  const practice = randomUUID();
  let now = Date.now();
  const vault = process({ clock: () => now });
  const old = await sealIn(vault, practice, 'old');
  const next = await db.database.withPractice(practice, (tx) => vault.rotateDek(tx, practice));
  const meanwhile = await sealIn(vault, practice, 'meanwhile');
  assert.equal(dataKeyOf(meanwhile), dataKeyOf(old));
  now += 120_000;
  const fresh = await sealIn(vault, practice, 'fresh');
  assert.equal(dataKeyOf(fresh), next);
  for (const [sealed, text] of [
    [old, 'old'],
    [meanwhile, 'meanwhile'],
    [fresh, 'fresh'],
  ] as const)
    assert.equal(await openIn(process(), practice, sealed), text);
  await db.database.withPractice(practice, async (tx) => {
    const keys = await vault.forPractice(tx, practice);
    const resealed = keys.reseal(context, old);
    assert.equal(dataKeyOf(resealed), next);
    assert.equal(keys.open(context, resealed).reveal(), 'old');
    assert.equal(keys.reseal(context, resealed), resealed);
  });
});

test('a rotated KEK wraps every practice anew, after which the old one may go', async () => {
  const practices = [randomUUID(), randomUUID()];
  const vault = process();
  const sealed = await Promise.all(practices.map((practice) => sealIn(vault, practice, 'customer key')));
  const secondKey = newKeyRingEntry(2);
  const both = process({ keyRing: parseKeyRing(`${firstKey},${secondKey}`) });
  const broken = randomUUID();
  await sealIn(vault, broken, 'x');
  await db.asOwner('update practice_key set dek_id = gen_random_uuid() where practice_id = $1', [broken]);
  const { keys, failed } = await both.rotateKek();
  assert.ok(keys >= 4, `${keys}`);
  assert.deepEqual(failed, [broken], 'one practice whose keys do not unwrap stops no other');
  assert.deepEqual(await both.rotateKek(), { practices: 0, keys: 0, failed: [broken] });
  const alone = process({ keyRing: parseKeyRing(secondKey) });
  for (const [at, practice] of practices.entries())
    assert.equal(await openIn(alone, practice, sealed[at] ?? Buffer.alloc(0)), 'customer key');
  await assert.rejects(openIn(process(), practices[0] ?? '', sealed[0] ?? Buffer.alloc(0)), {
    reason: 'unknown-kek',
  });
  // Practices of the other tests come back under the first key, which their processes have.
  await db.asOwner('delete from practice_key where kek_version = 2 or practice_id = $1', [broken]);
});

test('an erased practice opens nothing and seals nothing, in other processes within a minute', async () => {
  const practice = randomUUID();
  let now = Date.now();
  const [here, elsewhere] = [process(), process({ clock: () => now })];
  const sealed = await sealIn(here, practice, 'customer key');
  assert.equal(await openIn(elsewhere, practice, sealed), 'customer key');
  await db.database.withPractice(practice, (tx) => here.erase(tx, practice));
  now += 60_000;
  for (const vault of [here, elsewhere, process()]) {
    await assert.rejects(openIn(vault, practice, sealed), { reason: 'erased' });
    await assert.rejects(sealIn(vault, practice, 'again'), { reason: 'erased' });
  }
  const { rows } = await db.asOwner('select wrapped from practice_key where practice_id = $1', [practice]);
  assert.deepEqual(rows, [{ wrapped: null }, { wrapped: null }]);
});

test('an erasure that was rolled back erased nothing', async () => {
  const practice = randomUUID();
  const vault = process();
  const sealed = await sealIn(vault, practice, 'customer key');
  await assert.rejects(
    db.database.withPractice(practice, async (tx) => {
      await vault.erase(tx, practice);
      throw new Error('no');
    }),
  );
  assert.equal(await openIn(vault, practice, sealed), 'customer key');
});

test('seals are counted in blocks, rolled-back blocks again, and refused at 2^31', async () => {
  const practice = randomUUID();
  let now = Date.now();
  const vault = process({ clock: () => now });
  const many = (count: number, fail = false): Promise<void> =>
    db.database.withPractice(practice, async (tx) => {
      const keys = await vault.forPractice(tx, practice);
      for (let at = 0; at < count; at++) keys.seal(context, '');
      if (fail) throw new Error('rolled back');
    });
  const counted = async (): Promise<number> => Number((await keyRows(practice)).at(-1)?.seals);
  await sealIn(vault, practice, ''); // makes the key, in a transaction whose keys are its own
  await many(1_500);
  assert.equal(await counted(), 0);
  await assert.rejects(many(1, true), /rolled back/);
  assert.equal(await counted(), 0);
  await many(1);
  assert.equal(await counted(), 1_501);

  await db.asOwner("update practice_key set seals = 2147483646 where practice_id = $1 and purpose = 'seal'", [
    practice,
  ]);
  now += 60_000;
  await many(1);
  await assert.rejects(many(1), { reason: 'exhausted' });
  await db.database.withPractice(practice, (tx) => vault.rotateDek(tx, practice));
  now += 120_000;
  await many(1);
});

if (onServer) {
  // The embedded database runs one transaction at a time.
  test('two transactions that count on one key do not wait for each other', async () => {
    const practice = randomUUID();
    await sealIn(process(), practice, '');
    const fill = async (vault: Vault): Promise<Vault> => {
      await db.database.withPractice(practice, async (tx) => {
        const keys = await vault.forPractice(tx, practice);
        for (let at = 0; at < 1_000; at++) keys.seal(context, '');
      });
      return vault;
    };
    const [one, two] = [await fill(process()), await fill(process())];
    const met = Promise.withResolvers<void>();
    await Promise.all([
      db.database.withPractice(practice, async (tx) => {
        await one.forPractice(tx, practice);
        await met.promise;
      }),
      db.database.withPractice(practice, async (tx) => {
        await two.forPractice(tx, practice);
        met.resolve();
      }),
    ]);
    await db.database.withPractice(practice, (tx) => two.forPractice(tx, practice));
    assert.equal(Number((await keyRows(practice)).at(-1)?.seals), 2_000);
  });
}

test('a practice sees only its own keys, and no wrapped key is ever given across practices', async () => {
  const [one, two] = [randomUUID(), randomUUID()];
  await sealIn(process(), one, 'x');
  const seen = await db.database.withPractice(two, (tx) => tx('practice_key').select('practice_id'));
  assert.deepEqual(seen, []);
  const without = await db.database.withoutPractice((tx) => tx('practice_key').select('practice_id'));
  assert.deepEqual(without, []);
  await assert.rejects(
    db.database.withPractice(one, (tx) => tx('practice_key').del()),
    { code: '42501' },
  );
  assert.ok(
    (await db.asOwner('select practice_id from practice_key where practice_id = $1', [one])).rows.length > 0,
  );
});

test('few practices are kept in memory, all of them open', async () => {
  const vault = process({ cachedPractices: 2 });
  const practices = Array.from({ length: 5 }, () => randomUUID());
  const sealed = new Map<string, Buffer>();
  for (const practice of practices) sealed.set(practice, await sealIn(vault, practice, practice));
  for (const [practice, value] of sealed) assert.equal(await openIn(vault, practice, value), practice);
});
