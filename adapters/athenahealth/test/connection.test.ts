import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { AdapterContext, Opening } from '#adapter-kit/index.ts';
import type { EmrUnderTest } from '#adapter-kit/testing/index.ts';
import { athenahealth } from '../index.ts';
import { outcomeOf } from './replay.ts';
import { lakeside, order, settings } from './simulated.ts';

const { probe, directory, openings, verify, book, move, cancel, read, appointmentsOf, matchPatients } =
  athenahealth.operations;
const [marker, patient] = ['GW:AAAAAAAAAA.1', '4471'];

describe('The simulated practice', () => {
  let emr: EmrUnderTest;
  let ctx: AdapterContext;
  before(async () => {
    emr = await lakeside().start();
  });
  after(() => emr.stop());
  beforeEach(async () => {
    await emr.reset();
    ctx = emr.connect();
  });

  async function found(changed: object = {}): Promise<readonly Opening[]> {
    // Three weeks, so that a holiday does not matter.
    const to = new Date(Date.parse(emr.window.to) + 14 * 86_400_000).toISOString();
    return openings(ctx, { ...emr.window, to, minutes: emr.minutes, ...changed });
  }
  async function two(): Promise<readonly [Opening, Opening]> {
    const [first, second] = (await found()).filter(({ practitioner }) => practitioner === '71');
    return [first ?? assert.fail(), second ?? assert.fail()];
  }
  async function booked(opening: Opening): Promise<string> {
    return (await book(ctx, { patient, opening, marker })).id;
  }

  test('refuses what is beyond the day’s calls, and nothing is done', async () => {
    const [opening] = await two();
    await order(emr, 'quota-exhausted', 'write');
    assert.equal(await outcomeOf(book(ctx, { patient, opening, marker })), 'not-done throttled');
    assert.equal(await verify(ctx, opening), 'free');
    await order(emr, 'quota-exhausted');
    await assert.rejects(directory(ctx), { kind: 'answered', status: 429 });
  });

  test('refuses what it has not been enabled for, and nothing is done', async () => {
    const [opening] = await two();
    await order(emr, 'permission-missing', 'write');
    assert.equal(await outcomeOf(book(ctx, { patient, opening, marker })), 'not-done unauthorized');
    assert.equal(await verify(ctx, opening), 'free');
    await order(emr, 'permission-missing');
    await assert.rejects(probe(ctx), { kind: 'answered', status: 403 });
  });

  test('calls a time taken that it has just booked for us: reading the slot tells whose it is', async () => {
    const [opening, target] = await two();
    await order(emr, 'conflict-is-ours', 'write');
    assert.equal(await outcomeOf(book(ctx, { patient, opening, marker })), 'refused taken');
    const [ours, ...others] = await appointmentsOf(ctx, patient, emr.window);
    assert.deepEqual([ours?.markers, ours?.claims, others], [[marker], opening.claims, []]);
    const id = ours?.resource.id ?? assert.fail();
    await order(emr, 'conflict-is-ours', 'write');
    const wanted = { patient, opening: target, marker };
    assert.equal(await outcomeOf(move(ctx, id, wanted)), 'refused taken');
    const { replacedBy } = (await read(ctx, id)) ?? assert.fail();
    assert.deepEqual(
      [target.claims, await move(ctx, id, wanted)],
      [[`appt:${replacedBy}`], { id: replacedBy }],
    );
  });

  test('has lists that are behind: a time that is booked by now is not verified by them', async () => {
    const [opening] = await two();
    const id = await booked(opening);
    await order(emr, 'list-lag');
    assert.ok(
      (await found()).some(({ vendorKey }) => vendorKey === opening.vendorKey),
      'the list is behind',
    );
    await order(emr, 'list-lag');
    assert.equal(await verify(ctx, opening), 'gone');
    assert.equal((await read(ctx, id))?.resource.status, 'booked');
  });

  test('tells the notes by themselves where a row has none of ours', async () => {
    const [opening] = await two();
    const id = await booked(opening);
    await emr.staff({ action: 'note', id, note: 'Ring twice' });
    const visit = await read(ctx, id);
    assert.ok(visit && !JSON.stringify(visit).includes('Ring'));
  });

  test('double-books where its template says so, and both are offered, held apart and booked', async () => {
    ctx = { ...emr.connect(), settings: { ...settings, departments: '14', providers: '73' } };
    const all = await found();
    const twins = all.filter((one) => all.some((other) => other !== one && other.start === one.start));
    const [one, other] = twins;
    assert.ok(one && other && one.start === other.start);
    assert.deepEqual(
      one.claims.filter((claim) => other.claims.includes(claim)),
      [],
    );
    const ids = [await booked(one), await booked(other)];
    assert.equal(new Set(ids).size, 2);
    assert.ok(!(await found()).some(({ start }) => start === one.start));
  });

  test('books a long visit into the first of several slots, which are all closed then and open again after it', async () => {
    const long = (await found({ minutes: 30 })).find(({ claims }) => claims.length > 1) ?? assert.fail();
    assert.equal(await verify(ctx, long), 'free');
    const within = (opening: Opening) => long.claims.includes(opening.claims[0] ?? '');
    const before = (await found()).filter(within);
    assert.equal(before.length, 2);
    const id = await booked(long);
    const { resource, claims } = (await read(ctx, id)) ?? assert.fail();
    assert.deepEqual([resource.minutesDuration, claims], [30, [`appt:${id}`]]);
    assert.deepEqual((await found()).filter(within), []);
    await cancel(ctx, id);
    const starts = before.map(({ start }) => start);
    assert.deepEqual(
      (await found())
        .filter(({ start, practitioner }) => starts.includes(start) && practitioner === long.practitioner)
        .map(({ start }) => start),
      starts,
    );
  });

  test('a slot that another visit has run into is gone, however it reads by id', async () => {
    const long = (await found({ minutes: 30 })).find(({ claims }) => claims.length > 1) ?? assert.fail();
    const second = (await found()).find(({ claims }) => claims[0] === long.claims[1]) ?? assert.fail();
    await booked(second);
    assert.equal(await verify(ctx, long), 'gone');
    assert.equal(await outcomeOf(book(ctx, { patient, opening: long, marker })), 'refused taken');
  });

  test('books by a type of the staff where the practice wants that', async () => {
    const visitTypes = 'type:83;Follow Up;30';
    ctx = { ...emr.connect(), settings: { ...settings, visitTypes } };
    const [first, second] = (await found({ minutes: 30 })).filter(({ claims }) => claims.length > 1);
    assert.ok(first && second);
    const id = await booked(first);
    assert.equal((await read(ctx, id))?.resource.minutesDuration, 30);
    const { id: now } = await move(ctx, id, {
      patient,
      opening: (await found({ minutes: 30 })).at(-1) ?? second,
      marker,
    });
    assert.equal((await read(ctx, now))?.resource.minutesDuration, 30);
  });

  test('has a provider under another number in a department that the portal hides', async () => {
    ctx = { ...emr.connect(), settings: { ...settings, departments: '19', providers: '73' } };
    const [opening] = await found();
    assert.ok(opening);
    const visit = await read(ctx, await booked(opening));
    assert.deepEqual(
      visit?.resource.participant.map(({ actor }) => actor?.reference),
      ['Patient/4471', 'Practitioner/73', 'Location/19'],
    );
  });

  test('knows two people of one name and birth date, and both are found', async () => {
    const twins = { family: 'o’garrity', given: 'Maeve', birthDate: '1972-05-19' };
    assert.equal((await matchPatients(ctx, twins)).length, 2);
  });
});
