import assert from 'node:assert/strict';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, open, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import {
  createSpillJournal,
  type SpillJournal,
  type SpillSlot,
  type SpillWorld,
} from '#vault/spill-journal.ts';
import { lineOf, parseLine, type SpillLine } from '#vault/spill-line.ts';

const root = await mkdtemp(join(tmpdir(), 'postern-journal-'));
after(() => rm(root, { recursive: true, force: true }));

let pids = 20_000_000;
/** A process of this machine on one folder. */
function start(folder: string, running: Set<number>, world: Partial<SpillWorld> = {}) {
  const pid = pids++;
  running.add(pid);
  const self = { host: 'here', pid, instance: randomUUID() };
  const journal = createSpillJournal(folder, { self, isRunning: (each) => running.has(each), ...world });
  return { journal, die: () => void running.delete(pid), file: `here_${pid}_${self.instance}.spill` };
}

function newLine(bytes = 100): SpillLine {
  return {
    practice: randomUUID(),
    connection: randomUUID(),
    version: 7,
    attempt: randomUUID(),
    sealed: randomBytes(bytes),
  };
}
const attemptsIn = async (journal: SpillJournal): Promise<string[]> =>
  (await journal.read()).flatMap(({ of, lines }) =>
    of === 'running' ? [] : lines.map((line) => line.attempt),
  );

async function keep(journal: SpillJournal, line: SpillLine): Promise<SpillSlot> {
  const slot = await journal.reserve();
  await slot.write(lineOf(line));
  return slot;
}

test('the file is for its owner only, made before anything is asked, and gone when nothing stands in it', async () => {
  const folder = join(root, 'modes', 'below');
  const running = new Set<number>();
  const { journal, file } = start(folder, running);
  const slot = await journal.reserve();
  assert.equal((await stat(join(folder, file))).mode & 0o777, 0o600);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  assert.ok((await stat(join(folder, file))).size >= 16_384, 'room is taken beforehand');
  await slot.drop();
  assert.equal((await stat(join(folder, file))).size, 0);
  await journal.close();
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.endsWith('.spill')),
    [],
  );
});

test('an entry is read by the next process when its own is gone, and by nobody while that lives', async () => {
  const folder = join(root, 'next');
  const running = new Set<number>();
  const [one, other] = [start(folder, running), start(folder, running)];
  const line = newLine();
  await keep(one.journal, line);
  assert.deepEqual(await attemptsIn(one.journal), [], 'its own refresh is under way');
  assert.deepEqual(await attemptsIn(other.journal), []);
  one.die();
  const [file] = (await other.journal.read()).filter(({ of }) => of === 'gone');
  assert.deepEqual(
    file?.lines.map(({ at: _, ...rest }) => rest),
    [line],
  );
  assert.ok(file?.lines[0]);
  await other.journal.settle(file, file.lines[0]);
  assert.deepEqual(await attemptsIn(other.journal), []);
  await assert.rejects(stat(join(folder, one.file)), { code: 'ENOENT' });
});

test('a process reads again what it left, and not what it dropped', async () => {
  const { journal } = start(join(root, 'left'), new Set());
  const [dropped, left] = [newLine(), newLine()];
  const [one, other] = [await keep(journal, dropped), await keep(journal, left)];
  await one.drop();
  other.leave();
  assert.deepEqual(await attemptsIn(journal), [left.attempt]);
  const [file] = await journal.read();
  assert.ok(file?.lines[0]);
  await journal.settle(file, file.lines[0]);
  assert.deepEqual(await attemptsIn(journal), []);
  await one.drop(); // again, which drops nothing of anybody else
  const third = newLine();
  (await keep(journal, third)).leave();
  await one.drop();
  await other.drop();
  assert.deepEqual(await attemptsIn(journal), [third.attempt]);
});

