import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { openRowStore, type RowStore } from '#simulator-kit/row-store.ts';
import { temporaryFolder } from './toy-emr.ts';

type Tables = { things: { value: number } };

async function file(t: TestContext): Promise<string> {
  return join(await temporaryFolder(t), 'deep', 'store.json');
}
function put(store: RowStore, id: string, value: number, at = 0): void {
  store.transact(at, () => store.database<Tables>().table('things').put(id, { value }));
}
function all(store: RowStore): number[] {
  return store
    .database<Tables>()
    .table('things')
    .all()
    .map(({ value }) => value);
}

test('what a transaction wrote is on disk when it returns, without closing', async (t) => {
  const path = await file(t);
  const store = openRowStore(path);
  put(store, 'a', 1);
  store.transact(0, () => store.database<Tables>().table('things').delete('a'));
  put(store, 'b', 2);
  assert.deepEqual(all(openRowStore(path)), [2]);
});

test('a journal line that a crash has cut is forgotten, and what follows is kept', async (t) => {
  const path = await file(t);
  put(openRowStore(path), 'a', 1);
  appendFileSync(`${path}.journal`, '[["things","b",{"val');
  const store = openRowStore(path);
  assert.deepEqual(all(store), [1]);
  put(store, 'c', 3);
  assert.deepEqual(all(openRowStore(path)), [1, 3]);
});

test('a crash between the snapshot and the emptying of the journal changes nothing', async (t) => {
  const path = await file(t);
  const store = openRowStore(path);
  put(store, 'a', 1);
  put(store, 'a', 2);
  const journal = readFileSync(`${path}.journal`);
  store.close();
  writeFileSync(`${path}.journal`, journal);
  assert.deepEqual(all(openRowStore(path)), [2]);
});

test('a transaction that throws leaves nothing, in memory or on disk', async (t) => {
  const path = await file(t);
  const store = openRowStore(path);
  put(store, 'a', 1);
  assert.throws(() =>
    store.transact(0, () => {
      store.database<Tables>().table('things').put('a', { value: 9 });
      store.database<Tables>().next('n', 1);
      throw new Error('no');
    }),
  );
  assert.deepEqual(all(store), [1]);
  assert.deepEqual(all(openRowStore(path)), [1]);
});

test('a row cannot be written outside a transaction, nor changed in place, nor in the past', async (t) => {
  const store = openRowStore(await file(t));
  const things = store.database<Tables>().table('things');
  assert.throws(() => things.put('a', { value: 1 }), /outside a transaction/);
  put(store, 'a', 1);
  const row = things.get('a');
  assert.throws(() => Object.assign(row ?? {}, { value: 2 }), TypeError);
  const past = store.past('before-last-write').database<Tables>().table('things');
  assert.throws(() => store.transact(0, () => past.put('a', { value: 2 })), /belongs to the past/);
});

test('a sequence gives no number twice, deletions and restarts or not', async (t) => {
  const path = await file(t);
  const take = (store: RowStore): number => store.transact(0, () => store.database().next('n', 100));
  const store = openRowStore(path);
  assert.deepEqual([take(store), take(store)], [100, 101]);
  assert.equal(take(openRowStore(path)), 102);
});

test('any past moment can be looked at as it was', async (t) => {
  const folder = await temporaryFolder(t);
  let run = 0;
  const operation = fc.record({
    id: fc.constantFrom('a', 'b', 'c'),
    value: fc.option(fc.nat(9), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 12 }), (operations) => {
      const store = openRowStore(join(folder, `${run++}.json`));
      const snapshots = [all(store).sort()];
      for (const [index, { id, value }] of operations.entries()) {
        const things = store.database<Tables>().table('things');
        store.transact(index + 1, () =>
          value === undefined ? things.delete(id) : things.put(id, { value }),
        );
        snapshots.push(all(store).sort());
      }
      for (const [at, snapshot] of snapshots.entries()) {
        const then = store.past({ asOf: at }).database<Tables>().table('things');
        assert.deepEqual(
          then
            .all()
            .map(({ value }) => value)
            .sort(),
          snapshot,
        );
      }
      store.close();
    }),
    { numRuns: 40 },
  );
});
