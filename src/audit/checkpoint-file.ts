import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import type { Signer } from '#vault/signer.ts';

/**
 * The notes about a practice's chain that are kept outside the database: `<practice>.jsonl`, a line a checkpoint,
 *
 *     <key version> <Ed25519 signature of the rest, base64> <JSON>
 *
 * Each is appended by one write and flushed, so several processes may write. A line says the full hash at its end and
 * eight bytes of the hash of every event it covers, so that a chain whose hashes were all computed anew is still told
 * apart event by event. Whoever can write both the database and these files can rewind both: keep them on storage that
 * the database's owner cannot change.
 */
export interface CheckpointFiles {
  append(checkpoint: Checkpoint): Promise<void>;
  /** The newest one; undefined when there is none. @throws CheckpointError when the last line is not ours */
  newest(practiceId: string): Promise<Checkpoint | undefined>;
  /** All, oldest first, one at a time. @throws CheckpointError at the first line that is not ours */
  read(practiceId: string): AsyncIterable<Checkpoint>;
  /** Practices that have a file. */
  practices(): Promise<readonly string[]>;
}

const checkpointSchema = z.strictObject({
  practice: z.string(),
  /** Covers the events with from < seq ≤ seq. */
  from: z.int().nonnegative(),
  seq: z.int().positive(),
  /** Hash of event `seq`, hex. */
  hash: z.string().length(64),
  /** First 16 hex digits of every covered event's hash, in order. */
  events: z.string(),
  /** Instant of writing. */
  at: z.string(),
  /** SHA-256 of half a line before this one, which a crash left. */
  discards: z.string().optional(),
});
export type Checkpoint = z.infer<typeof checkpointSchema>;

/** A line that was edited, or is missing before this one. */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
}

export function createCheckpointFiles(directory: string, signer: Signer): CheckpointFiles {
  const fileOf = (practiceId: string): string => join(directory, `${practiceId}.jsonl`);

  async function append(checkpoint: Checkpoint): Promise<void> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const { fragment } = await tailOf(fileOf(checkpoint.practice));
    const body = JSON.stringify({
      ...checkpoint,
      ...(fragment === '' ? {} : { discards: digest(fragment) }),
    });
    const { key, signature } = signer.sign(Buffer.from(body));
    const line = Buffer.from(
      `${fragment === '' ? '' : '\n'}${key} ${signature.toString('base64')} ${body}\n`,
    );
    const file = await open(fileOf(checkpoint.practice), 'a', 0o600);
    try {
      const { bytesWritten } = await file.write(line);
      if (bytesWritten !== line.length) throw new Error('The checkpoint was not written whole.');
      await file.datasync();
    } finally {
      await file.close();
    }
    if (checkpoint.from === 0) await flushDirectory(directory);
  }

  async function newest(practiceId: string): Promise<Checkpoint | undefined> {
    const { line } = await tailOf(fileOf(practiceId));
    if (line === '') return undefined;
    const checkpoint = parse(line, practiceId, signer);
    if (checkpoint === undefined) throw new CheckpointError('The last line is not ours.');
    return checkpoint;
  }

  async function* read(practiceId: string): AsyncIterable<Checkpoint> {
    let number = 0;
    let covered = 0;
    let torn: { readonly number: number; readonly digest: string } | undefined;
    for await (const line of linesOf(fileOf(practiceId))) {
      number++;
      if (line === '') continue; // two processes ended the same half line
      const checkpoint = parse(line, practiceId, signer);
      if (torn !== undefined && checkpoint?.discards !== torn.digest)
        throw new CheckpointError(`Line ${torn.number} is not ours.`);
      torn = checkpoint === undefined ? { number, digest: digest(line) } : undefined;
      if (checkpoint === undefined) continue;
      if (checkpoint.from > covered) throw new CheckpointError(`Before line ${number} one is missing.`);
      covered = Math.max(covered, checkpoint.seq);
      yield checkpoint;
    }
    if (torn !== undefined) throw new CheckpointError(`Line ${torn.number} is not ours.`);
  }

  async function practices(): Promise<readonly string[]> {
    const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names.filter((name) => /^[0-9a-f-]{36}\.jsonl$/.test(name)).map((name) => name.slice(0, 36));
  }

  return { append, newest, read, practices };
}

function parse(line: string, practiceId: string, signer: Signer): Checkpoint | undefined {
  const [, key, encoded, body] = /^([1-9][0-9]{0,8}) ([A-Za-z0-9+/]+={0,2}) (\{.*\})$/.exec(line) ?? [];
  if (key === undefined || encoded === undefined || body === undefined) return undefined;
  const signature = Buffer.from(encoded, 'base64');
  // Base64 has spare bits: a signature spelled in another way is an edit too.
  if (signature.toString('base64') !== encoded) return undefined;
  if (!isSigned(signer, Number(key), body, signature)) return undefined;
  const checkpoint = checkpointSchema.parse(JSON.parse(body));
  return checkpoint.practice === practiceId ? checkpoint : undefined;
}

/** @throws CheckpointError for a key that left the ring: what it signed can be neither trusted nor called an edit */
function isSigned(signer: Signer, key: number, body: string, signature: Buffer): boolean {
  try {
    return signer.verify(key, Buffer.from(body), signature);
  } catch (cause) {
    throw new CheckpointError(`The key ring has no key of version ${key}.`, { cause });
  }
}

/** The last whole line, and what a crash may have left after it. A line is far shorter than what is read. */
async function tailOf(path: string): Promise<{ line: string; fragment: string }> {
  const file = await openIfExists(path);
  if (file === undefined) return { line: '', fragment: '' };
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, 65_536));
    await file.read(tail, 0, tail.length, size - tail.length);
    const lines = tail.toString('latin1').split('\n');
    return { fragment: lines.at(-1) ?? '', line: lines.at(-2) ?? '' };
  } finally {
    await file.close();
  }
}

async function* linesOf(path: string): AsyncIterable<string> {
  const file = await openIfExists(path);
  if (file === undefined) return;
  await file.close();
  yield* createInterface({ input: createReadStream(path, 'latin1'), crlfDelay: 0 });
}

async function openIfExists(path: string): Promise<Awaited<ReturnType<typeof open>> | undefined> {
  return open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
}

/** A new file's name is safe only when its directory is. */
async function flushDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text, 'latin1').digest('hex');
}
