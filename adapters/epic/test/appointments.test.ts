import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { instantOf, WireFailure } from '#adapter-kit/index.ts';
import { epic } from '../index.ts';
import { withCreated } from '../map/appointment.ts';
import { bundle, fixture, inTurn, outcome, replay, resourcesOf } from './replay.ts';

const { appointmentsOf, read, matchPatients } = epic.operations;
const window = { from: '2031-03-04T00:00:00-06:00', to: '2031-03-05T00:00:00-06:00' };
const three = fixture('appointments--three').appointments;
const [first, second, third] = resourcesOf('appointments--three', 'appointments');
assert.ok(first && second && third);
const base = 'https://emr.example/interconnect-fhir-oauth/api/FHIR/R4';
const page = (resource: Record<string, unknown>, next?: string) => ({
  ...bundle(resource),
  link: [
    { relation: 'self', url: `${base}/Appointment?patient=eOkafor.77` },
    ...(next === undefined ? [] : [{ relation: 'next', url: `${base}/Appointment?sessionID=${next}` }]),
  ],
});

describe("A patient's appointments", () => {
  test('are asked for by whole days, one more at either end, without surgery.', async () => {
    const line = replay({ appointments: three });
    const found = await appointmentsOf(line.ctx, 'eOkafor.77', window);
    const [{ path, query, repeated } = assert.fail()] = line.sent;
    assert.equal(path, '/api/FHIR/R4/Appointment');
    assert.deepEqual(query, {
      patient: 'eOkafor.77',
      date: 'ge2031-03-03',
      'service-category': 'appointment',
    });
    assert.deepEqual(repeated, { date: ['ge2031-03-03', 'le2031-03-06'] });
    assert.deepEqual(
      found.map(({ resource: { id, status, start } }) => [id, status, start]),
      [
        ['eWLwjaoTP4VMcO2RNMxszIA3', 'booked', '2031-03-04T10:30:00-06:00'],
        ['eEarlier.9', 'cancelled', '2031-03-04T09:00:00-06:00'],
      ],
    );
  });

  test('are people, place and time, and no words.', async () => {
    const line = replay({ appointment: first });
    const found = await read(line.ctx, 'eWLwjaoTP4VMcO2RNMxszIA3');
    assert.deepEqual(found?.resource, {
      resourceType: 'Appointment',
      id: 'eWLwjaoTP4VMcO2RNMxszIA3',
      status: 'booked',
      start: '2031-03-04T10:30:00-06:00',
      end: '2031-03-04T11:00:00-06:00',
      minutesDuration: 30,
      created: '2031-03-01',
      participant: ['Patient/eOkafor.77', 'Practitioner/eVance.1', 'Location/eCedar-1'].map((reference) => ({
        actor: { reference },
        status: 'accepted',
      })),
    });
    assert.deepEqual([found?.claims, found?.markers], [['practitioner:eVance.1'], []]);
  });

  test('are none where Epic says so by an outcome.', async () => {
    assert.deepEqual(
      await appointmentsOf(replay(fixture('appointments--none')).ctx, 'eOkafor.77', window),
      [],
    );
  });

  test('are read to the last page, whatever total says.', async () => {
    const line = replay({
      appointments: page(first, '16-AB6401F7'),
      appointmentsPage: inTurn(page(second, '16-E90EE226'), page(third)),
    });
    const wide = { ...window, to: '2031-04-01T00:00:00Z' };
    const found = await appointmentsOf(line.ctx, 'eOkafor.77', wide);
    assert.equal(found.length, 3);
    assert.deepEqual(
      line.sent.slice(1).map(({ query }) => query),
      [{ sessionID: '16-AB6401F7' }, { sessionID: '16-E90EE226' }],
    );
  });

  test('are read from the beginning again when the paging session has expired.', async () => {
    const line = replay({
      appointments: inTurn(page(first, 'one'), page(first, 'two')),
      appointmentsPage: inTurn({ status: 400, body: outcome('4113') }, page(second)),
    });
    assert.equal((await appointmentsOf(line.ctx, 'eOkafor.77', window)).length, 2);
    assert.deepEqual(line.routes(), ['appointments', 'appointmentsPage', 'appointments', 'appointmentsPage']);
  });

  test('cannot be read where every session expires, or a page fails for another reason.', async () => {
    const expired = {
      appointments: page(first, 'one'),
      appointmentsPage: { status: 400, body: outcome('4113') },
    };
    const line = replay(expired);
    await assert.rejects(appointmentsOf(line.ctx, 'eOkafor.77', window), { status: 400 });
    assert.equal(line.sent.length, 6);
    const other = replay({ ...expired, appointmentsPage: { status: 400, body: outcome('4100') } });
    await assert.rejects(appointmentsOf(other.ctx, 'eOkafor.77', window), { status: 400 });
    assert.equal(other.sent.length, 2);
  });

  test('are not taken from an answer from which some were left out.', async () => {
    const part = bundle(first, outcome('59204', 'warning'));
    await assert.rejects(appointmentsOf(replay({ appointments: part }).ctx, 'eOkafor.77', window), {
      kind: 'unknown',
      reason: 'schema',
    });
  });

  test('are not taken from an answer that is incomplete in the words of FHIR.', async () => {
    for (const code of ['incomplete', 'suppressed']) {
      const part = bundle(first, outcome('4119', 'warning', code));
      await assert.rejects(appointmentsOf(replay({ appointments: part }).ctx, 'eOkafor.77', window), {
        reason: 'not-whole',
      });
    }
  });

  test('are taken from one that is whole as far as Epic ever says.', async () => {
    const { ctx } = replay({ appointments: bundle(first, outcome('4119', 'warning')) });
    assert.equal((await appointmentsOf(ctx, 'eOkafor.77', window)).length, 1);
  });

  test('of somebody else, or outside of the window, are not taken even if Epic sends them.', async () => {
    const line = replay({ appointments: bundle(first, second, third) });
    assert.deepEqual(await appointmentsOf(line.ctx, 'eAnother.1', window), []);
  });

  test('are not read at another server, whatever a link says.', async () => {
    const link = [
      { relation: 'self', url: `${base}/Appointment` },
      { relation: 'next', url: 'https://evil.example/api/FHIR/R4/Appointment?sessionID=1' },
    ];
    const line = replay({ appointments: { ...bundle(first), link } });
    await assert.rejects(appointmentsOf(line.ctx, 'eOkafor.77', window), WireFailure);
    assert.ok(!line.routes().includes('appointmentsPage'));
  });
});

