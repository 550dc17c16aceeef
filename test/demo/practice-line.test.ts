import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { test } from 'node:test';
import { demoOffices } from '../../src/demo/offices.ts';
import { practiceLine } from '../../src/demo/practice-line.ts';

const readme = readFileSync(resolve(import.meta.dirname, '../../README.md'), 'utf8');

test('the README shows lines of practices as a start prints them', () => {
  const shown = readme.split('\n').filter((line) => line.startsWith('  Practice    '));
  assert.ok(shown.length > 0);
  for (const line of shown) {
    const office = demoOffices.find(({ name }) => line.includes(` ${name} `)) ?? assert.fail(line);
    const url = /http:\/\/[\d.:]+/.exec(line)?.[0] ?? assert.fail(line);
    assert.equal(line, practiceLine({ ...office, simulator: { url } }));
  }
});

test('the README names the EMR of each practice', () => {
  for (const { emrTitle } of demoOffices) assert.ok(readme.includes(emrTitle), emrTitle);
});
