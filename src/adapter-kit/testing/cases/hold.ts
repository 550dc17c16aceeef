import assert from 'node:assert/strict';
import { bookOne, type Case, isOpeningFree, oneOpening, openingsOf, type Trial, where } from '../trial.ts';

async function held(trial: Trial) {
  const opening = await oneOpening(trial);
  await trial.adapter.operations.hold(trial.ctx, opening);
  return opening;
}

async function assertFree(trial: Trial, opening: Awaited<ReturnType<typeof held>>): Promise<void> {
  assert.equal(await trial.adapter.operations.verify(trial.ctx, opening), 'free');
  assert.ok(isOpeningFree(await openingsOf(trial), opening));
}

/** Times that the EMR itself keeps while a caller is still thinking. */
export const holdCases: readonly Case[] = where(
  ({ hold, find }) => hold === 'native' && find,
  [
    {
      name: 'a time that is held is not offered to anybody until it is given back',
      run: async (trial) => {
        const opening = await held(trial);
        assert.equal(await trial.adapter.operations.verify(trial.ctx, opening), 'gone');
        assert.ok(!isOpeningFree(await openingsOf(trial), opening));
        await trial.adapter.operations.release(trial.ctx, opening);
        await assertFree(trial, opening);
      },
    },
    {
      name: 'a time is held once, and what was held can be booked when it has been given back',
      needs: ({ book }) => book,
      run: async (trial) => {
        const opening = await held(trial);
        const { hold, release } = trial.adapter.operations;
        await assert.rejects(hold(trial.ctx, opening), { code: 'slot-taken' });
        await release(trial.ctx, opening);
        await bookOne(trial, opening);
        await assert.rejects(hold(trial.ctx, opening), { code: 'slot-taken' });
      },
    },
    {
      name: 'giving back what is not held changes nothing, and a booked time stays booked',
      needs: ({ book }) => book,
      run: async (trial) => {
        const { release } = trial.adapter.operations;
        const { opening } = await bookOne(trial);
        await release(trial.ctx, opening);
        assert.equal(await trial.adapter.operations.verify(trial.ctx, opening), 'gone');
        const other = await oneOpening(trial);
        await release(trial.ctx, other);
        await release(trial.ctx, other);
        await assertFree(trial, other);
      },
    },
    {
      name: 'a hold whose answer was lost can be given back',
      run: async (trial) => {
        const opening = await oneOpening(trial);
        await trial.emr.fault({ name: 'response-lost', effect: 'write', times: 1 });
        await assert.rejects(trial.adapter.operations.hold(trial.ctx, opening), { kind: 'unknown' });
        await trial.adapter.operations.release(trial.ctx, opening);
        await assertFree(trial, opening);
      },
    },
  ],
);