describe('An appointment', () => {
  const gone: readonly [what: string, answer: unknown][] = [
    ['of an id that Epic does not know', { status: 404, body: outcome('59008') }],
    ['of an invalid id', { status: 404, body: outcome('4102') }],
    ['that was deleted', { status: 410, body: outcome('4103') }],
    ['that was entered in error', { ...first, status: 'entered-in-error' }],
  ];
  for (const [what, answer] of gone)
    test(`${what} is none.`, async () => {
      assert.equal(await read(replay({ appointment: answer }).ctx, 'eWLwjaoTP4VMcO2RNMxszIA3'), undefined);
    });
  test('that is not answered in full is not none.', async () => {
    for (const answer of [
      { status: 401, body: '' },
      { status: 500, body: '' },
      { resourceType: 'Appointment' },
    ])
      await assert.rejects(read(replay({ appointment: answer }).ctx, 'eOne'), WireFailure);
  });
});

describe('The day on which an appointment was made', () => {
  const sent = instantOf('2031-03-01T23:30:00-06:00');
  const appointment = { resource: first as never, version: '1', markers: [], claims: [] }; // only `created` matters here
  const rows: readonly [created: string | undefined, mayBeOurs: boolean][] = [
    ['2031-03-01', true],
    ['2031-03-02', true],
    ['2031-02-28', false],
    ['2031-02-30', false],
    [undefined, false],
    ['', false],
  ];
  for (const [created, mayBeOurs] of rows)
    test(`${created}: one that was sent that night ${mayBeOurs ? 'can' : 'cannot'} be it.`, () => {
      const told = withCreated(appointment, { created }).created;
      assert.equal(told !== undefined && instantOf(told) >= sent, mayBeOurs);
    });
});

describe('A patient', () => {
  const person = { family: 'OKAFOR', given: 'Nkechi', birthDate: '1986-05-21' };
  test('is searched in a body, and named by demographics only.', async () => {
    const line = replay(fixture('patients--okafor'));
    assert.deepEqual(await matchPatients(line.ctx, person), [
      {
        resource: {
          resourceType: 'Patient',
          id: 'eOkafor.77',
          active: true,
          name: [{ use: 'official', family: 'Okafor', given: ['Nkechi', 'Adaeze'] }],
          telecom: [{ system: 'phone', use: 'home', value: '312-555-0144' }],
          gender: 'female',
          birthDate: '1986-05-21',
        },
        bookable: true,
      },
    ]);
    const [{ method, path, query, body } = assert.fail()] = line.sent;
    assert.deepEqual([method, path, query], ['POST', '/api/FHIR/R4/Patient/_search', {}]);
    assert.deepEqual(body, { family: 'OKAFOR', given: 'Nkechi', birthdate: '1986-05-21', _count: '50' });
  });
  test('whom Epic says nothing about, or too much, is not found by guessing.', async () => {
    const tooMany = { searchPatients: { status: 400, body: outcome('4127') } };
    await assert.rejects(matchPatients(replay(tooMany).ctx, person), { status: 400 });
    assert.deepEqual(
      await matchPatients(replay({ searchPatients: bundle(outcome('4101', 'warning')) }).ctx, person),
      [],
    );
  });
  test('is not searched where the server ignored the question.', async () => {
    const ignored = { searchPatients: { status: 400, body: outcome('4110') } };
    await assert.rejects(matchPatients(replay(ignored).ctx, person), WireFailure);
  });
});
