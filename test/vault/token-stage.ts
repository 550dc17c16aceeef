import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { tokenEndpointFailure } from '#oauth/oauth-failure.ts';
import type { TokenRow } from '#store/token-row.ts';
import { readToken } from '#store/tokens.ts';
import type { TestDatabase } from '#test/database.ts';
import { type SpillJournal, SpillUnavailable } from '#vault/spill-journal.ts';
import type { RefreshPoint } from '#vault/token-ask.ts';
import type { Access } from '#vault/token-cache.ts';
import type { RotationProfile } from '#vault/token-grant.ts';
import { openToken } from '#vault/token-seal.ts';
import { TokenUnavailable, type TokenUnavailableReason } from '#vault/token-unavailable.ts';
import type { Family, Fault } from './authorization-server.ts';
import { Ledger } from './token-ledger.ts';
import type { Around, Place, ProcessOptions, TokenProcess, TokenWorld } from './token-process.ts';

/** Two processes of one machine, and one of another. */
export const seats = ['one', 'twin', 'elsewhere'] as const;
export type Seat = (typeof seats)[number];

export const answers = [
  'ok',
  'request lost',
  'answer lost',
  'busy',
  'busy for long',
  'our fault',
  'unbelievable',
  'person withdrew',
  'no refresh token',
  'no scope',
  'narrower',
  'wider',
] as const;
export type Answer = (typeof answers)[number];

/** What happens when a refresh comes to this point. */
export interface Trouble {
  readonly at: RefreshPoint;
  readonly is:
    | 'dies'
    | 'loses the database'
    | 'loses the answer of a commit'
    | 'cannot write to its disk'
    | 'is held up';
}

/** A vault that is wrong on purpose. */
export interface Wrong extends Around {
  readonly limits?: ProcessOptions['limits'];
}

const second = 1_000;
/** What another process may still hold in its memory. */
const memoryMs = 60 * second;
const horizonMs = 15 * second;
const longestMs = horizonMs + 300 * second;

interface Actor {
  readonly seat: Seat;
  readonly folder: string;
  process: TokenProcess;
  trouble: Trouble | undefined;
  diskIsFull: boolean;
  /** The next answer waits for it. */
  hold: { readonly asked: () => void; readonly go: Promise<void> } | undefined;
  /** The newest version that it was given. */
  version: number;
}

/** One connection with its authorization server, its EMR, and all that must hold of them at any time. */
export class TokenStage {
  readonly place: Place;
  readonly #db: TestDatabase;
  readonly #world: TokenWorld;
  readonly #wrong: Wrong;
  readonly #ledger: Ledger;
  readonly #observer: TokenProcess;
  readonly #actors: ReadonlyMap<Seat, Actor>;
  /** Epoch → what its consent brought. */
  readonly #families = new Map<number, Family>();
  /** The vault had to refuse an answer of theirs, and has given them up. */
  readonly #refused = new WeakSet<Family>();
  #consented: Family | undefined;
  #row: (TokenRow & { readonly token: string | undefined }) | undefined;
  /** When the grant changed last, and who did it; who sets out to. */
  #changed: { readonly at: number; readonly by: Seat | undefined } = { at: 0, by: undefined };
  #changer: Seat | undefined;

  static async open(
    db: TestDatabase,
    world: TokenWorld,
    profile: RotationProfile,
    wrong: Wrong = {},
  ): Promise<TokenStage> {
    const place = await world.newPlace(profile);
    place.server.lifeSeconds = 300;
    const stage = new TokenStage(db, world, place, wrong);
    await stage.consent('one');
    return stage;
  }

  private constructor(db: TestDatabase, world: TokenWorld, place: Place, wrong: Wrong) {
    this.#db = db;
    this.#world = world;
    this.place = place;
    this.#wrong = wrong;
    this.#ledger = new Ledger(place.server, () => place.now);
    this.#observer = world.start(place);
    this.#actors = new Map(
      seats.map((seat) => {
        const folder = seat === 'elsewhere' ? `${place.folder}-elsewhere` : place.folder;
        return [seat, this.#newActor(seat, folder)];
      }),
    );
  }

  isAlive(seat: Seat): boolean {
    return !this.#actor(seat).process.isDead;
  }

