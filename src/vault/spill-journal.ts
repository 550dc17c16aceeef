import { type FileHandle, open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Mutex } from 'async-mutex';
import {
  idOfFolder,
  isGone,
  isRunningHere,
  nameOf,
  processOf,
  readSpillFolder,
  type SpillProcess,
  type SpillText,
  thisProcess,
} from './spill-folder.ts';

/**
 * Answers of authorization servers on a local disk, from the moment they arrive until the database has them: a rotated
 * refresh token exists nowhere else then. Processes of one machine share a folder; each writes a file of its own (mode
 * 0600), a sealed line an entry, flushed before the database is told.
 *
 * Room for an entry is taken, and flushed, before the request leaves: a device that is full or read only is noticed
 * while nothing is spent yet.
 */
export interface SpillJournal {
  /** @throws SpillUnavailable when an answer could not be kept safe now */
  reserve(): Promise<SpillSlot>;
  /** Every file of the folder, whoever wrote it, without the entries whose refresh is under way here. */
  read(): Promise<readonly SpillFile[]>;
  /**
   * An entry needs no replay any more. With its last one goes the file of a process that is gone, and of one elsewhere
   * that has been silent for a day.
   */
  settle(file: SpillFile, line: SpillFile['lines'][number]): Promise<void>;
  isMine(holder: string): boolean;
  /** True only of a process that used this folder on this machine and certainly runs no more. */
  isGone(holder: string): Promise<boolean>;
  /** True while the last reservation failed. */
  readonly unwritable: boolean;
  close(): Promise<void>;
}

/** Room for one entry, from before the request until the database has its result. */
export interface SpillSlot {
  /** Names this process for others: part of the attempt's record. */
  readonly holder: string;
  /** Resolves when the line is on the disk. */
  write(line: string): Promise<void>;
  /** The database has it, or there was nothing to keep. */
  drop(): Promise<void>;
  /** Nobody knows whether the database has it: from now on it is replayed. */
  leave(): void;
}

export interface SpillFile extends SpillText {
  /**
   * Who wrote it: this process, another one of this machine that runs or is gone, or one elsewhere that has been silent
   * for a minute (a container that was made anew has another name). Those that run see to their own entries.
   */
  readonly of: 'this' | 'running' | 'gone' | 'away';
}

/** Nothing may be refreshed: its answer could not be kept safe. */
export class SpillUnavailable extends Error {
  override readonly name = 'SpillUnavailable';
  /** Of the system, e.g. `ENOSPC`. */
  readonly code: string;
  constructor(cause: unknown) {
    super('An answer could not be kept safe on this machine.', { cause });
    this.code =
      cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : 'unknown';
  }
}

/** Bytes of a slot. Sealed tokens of usual size fit; a longer line goes to the end of the file. */
const slotSize = 16_384;
/** A journal elsewhere that nobody writes to for so long has nobody who replays it, who would do so every few seconds. */
const silenceMs = 60_000;
/** After so long nobody comes back to it: with nothing left to replay it goes, like that of a process that is gone. */
const abandonedMs = 24 * 3_600_000;

interface Slot {
  readonly at: number;
  /** `free` room stays blank, `used` by a refresh under way, `left` for the replay. */
  state: 'free' | 'used' | 'left';
  overflow?: { readonly at: number; readonly size: number };
}

/** The machine as a journal knows it. Only tests give another one. */
export interface SpillWorld {
  readonly openFile: typeof open;
  readonly self: SpillProcess;
  readonly isRunning: (pid: number) => boolean;
}

