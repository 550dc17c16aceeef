import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTestDatabase } from '#test/database.ts';
import type { RefreshPoint } from '#vault/token-ask.ts';
import { Death, type Place, type TokenProcess, tokenWorld } from './token-process.ts';

const db = await createTestDatabase();
const world = tokenWorld(db);

/** What may happen to three processes that share a grant, in any order. */
type Step =
  | { readonly is: 'access' | 'rejected' | 'replay' | 'restart'; readonly process: number }
  | { readonly is: 'die'; readonly process: number; readonly at: RefreshPoint | 'request' | 'answer' }
  | { readonly is: 'away'; readonly process: number; readonly from: 'now' | 'answer' }
  | { readonly is: 'time'; readonly seconds: number };

const process = fc.constantFrom(0, 1, 2);
const steps: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ is: fc.constant('access' as const), process }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('rejected' as const), process }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('replay' as const), process }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('restart' as const), process }) },
  {
    weight: 3,
    arbitrary: fc.record({
      is: fc.constant('die' as const),
      process,
      at: fc.constantFrom(
        'locked',
        'begun',
        'request',
        'answer',
        'answered',
        'spilled',
        'written',
        'committed',
      ),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant('away' as const),
      process,
      from: fc.constantFrom('now' as const, 'answer' as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ is: fc.constant('time' as const), seconds: fc.constantFrom(1, 20, 300, 3_600) }),
  },
);

/** Answers that nobody has: the server acted, and the process died before it had kept the answer. */
const loses: ReadonlySet<string> = new Set(['answer', 'answered']);

async function play(place: Place, script: readonly Step[]): Promise<{ lost: number }> {
  let lost = 0;
  const start = (diesAt?: RefreshPoint): TokenProcess =>
    world.start(place, { limits: { patienceMs: 20_000 }, ...(diesAt && { diesAt }) });
  const processes: TokenProcess[] = [start(), start(), start()];
  await place.consent(start());
  const use = async (of: TokenProcess): Promise<void> => {
    const { token } = await of.tokens.access(place.practice, place.connection);
    assert.ok(place.server.takes(token), 'whatever is given out is good');
  };
  for (const step of script) {
    if (step.is === 'time') {
      place.now += step.seconds * 1_000;
      continue;
    }
    const of = processes[step.process] ?? assert.fail();
    place.server.faults.length = 0;
    if (step.is === 'access') await use(of).catch(expected);
    if (step.is === 'rejected')
      await of.tokens
        .rejected(place.practice, place.connection, (await place.row()).token_version)
        .catch(expected);
    if (step.is === 'replay') await of.tokens.replaySpill().catch(expected);
    if (step.is === 'restart') {
      of.die();
      processes[step.process] = start();
      await processes[step.process]?.tokens.replaySpill();
    }
    if (step.is === 'away') {
      if (step.from === 'now') of.databaseIsAway = !of.databaseIsAway;
      else {
        place.server.faults.push(() => {
          of.databaseIsAway = true;
        });
        await use(of).catch(expected);
      }
    }
    if (step.is === 'die') {
      const inRequest = step.at === 'request' || step.at === 'answer';
      const dying = inRequest ? start() : start(step.at as RefreshPoint); // the other two are no points of a refresh
      const before = place.server.requests.length;
      if (step.at === 'request') dieBefore(place, dying);
      if (step.at === 'answer')
        place.server.faults.push(() => {
          dying.die();
          throw new Death();
        });
      await use(dying).catch(expected);
      const acted = place.server.requests.slice(before).includes('refreshed');
      if (acted && loses.has(step.at)) lost += 1;
      dying.die();
    }
  }
  place.server.faults.length = 0;
  for (const of of processes) of.die();
  return { lost };
}

function dieBefore(place: Place, dying: TokenProcess): void {
  const { grant } = place.server;
  place.server.grant = () => {
    place.server.grant = grant;
    return {
      ...grant.call(place.server),
      refresh: async () => {
        dying.die();
        throw new Death();
      },
    };
  };
}

/** Refusals are part of the story; a token that is not good, or a fault of the vault's own, is not. */
function expected(error: unknown): void {
  const isPart = error instanceof Error && /^(TokenUnavailable|Death)$/.test(error.name);
  const isAway = error instanceof Error && 'code' in error && error.code === '57P01';
  if (!isPart && !isAway) throw error;
}

for (const [profile, runs] of [
  ['strict', 40],
  ['grace', 10],
  ['reused', 10],
] as const) {
  test(`${profile}: whatever happens to three processes, a grant ends only with an answer that nobody has`, async () => {
    let ended = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 16 }), async (script) => {
        const place = await world.newPlace(profile);
        const { lost } = await play(place, script);
        const { familiesEnded } = place.server;
        assert.ok(familiesEnded <= lost, `${familiesEnded} grants ended, ${lost} answers were lost`);

        // Everything is well again: the grant is used, or the practice knows that it has to consent again.
        const last = world.start(place);
        await last.tokens.replaySpill();
        place.now += 600_000;
        const use = last.tokens.access(place.practice, place.connection);
        const { state } = await use.then(
          ({ token }) => {
            assert.ok(place.server.takes(token));
            return place.row();
          },
          async (error: { reason?: string }) => {
            assert.equal(error.reason, 'needs-reconsent');
            return place.row();
          },
        );
        if (state === 'needs_reconsent') {
          ended += 1;
          assert.ok(lost > 0, 'nothing was lost');
          if (profile === 'reused') assert.fail('a token that does not rotate is not lost');
        }
        const told = (await place.changes()).filter((change) => change.startsWith('needs-reconsent'));
        assert.equal(told.length, state === 'needs_reconsent' ? 1 : 0);
      }),
      { numRuns: runs, seed: Number(seed()) },
    );
    if (profile === 'strict') assert.ok(ended > 0, 'no story lost an answer: they are too short');
  });
}

/** TOKEN_SEED repeats a run. */
function seed(): string {
  return globalThis.process.env.TOKEN_SEED ?? String(Date.now() % 1_000_000);
}