  /** Somebody calls the EMR, which refuses what the server does not take; then once more. */
  async use(seat: Seat, answer: Answer = 'ok', trouble?: Trouble): Promise<void> {
    await this.#alone(seat, answer, trouble, (actor) => this.#use(actor));
  }

  /** The EMR refuses a token although it is good. */
  async refuse(seat: Seat, answer: Answer, trouble?: Trouble): Promise<void> {
    await this.#alone(seat, answer, trouble, (actor) => this.#given(actor, this.#rejected(actor)));
  }

  async sweep(seat: Seat, answer: Answer, trouble?: Trouble): Promise<void> {
    await this.#alone(seat, answer, trouble, ({ process }) => process.tokens.sweep());
  }

  async replay(seat: Seat): Promise<void> {
    await this.#alone(seat, 'ok', undefined, ({ process }) => process.tokens.replaySpill());
  }

  async consent(seat: Seat, losesCommit = false): Promise<void> {
    await this.#alone(seat, 'ok', undefined, (actor) => this.#consent(actor), losesCommit);
  }

  async disconnect(seat: Seat, losesCommit = false): Promise<void> {
    await this.#alone(seat, 'ok', undefined, (actor) => this.#disconnect(actor), losesCommit);
  }

  pass(ms: number): void {
    this.place.now += ms;
  }

  async restart(seat: Seat, replaysFirst: boolean): Promise<void> {
    this.#kill(this.#actor(seat));
    this.#alive(seat);
    if (replaysFirst) await this.replay(seat);
  }

  mend(seat: Seat): void {
    const actor = this.#actor(seat);
    actor.process.databaseIsAway = false;
    actor.diskIsFull = false;
  }

  fillDisk(seat: Seat): void {
    this.#actor(seat).diskIsFull = true;
  }

  loseDatabase(seat: Seat): void {
    this.#actor(seat).process.databaseIsAway = true;
  }

  /** While one waits for its answer, others act. */
  async meanwhile(
    seat: Seat,
    answer: Answer,
    trouble: Trouble | undefined,
    acts: readonly Act[],
  ): Promise<void> {
    const actor = this.#alive(seat);
    const asked = Promise.withResolvers<void>();
    const go = Promise.withResolvers<void>();
    actor.trouble = trouble;
    actor.hold = { asked: asked.resolve, go: go.promise };
    this.#prepare(answer);
    const first = this.#outcome(actor, () => this.#use(actor, 'among others'));
    await Promise.race([asked.promise, first]);
    this.#heard(answer);
    const others: Promise<unknown>[] = [];
    for (const act of acts) {
      others.push(this.#act(act));
      await delay(4);
    }
    await delay(4);
    actor.hold = undefined;
    go.resolve();
    await Promise.all([first, ...others]);
    await this.#afterwards(this.#actors.values());
  }

  /**
   * The server is up, time passes, one process asks: within the horizon and the longest back-off it gets a token, or
   * hears that a person is needed.
   */
  async settle(): Promise<void> {
    const first = this.#alive('one');
    this.mend('one');
    const until = this.place.now + longestMs;
    for (;;) {
      await this.#outcome(first, () => first.process.tokens.replaySpill());
      const end = await this.#outcome(first, () => this.#use(first));
      await this.#afterwards([first]);
      if (end === 'given' || end === 'needs-reconsent' || end === 'no-grant') break;
      assert.ok(this.place.now < until, `It is ${end} for more than ${longestMs / second} seconds.`);
      this.pass(5 * second);
    }
    this.#kill(this.#actor('twin'));
    await first.process.tokens.replaySpill();
    const left = (await first.process.journal.read()).flatMap(({ lines }) => lines);
    assert.deepEqual(left, [], 'nothing stays on the disk');
    const told = (await this.place.changes()).filter((change) => change.startsWith('refreshed'));
    const versions = told.map((change) => Number(change.split(' ').at(-1)));
    assert.deepEqual(
      versions,
      [...new Set(versions)].sort((a, b) => a - b),
      'each version is told once',
    );
  }

  /** Nobody sweeps it any more. */
  async close(): Promise<void> {
    for (const actor of this.#actors.values()) this.#kill(actor);
    await this.#db.asOwner('update practice set disabled_at = now() where practice_id = $1', [
      this.place.practice,
    ]);
  }

  // One act, and what must hold after it

