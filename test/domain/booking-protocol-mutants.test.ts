import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mutants } from './simulation/mutants.ts';
import { harsh } from './simulation/profile.ts';
import { simulate } from './simulation/run.ts';

const options = { bookings: 20_000, seed: 1, profile: harsh, stopAtFirst: true, aWorld: 150 };

test('there are thirty mutants, each with a name of its own', () => {
  assert.equal(new Set(mutants.map((mutant) => mutant.name)).size, 30);
});

for (const { name, wrong, trial } of mutants)
  test(`the simulation finds out: ${name} (${wrong})`, async () => {
    const report = await simulate(options, trial);
    assert.ok(report.violations.length > 0, `survived ${report.bookings} bookings`);
  });

test('the real protocol passes the very worlds in which the mutants are found out', async () => {
  const report = await simulate({ ...options, stopAtFirst: false, bookings: 4_000 });
  assert.deepEqual(report.violations, []);
});
