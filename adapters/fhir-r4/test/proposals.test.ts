import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { classifyWrite } from '#adapter-kit/classify-write.ts';
import { Failure, WireFailure } from '#adapter-kit/index.ts';
import { fhirR4 } from '../index.ts';
import { refusals } from '../map/issue.ts';
import { bookParameters } from '../wire/sent.ts';
import { fixture, replay, type Script, searchset } from './replay.ts';
import * as rows from './rows.ts';

const { openings, verify, book } = fhirR4.operations;
const here = import.meta.dirname;
const argonaut = fixture(here, 'find--argonaut');
const medplum = fixture(here, 'find--medplum');
const connect = (script: Script, names: 'argonaut' | 'ihe' | 'medplum' = 'argonaut') =>
  replay(
    fhirR4,
    { schedules: searchset([rows.schedule()]), ...script },
    { settings: { booking: 'operations', operationNames: names } },
  );
const type = 'urn:example:visit|office';
const query = { ...rows.window, minutes: 30, visitTypeRef: type };
const proposed = rows.opening({ vendorKey: `with:p-1|at:l-1|type:${type}`, claims: ['practitioner:p-1'] });
const booked = (resource: unknown) => ({ status: 201, body: searchset([resource]) });

describe('Openings by $find', () => {
  test('are what is proposed for somebody at some place, of the type and at a time that there is', async () => {
    const { ctx, sent } = connect({ findTimes: argonaut });
    assert.deepEqual(await openings(ctx, query), [proposed]);
    assert.deepEqual(sent.at(-1)?.query, {
      start: '2031-03-04T06:00:00Z',
      // A visit that begins in the window may end after it.
      end: '2031-03-05T06:30:00Z',
      'visit-type': type,
      _count: '1000',
    });
  });

  test('name whom and where is asked for', async () => {
    const { ctx, sent } = connect({ findTimes: argonaut });
    await openings(ctx, { ...query, practitioners: ['p-1'], locations: ['l-1'] });
    const { practitioner, 'location-reference': place } = sent.at(-1)?.query ?? {};
    assert.deepEqual([practitioner, place], ['Practitioner/p-1', 'Location/l-1']);
    assert.deepEqual(await openings(ctx, { ...query, practitioners: ['p-2'] }), []);
  });

  test('are unwrapped from Parameters, and know whose they are by the schedule of their slots', async () => {
    const { ctx, sent } = connect({ findTimes: medplum }, 'medplum');
    const service = 'HealthcareService/office-visit';
    const found = await openings(ctx, { ...query, visitTypeRef: service });
    assert.deepEqual(found, [{ ...proposed, vendorKey: `with:p-1|at:l-1|type:${service}` }]);
    const { 'service-type-reference': reference, schedule } = sent.at(-1)?.query ?? {};
    assert.deepEqual([reference, schedule], [service, 'Schedule/sch-1']);
  });

  for (const [what, answer] of [
    ['a bundle without entries', { resourceType: 'Bundle', type: 'searchset' }],
    [
      'a warning',
      searchset([{ resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code: 'processing' }] }]),
    ],
    [
      'an outcome in place of a bundle',
      { resourceType: 'OperationOutcome', issue: [{ severity: 'information', code: 'informational' }] },
    ],
    [
      'Parameters with an empty bundle',
      { resourceType: 'Parameters', parameter: [{ name: 'return', resource: { resourceType: 'Bundle' } }] },
    ],
  ] as const)
    test(`are none in ${what}`, async () =>
      assert.deepEqual(await openings(connect({ findTimes: answer }).ctx, query), []));

  for (const [what, answer] of [
    [
      'a fatal outcome',
      searchset([
        {
          resourceType: 'OperationOutcome',
          issue: [
            { severity: 'information', code: 'informational' },
            { severity: 'fatal', code: 'exception' },
          ],
        },
      ]),
    ],
    [
      'a fatal outcome in place of a bundle',
      { resourceType: 'OperationOutcome', issue: [{ severity: 'fatal', code: 'exception' }] },
    ],
  ] as const)
    test(`cannot be trusted with ${what}`, async () => {
      await assert.rejects(openings(connect({ findTimes: answer }).ctx, query), WireFailure);
    });

  test('that may have been cut off are asked for again in halves', async () => {
    const one = searchset([]).entry;
    const full = {
      resourceType: 'Bundle',
      entry: Array.from({ length: 1_000 }, () => ({ fullUrl: 'urn:x' })),
    };
    let asked = 0;
    const findTimes = () => {
      asked += 1;
      return asked === 1 ? full : { resourceType: 'Bundle', entry: one };
    };
    assert.deepEqual(await openings(connect({ findTimes }).ctx, query), []);
    assert.equal(asked, 3);
  });

  test('are free while they are proposed again', async () => {
    assert.equal(await verify(connect({ findTimes: argonaut }).ctx, proposed), 'free');
    assert.equal(await verify(connect({ findTimes: searchset([]) }).ctx, proposed), 'gone');
    const elsewhere = { ...proposed, location: 'l-2' };
    assert.equal(await verify(connect({ findTimes: argonaut }).ctx, elsewhere), 'gone');
  });
});

