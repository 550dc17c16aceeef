import assert from 'node:assert/strict';
import { isNamedByWallClock } from '#domain/availability.ts';
import { clockChangesIn, instantToLocalDate, localDay, toInstantWithOffset } from '#domain/local-time.ts';
import type { Opening } from '../../adapter.ts';
import {
  apart,
  at,
  collide,
  isOpeningFree,
  oneOpening,
  openingsOf,
  somebody,
  staffBook,
  where,
} from '../trial.ts';

const minute = 60_000;
const identityOf = ({ vendorKey, start }: Opening): string => `${vendorKey} ${start}`;

export const findCases = where(
  ({ find }) => find,
  [
    {
      name: 'every opening is well formed, in the window, in the future and as long as asked for',
      live: true,
      run: async (trial) => {
        const openings = await openingsOf(trial);
        assert.ok(openings.length > 0);
        for (const opening of openings) {
          const start = at(opening.start);
          assert.ok(at(trial.emr.window.from) <= start && start < at(trial.emr.window.to));
          assert.ok(start >= trial.ctx.now());
          assert.equal(opening.minutes, trial.emr.minutes);
          assert.equal(at(opening.end) - start, opening.minutes * minute);
          assert.ok(opening.vendorKey !== '' && opening.vendorKey.length <= 200);
          assert.ok(opening.claims.length > 0);
          assert.deepEqual(opening.claims, [...new Set(opening.claims)].sort());
        }
        assert.equal(new Set(openings.map(identityOf)).size, openings.length, 'An opening is offered twice.');
      },
    },
    {
      name: 'the same search finds the same openings, earliest first',
      run: async (trial) => {
        const openings = await openingsOf(trial);
        assert.deepEqual(await openingsOf(trial), openings);
        const starts = openings.map(({ start }) => at(start));
        assert.deepEqual(
          starts,
          starts.toSorted((a, b) => a - b),
        );
      },
    },
    {
      name: 'a window is half-open: its first moment is in it, its last is not',
      run: async (trial) => {
        const [first, second] = await apart(trial, 2);
        assert.ok(first && second);
        const found = await trial.adapter.operations.openings(trial.ctx, {
          from: first.start,
          to: second.start,
          minutes: trial.emr.minutes,
        });
        assert.ok(isOpeningFree(found, first));
        assert.ok(!isOpeningFree(found, second));
      },
    },
    {
      name: 'a window without a moment has no openings',
      live: true,
      run: async ({ adapter, ctx, emr }) => {
        const query = { from: emr.window.from, to: emr.window.from, minutes: emr.minutes };
        assert.deepEqual(await adapter.operations.openings(ctx, query), []);
      },
    },
    {
      name: 'a search narrowed to a practitioner or a location finds exactly theirs',
      run: async (trial) => {
        const all = await openingsOf(trial);
        const { practitioner, location } = all[0] ?? assert.fail();
        const query = { ...trial.emr.window, minutes: trial.emr.minutes };
        const theirs = await trial.adapter.operations.openings(trial.ctx, {
          ...query,
          practitioners: [practitioner],
        });
        assert.deepEqual(
          theirs,
          all.filter((opening) => opening.practitioner === practitioner),
        );
        const there = await trial.adapter.operations.openings(trial.ctx, { ...query, locations: [location] });
        assert.deepEqual(
          there,
          all.filter((opening) => opening.location === location),
        );
        assert.deepEqual(
          await trial.adapter.operations.openings(trial.ctx, { ...query, practitioners: ['404404'] }),
          [],
        );
      },
    },
    {
      name: 'where a longer visit fits, a shorter one fits too',
      run: async (trial) => {
        const longer = { ...trial.emr.window, minutes: trial.emr.minutes * 2 };
        const short = new Set((await openingsOf(trial)).map(identityOf));
        const long = await trial.adapter.operations.openings(trial.ctx, longer);
        assert.ok(long.length > 0);
        for (const opening of long) assert.ok(short.has(identityOf(opening)));
      },
    },
    {
      name: 'what is past is not offered',
      run: async (trial) => {
        const [, second] = await apart(trial, 2);
        assert.ok(second);
        const now = at(second.start) + 1;
        const later = trial.connect(() => now);
        const query = { ...trial.emr.window, minutes: trial.emr.minutes };
        for (const { start } of await trial.adapter.operations.openings(later, query))
          assert.ok(at(start) >= now);
        assert.equal(await trial.adapter.operations.verify(later, second), 'gone');
      },
    },
    {
      name: 'a visit that the front desk books closes its place and its person at once',
      run: async (trial) => {
        const before = await openingsOf(trial);
        const opening = before[Math.floor(before.length / 2)] ?? assert.fail();
        await staffBook(trial, opening, await somebody(trial));
        const after = await openingsOf(trial);
        assert.deepEqual(
          after.filter((other) => collide(other, opening)),
          [],
        );
        const untouched = before.filter((other) => !collide(other, opening));
        assert.deepEqual(
          after.map(identityOf),
          untouched.map(identityOf),
          'More was closed than the visit takes.',
        );
      },
    },
    {
      name: 'an opening is verified free, and gone once it is taken',
      run: async (trial) => {
        const opening = await oneOpening(trial);
        assert.equal(await trial.adapter.operations.verify(trial.ctx, opening), 'free');
        await staffBook(trial, opening, await somebody(trial));
        assert.equal(await trial.adapter.operations.verify(trial.ctx, opening), 'gone');
      },
    },
    {
      name: 'an opening that was never offered is gone',
      run: async (trial) => {
        const opening = await oneOpening(trial);
        const forged = [
          { ...opening, vendorKey: 'no such key' },
          { ...opening, vendorKey: opening.vendorKey.replaceAll(/\d+/g, '404404') },
        ].filter(({ vendorKey }) => vendorKey !== opening.vendorKey);
        for (const each of forged)
          assert.equal(await trial.adapter.operations.verify(trial.ctx, each), 'gone');
      },
    },
    {
      name: 'on the days on which the clocks change every start is one that the wall clock names once',
      run: async ({ adapter, connect, ctx, emr }) => {
        const year = 366 * 24 * 60 * minute;
        for (const change of clockChangesIn(ctx.now(), ctx.now() + year, ctx.timeZone)) {
          const { from, to } = localDay(instantToLocalDate(change, ctx.timeZone), ctx.timeZone);
          const found = await adapter.operations.openings(connect(), {
            from: toInstantWithOffset(from, ctx.timeZone),
            to: toInstantWithOffset(to, ctx.timeZone),
            minutes: emr.minutes,
          });
          for (const { start } of found) {
            assert.ok(isNamedByWallClock(at(start), ctx.timeZone), `${start} is not on the wall clock.`);
          }
        }
      },
    },
  ],
);
