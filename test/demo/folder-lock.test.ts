import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { lockFolder } from '../../src/demo/folder-lock.ts';

const folder = await mkdtemp(join(tmpdir(), 'postern-lock-'));
after(() => rm(folder, { recursive: true, force: true }));

describe('the lock of a state folder', () => {
  test('keeps a second start out until the first one gives it free', async () => {
    const unlock = await lockFolder(folder);
    await assert.rejects(lockFolder(folder), /Postern already runs in .*Stop it with Ctrl-C/);
    await unlock();
    await (await lockFolder(folder))();
  });

  test('that a killed start left behind keeps nobody out', async () => {
    const lock = new URL('../../src/demo/folder-lock.ts', import.meta.url).href;
    const script = `import { lockFolder } from '${lock}';
      await lockFolder(process.argv[1]); console.log('locked'); setInterval(() => {}, 1000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(holder.stdout, 'data');
    await assert.rejects(lockFolder(folder), /already runs/);
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    await (await lockFolder(folder))();
  });
});
