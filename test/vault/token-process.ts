import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { type Database, openDatabase } from '#store/database.ts';
import type { TestDatabase } from '#test/database.ts';
import { type KeyRing, newKeyRingEntry, parseKeyRing } from '#vault/key-ring.ts';
import { createVault, type Vault } from '#vault/practice-vault.ts';
import { createSpillJournal, type SpillJournal, type SpillWorld } from '#vault/spill-journal.ts';
import type { RefreshPoint } from '#vault/token-ask.ts';
import type { LooseTokens, TokenChange, TokenEvent, TokenGrant } from '#vault/token-grant.ts';
import { createTokenVault, type TokenLimits, type TokenVault } from '#vault/token-vault.ts';
import { TestServer } from './authorization-server.ts';

/** One practice with one connection at one authorization server, and processes that share them. */
export interface Place {
  readonly practice: string;
  readonly connection: string;
  readonly server: TestServer;
  readonly folder: string;
  /** Milliseconds since the epoch; stands still. */
  now: number;
  /** What the vault changed, in committed transactions. */
  changes(): Promise<string[]>;
  row(): Promise<Row>;
  attempts(): Promise<{ event: string; code: string | null; from_version: number }[]>;
  /** The practice consents: a grant is stored. */
  consent(process: TokenProcess): Promise<void>;
}

export interface Row {
  readonly state: string;
  readonly token_version: number;
  readonly grant_epoch: number;
  readonly last_error_code: string | null;
  readonly failures: number;
  readonly at_ct: Buffer | null;
  readonly rt_ct: Buffer | null;
  readonly prev_rt_ct: Buffer | null;
  readonly prev_rt_until: Date | null;
  readonly granted_scopes: string[];
  readonly not_before: Date | null;
  readonly refresh_after: Date | null;
}

export interface TokenProcess {
  readonly tokens: TokenVault;
  readonly vault: Vault;
  readonly database: Database;
  readonly journal: SpillJournal;
  readonly events: TokenEvent[];
  readonly revoked: LooseTokens[];
  /** Nothing it does has any effect from here on, and its number is free again. */
  die(): void;
  readonly isDead: boolean;
  /** PostgreSQL is away for it. */
  databaseIsAway: boolean;
  /** The next commit is made, and nobody hears of it. */
  losesCommit: boolean;
}

export interface ProcessOptions {
  /** It dies there the first time it comes by. */
  readonly diesAt?: RefreshPoint;
  /** Told where in a refresh it is; may let it die there. */
  readonly trace?: (point: RefreshPoint) => void;
  /** Stand around what it works with: to watch, or to break. */
  readonly around?: Around;
  readonly world?: Partial<SpillWorld>;
  readonly limits?: Partial<TokenLimits>;
  readonly ring?: KeyRing;
  readonly random?: () => number;
  readonly folder?: string;
}

export interface Around {
  readonly grant?: (grant: TokenGrant) => TokenGrant;
  readonly journal?: (journal: SpillJournal) => SpillJournal;
  readonly database?: (database: Database) => Database;
  readonly revoke?: (loose: LooseTokens) => void;
}

export interface TokenWorld {
  newPlace(profile?: 'reused' | 'grace' | 'strict'): Promise<Place>;
  start(place: Place, options?: ProcessOptions): TokenProcess;
}

export const testRing = newKeyRingEntry(1);

