import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type DemoFile, demoFilePath, readDemoFile, writeDemoFile } from '../../src/demo/demo-file.ts';

const folder = await mkdtemp(join(tmpdir(), 'postern-demo-file-'));
after(() => rm(folder, { recursive: true, force: true }));

const demo: DemoFile = {
  url: 'http://127.0.0.1:8080',
  practices: [
    {
      id: '01a2000c-3d97-7034-817e-1ae24e429fd0',
      name: 'Example Dental',
      emr: 'open-dental',
      timeZone: 'America/Denver',
      agent: {
        client_id: 'agent-1',
        client_secret: 'example',
        token_endpoint: 'http://127.0.0.1:8080/oauth/token',
        scope: 'system/Slot.rs',
      },
      simulator: { url: 'http://127.0.0.1:8191' },
    },
  ],
};

describe('demo.json', () => {
  test('is read back as it was written, by its owner alone, and leaves no draft', async () => {
    await writeDemoFile(folder, demo);
    await writeDemoFile(folder, demo);
    assert.deepEqual(await readDemoFile(folder), demo);
    assert.deepEqual(JSON.parse(await readFile(demoFilePath(folder), 'utf8')), demo);
    assert.equal((await stat(demoFilePath(folder))).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(folder), ['demo.json']);
  });

  test('that is missing, torn or of another shape counts as none', async () => {
    assert.equal(await readDemoFile(join(folder, 'nowhere')), undefined);
    for (const text of ['{"url":', '{}', JSON.stringify({ ...demo, more: true })]) {
      await writeFile(demoFilePath(folder), text);
      assert.equal(await readDemoFile(folder), undefined);
    }
  });
});
