import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { after, test } from 'node:test';

/** The few files of plain JavaScript, which an old Node has to be able to read. */
const root = resolve(import.meta.dirname, '../..');
const load = (file: string) => import(new URL(`../../${file}`, import.meta.url).href);

test('an old Node is told which one is needed and how to get it', async () => {
  const { nodeComplaint } = await load('src/node-version.js');
  assert.match(
    nodeComplaint('20.20.2'),
    /needs Node 24\.2 .* this is Node 20\.20\.2.*npm ci.*--ignore-scripts/s,
  );
  assert.match(nodeComplaint('24.1.0'), /this is Node 24\.1\.0/);
  assert.equal(nodeComplaint('24.2.0'), undefined);
  assert.equal(nodeComplaint('26.1.0'), undefined);
});

test('an entrance that does not exist is named beside those that do', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'src/start.js'), 'portcullis'], {
    encoding: 'utf8',
  });
  assert.equal(status, 2);
  assert.equal(stderr, 'There is no entrance "portcullis". Known: start, gateway, demo, postern.\n');
});

test('a gateway whose settings are wrong says so without a stack and ends', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'src/start.js'), 'gateway'], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH, PORT: 'harbour', OPERATOR_HOST: '0.0.0.0' },
  });
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^Postern cannot start with these settings:\n {2}PORT has to be a port.*\n {2}OPERATOR_HOST/,
  );
  assert.ok(!stderr.includes('    at '));
});

function folderWith(names: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'postern-tests-'));
  after(() => rmSync(folder, { recursive: true }));
  for (const name of names) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), '');
  }
  return folder;
}
const many = Array.from({ length: 60 }, (_, index) => `test/a/${index}.test.ts`);

test('the runner finds every test file, and those whose path holds a word', async () => {
  const { findTests } = await load('test/support/find-tests.js');
  const folder = folderWith([...many, 'adapters/vendor/test/map/slot.test.ts', 'test/support/helper.ts']);
  assert.equal(findTests([], folder).length, 61);
  assert.deepEqual(findTests(['slot', 'nowhere'], folder), ['adapters/vendor/test/map/slot.test.ts']);
});

test('the runner refuses to find too little, nothing, or tests where nobody runs them', async () => {
  const { findTests } = await load('test/support/find-tests.js');
  assert.throws(() => findTests([], folderWith([])), /Only 0 test files/);
  assert.throws(() => findTests(['nowhere'], folderWith(many)), /No test file has nowhere/);
  for (const astray of [
    'src/domain/slot.test.ts',
    'test/a/slot.spec.ts',
    'test/a/slot.test.js',
    'adapters/vendor/slot.test.ts',
  ])
    assert.throws(
      () => findTests([], folderWith([...many, astray])),
      new RegExp(`nobody would run: ${astray}`),
    );
});
