import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import type { BookingRequest, Capabilities } from '../../adapter.ts';
import type { Fault } from '../emr-under-test.ts';
import {
  apart,
  assertFails,
  at,
  attempt,
  bookOne,
  type Case,
  marker,
  oneOpening,
  openingsOf,
  readBack,
  searchFor,
  somebody,
  standingByApi,
  standsAs,
  type Trial,
  where,
} from '../trial.ts';

/** Longer than any test's connection waits. */
const tooLong = 20_000;

async function bookUnder(trial: Trial, fault: Omit<Fault, 'effect'>) {
  const request: BookingRequest = {
    patient: await somebody(trial),
    opening: await oneOpening(trial),
    marker: marker(),
  };
  await trial.emr.fault({ ...fault, effect: 'write', times: 1 });
  return { request, result: await attempt(trial, trial.adapter.operations.book(trial.ctx, request)) };
}

/** The answer is worthless and the booking exists: only reading may tell, and it does. */
const happened: readonly (Omit<Fault, 'effect'> & { readonly what: string })[] = [
  { what: 'an answer that is lost', name: 'response-lost' },
  { what: 'a 500 after the deed', name: 'error-after-commit' },
  { what: 'an answer that comes too late', name: 'slow', delayMs: tooLong },
  { what: 'an answer of another form', name: 'wrong-body', variant: 'object' },
  { what: 'an answer of null', name: 'wrong-body', variant: 'null' },
  { what: 'an answer cut short', name: 'wrong-body', variant: 'truncated' },
  { what: 'an empty answer', name: 'wrong-body', variant: 'empty' },
  { what: 'an answer without an end', name: 'huge-body', variant: 'endless' },
  { what: 'an answer that is a web page', name: 'hostile-body', variant: 'html' },
  { what: 'an answer nested to the bottom', name: 'hostile-body', variant: 'deep' },
  { what: "a 400 with a patient's words after the deed", name: 'hostile-body', variant: 'patient-error' },
];

const canBook = ({ book, find }: Capabilities) => book && find;
const bookingCases = where(canBook, [
  ...happened.map(({ what, ...fault }) => ({
    name: `a booking with ${what} is ambiguous and is then found once`,
    run: async (trial: Trial) => {
      const { request, result } = await bookUnder(trial, fault);
      assert.equal(result.outcome, 'ambiguous');
      assert.equal((await searchFor(trial, request)).length, 1);
      assert.equal((await standingByApi(trial)).length, 1);
    },
  })),
  ...(['request-dropped', 'lost-connectivity-400', 'hung'] as const).map((name) => ({
    name: `a booking under ${name} is ambiguous and is then not found`,
    run: async (trial: Trial) => {
      const { request, result } = await bookUnder(trial, { name });
      assert.equal(result.outcome, 'ambiguous');
      assert.deepEqual(await searchFor(trial, request), []);
      assert.deepEqual(await standingByApi(trial), []);
    },
  })),
  {
    name: 'a booking that the EMR makes late is ambiguous and is found when it is there',
    run: async (trial) => {
      const { request, result } = await bookUnder(trial, { name: 'late-commit', delayMs: 300 });
      assert.equal(result.outcome, 'ambiguous');
      let found = await searchFor(trial, request);
      for (let tries = 0; found.length === 0 && tries < 50; tries += 1) {
        await delay(100);
        found = await searchFor(trial, request);
      }
      assert.equal(found.length, 1);
    },
  },
  {
    name: 'a booking that is throttled is not done and says how long to wait',
    run: async (trial) => {
      const { result } = await bookUnder(trial, { name: 'throttled', delayMs: 1000 });
      assert.deepEqual([result.outcome, 'reason' in result && result.reason], ['not-done', 'throttled']);
      assert.equal('retryAfterSeconds' in result ? result.retryAfterSeconds : undefined, 1);
      assert.deepEqual(await standingByApi(trial), []);
    },
  },
  {
    name: "the vendor's words are in no error that leaves the adapter",
    run: async (trial) => {
      const { result } = await bookUnder(trial, { name: 'hostile-body', variant: 'patient-error' });
      assert.ok('error' in result);
      const { error } = result;
      const texts = [String(error), inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error)];
      for (const text of texts) assert.ok(!/canary/i.test(text), 'An error holds what the vendor said.');
    },
  },
  {
    name: 'an old answer to a read does not last: the next read has the truth',
    run: async (trial) => {
      const { id } = await bookOne(trial);
      await trial.emr.fault({ name: 'stale-read', effect: 'read', times: 1 });
      await trial.adapter.operations.read(trial.ctx, id);
      assert.equal((await readBack(trial, id)).resource.status, 'booked');
    },
  },
]);

