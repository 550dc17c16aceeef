import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { classifyWrite } from '#adapter-kit/classify-write.ts';
import { type BookingRequest, Failure, VendorText, WireFailure } from '#adapter-kit/index.ts';
import type { Script } from '#adapter-kit/testing/index.ts';
import { epic } from '../index.ts';
import { bundle, fixture, inTurn, outcome, replay, resourcesOf } from './replay.ts';

const { book } = epic.operations;
const request: BookingRequest = {
  patient: 'eOkafor.77',
  opening: {
    vendorKey: 'with:eVance.1|at:eCedar-1|type:95014',
    start: '2031-03-04T10:30:00-06:00',
    end: '2031-03-04T11:00:00-06:00',
    minutes: 30,
    practitioner: 'eVance.1',
    location: 'eCedar-1',
    claims: ['practitioner:eVance.1'],
  },
  marker: 'GW:7K3QX6M2TA.1',
};
const open = fixture('appointments--none', 'find--one-day', 'book--booked');

describe('A booking', () => {
  test('reads what the patient has and what is proposed, and writes once, last.', async () => {
    const line = replay(open);
    assert.deepEqual(await book(line.ctx, request), { id: 'eWLwjaoTP4VMcO2RNMxszIA3' });
    assert.deepEqual(line.routes(), ['findTimes', 'appointments', 'bookTime']);
    assert.deepEqual(line.sent.at(-1)?.body, {
      resourceType: 'Parameters',
      parameter: [
        { name: 'patient', valueIdentifier: { value: 'eOkafor.77' } },
        { name: 'appointment', valueIdentifier: { value: idOfProposal(1) } },
        { name: 'appointmentNote', valueString: 'GW:7K3QX6M2TA.1' },
      ],
    });
    assert.equal(String(idOfProposal(1)).length, 66);
  });

  test('takes the id that this very answer gave, never an earlier one.', async () => {
    const later = structuredClone(open.findTimes) as { entry: { resource: { id: string } }[] }; // as the fixture is
    for (const { resource } of later.entry) resource.id = `${resource.id}x`;
    const line = replay({ ...open, findTimes: inTurn(open.findTimes, later) });
    await epic.operations.verify(line.ctx, request.opening);
    await book(line.ctx, request);
    assert.match(JSON.stringify(line.sent.at(-1)?.body), new RegExp(`${idOfProposal(1)}x`));
  });

  const unsent: readonly [what: string, code: string, script: Script, changed: Partial<BookingRequest>][] = [
    ['of a time that is proposed no more', 'slot-taken', fixture('find--nothing'), {}],
    ['of a free time at which the patient is elsewhere', 'business-rule', fixture('appointments--three'), {}],
    ['where the visit type is not used', 'business-rule', fixture('find--unfiltered'), {}],
    [
      'of what is no opening of ours',
      'stale-opening',
      {},
      { opening: { ...request.opening, vendorKey: 'slot:1' } },
    ],
    ['for what is no patient', 'unknown-patient', {}, { patient: '../Patient' }],
  ];
  for (const [what, code, script, changed] of unsent)
    test(`${what} is refused before anything is written.`, async () => {
      const line = replay({ ...open, ...script });
      await assert.rejects(
        book(line.ctx, { ...request, ...changed }),
        (error) => error instanceof Failure && error.code === code,
      );
      assert.ok(!line.routes().includes('bookTime'));
    });

  test('of a free time at which the patient is elsewhere says what can be done.', async () => {
    const line = replay({ ...open, ...fixture('appointments--three') });
    await assert.rejects(book(line.ctx, request), { hint: /other visit first/ });
  });

  test('of a time that is taken says so, whatever the patient has.', async () => {
    const line = replay({ ...open, ...fixture('find--nothing', 'appointments--three') });
    await assert.rejects(book(line.ctx, request), { code: 'slot-taken' });
  });

  test('does not mind a visit of the patient that was cancelled, or one at another time.', async () => {
    const others = resourcesOf('appointments--three', 'appointments').slice(1);
    const line = replay({ ...open, appointments: bundle(...others) });
    await book(line.ctx, request);
    assert.equal(line.routes().at(-1), 'bookTime');
  });

  test('whose reads fail is surely not done.', async () => {
    for (const route of ['appointments', 'findTimes']) {
      const line = replay({ ...open, [route]: { status: 503, body: '' } });
      const failure = await book(line.ctx, request).catch((error: unknown) => error);
      assert.ok(failure instanceof WireFailure);
      assert.equal(classifyWrite(failure, epic.capabilities.refusals, epic.routes).outcome, 'not-done');
    }
  });
});