export function createSpillJournal(folder: string, world: Partial<SpillWorld> = {}): SpillJournal {
  const { openFile = open, self = thisProcess(), isRunning = isRunningHere } = world;
  const ownName = nameOf(self);
  const ownPath = join(folder, ownName);
  /** One after another: a file that is emptied must not take a new entry with it. */
  const disk = new Mutex();
  const settled = new Set<string>();
  let folderId: string | undefined;
  let own: FileHandle | undefined;
  let slots: Slot[] = [];
  let size = 0;
  let unwritable = false;

  const nothingOpen = (): boolean => slots.every(({ state }) => state === 'free');

  async function knownFolder(): Promise<string> {
    folderId ??= await idOfFolder(folder);
    return folderId;
  }

  /** Our file; made anew where somebody took it away while nothing stood in it. */
  async function ownFile(): Promise<FileHandle> {
    if (own !== undefined && nothingOpen() && (await stat(ownPath).catch(() => undefined)) === undefined) {
      await own.close().catch(() => {});
      own = undefined;
    }
    if (own !== undefined) return own;
    await knownFolder();
    const opened = await openFile(ownPath, 'wx+', 0o600);
    // A new file's name is safe only when its folder is.
    const directory = await openFile(folder, 'r');
    await directory.sync().finally(() => directory.close());
    own = opened;
    return opened;
  }

  function newSlot(): Slot {
    const slot: Slot = { at: size, state: 'free' };
    slots.push(slot);
    size += slotSize;
    return slot;
  }

  async function reserve(): Promise<SpillSlot> {
    return disk.runExclusive(async () => {
      try {
        const handle = await ownFile();
        const slot = slots.find(({ state }) => state === 'free') ?? newSlot();
        await writeWhole(handle, blank(slotSize), slot.at);
        await handle.datasync();
        slot.state = 'used';
        unwritable = false;
        return slotOf(handle, slot);
      } catch (cause) {
        unwritable = true;
        throw new SpillUnavailable(cause);
      }
    });
  }

  function slotOf(handle: FileHandle, slot: Slot): SpillSlot {
    let isOurs = true;
    return {
      holder: [folderId, self.host, self.pid, self.instance].join(':'),
      write: (line) =>
        disk.runExclusive(async () => {
          const bytes = Buffer.from(`${line}\n`);
          if (bytes.length <= slotSize) {
            const whole = blank(slotSize);
            bytes.copy(whole);
            await writeWhole(handle, whole, slot.at);
          } else {
            slot.overflow = { at: size, size: bytes.length };
            size += bytes.length;
            await writeWhole(handle, bytes, slot.overflow.at);
          }
          await handle.datasync();
        }),
      drop: () =>
        disk.runExclusive(async () => {
          if (isOurs) await free(handle, slot);
          isOurs = false;
        }),
      leave() {
        if (isOurs) slot.state = 'left';
        isOurs = false;
      },
    };
  }

  /** What is not needed goes; with the last entry, everything. A line that outlives this is replayed without effect. */
  async function free(handle: FileHandle, slot: Slot): Promise<void> {
    slot.state = 'free';
    if (nothingOpen()) {
      slots = [];
      size = 0;
      await handle.truncate(0);
      return;
    }
    await writeWhole(handle, blank(slotSize), slot.at);
    const { overflow } = slot;
    if (overflow !== undefined) await writeWhole(handle, blank(overflow.size), overflow.at);
    delete slot.overflow;
  }

  const slotAt = (at: number): Slot | undefined =>
    slots.find(({ at: start, overflow }) => start === at || overflow?.at === at);

  async function read(): Promise<readonly SpillFile[]> {
    const files: SpillFile[] = [];
    for (const text of await readSpillFolder(folder)) {
      const of = writerOf(text);
      const lines = text.lines.filter((line) =>
        of === 'this' ? slotAt(line.at)?.state === 'left' : !settled.has(`${text.name} ${line.attempt}`),
      );
      // A line of a process that runs may be half written just now.
      const unreadable = of === 'gone' || of === 'away' ? text.unreadable : 0;
      if (isAbandoned({ of, changedAt: text.changedAt }) && lines.length + unreadable === 0)
        await rm(join(folder, text.name), { force: true });
      else files.push({ ...text, of, lines, unreadable });
    }
    return files;
  }

  function writerOf({ name, changedAt }: SpillText): SpillFile['of'] {
    if (name === ownName) return 'this';
    const writer = processOf(name);
    if (writer === undefined) return 'running';
    if (isGone(writer, self, isRunning)) return 'gone';
    return writer.host !== self.host && Date.now() - changedAt > silenceMs ? 'away' : 'running';
  }

  const isAbandoned = ({ of, changedAt }: Pick<SpillFile, 'of' | 'changedAt'>): boolean =>
    of === 'gone' || (of === 'away' && Date.now() - changedAt > abandonedMs);

  async function settle(file: SpillFile, line: SpillFile['lines'][number]): Promise<void> {
    if (file.of === 'this') {
      await disk.runExclusive(async () => {
        const slot = slotAt(line.at);
        if (slot?.state === 'left' && own !== undefined) await free(own, slot);
      });
      return;
    }
    settled.add(`${file.name} ${line.attempt}`);
    const isOver = file.lines.every(({ attempt }) => settled.has(`${file.name} ${attempt}`));
    if (isAbandoned(file) && file.unreadable === 0 && isOver)
      await rm(join(folder, file.name), { force: true });
  }

  return {
    reserve,
    read,
    settle,
    isMine: (holder) => holder.endsWith(`:${self.instance}`),
    async isGone(holder) {
      const [theirFolder, host = '', pid, instance = ''] = holder.split(':');
      const ours = await knownFolder().catch(() => undefined);
      const writer = { host, pid: Number(pid), instance };
      return ours !== undefined && theirFolder === ours && isGone(writer, self, isRunning);
    },
    get unwritable() {
      return unwritable;
    },
    close: () =>
      disk.runExclusive(async () => {
        await own?.close();
        if (own !== undefined && nothingOpen()) await rm(ownPath, { force: true });
        own = undefined;
      }),
  };
}

/** Spaces and a line end: room that says nothing. */
function blank(bytes: number): Buffer {
  const room = Buffer.alloc(bytes, ' ');
  room[bytes - 1] = 0x0a;
  return room;
}

async function writeWhole(handle: FileHandle, bytes: Buffer, at: number): Promise<void> {
  const { bytesWritten } = await handle.write(bytes, 0, bytes.length, at);
  if (bytesWritten !== bytes.length) throw new Error('The device took a part of the line only.');
}
