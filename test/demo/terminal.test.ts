import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createTerminal, seconds } from '../../src/demo/terminal.ts';

function written(isTTY: boolean, environment: Record<string, string>): string {
  let text = '';
  const write = (part: string | Uint8Array): boolean => {
    text += String(part);
    return true;
  };
  const terminal = createTerminal({ write, isTTY }, environment);
  terminal.say(terminal.bold('ready'));
  return text;
}

describe('the terminal', () => {
  test('has colour where a person sees it', () =>
    assert.equal(written(true, {}), '\u001b[1mready\u001b[22m\n'));
  test('has none in a file', () => assert.equal(written(false, {}), 'ready\n'));
  test('has none with NO_COLOR', () => assert.equal(written(true, { NO_COLOR: '1' }), 'ready\n'));
  test('says times as people do', () => {
    assert.deepEqual([40, 1_234, 9_949, 9_950, 61_000].map(seconds), [
      '0.0 s',
      '1.2 s',
      '9.9 s',
      '10 s',
      '61 s',
    ]);
  });
});