describe('An answer to $book', () => {
  const [appointment] = resourcesOf('book--booked', 'bookTime');
  const rows: readonly [what: string, answer: unknown, outcome: string, reason: string][] = [
    ['without an appointment', bundle(), 'ambiguous', 'no-appointment'],
    [
      'with a proposed appointment',
      bundle({ ...appointment, status: 'proposed' }),
      'ambiguous',
      'no-appointment',
    ],
    ['of warnings only', bundle(outcome('59134', 'warning')), 'ambiguous', 'no-appointment'],
    ['that is no bundle', { resourceType: 'Patient', id: '1' }, 'ambiguous', 'no-appointment'],
    ['that is XML', '<Bundle/>', 'ambiguous', 'schema'],
    ['that is empty', '', 'ambiguous', 'schema'],
    ['2xx that the proposal is gone', outcome('59144'), 'refused', 'taken'],
    ['2xx in a bundle that a rule forbids it', bundle(outcome('59159')), 'refused', 'taken'],
    ['2xx that something broke', outcome('59177'), 'ambiguous', 'declined'],
    ['2xx with a code that nobody knows', outcome('60000'), 'ambiguous', 'declined'],
    ['400 that the proposal is gone', { status: 400, ...fixtureBody('book--stale') }, 'refused', 'taken'],
    ['404 that the proposal is gone', { status: 404, ...fixtureBody('book--stale') }, 'refused', 'taken'],
    ['400 that a rule forbids it', { status: 400, body: outcome('59159') }, 'refused', 'taken'],
    ['422 that a rule forbids it', { status: 422, body: outcome('59159') }, 'refused', 'taken'],
    ['409 that there are no templates', { status: 409, body: outcome('59134') }, 'refused', 'taken'],
    ['409 that it is a duplicate', { status: 409, body: outcome('59141') }, 'ambiguous', 'status'],
    ['400 that something broke', { status: 400, body: outcome('59177') }, 'ambiguous', 'status'],
    [
      '400 that a rule forbids it and that something broke',
      { status: 400, body: bundle(outcome('59159'), outcome('59177')) },
      'ambiguous',
      'status',
    ],
    ['400 without a code', { status: 400, body: 'Bad Request 59159' }, 'ambiguous', 'status'],
    ['400 that the patient is unknown', { status: 400, body: outcome('4100') }, 'not-done', 'rejected'],
    ['400 that the user may not', { status: 400, body: outcome('4118') }, 'not-done', 'unauthorized'],
    ['400 that today is over', { status: 400, body: outcome('4135') }, 'not-done', 'throttled'],
    ['401 with nothing in it', { status: 401, body: '' }, 'not-done', 'unauthorized'],
    ['403', { status: 403, body: '' }, 'not-done', 'unauthorized'],
    ['404 by IIS', { status: 404, body: '<html><title>404</title></html>' }, 'not-done', 'missing'],
    ['429', { status: 429, body: '' }, 'not-done', 'throttled'],
    ['500', { status: 500, body: outcome('59177') }, 'ambiguous', 'status'],
    ['502', { status: 502, body: outcome('59144') }, 'ambiguous', 'status'],
  ];
  for (const [what, answer, expected, reason] of rows)
    test(`${what} is ${expected}, ${reason}, and keeps the vendor's words to itself.`, async () => {
      const failure = await book(replay({ ...open, bookTime: answer }).ctx, request).catch(
        (error: unknown) => error,
      );
      assert.ok(failure instanceof WireFailure, String(failure));
      const judged = classifyWrite(failure, epic.capabilities.refusals, epic.routes);
      assert.deepEqual([judged.outcome, judged.reason], [expected, reason]);
      assert.doesNotMatch(
        inspect(failure, { depth: 9, showHidden: true }) + JSON.stringify(failure),
        /Canary/,
      );
    });

  test('that was found by its code says so however the JSON is written.', () => {
    for (const text of ['{"code":"59144"}', '{ "code" : "59144" }', '{\n "code":\t"59144"\n}']) {
      const failure = new WireFailure('answered', 'bookTime', {
        reason: 'status',
        status: 400,
        text: new VendorText(text),
      });
      assert.equal(classifyWrite(failure, epic.capabilities.refusals).outcome, 'refused');
    }
  });
});

function idOfProposal(index: number): unknown {
  return resourcesOf('find--one-day', 'findTimes')[index]?.id;
}

function fixtureBody(name: string): { body: unknown } {
  return { body: fixture(name).bookTime };
}