  async #alone(
    seat: Seat,
    answer: Answer,
    trouble: Trouble | undefined,
    work: (actor: Actor) => Promise<unknown>,
    losesCommit = false,
  ): Promise<void> {
    const actor = this.#alive(seat);
    actor.trouble = trouble;
    actor.process.losesCommit = losesCommit;
    this.#prepare(answer);
    const end = await this.#outcome(actor, () => work(actor));
    const troubled = losesCommit || (trouble !== undefined && actor.trouble === undefined);
    const heard = this.#heard(answer);
    await this.#afterwards([actor]);
    if (end !== 'given' && end !== 'dead') await this.#justify(actor, end, { heard, troubled });
    // The practice is asked to, and does.
    if (end === 'needs-reconsent') await this.consent(seat);
  }

  async #outcome(
    actor: Actor,
    work: () => Promise<unknown>,
  ): Promise<TokenUnavailableReason | 'given' | 'dead'> {
    try {
      await work();
      return 'given';
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      if (actor.process.isDead) return 'dead';
      if (error instanceof TokenUnavailable) return error.reason;
      // Of a transaction that was not a vault's: it is told as what it is.
      if (error instanceof Error && 'code' in error && error.code === '57P01') return 'database';
      throw error;
    } finally {
      actor.process.losesCommit = false;
    }
  }

  async #afterwards(actors: Iterable<Actor>): Promise<void> {
    await this.#look();
    for (const actor of actors) {
      this.#ledger.forgotten(actor.process);
      actor.trouble = undefined;
    }
    assert.deepEqual(this.#ledger.violations, [], this.#ledger.violations[0]);
  }

  /** The row as it stands, compared with what stood there and with what the server knows. */
  async #look(): Promise<void> {
    const { practice, connection, server } = this.place;
    const before = this.#row;
    const { row, access, refresh } = await this.#db.database.withPractice(practice, async (tx) => {
      const row = await readToken(tx, connection, 'none');
      if (row?.state !== 'active') return { row, access: undefined, refresh: undefined };
      const keys = await this.#observer.vault.forPractice(tx, practice);
      return { row, access: openToken(keys, row, 'access'), refresh: openToken(keys, row, 'refresh') };
    });
    if (refresh) this.#ledger.stored(refresh);
    if (row === undefined) return assert.equal(before, undefined, 'a row does not go');
    this.#row = { ...row, token: access?.reveal() };
    if (before === undefined || row.epoch !== before.epoch) {
      this.#changed = { at: this.place.now, by: this.#changer };
      if (row.state !== 'revoked' && this.#consented) this.#families.set(row.epoch, this.#consented);
    } else if (row.state !== before.state) {
      assert.equal(before.state, 'active', 'only a consent makes a grant of none');
      this.#changed = { at: this.place.now, by: undefined };
    }
    if (before !== undefined) {
      assert.ok(row.epoch >= before.epoch && row.version >= before.version, 'the row never goes back');
      if (row.epoch === before.epoch && row.version === before.version && row.state === before.state)
        assert.equal(access?.reveal(), before.token, 'what a version holds does not change');
    }
    const family = this.#families.get(row.epoch);
    if (row.state === 'active') {
      assert.ok(
        family && access && server.familyOf(access) === family,
        'the row has what its own consent brought',
      );
      assert.ok(refresh === undefined || server.familyOf(refresh) === family);
      const rest = (row.notBefore?.getTime() ?? 0) - this.place.now;
      assert.ok(rest <= 300 * second, 'nobody is told to wait for more than five minutes');
      return;
    }
    assert.deepEqual(Object.values(row.values).filter(Boolean), [], 'of what is over, nothing can be read');
    if (row.state === 'needs_reconsent')
      assert.ok(
        family && (family.ended || this.#refused.has(family)),
        'nobody consents again to what still lives',
      );
  }

  /** A reason is told only where it is one. */
  async #justify(
    { process, diskIsFull }: Actor,
    reason: TokenUnavailableReason,
    { heard, troubled }: { readonly heard: Answer; readonly troubled: boolean },
  ): Promise<void> {
    const row = this.#row;
    const { now } = this.place;
    const isTrue: Record<TokenUnavailableReason, () => boolean | Promise<boolean>> = {
      'no-grant': () => row === undefined || row.state === 'revoked',
      'needs-reconsent': () => row?.state === 'needs_reconsent',
      busy: async () =>
        heard !== 'ok' || (row?.notBefore?.getTime() ?? 0) > now || (await this.#isAttempted()),
      'our-fault': () => heard === 'our fault' || heard === 'unbelievable',
      refused: () => now - (row?.forcedAt?.getTime() ?? 0) < 60 * second,
      spill: () => diskIsFull,
      database: () => process.databaseIsAway || troubled,
    };
    assert.ok(await isTrue[reason](), `${reason} is told for a reason`);
  }

  async #isAttempted(): Promise<boolean> {
    const { rows } = await this.#db.asOwner(
      `select 1 from refresh_attempt s where connection_id = $1 and from_version = $2 and event = 'started' and at > $3
         and not exists (select from refresh_attempt e where e.attempt_id = s.attempt_id and e.event = 'ended')`,
      [this.place.connection, this.#row?.version, new Date(this.place.now - horizonMs - 3 * second)],
    );
    return rows.length > 0;
  }

  // What callers do

  async #use(actor: Actor, how: 'alone' | 'among others' = 'alone'): Promise<void> {
    const { tokens } = actor.process;
    const { practice, connection, server } = this.place;
    let access = await this.#given(actor, tokens.access(practice, connection), how);
    for (let times = 0; times < 4; times++) {
      if (server.takes(access.token)) return;
      const family = server.familyOf(access.token);
      assert.ok(family?.ended || how === 'among others', 'no token is handed out after its end');
      const { version } = access;
      access = await this.#given(actor, tokens.rejected(practice, connection, version), how);
      assert.ok(access.version > version, 'a token that was refused is not handed out again');
    }
    assert.ok(
      how === 'among others' || server.takes(access.token),
      'tokens that nobody takes come to an end',
    );
  }

  #rejected({ process, version }: Actor): Promise<Access> {
    return process.tokens.rejected(this.place.practice, this.place.connection, version);
  }

  async #given(
    actor: Actor,
    asked: Promise<Access>,
    how: 'alone' | 'among others' = 'alone',
  ): Promise<Access> {
    const row = this.#row;
    const access = await asked;
    actor.version = access.version;
    const family = this.place.server.familyOf(access.token);
    assert.ok(family, 'every token is one of the server’s');
    const isCurrent = row?.state === 'active' && this.#families.get(row.epoch) === family;
    const { at, by } = this.#changed;
    const isRemembered = by !== actor.seat && this.place.now - at <= memoryMs;
    assert.ok(
      isCurrent || isRemembered || how === 'among others',
      'what is over is forgotten within a minute',
    );
    return access;
  }

  async #consent(actor: Actor): Promise<void> {
    const grant = this.place.server.consent();
    this.#consented = this.place.server.familyOf(grant.accessToken);
    this.#changer = actor.seat;
    const { practice, connection } = this.place;
    const { database, tokens } = actor.process;
    await database.withPractice(practice, (tx) => tokens.store(tx, practice, connection, grant));
  }

  async #disconnect(actor: Actor): Promise<void> {
    this.#changer = actor.seat;
    const { practice, connection } = this.place;
    const { database, tokens } = actor.process;
    const loose = await database.withPractice(practice, (tx) => tokens.end(tx, practice, connection));
    this.place.server.revoke(loose?.refreshToken);
    await assert.rejects(tokens.access(practice, connection), { reason: 'no-grant' });
  }

  async #act(act: Act): Promise<void> {
    if (act.is === 'passes') return this.pass(act.ms);
    const actor = this.#actor(act.seat);
    if (actor.process.isDead) return;
    if (act.is === 'loses the database') return this.loseDatabase(act.seat);
    if (act.is === 'dies') return this.#kill(actor);
    const { tokens } = actor.process;
    await this.#outcome(actor, async () => {
      if (act.is === 'uses') await this.#use(actor, 'among others');
      if (act.is === 'sweeps') await tokens.sweep();
      if (act.is === 'replays') await tokens.replaySpill();
      if (act.is === 'consents') await this.#consent(actor);
    });
  }

  // The processes

  #actor(seat: Seat): Actor {
    const actor = this.#actors.get(seat);
    assert.ok(actor);
    return actor;
  }

  /** Whoever is asked has been started again, if it was gone. */
  #alive(seat: Seat): Actor {
    const actor = this.#actor(seat);
    if (!actor.process.isDead) return actor;
    actor.process = this.#start(actor);
    actor.diskIsFull = false;
    return actor;
  }

  #newActor(seat: Seat, folder: string): Actor {
    const actor: Omit<Actor, 'process'> = {
      seat,
      folder,
      trouble: undefined,
      diskIsFull: false,
      hold: undefined,
      version: 1,
    };
    return Object.assign(actor, { process: this.#start(actor) });
  }

  #kill({ process }: Actor): void {
    process.die();
    this.#ledger.forgotten(process);
  }

  #start(actor: Omit<Actor, 'process'>): TokenProcess {
    const process: TokenProcess = this.#world.start(this.place, {
      folder: actor.folder,
      limits: { patienceMs: 2 * second, ...this.#wrong.limits },
      trace: (point) => {
        const { trouble } = actor;
        if (trouble?.at !== point) return;
        actor.trouble = undefined;
        if (trouble.is === 'dies') {
          process.die();
          this.#ledger.forgotten(process);
        }
        if (trouble.is === 'loses the database') process.databaseIsAway = true;
        if (trouble.is === 'loses the answer of a commit') process.losesCommit = true;
        if (trouble.is === 'cannot write to its disk') actor.diskIsFull = true;
        if (trouble.is === 'is held up') this.pass(horizonMs);
      },
      around: {
        ...(this.#wrong.database && { database: this.#wrong.database }),
        grant: (grant) => {
          const hold = async (): Promise<void> => {
            const { hold } = actor;
            actor.hold = undefined;
            hold?.asked();
            await hold?.go;
          };
          const watched = this.#ledger.watch(grant, process, actor.folder, hold);
          return this.#wrong.grant?.(watched) ?? watched;
        },
        journal: (disk) => {
          const watched = this.#watchedDisk(disk, actor, () => process);
          return this.#wrong.journal?.(watched) ?? watched;
        },
        revoke: ({ refreshToken }) => this.place.server.revoke(refreshToken),
      },
    });
    return process;
  }

  #watchedDisk(disk: SpillJournal, actor: Omit<Actor, 'process'>, self: () => TokenProcess): SpillJournal {
    const check = (): void => {
      if (actor.diskIsFull) throw new SpillUnavailable(Object.assign(new Error('full'), { code: 'ENOSPC' }));
    };
    const ledger = this.#ledger;
    return {
      ...disk,
      async reserve() {
        check();
        const slot = await disk.reserve();
        return {
          ...slot,
          async write(line) {
            check();
            await slot.write(line);
            ledger.kept(self());
          },
        };
      },
      get unwritable() {
        return disk.unwritable;
      },
    };
  }

  /** What the server does with the next request. */
  #prepare(answer: Answer): void {
    const family = this.#row && this.#families.get(this.#row.epoch);
    if (answer === 'person withdrew' && family) family.ended = true;
    const fault = faults[answer];
    if (fault) this.place.server.faults.push(fault);
  }

  /** Whether it did; what comes after is ordinary again. */
  #heard(answer: Answer): Answer {
    const { faults: left, profile } = this.place.server;
    const isHeard = faults[answer] !== undefined && left.length === 0;
    left.length = 0;
    const family = this.#row && this.#families.get(this.#row.epoch);
    const isRefused = answer === 'wider' || (answer === 'unbelievable' && profile === 'strict');
    if (isHeard && isRefused && family) this.#refused.add(family);
    return isHeard ? answer : 'ok';
  }
}

const faults: Readonly<Record<Answer, Fault | undefined>> = {
  ok: undefined,
  'request lost': 'lost-request',
  'answer lost': 'lost-answer',
  busy: 'busy',
  'busy for long': tokenEndpointFailure('temporarily_unavailable', { retryAfterSeconds: 3_600 }),
  'our fault': 'our-fault',
  unbelievable: 'unbelievable',
  'person withdrew': undefined,
  'no refresh token': { omitsRefreshToken: true },
  'no scope': { scope: undefined },
  narrower: { scope: 'user/Slot.rs' },
  wider: { scope: 'user/Appointment.crus user/Slot.rs user/Observation.rs' },
};

/** What happens while somebody waits for an answer. */
export type Act =
  | { readonly is: 'passes'; readonly ms: number }
  | {
      readonly is: 'uses' | 'sweeps' | 'replays' | 'consents' | 'loses the database' | 'dies';
      readonly seat: Seat;
    };
