import fc from 'fast-check';
import type { RefreshPoint } from '#vault/token-ask.ts';
import { type Act, answers, seats, type TokenStage, type Trouble } from './token-stage.ts';

type Command = fc.AsyncCommand<TokenStage, TokenStage>;

function command(
  name: string,
  run: (stage: TokenStage) => unknown,
  check: (stage: TokenStage) => boolean = () => true,
): Command {
  return { toString: () => name, check, run: async (stage) => void (await run(stage)) };
}

const seat = fc.constantFrom(...seats);
const answer = fc.oneof(fc.constant('ok' as const), fc.constantFrom(...answers));
const points: readonly RefreshPoint[] = ['locked', 'begun', 'answered', 'spilled', 'written', 'committed'];
const some: fc.Arbitrary<Trouble> = fc.record({
  at: fc.constantFrom(...points),
  is: fc.constantFrom(
    'dies',
    'dies',
    'loses the database',
    'loses the database',
    'loses the answer of a commit',
    'cannot write to its disk',
  ),
});
const none = fc.constant(undefined);
/** Between its attempt and its request: the time in which others leave it alone runs out. */
const heldUp: fc.Arbitrary<Trouble> = fc.constant({ at: 'begun', is: 'is held up' });
const trouble = fc.oneof(
  { weight: 4, arbitrary: none },
  { weight: 4, arbitrary: some },
  { weight: 1, arbitrary: heldUp },
);
const told = (of: Trouble | undefined): string => (of ? `, ${of.is} at ${of.at}` : '');

const end = 300_000;
const asks = fc.constantFrom('use', 'use', 'use', 'refuse', 'sweep');
const asking = fc
  .oneof(
    // A token is at its end, and something happens to its refresh; then others come.
    fc.tuple(fc.constant(end), asks, seat, fc.boolean(), answer, trouble),
    fc.tuple(
      fc.constantFrom(0, 0, 0, 1_000, 16_000, 61_000),
      asks,
      seat,
      fc.boolean(),
      fc.constant('ok' as const),
      none,
    ),
  )
  .map(([wait, act, by, isMended, answer, trouble]) =>
    command(
      `after ${wait / 1_000} s, ${act} by ${by}${isMended ? ' (mended)' : ''}: ${answer}${told(trouble)}`,
      (stage) => {
        stage.pass(wait);
        if (isMended) stage.mend(by);
        return stage[act](by, answer, trouble);
      },
    ),
  );

const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ is: fc.constant('passes'), ms: fc.constantFrom(500, 2_000) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      is: fc.constantFrom(
        'uses',
        'uses',
        'uses',
        'sweeps',
        'replays',
        'consents',
        'loses the database',
        'dies',
      ),
      seat,
    }),
  },
);
const waiting = fc
  .tuple(
    fc.constantFrom(0, end, end, end),
    seat,
    answer,
    trouble,
    fc.array(act, { minLength: 1, maxLength: 3 }),
  )
  .filter(([, , , , acts]) => acts.filter(({ is }) => is === 'consents').length < 2)
  .map(([wait, by, answer, trouble, acts]) => {
    const others = acts
      .map((one) => ('seat' in one ? `${one.seat} ${one.is}` : `${one.ms} ms pass`))
      .join(', ');
    return command(
      `after ${wait / 1_000} s, use by ${by}: ${answer}${told(trouble)} while ${others}`,
      (stage) => {
        stage.pass(wait);
        return stage.meanwhile(by, answer, trouble, acts);
      },
    );
  });

const restarting = fc
  .tuple(seat, fc.boolean())
  .map(([at, replays]) =>
    command(`${at} restarts${replays ? ' and replays' : ''}`, (stage) => stage.restart(at, replays)),
  );

const changing = fc
  .tuple(fc.constantFrom('consent', 'consent', 'consent', 'disconnect'), seat, fc.boolean())
  .map(([change, by, loses]) =>
    command(
      `${change} by ${by}${loses ? ', which does not hear of the commit' : ''}`,
      (stage) => stage[change](by, loses),
      (stage) => stage.isAlive(by),
    ),
  );

const tending = fc
  .tuple(fc.constantFrom('replay', 'mend', 'mend', 'fillDisk', 'loseDatabase'), seat)
  .map(([how, at]) =>
    command(
      `${how} at ${at}`,
      (stage) => stage[how](at),
      (stage) => stage.isAlive(at),
    ),
  );

/** What may happen to one connection, in any order. */
export const histories = fc.commands(
  [
    fc.oneof(
      { weight: 10, arbitrary: asking },
      { weight: 6, arbitrary: waiting },
      { weight: 3, arbitrary: restarting },
      { weight: 3, arbitrary: tending },
      { weight: 1, arbitrary: changing },
    ),
  ],
  { maxCommands: 20, size: 'max' },
);
