import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { endProcess, launch } from '../../src/demo/child.ts';

const folder = await mkdtemp(join(tmpdir(), 'postern-compile-cache-'));
const errors = openSync(join(folder, 'errors'), 'a');
after(async () => {
  closeSync(errors);
  await rm(folder, { recursive: true, force: true });
});
const program = join(folder, 'program.mjs');
await writeFile(
  program,
  `import { getCompileCacheDir } from 'node:module';
   process.on('disconnect', () => process.exit(0));
   process.send({ ready: true, url: 'file://' + (getCompileCacheDir() ?? '') });`,
);

/** Where a process keeps what it has compiled; empty: nowhere. */
async function cacheOf(compileCache: string | undefined): Promise<string> {
  const started = await launch({
    name: 'The program',
    file: program,
    env: {},
    output: 'ignore',
    errors,
    signal: new AbortController().signal,
    ...(compileCache !== undefined && { compileCache }),
  });
  await endProcess(started.process, 1_000);
  return started.url.slice('file://'.length);
}

test('a process keeps what it compiles where it is told, and nowhere without', async () => {
  assert.ok((await cacheOf(join(folder, 'cache'))).startsWith(join(folder, 'cache')));
  assert.equal(await cacheOf(undefined), '');
});

test('the start itself keeps it beside the packages', () => {
  const script = `import { keepCompiled } from '${new URL('../../src/demo/compile-cache.ts', import.meta.url)}';
    const folder = keepCompiled();
    console.log(folder.endsWith('/node_modules/.cache/postern'));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  assert.match(stdout, /^true\n$/);
});
