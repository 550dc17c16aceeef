import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { terminal } from '../../src/cli/terminal.ts';

/** As much of a process as a terminal uses, with what it prints. */
function started(isTTY: boolean) {
  const stdin = Object.assign(new PassThrough(), { isTTY, setRawMode: () => stdin });
  const printed: string[] = [];
  const sink = { write: (text: string) => printed.push(text) };
  // The three streams are all that terminal() touches.
  const io = terminal({ stdin, stdout: sink, stderr: sink } as unknown as NodeJS.Process);
  return { io, stdin, printed };
}

test('secrets that are piped in are taken line by line', async () => {
  const { io, stdin, printed } = started(false);
  stdin.end('first-key\r\n  second-key  \n');
  assert.equal(await io.readSecret('Customer key'), 'first-key');
  assert.equal(await io.readSecret('Another key'), 'second-key');
  assert.equal(await io.readSecret('A third'), '');
  assert.deepEqual(printed, []);
});

test('what could not be a key is not read to its end', async () => {
  const { io, stdin } = started(false);
  stdin.end('k'.repeat(70_000));
  await assert.rejects(io.readSecret('Customer key'), /longer than any key/);
});

test('a secret that is typed is not shown', async () => {
  const { io, stdin, printed } = started(true);
  const answer = io.readSecret('Customer key');
  for (const key of 'typed-kez') stdin.write(key);
  stdin.write('\u007f'); // rubbed out
  stdin.write('y\r');
  assert.equal(await answer, 'typed-key');
  assert.deepEqual(printed, ['Customer key: ', '\n']);
});