test('whatever is reserved, written, dropped and left: the next process finds what was left or under way, whole', async () => {
  const sizes = fc.constantFrom(0, 50, 11_000, 12_300, 40_000);
  const step = fc.record({ what: fc.constantFrom('keep', 'keep', 'drop', 'leave', 'settle'), size: sizes });
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
      const folder = join(root, `model-${runs++}`);
      const running = new Set<number>();
      const one = start(folder, running);
      const open: { line: SpillLine; slot: SpillSlot }[] = [];
      const left: SpillLine[] = [];
      for (const { what, size } of steps) {
        if (what === 'keep') {
          const line = newLine(size);
          open.push({ line, slot: await keep(one.journal, line) });
        }
        const at = size % Math.max(1, open.length);
        const [taken] = what === 'drop' || what === 'leave' ? open.splice(at, 1) : [];
        if (what === 'drop') await taken?.slot.drop();
        if (what === 'leave' && taken) {
          taken.slot.leave();
          left.push(taken.line);
        }
        if (what === 'settle') {
          const [file] = await one.journal.read();
          const line = file?.lines[0];
          if (file && line) {
            await one.journal.settle(file, line);
            left.splice(
              left.findIndex(({ attempt }) => attempt === line.attempt),
              1,
            );
          }
        }
      }
      one.die();
      const found = (await start(folder, running).journal.read()).flatMap((file) => file.lines);
      const wanted = [...left, ...open.map(({ line }) => line)];
      assert.deepEqual(found.map(({ at: _, ...line }) => line).sort(byAttempt), wanted.sort(byAttempt));
      await one.journal.close();
    }),
    { numRuns: 60 },
  );
});

function byAttempt(a: SpillLine, b: SpillLine): number {
  return a.attempt < b.attempt ? -1 : 1;
}

test('a line cut off by a crash is told and its file kept, and the whole lines beside it are read', async () => {
  const folder = join(root, 'torn');
  const running = new Set<number>();
  const one = start(folder, running);
  const [whole, torn] = [newLine(), newLine()];
  await keep(one.journal, whole);
  await keep(one.journal, torn);
  one.die();
  const path = join(folder, one.file);
  const text = await readFile(path, 'latin1');
  await writeFile(path, text.replace(lineOf(torn), lineOf(torn).slice(0, 90).padEnd(lineOf(torn).length)));
  const other = start(folder, running);
  const [file] = await other.journal.read();
  assert.deepEqual([file?.unreadable, file?.lines.length, file?.lines[0]?.attempt], [1, 1, whole.attempt]);
  assert.ok(file?.lines[0]);
  await other.journal.settle(file, file.lines[0]);
  assert.ok((await stat(path)).size > 0, 'it stays for a person to look at');
  assert.deepEqual(await attemptsIn(other.journal), []);
  await one.journal.close();
});