describe('A booking by $book', () => {
  const request = rows.request({ opening: proposed });
  const outcomeOf = async (write: Promise<unknown>) => {
    try {
      await write;
      return 'done';
    } catch (error) {
      if (error instanceof Failure) return `failure ${error.code}`;
      if (!(error instanceof WireFailure)) throw error;
      return classifyWrite(error, refusals, fhirR4.routes).outcome;
    }
  };

  test('of Argonaut names the proposal of this very moment, however long its id, the patient and the marker', async () => {
    const { ctx, sent } = connect({ findTimes: argonaut, bookTime: booked(rows.appointment({ id: 'a-1' })) });
    assert.deepEqual(await book(ctx, request), { id: 'a-1' });
    assert.deepEqual(
      sent.map(({ route }) => route),
      ['schedules', 'findTimes', 'bookTime'],
    );
    assert.deepEqual(bookParameters.parse(sent[2]?.body).parameter, [
      {
        name: 'appt-id',
        valueUri: 'Appointment/eZvJ8eDy4h2R1XfB0u3hWvQ9LkD0ahDoWjTgIuR5CGd6uGr5MUZ3nUAbXyKsOe5Cw3',
      },
      { name: 'patient-id', valueUri: 'Patient/pat-1' },
      { name: 'comment', valueString: 'GW:7K3QX5M2TA.1' },
    ]);
  });

  test('of IHE hands over the visit as pending, with the patient in it', async () => {
    const { ctx, sent } = connect({ findTimes: argonaut, bookTime: booked(rows.appointment()) }, 'ihe');
    await book(ctx, request);
    const [resource, comment] = bookParameters.parse(sent[2]?.body).parameter;
    assert.equal(comment?.name, 'comment');
    assert.ok(resource && 'resource' in resource);
    assert.equal(resource.name, 'appointment-resource');
    const { status, start, participant } = resource.resource;
    assert.deepEqual([status, start], ['pending', '2031-03-04T16:00:00Z']);
    assert.deepEqual(
      participant.map(({ actor }) => actor.reference),
      ['Patient/pat-1', 'Practitioner/p-1', 'Location/l-1'],
    );
  });

  test('of Medplum hands back the proposal with its slots and its service', async () => {
    const service = 'HealthcareService/office-visit';
    const opening = { ...proposed, vendorKey: `with:p-1|at:l-1|type:${service}` };
    const { ctx, sent } = connect({ findTimes: medplum, bookTime: booked(rows.appointment()) }, 'medplum');
    await book(ctx, { ...request, opening });
    const [only, ...others] = bookParameters.parse(sent[2]?.body).parameter;
    assert.deepEqual(others, []);
    assert.ok(only && 'resource' in only);
    const { contained, serviceType, status, comment } = only.resource;
    assert.deepEqual([only.name, status, comment], ['appointment', 'proposed', 'GW:7K3QX5M2TA.1']);
    assert.equal(contained?.[0]?.schedule.reference, 'Schedule/sch-1');
    assert.equal(serviceType?.[0].extension?.[0].valueReference.reference, service);
  });

  test('is not sent for a time that is not proposed any more', async () => {
    const { ctx, sent } = connect({ findTimes: searchset([]) });
    assert.equal(await outcomeOf(book(ctx, request)), 'failure slot-taken');
    assert.ok(sent.every(({ route }) => route !== 'bookTime'));
  });

  test('is not sent when its proposal cannot be read', async () => {
    const { ctx } = connect({ findTimes: { status: 500 } });
    assert.equal(await outcomeOf(book(ctx, request)), 'not-done');
  });

  for (const [what, answer, outcome] of [
    ['a cancelled appointment', { status: 200, body: fixture(here, 'book--declined') }, 'refused'],
    [
      'a fatal outcome and 200',
      {
        status: 200,
        body: { resourceType: 'OperationOutcome', issue: [{ severity: 'fatal', code: 'not-found' }] },
      },
      'refused',
    ],
    ['a pending appointment', booked(rows.appointment({ status: 'pending' })), 'done'],
    ['a bare appointment', { status: 201, body: rows.appointment() }, 'done'],
    [
      'an appointment in Parameters',
      {
        status: 200,
        body: { resourceType: 'Parameters', parameter: [{ name: 'return', resource: rows.appointment() }] },
      },
      'done',
    ],
    ['an empty bundle', { status: 200, body: searchset([]) }, 'ambiguous'],
    [
      'an empty bundle and Location',
      { status: 201, body: searchset([]), location: 'Appointment/a-1' },
      'done',
    ],
    [
      'a warning',
      {
        status: 200,
        body: { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code: 'processing' }] },
      },
      'ambiguous',
    ],
    ['409', { status: 409 }, 'refused'],
    ['400', { status: 400 }, 'ambiguous'],
    [
      '400 in Medplum’s words',
      {
        status: 400,
        body: {
          resourceType: 'OperationOutcome',
          issue: [{ details: { text: 'Requested time slot is not available' } }],
        },
      },
      'refused',
    ],
    ['500', { status: 500 }, 'ambiguous'],
  ] as const)
    test(`answered by ${what} is ${outcome}`, async () => {
      // A body with a resourceType alone would be taken for the body of a success.
      const { ctx } = connect({ findTimes: argonaut, bookTime: () => answer });
      assert.equal(await outcomeOf(book(ctx, request)), outcome);
    });
});