/** Processes on one database. Call it before the file's first test. */
export function tokenWorld(db: TestDatabase): TokenWorld {
  const locks = db.kind === 'server' ? openDatabase({ url: db.url, kind: 'server', poolSize: 4 }) : undefined;
  const folders: string[] = [];
  const journals: SpillJournal[] = [];
  const servers = new Map<string, TestServer>();
  const running = new Set<number>();
  let pids = 10_000_000;
  after(async () => {
    await locks?.close();
    for (const journal of journals) await journal.close();
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  async function newPlace(profile: 'reused' | 'grace' | 'strict' = 'strict'): Promise<Place> {
    const [practice, connection] = [randomUUID(), randomUUID()];
    await db.asOwner(
      "insert into practice (practice_id, name, time_zone, mode) values ($1, 'Cedar', 'America/Denver', 'sandbox')",
      [practice],
    );
    await db.asOwner(
      "insert into connection (practice_id, connection_id, adapter, kind, origin) values ($1, $2, 'x', 'simulator', 'http://127.0.0.1:1')",
      [practice, connection],
    );
    const folder = await mkdtemp(join(tmpdir(), 'postern-spill-'));
    folders.push(folder);
    const place: Place = {
      practice,
      connection,
      folder,
      now: Date.now(),
      server: new TestServer(profile, () => place.now),
      async changes() {
        const { rows } = await db.asOwner(
          "select subject->>'change' as change from outbox where practice_id = $1 order by event_id",
          [practice],
        );
        return rows.map(({ change }) => change);
      },
      async row() {
        const { rows } = await db.asOwner('select * from token where connection_id = $1', [connection]);
        return rows[0];
      },
      async attempts() {
        const { rows } = await db.asOwner(
          'select event, code, from_version from refresh_attempt where connection_id = $1 order by from_version, at, event desc',
          [connection],
        );
        return rows;
      },
      consent: ({ database, tokens }) =>
        database.withPractice(practice, (tx) =>
          tokens.store(tx, practice, connection, place.server.consent()),
        ),
    };
    servers.set(connection, place.server);
    return place;
  }

  function serverOf(connection: string): TestServer {
    const server = servers.get(connection);
    if (server === undefined) throw new Error('There is no such connection.');
    return server;
  }

  function start(place: Place, options: ProcessOptions = {}): TokenProcess {
    const life: Life = { dead: false, away: false, losesCommit: false };
    const { around = {} } = options;
    const pid = pids++;
    running.add(pid);
    const clock = (): number => place.now;
    const mortal = (of: Database): Database => mortalDatabase(around.database?.(of) ?? of, life);
    const vault = createVault({
      keyRing: options.ring ?? parseKeyRing(testRing),
      database: mortal(db.database),
      clock,
      random: randomBytes,
    });
    const disk = createSpillJournal(options.folder ?? place.folder, {
      self: { host: 'test', pid, instance: randomUUID() },
      isRunning: (other) => running.has(other),
      ...options.world,
    });
    journals.push(disk);
    if (options.folder !== undefined) folders.push(options.folder);
    const journal = mortalJournal(around.journal?.(disk) ?? disk, life);
    const events: TokenEvent[] = [];
    const revoked: LooseTokens[] = [];
    const die = (): void => {
      life.dead = true;
      running.delete(pid);
    };
    const database = mortal(db.database);
    const tokens = createTokenVault({
      database,
      ...(locks && { locks: mortal(locks) }),
      vault,
      journal,
      async grantOf(_practice, connection) {
        const grant = serverOf(connection).grant();
        return around.grant?.(grant) ?? grant;
      },
      onChange: (tx, practice, change) => writeChange(tx, practice, change),
      async revoke(_practice, _connection, loose) {
        if (life.dead) throw new Death();
        revoked.push(loose);
        around.revoke?.(loose);
      },
      report: (event) => void events.push(event),
      clock,
      // Time passes while somebody waits, and the others get to do something.
      async sleep(ms) {
        place.now += ms;
        await delay(1);
      },
      random: options.random ?? (() => 0.5),
      newId: randomUUID,
      ...(options.limits && { limits: options.limits }),
      trace(point) {
        if (life.dead) throw new Death();
        options.trace?.(point);
        if (point === options.diesAt) die();
        if (life.dead) throw new Death();
      },
    });
    return {
      tokens,
      vault,
      database,
      journal,
      events,
      revoked,
      die,
      get isDead() {
        return life.dead;
      },
      get losesCommit() {
        return life.losesCommit;
      },
      set losesCommit(loses) {
        life.losesCommit = loses;
      },
      get databaseIsAway() {
        return life.away;
      },
      set databaseIsAway(away) {
        life.away = away;
      },
    };
  }

  return { newPlace, start };
}

/** The process is gone: what it was about to do does not happen. */
export class Death extends Error {
  override readonly name = 'Death';
}

interface Life {
  dead: boolean;
  away: boolean;
  losesCommit: boolean;
}

function mortalDatabase(of: Database, life: Life): Database {
  const check = (): void => {
    if (life.dead) throw new Death();
    if (life.away) throw connectionLost();
  };
  const committed = <T>(result: T): T => {
    if (!life.losesCommit) return result;
    life.losesCommit = false;
    throw connectionLost();
  };
  const guarded =
    <A extends unknown[], T>(work: (...args: A) => Promise<T>) =>
    async (...args: A): Promise<T> => {
      const result = await work(...args);
      // A transaction of a process that died, or of a database that went away, is never committed.
      check();
      return result;
    };
  return {
    kind: of.kind,
    async withPractice(practiceId, work) {
      check();
      return of.withPractice(practiceId, guarded(work)).then(committed);
    },
    async withoutPractice(work) {
      check();
      return of.withoutPractice(guarded(work)).then(committed);
    },
    close: () => of.close(),
  };
}

function connectionLost(): Error {
  return Object.assign(new Error('terminating connection'), { code: '57P01' });
}

function mortalJournal(of: SpillJournal, life: Life): SpillJournal {
  const check = async (): Promise<void> => {
    if (life.dead) throw new Death();
  };
  return {
    async reserve() {
      await check();
      const slot = await of.reserve();
      return {
        holder: slot.holder,
        write: (line) => check().then(() => slot.write(line)),
        drop: () => check().then(() => slot.drop()),
        leave: () => (life.dead ? undefined : slot.leave()),
      };
    },
    read: () => check().then(() => of.read()),
    settle: (file, line) => check().then(() => of.settle(file, line)),
    isMine: of.isMine,
    isGone: of.isGone,
    get unwritable() {
      return of.unwritable;
    },
    close: of.close,
  };
}

async function writeChange(
  tx: Parameters<Parameters<Database['withPractice']>[1]>[0],
  practice: string,
  change: TokenChange,
): Promise<void> {
  await tx('outbox').insert({
    practice_id: practice,
    // In order of their making.
    event_id: tx.raw("lpad(to_hex((select count(event_id) from outbox)), 32, '0')::uuid"),
    type: 'connection.changed',
    subject: JSON.stringify({
      change: change.is === 'refreshed' ? `refreshed to ${change.version}` : `${change.is}: ${change.code}`,
    }),
  });
}