const notOurs: readonly (readonly [string, string])[] = [
  ['no JSON', '{"spill":1'],
  ['another format', lineOf(newLine()).replace('"spill":1', '"spill":2')],
  ['no practice', lineOf(newLine()).replace(/"practice":"[^"]+"/, '"practice":"x"')],
  ['a field more', lineOf(newLine()).replace('{', '{"more":1,')],
  ['no base64', lineOf(newLine()).replace(/"sealed":"[^"]+"/, '"sealed":"%%"')],
];
for (const [name, line] of notOurs) {
  test(`a line with ${name} is not an entry`, () => assert.equal(parseLine(line), undefined));
}
test('a line is read as it was written', () => {
  const line = newLine();
  assert.deepEqual(parseLine(lineOf(line)), line);
});

for (const code of ['ENOSPC', 'EROFS', 'EIO'] as const) {
  test(`a device that answers ${code} refuses the reservation, and the next one after it is well again`, async () => {
    const disk = { broken: true };
    const openFile: typeof open = async (...given) => {
      if (disk.broken && code === 'EROFS') throw Object.assign(new Error(code), { code });
      const handle = await open(...given);
      const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<never>; // one of its overloads
      handle.write = ((...args: unknown[]) =>
        disk.broken ? Promise.reject(Object.assign(new Error(code), { code })) : write(...args)) as never;
      return handle;
    };
    const { journal } = start(join(root, code), new Set(), { openFile });
    await assert.rejects(journal.reserve(), { name: 'SpillUnavailable', code });
    assert.equal(journal.unwritable, true);
    disk.broken = false;
    await (await journal.reserve()).drop();
    assert.equal(journal.unwritable, false);
    await journal.close();
  });
}

test('a file that somebody took away while nothing stood in it is made anew', async () => {
  const folder = join(root, 'taken');
  const running = new Set<number>();
  const one = start(folder, running);
  await (await one.journal.reserve()).drop();
  await rm(join(folder, one.file));
  const line = newLine();
  await keep(one.journal, line);
  one.die();
  assert.deepEqual(await attemptsIn(start(folder, running).journal), [line.attempt]);
  await one.journal.close();
});

test('processes know each other by folder, machine, number and name', async () => {
  const folder = join(root, 'known');
  const running = new Set<number>();
  const [one, other] = [start(folder, running), start(folder, running)];
  const { holder } = await one.journal.reserve();
  assert.equal(one.journal.isMine(holder), true);
  assert.equal(other.journal.isMine(holder), false);
  assert.equal(await other.journal.isGone(holder), false, 'it runs');
  one.die();
  assert.equal(await other.journal.isGone(holder), true);
  const elsewhere = start(join(root, 'another'), running);
  assert.equal(await elsewhere.journal.isGone(holder), false, 'another folder: its journal cannot be seen');
  const away = start(folder, running, { self: { host: 'there', pid: 1, instance: randomUUID() } });
  assert.equal(await away.journal.isGone(holder), false, 'another machine: its processes cannot be seen');
  // A container that is started again has its old number.
  const [, , pid] = holder.split(':');
  running.add(Number(pid));
  const again = start(folder, running, { self: { host: 'here', pid: Number(pid), instance: randomUUID() } });
  assert.equal(await again.journal.isGone(holder), true);
  await one.journal.close();
});

test('entries of a machine that has another name now are read once it has been silent for a minute', async () => {
  const folder = join(root, 'renamed');
  const running = new Set<number>();
  const one = start(folder, running, { self: { host: 'old-name', pid: 7, instance: randomUUID() } });
  const line = newLine();
  await keep(one.journal, line);
  const other = start(folder, running);
  assert.deepEqual(await attemptsIn(other.journal), []);
  const [file] = await other.journal.read();
  const before = new Date(Date.now() - 61_000);
  await utimes(join(folder, file?.name ?? ''), before, before);
  assert.deepEqual(await attemptsIn(other.journal), [line.attempt]);
  await one.journal.close();
});

for (const what of ['entries that need no replay any more', 'room alone'] as const) {
  test(`a file with ${what} of a machine that is gone by its name stays for a day of silence, and then goes`, async () => {
    const folder = join(root, what);
    const one = start(folder, new Set(), { self: { host: 'old-name', pid: 7, instance: randomUUID() } });
    const slot = await one.journal.reserve();
    if (what !== 'room alone') await slot.write(lineOf(newLine()));
    const [name = ''] = (await readdir(folder)).filter((each) => each.endsWith('.spill'));
    const isThere = async () => (await readdir(folder)).includes(name);
    for (const [hours, remains] of [
      [23.9, true],
      [24.1, false],
    ] as const) {
      const before = new Date(Date.now() - hours * 3_600_000);
      await utimes(join(folder, name), before, before);
      // Of a start of the gateway each: what others have settled is not remembered.
      const { journal } = start(folder, new Set());
      const [file] = await journal.read();
      assert.equal(file?.of, what === 'room alone' && !remains ? undefined : 'away');
      for (const line of file?.lines ?? []) await journal.settle(file ?? assert.fail(), line);
      await journal.read();
      assert.equal(await isThere(), remains, `after ${hours} hours`);
    }
    await one.journal.close();
  });
}

test('a file of a machine that is gone by its name stays while an entry of it waits or nobody can read it', async () => {
  const folder = join(root, 'renamed-waiting');
  const one = start(folder, new Set(), { self: { host: 'old-name', pid: 7, instance: randomUUID() } });
  await keep(one.journal, newLine());
  await keep(one.journal, newLine());
  const [name = ''] = (await readdir(folder)).filter((each) => each.endsWith('.spill'));
  const path = join(folder, name);
  const old = async () => utimes(path, new Date(0), new Date(0));
  await old();
  const other = start(folder, new Set());
  const [file] = await other.journal.read();
  const [settled, waiting] = file?.lines ?? [];
  assert.ok(file && settled && waiting);
  await other.journal.settle(file, settled);
  assert.deepEqual(await attemptsIn(other.journal), [waiting.attempt]);
  await writeFile(path, (await readFile(path, 'latin1')).replace('"spill":1', '"spill":2'));
  await old();
  const [spoilt] = await other.journal.read();
  assert.ok(spoilt?.lines[0]);
  await other.journal.settle(spoilt, spoilt.lines[0]);
  assert.equal((await other.journal.read())[0]?.unreadable, 1);
  await one.journal.close();
});
