import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/**
 * Tables of plain rows, kept in memory and in two files: `file` is a snapshot (replaced by rename), and
 * `file` + `.journal` holds every transaction since. A transaction is in the journal before {@link RowStore.transact}
 * returns, so it survives `kill -9` of the process; the power cut of a machine is not covered (no fsync).
 *
 * One store, one process.
 */
export function openRowStore(file: string): RowStore {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const tables = readTables(file);
  const journal = openSync(`${file}.journal`, 'a', 0o600);
  const history: Batch[] = [];
  let journalled = 0;
  let open: Batch | undefined;
  let closed = false;

  const change = (table: string, id: string, after: Row | undefined): void => {
    if (open === undefined) throw new Error(`Row ${table}/${id} changed outside a transaction.`);
    const before = tables.get(table)?.get(id);
    open.changes.push({ table, id, before, after });
    assign(tables, table, id, after);
  };
  const compact = (): void => {
    const snapshot = [...tables].map(([name, rows]) => [name, [...rows]]);
    writeFileSync(`${file}.new`, JSON.stringify(snapshot), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    ftruncateSync(journal);
    journalled = 0;
  };
  compact();

  return {
    database: <T extends TableSet>() => face<T>(tables, change),
    transact(at, work) {
      if (closed) throw new Error('The store is closed.');
      if (open !== undefined) throw new Error('A transaction is open already.');
      const batch: Batch = { at, changes: [] };
      open = batch;
      try {
        const result = work();
        if (batch.changes.length > 0) {
          const line = batch.changes.map(({ table, id, after }) => [table, id, after ?? null]);
          writeSync(journal, `${JSON.stringify(line)}\n`);
          history.push(batch);
          if (history.length > HISTORY) history.shift();
          if (++journalled >= COMPACT_AFTER) compact();
        }
        return result;
      } catch (error) {
        undo(tables, batch);
        throw error;
      } finally {
        open = undefined;
      }
    },
    past(age) {
      const copy: Tables = new Map([...tables].map(([name, rows]) => [name, new Map(rows)]));
      const since =
        age === 'before-last-write' ? history.slice(-1) : history.filter((batch) => batch.at > age.asOf);
      for (const batch of since.reverse()) undo(copy, batch);
      return {
        database: <T extends TableSet>() => face<T>(copy, refuseChange),
      };
    },
    clear() {
      for (const [name, rows] of tables) for (const id of [...rows.keys()]) change(name, id, undefined);
    },
    close() {
      compact();
      closed = true;
      closeSync(journal);
    },
  };
}

export type Row = object;
export type TableSet = { readonly [name: string]: Row };

export interface RowStore {
  /** The tables, typed. Writes are possible inside {@link transact} only. */
  database<T extends TableSet>(): Database<T>;
  /** Runs `work` (synchronous) as a whole or, when it throws, not at all. `at`: milliseconds since the epoch. */
  transact<R>(at: number, work: () => R): R;
  /** The tables as they were, read only. The last 5,000 transactions of this process can be looked behind. */
  past(age: { readonly asOf: number } | 'before-last-write'): {
    database<T extends TableSet>(): Database<T>;
  };
  /** Inside a transaction: empties all tables. */
  clear(): void;
  close(): void;
}

export interface Database<T extends TableSet> {
  table<K extends keyof T & string>(name: K): Table<T[K]>;
  /** The next whole number of a sequence that never gives one twice, deletions or not. */
  next(sequence: string, first: number): number;
}

/** Rows are replaced, never changed in place: what is put is frozen. */
export interface Table<R extends Row> {
  get(id: string | number): Readonly<R> | undefined;
  all(): Readonly<R>[];
  put(id: string | number, row: R): void;
  delete(id: string | number): void;
}

interface Batch {
  readonly at: number;
  readonly changes: {
    table: string;
    id: string;
    before: Row | undefined;
    after: Row | undefined;
  }[];
}
type Tables = Map<string, Map<string, Row>>;
type Change = (table: string, id: string, after: Row | undefined) => void;

const HISTORY = 5000;
const COMPACT_AFTER = 2000;
const SEQUENCES = 'sequences';

const refuseChange: Change = (table, id) => {
  throw new Error(`Row ${table}/${id} belongs to the past and cannot be written.`);
};

function face<T extends TableSet>(tables: Tables, change: Change): Database<T> {
  return {
    table<K extends keyof T & string>(name: K): Table<T[K]> {
      // A table holds only what was put through this face or read from our own files.
      const rows = () => tables.get(name) as Map<string, T[K]> | undefined;
      return {
        get: (id) => rows()?.get(String(id)),
        all: () => [...(rows()?.values() ?? [])],
        put: (id, row) => change(name, String(id), Object.freeze(row)),
        delete: (id) => change(name, String(id), undefined),
      };
    },
    next(sequence, first) {
      const row = tables.get(SEQUENCES)?.get(sequence);
      const value = row !== undefined && 'next' in row ? Number(row.next) : first;
      change(SEQUENCES, sequence, { next: value + 1 });
      return value;
    },
  };
}

function assign(tables: Tables, table: string, id: string, row: Row | undefined): void {
  const rows = tables.get(table) ?? new Map<string, Row>();
  tables.set(table, rows);
  if (row === undefined) rows.delete(id);
  else rows.set(id, row);
}

function undo(tables: Tables, batch: Batch): void {
  for (const { table, id, before } of [...batch.changes].reverse()) assign(tables, table, id, before);
}

function readTables(file: string): Tables {
  // Both files were written by `openRowStore` alone, so their shape is known.
  const snapshot = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as [string, [string, Row][]][])
    : [];
  const tables: Tables = new Map(snapshot.map(([name, rows]) => [name, new Map(rows)]));
  const journal = existsSync(`${file}.journal`) ? readFileSync(`${file}.journal`, 'utf8') : '';
  // A line without its end was cut by a crash before anyone was answered.
  for (const line of journal.split('\n').slice(0, -1)) {
    for (const [table, id, row] of JSON.parse(line) as [string, string, Row | null][])
      assign(tables, table, id, row ?? undefined);
  }
  return tables;
}
