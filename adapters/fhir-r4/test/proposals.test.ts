import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { classifyWrite } from '#adapter-kit/classify-write.ts';
import { Failure, WireFailure } from '#adapter-kit/index.ts';
import { replay, type Script } from '#adapter-kit/testing/index.ts';
import { fhirR4 } from '../index.ts';
import { refusals } from '../map/issue.ts';
import { bookParameters } from '../wire/sent.ts';
import { fixture, searchset } from './fixture.ts';
import * as rows from './rows.ts';

const { openings, verify, book } = fhirR4.operations;
const here = import.meta.dirname;
const argonaut = fixture(here, 'find--argonaut') as {
  entry: [{ resource: object & Record<'serviceType' | 'id', unknown> }];
}; // as the fixture is
const medplum = fixture(here, 'find--medplum');
const service = 'HealthcareService/office-visit';
/** As Medplum wants a schedule: of one actor, and for services that it names. */
const schedule = (id = 'sch-1', of = service, actor = [{ reference: 'Practitioner/p-1' }]) => {
  const url = 'https://medplum.com/fhir/service-type-reference';
  return rows.schedule({
    id,
    actor,
    serviceType: [{ extension: [{ url, valueReference: { reference: of } }] }],
  });
};
const connect = (script: Script, names: 'argonaut' | 'ihe' | 'medplum' = 'argonaut') =>
  replay(
    fhirR4,
    { schedules: searchset([names === 'medplum' ? schedule() : rows.schedule()]), ...script },
    {
      settings: {
        booking: 'operations',
        operationNames: names,
        ...(names === 'medplum' && { locations: 'l-1' }),
      },
    },
  );
const type = 'urn:example:visit|office';
const query = { ...rows.window, minutes: 30, visitTypeRef: type };
const proposed = rows.opening({ vendorKey: `with:p-1|at:l-1|type:${type}`, claims: ['practitioner:p-1'] });
const warned = (code: string, ...entry: readonly object[]) => ({
  resourceType: 'Bundle',
  entry: [
    ...entry,
    { resource: { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code }] } },
  ],
});
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

  for (const [what, part] of [
    ['may have been cut off', { resourceType: 'Bundle', entry: Array.from({ length: 1_000 }, () => ({})) }],
    ['are said to be incomplete', warned('incomplete')],
  ] as const)
    test(`that ${what} are asked for again in halves`, async () => {
      let asked = 0;
      const findTimes = () => {
        asked += 1;
        return asked === 1 ? part : searchset([]);
      };
      assert.deepEqual(await openings(connect({ findTimes }).ctx, query), []);
      assert.equal(asked, 3);
    });

  for (const code of ['not-supported', 'invalid', 'code-invalid'])
    test(`of a server that may have dropped the type (${code}) are none that could be trusted`, async () => {
      const { ctx } = connect({ findTimes: warned(code, ...argonaut.entry) });
      const isRule = (error: unknown) => error instanceof Failure && error.code === 'business-rule';
      await assert.rejects(openings(ctx, query), isRule);
      await assert.rejects(verify(ctx, proposed), isRule);
      const { visitTypeRef: _, ...anyType } = query;
      assert.ok((await openings(ctx, anyType)).length > 0);
    });

  test('of a type are offered without it only where the booking says it', async () => {
    const [{ resource }] = argonaut.entry;
    const { serviceType: _, ...untyped } = resource;
    const { id: __, ...unnamed } = untyped;
    const found = async (what: object, names: 'argonaut' | 'ihe') =>
      (await openings(connect({ findTimes: searchset([what]) }, names).ctx, query)).length;
    // An id alone would book whatever type it is of.
    assert.deepEqual([await found(untyped, 'argonaut'), await found(unnamed, 'argonaut')], [0, 1]);
    assert.equal(await found(untyped, 'ihe'), 1);
  });

  test('of Medplum are asked for at most 31 days at a time, the visit included, and none is missed', async () => {
    const { ctx, sent } = connect({ findTimes: searchset([]) }, 'medplum');
    const [from, to] = ['2031-03-04T00:00:00.250-06:00', '2031-04-04T00:00:00.250-06:00'];
    await openings(ctx, { from, to, minutes: 30, visitTypeRef: service });
    const asked = sent.filter(({ route }) => route === 'findTimes').map(({ query }) => query);
    const spans = asked.map(({ start = '', end = '' }) => [Date.parse(start), Date.parse(end)] as const);
    assert.equal(spans.length, 2);
    for (const [start, end] of spans) assert.ok(end - start <= 31 * 24 * 60 * 60_000);
    const [[first, until], [next, last]] = spans as [[number, number], [number, number]];
    assert.ok(
      first <= Date.parse(from) && next + 30 * 60_000 <= until && last >= Date.parse(to) + 30 * 60_000,
    );
  });

  test('of Medplum are asked for of schedules of one person that name the service', async () => {
    const two = [{ reference: 'Practitioner/p-1' }, { reference: 'Location/l-1' }];
    const schedules = searchset([
      schedule('mine'),
      schedule('of-another-service', 'HealthcareService/surgery'),
      schedule('of-two', service, two),
      rows.schedule({ id: 'of-no-service', actor: [{ reference: 'Practitioner/p-1' }] }),
    ]);
    const { ctx, sent } = connect({ schedules, findTimes: searchset([]) }, 'medplum');
    await openings(ctx, { ...query, visitTypeRef: service });
    assert.deepEqual(
      sent.flatMap(({ query }) => query.schedule ?? []),
      ['Schedule/mine'],
    );
  });

  test('are not of an hour that the clock shows twice', async () => {
    const [{ resource }] = argonaut.entry;
    const at = (hour: string) => ({
      ...resource,
      id: `at-${hour}`,
      start: `2031-11-02T${hour}:30:00Z`,
      end: `2031-11-02T${hour}:59:00Z`,
    });
    const night = { from: '2031-11-02T05:00:00Z', to: '2031-11-03T05:00:00Z', minutes: 29 };
    const { ctx } = connect({ findTimes: searchset([at('06'), at('07')]) });
    const found = await openings(ctx, { ...night, visitTypeRef: type });
    assert.deepEqual(
      found.map(({ start }) => start),
      ['2031-11-02T01:30:00-05:00'],
    );
    const again = {
      ...proposed,
      start: '2031-11-02T01:30:00-06:00',
      end: '2031-11-02T01:59:00-06:00',
      minutes: 29,
    };
    assert.equal(await verify(ctx, again), 'gone');
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
    // What has become of it is read back.
    ['a pending appointment', booked(rows.appointment({ status: 'pending' })), 'done'],
    ['a proposed appointment', booked(rows.appointment({ status: 'proposed' })), 'ambiguous'],
    [
      'a proposed appointment and Location',
      { ...booked(rows.appointment({ status: 'proposed' })), location: 'Appointment/a-1' },
      'done',
    ],
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
