import assert from 'node:assert/strict';
import type { Capabilities } from '../../adapter.ts';
import {
  apart,
  at,
  attempt,
  bookOne,
  type Case,
  isOpeningFree,
  marker,
  openingAsBefore,
  openingsOf,
  readBack,
  somebody,
  standing,
  standingByApi,
  standsAs,
  type Trial,
  where,
} from '../trial.ts';

/** A visit at the first of two openings, and the request that moves it to the second. */
async function bookedAndTarget(trial: Trial) {
  const [first, second] = await apart(trial, 2);
  assert.ok(first && second);
  const booked = await bookOne(trial, first);
  return { ...booked, second, moved: { ...booked.request, opening: second, marker: marker(2) } };
}

const canMove = ({ book, find, reschedule }: Capabilities) => book && find && reschedule !== 'unsupported';
const moveCases = where(canMove, [
  {
    name: 'a move takes the new time, frees the old one and keeps the marker; a linked one leaves a record that names the new one',
    run: async (trial) => {
      const { id, opening, second, moved } = await bookedAndTarget(trial);
      const before = await readBack(trial, id);
      const { id: now } = await trial.adapter.operations.move(trial.ctx, id, moved);
      assert.equal(now, await standsAs(trial, id));
      assert.equal(now === id, trial.adapter.capabilities.reschedule === 'in-place');
      const after = await readBack(trial, now);
      assert.deepEqual([after.resource.status, at(after.resource.start)], ['booked', at(second.start)]);
      assert.equal(at(after.resource.end), at(second.end));
      assert.deepEqual(after.claims, second.claims);
      assert.deepEqual(after.markers, before.markers);
      assert.notEqual(after.version, before.version);
      const openings = await openingsOf(trial);
      assert.ok(openingAsBefore(openings, opening) && !isOpeningFree(openings, second));
      assert.deepEqual(
        (await standingByApi(trial)).map((entry) => entry.id),
        [now],
      );
    },
  },
  {
    name: 'the same move twice is one move',
    run: async (trial) => {
      const { id, second, moved } = await bookedAndTarget(trial);
      await trial.adapter.operations.move(trial.ctx, id, moved);
      await trial.adapter.operations.move(trial.ctx, id, moved);
      assert.equal(at((await readBack(trial, await standsAs(trial, id))).resource.start), at(second.start));
      assert.equal((await standingByApi(trial)).length, 1);
    },
  },
  {
    name: 'a move to a longer visit takes the longer time',
    run: async (trial) => {
      const { id, moved } = await bookedAndTarget(trial);
      const minutes = trial.emr.minutes * 2;
      const longer = await trial.adapter.operations.openings(trial.ctx, { ...trial.emr.window, minutes });
      const opening = longer.at(-1) ?? assert.fail();
      await trial.adapter.operations.move(trial.ctx, id, { ...moved, opening });
      const { resource } = await readBack(trial, await standsAs(trial, id));
      assert.deepEqual([at(resource.start), at(resource.end)], [at(opening.start), at(opening.end)]);
      assert.equal(resource.minutesDuration, minutes);
    },
  },
  {
    name: 'a move of an appointment that the EMR does not have is not done',
    run: async (trial) => {
      const { moved } = await bookedAndTarget(trial);
      const result = await attempt(trial, trial.adapter.operations.move(trial.ctx, '404404404', moved));
      assert.equal(result.outcome, 'not-done');
    },
  },
  {
    name: 'an appointment is not moved for another patient',
    run: async (trial) => {
      const { id, opening, moved } = await bookedAndTarget(trial);
      const patient = trial.adapter.capabilities.createPatient
        ? await somebody(trial, 'Another')
        : '404404404';
      const result = await attempt(
        trial,
        trial.adapter.operations.move(trial.ctx, id, { ...moved, patient }),
      );
      assert.equal(result.outcome, 'not-done');
      assert.equal(at((await readBack(trial, id)).resource.start), at(opening.start));
    },
  },
]);

const canCancel = ({ book, find, cancel }: Capabilities) => book && find && cancel;
const cancelCases = where(canCancel, [
  {
    name: 'a cancelled appointment reads so, takes nothing and its time is offered again',
    run: async (trial) => {
      const { id, opening } = await bookOne(trial);
      await trial.adapter.operations.cancel(trial.ctx, id);
      const found = await readBack(trial, id);
      assert.equal(found.resource.status, 'cancelled');
      assert.deepEqual(found.claims, []);
      assert.ok(openingAsBefore(await openingsOf(trial), opening));
      assert.deepEqual(await standing(trial).then((all) => all.filter((entry) => entry.id === id)), []);
    },
  },
  {
    name: 'cancelling twice is cancelling once',
    run: async (trial) => {
      const { id } = await bookOne(trial);
      await trial.adapter.operations.cancel(trial.ctx, id);
      await trial.adapter.operations.cancel(trial.ctx, id);
      assert.equal((await readBack(trial, id)).resource.status, 'cancelled');
    },
  },
  {
    name: 'cancelling what the front desk has cancelled is a success',
    run: async (trial) => {
      const { id } = await bookOne(trial);
      await trial.emr.staff({ action: 'cancel', id });
      await trial.adapter.operations.cancel(trial.ctx, id);
      assert.equal((await readBack(trial, id)).resource.status, 'cancelled');
    },
  },
  {
    name: 'cancelling an appointment that the EMR does not have is not done',
    run: async (trial) => {
      const result = await attempt(trial, trial.adapter.operations.cancel(trial.ctx, '404404404'));
      assert.equal(result.outcome, 'not-done');
    },
  },
  {
    name: 'a cancelled time can be booked again',
    run: async (trial) => {
      const { id, opening } = await bookOne(trial);
      await trial.adapter.operations.cancel(trial.ctx, id);
      const patient = await somebody(trial, 'Next');
      const again = openingAsBefore(await openingsOf(trial), opening) ?? assert.fail();
      const next = await trial.adapter.operations.book(trial.ctx, {
        patient,
        opening: again,
        marker: marker(3),
      });
      assert.notEqual(next.id, id);
      assert.equal((await readBack(trial, next.id)).resource.status, 'booked');
      assert.ok(!isOpeningFree(await openingsOf(trial), again));
    },
  },
]);

export const changeCases: readonly Case[] = [...moveCases, ...cancelCases];