const changeCases: readonly Case[] = [
  {
    name: 'a move whose answer is lost is ambiguous, and reading it tells that it happened',
    needs: ({ book, find, reschedule }) => book && find && reschedule !== 'unsupported',
    run: async (trial) => {
      const [first, second] = await apart(trial, 2);
      assert.ok(first && second);
      const { id, request } = await bookOne(trial, first);
      await trial.emr.fault({ name: 'response-lost', effect: 'write', times: 1 });
      const move = trial.adapter.operations.move(trial.ctx, id, { ...request, opening: second });
      assert.equal((await attempt(trial, move)).outcome, 'ambiguous');
      assert.equal(at((await readBack(trial, await standsAs(trial, id))).resource.start), at(second.start));
    },
  },
  {
    name: 'a cancellation that never arrived is ambiguous, and reading it tells that nothing happened',
    needs: ({ book, find, cancel }) => book && find && cancel,
    run: async (trial) => {
      const { id } = await bookOne(trial);
      await trial.emr.fault({ name: 'request-dropped', effect: 'write', times: 1 });
      const cancelled = trial.adapter.operations.cancel(trial.ctx, id);
      assert.equal((await attempt(trial, cancelled)).outcome, 'ambiguous');
      assert.equal((await readBack(trial, id)).resource.status, 'booked');
    },
  },
  {
    name: 'a patient whose creation is not answered is ambiguous and is then found once',
    needs: ({ matchPatient, createPatient }) => matchPatient && createPatient,
    run: async (trial) => {
      const who = { family: 'Formance', given: 'Lost', birthDate: '1984-02-29' };
      await trial.emr.fault({ name: 'response-lost', effect: 'write', times: 1 });
      const created = await attempt(trial, trial.adapter.operations.createPatient(trial.ctx, who));
      assert.equal(created.outcome, 'ambiguous');
      assert.equal((await trial.adapter.operations.matchPatients(trial.ctx, who)).length, 1);
    },
  },
];

const unreadable: readonly Omit<Fault, 'effect'>[] = [
  { name: 'wrong-body', variant: 'object' },
  { name: 'wrong-body', variant: 'null' },
  { name: 'wrong-body', variant: 'truncated' },
  { name: 'huge-body', variant: 'plain' },
  { name: 'huge-body', variant: 'gzip' },
  { name: 'hostile-body', variant: 'html' },
  { name: 'hostile-body', variant: 'deep' },
  { name: 'lost-connectivity-400' },
  { name: 'throttled' },
  { name: 'hung' },
];

const readCases = where(
  ({ find }) => find,
  [
    ...unreadable.map((fault) => ({
      name: `a search answered by ${fault.name}${fault.variant ? ` (${fault.variant})` : ''} fails instead of finding nothing`,
      run: async (trial: Trial) => {
        await trial.emr.fault({ ...fault, effect: 'read', times: 1 });
        await assertFails(openingsOf(trial));
        assert.ok((await openingsOf(trial)).length > 0, 'The failure lasted.');
      },
    })),
    {
      name: 'keys that reach for prototypes change nothing',
      run: async (trial) => {
        await trial.emr.fault({ name: 'hostile-body', variant: 'prototype', effect: 'read', times: 1 });
        await openingsOf(trial).catch(() => undefined);
        assert.ok(!('polluted' in {}));
      },
    },
  ],
);

export const faultCases: readonly Case[] = [...bookingCases, ...changeCases, ...readCases];
