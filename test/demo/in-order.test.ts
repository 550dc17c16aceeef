import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { voicesInOrder } from '../../src/demo/in-order.ts';

describe('voices in order', () => {
  test('are heard one after another, each at once when it is its turn', () => {
    const heard: string[] = [];
    const [first, second, third] = voicesInOrder(3, (line) => heard.push(line));
    assert.ok(first && second && third);
    third.say('3a');
    first.say('1a');
    second.say('2a');
    third.end();
    assert.deepEqual(heard, ['1a']);
    first.end();
    assert.deepEqual(heard, ['1a', '2a']);
    second.say('2b');
    assert.deepEqual(heard, ['1a', '2a', '2b']);
    second.end();
    assert.deepEqual(heard, ['1a', '2a', '2b', '3a']);
  });
});
