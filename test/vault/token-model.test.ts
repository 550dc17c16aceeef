import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTestDatabase } from '#test/database.ts';
import type { RotationProfile } from '#vault/token-grant.ts';
import { histories } from './token-commands.ts';
import { tokenWorld } from './token-process.ts';
import { TokenStage, type Wrong } from './token-stage.ts';
import { wrongVaults } from './wrong-vaults.ts';

const db = await createTestDatabase();
const world = tokenWorld(db);
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
/** More for a longer run; a found history is played again by SEED and HISTORY, its path. */
const runs = Number(process.env.HISTORIES ?? 15);
const path = process.env.HISTORY;

const profiles = fc.constantFrom<RotationProfile[]>('strict', 'strict', 'grace', 'reused');

const seen = { refreshed: 0, refused: 0, reused: 0 };

function lives(wrong?: Wrong) {
  return fc.asyncProperty(profiles, fc.noBias(histories), async (profile, commands) => {
    const stage = await TokenStage.open(db, world, profile, wrong);
    try {
      await fc.asyncModelRun(() => ({ model: stage, real: stage }), commands);
      await stage.settle();
      for (const how of stage.place.server.requests) seen[how] += 1;
      seen.reused += stage.place.server.familiesEnded;
    } finally {
      await stage.close();
    }
  });
}

test('whatever happens in whatever order, each refresh token is used once and nobody is left without an answer', async (t) => {
  t.diagnostic(`seed ${seed}, ${runs} histories`);
  await fc.assert(lives(), { seed, numRuns: runs, ...(path && { path }) });
  t.diagnostic(
    `${seen.refreshed} refreshes, ${seen.refused} refused, ${seen.reused} grants ended for an answer that was lost`,
  );
});

for (const [what, { wrong, caughtBy }] of Object.entries(wrongVaults)) {
  test(`and a vault that ${what} is caught`, async (t) => {
    const check = async (how: fc.Parameters<unknown>): Promise<boolean> => {
      const { failed, numRuns, counterexamplePath, errorInstance } = await fc.check(lives(wrong), {
        ...how,
        endOnFailure: true,
      });
      const found = `seed ${how.seed}, path ${counterexamplePath}, ${numRuns} histories: ${errorInstance}`;
      if (failed) t.diagnostic(found.split('\n', 1)[0] ?? '');
      return failed;
    };
    const isKnown = await check({ ...caughtBy, numRuns: 1 });
    assert.ok(isKnown || (await check({ seed, numRuns: 150 })), 'it was not caught');
  });
}
