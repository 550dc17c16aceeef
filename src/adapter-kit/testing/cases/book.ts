import assert from 'node:assert/strict';
import { localDatesIn } from '#domain/local-time.ts';
import { WireFailure } from '../../wire-failure.ts';
import {
  actors,
  apart,
  at,
  attempt,
  bookOne,
  isOpeningFree,
  marker,
  oneOpening,
  openingAsBefore,
  openingsOf,
  readBack,
  searchFor,
  somebody,
  staffBook,
  standing,
  standingByApi,
  standsAs,
  where,
} from '../trial.ts';

/** What to look at when a second booking of one time was not refused. */
function hintOfTaken(result: Awaited<ReturnType<typeof attempt>>): string {
  if (result.outcome === 'done')
    return 'The second booking of one time was done. An EMR that does so is of booking class C; is it the model that forgets to refuse?';
  const status = result.error instanceof WireFailure ? result.error.status : undefined;
  return status === undefined
    ? `The second booking of one time is ${result.outcome} (${result.reason}) and has to be refused.`
    : `The second booking of one time is answered ${status}, which reads as ${result.outcome}: where the EMR sends that before it writes, refusals wants { status: ${status}, means: 'taken', reason: 'taken' }, before other rows of that status.`;
}

export const bookCases = where(
  ({ book, find }) => book && find,
  [
    {
      name: 'a booking reads back equal',
      run: async (trial) => {
        const { id, patient, opening } = await bookOne(trial);
        const found = await readBack(trial, id);
        assert.equal(found.resource.id, id);
        assert.equal(found.resource.status, 'booked');
        assert.equal(at(found.resource.start), at(opening.start));
        assert.equal(at(found.resource.end), at(opening.end));
        assert.equal(found.resource.minutesDuration, opening.minutes);
        assert.deepEqual(actors(found), [
          `Location/${opening.location}`,
          `Patient/${patient}`,
          `Practitioner/${opening.practitioner}`,
        ]);
        assert.deepEqual(found.claims, opening.claims);
        assert.match(found.version, /^[A-Za-z0-9.-]{1,64}$/);
      },
    },
    {
      name: 'the EMR has the booking once, as it was asked for',
      run: async (trial) => {
        const { id, patient, opening } = await bookOne(trial);
        const [only, ...others] = await standingByApi(trial);
        assert.ok(only);
        assert.deepEqual(others, []);
        assert.deepEqual([only.id, only.patientId], [id, patient]);
        assert.deepEqual([only.practitionerId, only.locationId], [opening.practitioner, opening.location]);
        assert.deepEqual([at(only.start), at(only.end)], [at(opening.start), at(opening.end)]);
      },
    },
    {
      name: "the patient's appointments of the window hold the booking, those of another window do not",
      run: async (trial) => {
        const { id, patient, opening } = await bookOne(trial);
        const idsIn = async (from: string, to: string) =>
          (await trial.adapter.operations.appointmentsOf(trial.ctx, patient, { from, to })).map(
            ({ resource }) => resource.id,
          );
        assert.deepEqual(await idsIn(trial.emr.window.from, trial.emr.window.to), [id]);
        assert.deepEqual(await idsIn(opening.start, opening.end), [id]);
        assert.deepEqual(await idsIn(trial.emr.window.from, opening.start), []);
      },
    },
    {
      name: "the patient's appointments hold a cancelled one and a missed one beside one that stands",
      run: async (trial) => {
        const places = await apart(trial, 3);
        const patient = await somebody(trial);
        const ids: string[] = [];
        for (const [index, opening] of places.entries()) {
          const request = { patient, opening, marker: marker(index + 1) };
          ids.push((await trial.adapter.operations.book(trial.ctx, request)).id);
        }
        const [cancelled = '', missed = '', stands = ''] = ids;
        await trial.emr.staff({ action: 'cancel', id: cancelled });
        await trial.emr.staff({ action: 'noshow', id: missed });
        const all = await trial.adapter.operations.appointmentsOf(trial.ctx, patient, trial.emr.window);
        const found = new Map(all.map(({ resource }) => [resource.id, resource.status]));
        assert.deepEqual([...found.keys()].sort(), ids.toSorted(), 'Visits of some status are left out.');
        assert.deepEqual([found.get(cancelled), found.get(stands)], ['cancelled', 'booked']);
        assert.ok(['noshow', 'cancelled'].includes(found.get(missed) ?? ''), 'A missed one reads as booked.');
      },
    },
    {
      name: 'a window of several local days has the visit that is booked on its last day',
      run: async (trial) => {
        const { from } = trial.emr.window;
        const opening = (await openingsOf(trial)).at(-1) ?? assert.fail();
        const window = { from, to: opening.end };
        const days = localDatesIn(at(from), at(opening.end), trial.ctx.timeZone);
        assert.ok(days.length > 1, 'The EMR under test is open on one day only.');
        const { id, patient } = await bookOne(trial, opening);
        const found = await trial.adapter.operations.appointmentsOf(trial.ctx, patient, window);
        assert.deepEqual(
          found.map(({ resource }) => resource.id),
          [id],
        );
        const query = { ...window, minutes: trial.emr.minutes };
        const offered = await trial.adapter.operations.openings(trial.ctx, query);
        assert.ok(!isOpeningFree(offered, opening), 'What is taken on the last day is offered.');
      },
    },
    {
      name: "nobody else's appointments are found with the patient's",
      run: async (trial) => {
        const { id, patient } = await bookOne(trial);
        const other = (await standing(trial)).find(({ patientId }) => patientId !== patient)?.patientId;
        const mine = await trial.adapter.operations.appointmentsOf(trial.ctx, patient, trial.emr.window);
        assert.ok(mine.every((found) => actors(found).includes(`Patient/${patient}`)));
        if (other === undefined) return;
        const theirs = await trial.adapter.operations.appointmentsOf(trial.ctx, other, trial.emr.window);
        assert.ok(theirs.every(({ resource }) => resource.id !== id));
      },
    },
    {
      name: 'the booking is found by its marker, also after the front desk wrote beside it',
      needs: ({ marker: where }) => where !== 'none',
      run: async (trial) => {
        const { id, request } = await bookOne(trial);
        assert.deepEqual((await readBack(trial, id)).markers, [request.marker]);
        await trial.emr.staff({
          action: 'note',
          id,
          note: `Parking behind the house. ${request.marker} Ring twice.`,
        });
        const found = await searchFor(trial, request);
        assert.deepEqual(
          found.map(({ resource }) => resource.id),
          [id],
        );
        assert.ok(!JSON.stringify(found).includes('Parking'), 'Free text of the office came through.');
      },
    },
    {
      name: 'a visit of the front desk carries no marker',
      run: async (trial) => {
        const id = await staffBook(trial, await oneOpening(trial), await somebody(trial));
        const found = await readBack(trial, id);
        assert.deepEqual(found.markers, []);
        assert.equal(found.resource.status, 'booked');
      },
    },
    {
      name: 'a booked time is offered to nobody else',
      run: async (trial) => {
        const { opening } = await bookOne(trial);
        assert.ok(!isOpeningFree(await openingsOf(trial), opening));
        assert.equal(await trial.adapter.operations.verify(trial.ctx, opening), 'gone');
      },
    },
    {
      name: 'a second booking of one time ends as the declared booking class says',
      run: async (trial) => {
        const { opening } = await bookOne(trial);
        const request = { patient: await somebody(trial, 'Second'), opening, marker: marker(2) };
        const result = await attempt(trial, trial.adapter.operations.book(trial.ctx, request));
        const booked = await standingByApi(trial);
        if (trial.adapter.capabilities.bookingClass === 'C') {
          // Nobody knows what such an EMR does; what counts is that the adapter does not call it undone when it is done.
          assert.equal(booked.length, result.outcome === 'done' ? 2 : 1);
          assert.ok(
            result.outcome === 'done' || result.outcome === 'ambiguous' || result.outcome === 'refused',
          );
        } else {
          assert.equal(result.outcome, 'refused', hintOfTaken(result));
          assert.equal(booked.length, 1);
        }
      },
    },
    {
      name: 'two bookings at two times are two appointments',
      run: async (trial) => {
        const [first, second] = await apart(trial, 2);
        assert.ok(first && second);
        const patient = await somebody(trial);
        const { book } = trial.adapter.operations;
        const one = await book(trial.ctx, { patient, opening: first, marker: marker(1) });
        const two = await book(trial.ctx, { patient, opening: second, marker: marker(2) });
        assert.notEqual(one.id, two.id);
        assert.equal((await standingByApi(trial)).length, 2);
      },
    },
    {
      name: 'a booking for a patient whom the EMR does not know makes nothing',
      run: async (trial) => {
        const request = { patient: '404404404', opening: await oneOpening(trial), marker: marker() };
        const result = await attempt(trial, trial.adapter.operations.book(trial.ctx, request));
        assert.notEqual(
          result.outcome,
          'done',
          'The EMR answered success for a patient it does not have: teach conformance.js to refuse one, or check the adapter.',
        );
        assert.deepEqual(await standingByApi(trial), []);
      },
    },
    {
      name: 'an opening that is not of this EMR is not booked and nothing is sent',
      run: async (trial) => {
        const opening = { ...(await oneOpening(trial)), vendorKey: 'no such key' };
        const patient = await somebody(trial);
        const before = trial.calls.length;
        const result = await attempt(
          trial,
          trial.adapter.operations.book(trial.ctx, { patient, opening, marker: marker() }),
        );
        assert.equal(result.outcome, 'not-done');
        assert.equal(trial.calls.length, before);
      },
    },
    {
      name: 'the version stays while nothing changes and is another after a change',
      run: async (trial) => {
        const [first, second] = await apart(trial, 2);
        assert.ok(first && second);
        const { id } = await bookOne(trial, first);
        const { version } = await readBack(trial, id);
        assert.equal((await readBack(trial, id)).version, version);
        await trial.emr.staff({ action: 'move', id, start: second.start });
        assert.notEqual((await readBack(trial, id)).version, version);
      },
    },
    {
      name: 'an appointment of an unknown id reads as undefined',
      run: async ({ adapter, ctx }) => {
        assert.equal(await adapter.operations.read(ctx, '404404404'), undefined);
      },
    },
    {
      name: 'an appointment that the front desk deleted reads as undefined and its time is offered again',
      run: async (trial) => {
        const { id, opening } = await bookOne(trial);
        await trial.emr.staff({ action: 'delete', id });
        assert.equal(await trial.adapter.operations.read(trial.ctx, id), undefined);
        assert.ok(openingAsBefore(await openingsOf(trial), opening));
      },
    },
    {
      name: 'an appointment that the front desk moved reads at its new time',
      run: async (trial) => {
        const [first, second] = await apart(trial, 2);
        assert.ok(first && second);
        const { id } = await bookOne(trial, first);
        await trial.emr.staff({ action: 'move', id, start: second.start });
        const found = await readBack(trial, await standsAs(trial, id));
        assert.deepEqual([found.resource.status, at(found.resource.start)], ['booked', at(second.start)]);
      },
    },
    {
      name: 'a visit to which nobody came does not read as booked',
      run: async (trial) => {
        const { id } = await bookOne(trial);
        await trial.emr.staff({ action: 'noshow', id });
        const { status } = (await readBack(trial, id)).resource;
        assert.ok(status === 'noshow' || status === 'cancelled', `It reads as ${status}.`);
      },
    },
  ],
);
