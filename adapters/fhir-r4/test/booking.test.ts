import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { classifyWrite } from '#adapter-kit/classify-write.ts';
import { capabilitiesOf, Failure, type FailureCode, WireFailure } from '#adapter-kit/index.ts';
import { replay, type Script } from '#adapter-kit/testing/index.ts';
import { fhirR4 } from '../index.ts';
import { appointmentPatch, newAppointment } from '../wire/sent.ts';
import * as rows from './rows.ts';

const { book, move, cancel } = fhirR4.operations;
const settings = { booking: 'slot-reference', patch: true } as const;
const connect = (script: Script, changed = {}) =>
  replay(fhirR4, script, { settings: { ...settings, ...changed } });
const made = (location: string) => ({ bookSlot: { status: 201, location } });
const failure = (code: FailureCode) => (error: unknown) => error instanceof Failure && error.code === code;

/** How the gateway understands what an operation threw. */
async function outcomeOf(write: Promise<unknown>): Promise<string> {
  try {
    await write;
    return 'done';
  } catch (error) {
    if (error instanceof Failure) return `failure ${error.code}`;
    if (!(error instanceof WireFailure)) throw error;
    const { outcome, reason } = classifyWrite(
      error,
      capabilitiesOf(fhirR4, settings).refusals,
      fhirR4.routes,
    );
    return `${outcome} ${reason}`;
  }
}

describe('A booking', () => {
  test('is one create with everything that the slot does not say by itself', async () => {
    const { ctx, sent } = connect(made('https://emr.example.org/r4/Appointment/a-1/_history/1'));
    const opening = rows.opening({ vendorKey: 'slot:slot-1|type:urn:a|1' });
    assert.deepEqual(await book(ctx, rows.request({ opening })), { id: 'a-1' });
    assert.deepEqual(
      sent.map(({ route, body }) => [route, body]),
      [
        [
          'bookSlot',
          {
            resourceType: 'Appointment',
            status: 'booked',
            serviceType: [{ coding: [{ system: 'urn:a', code: '1' }] }],
            start: '2031-03-04T16:00:00Z',
            end: '2031-03-04T16:30:00Z',
            minutesDuration: 30,
            slot: [{ reference: 'Slot/slot-1' }],
            comment: 'GW:7K3QX5M2TA.1',
            participant: ['Patient/pat-1', 'Practitioner/p-1', 'Location/l-1'].map((reference) => ({
              actor: { reference },
              status: 'accepted',
            })),
          },
        ],
      ],
    );
  });

  test('of several slots and practitioners names them all, the first first', async () => {
    const { ctx, sent } = connect(made('Appointment/a-1'));
    const claims = ['practitioner:p-0', 'practitioner:p-1', 'slot:slot-0', 'slot:slot-1'];
    await book(ctx, rows.request({ opening: rows.opening({ claims }) }));
    const { slot, participant } = newAppointment.parse(sent[0]?.body);
    assert.deepEqual(
      slot.map(({ reference }) => reference),
      ['Slot/slot-1', 'Slot/slot-0'],
    );
    assert.deepEqual(
      participant.map(({ actor }) => actor.reference),
      ['Patient/pat-1', 'Practitioner/p-1', 'Practitioner/p-0', 'Location/l-1'],
    );
  });

  for (const [location, id] of [
    ['Appointment/20465903', '20465903'],
    ['https://fhir.example.org/r4/tenant/Appointment/20465903', '20465903'],
    ['/r4/Appointment/abc/_history/0', 'abc'],
    [`Appointment/${'e'.repeat(66)}`, 'e'.repeat(66)],
  ] as const)
    test(`has the id of Location ${location.slice(0, 60)}`, async () =>
      assert.deepEqual(await book(connect(made(location)).ctx, rows.request()), { id }));

  for (const location of ['', 'Patient/7', 'https://fhir.example.org/r4/Appointment', 'Appointment/a b'])
    test(`without an id in Location ("${location}") is ambiguous`, async () =>
      assert.equal(await outcomeOf(book(connect(made(location)).ctx, rows.request())), 'ambiguous no-id'));

  for (const [status, outcome] of [
    [401, 'not-done unauthorized'],
    [403, 'not-done unauthorized'],
    [404, 'not-done missing'],
    [409, 'refused taken'],
    [412, 'not-done rejected'],
    [422, 'refused taken'],
    [429, 'not-done throttled'],
    [400, 'ambiguous status'],
    [408, 'ambiguous status'],
    [424, 'ambiguous status'],
    [500, 'ambiguous status'],
    [502, 'ambiguous status'],
    [302, 'ambiguous status'],
    [200, 'ambiguous no-id'],
    [204, 'ambiguous status'],
  ] as const)
    test(`that is answered ${status} is ${outcome}`, async () => {
      const { ctx } = connect({ bookSlot: { status, body: {} } });
      assert.equal(await outcomeOf(book(ctx, rows.request())), outcome);
    });

  for (const [what, request, code] of [
    [
      'of an opening that is not ours',
      { opening: rows.opening({ vendorKey: 'op:1|prov:2' }) },
      'stale-opening',
    ],
    [
      'of a slot that is not claimed',
      { opening: rows.opening({ claims: ['slot:slot-2'] }) },
      'stale-opening',
    ],
    ['for a patient of no id', { patient: '../7' }, 'unknown-patient'],
  ] as const)
    test(`${what} sends nothing`, async () => {
      const { ctx, sent } = connect({});
      await assert.rejects(book(ctx, rows.request(request)), failure(code));
      assert.deepEqual(sent, []);
    });

  test('is refused where the server does not book', async () => {
    await assert.rejects(
      book(connect({}, { booking: 'none' }).ctx, rows.request()),
      failure('capability-missing'),
    );
  });
});

describe('A booking by conditional create', () => {
  const once = { booking: 'conditional-create' };
  const create = (answer: object) => connect({ bookSlotOnce: answer }, once);

  test('names the intent in its identifier and in If-None-Exist, whichever send it is', async () => {
    for (const marker of ['GW:7K3QX5M2TA.1', 'GW:7K3QX5M2TA.12']) {
      const { ctx, sent } = create({ status: 201, location: 'Appointment/a-1' });
      assert.deepEqual(await book(ctx, rows.request({ marker })), { id: 'a-1' });
      assert.equal(sent[0]?.ifNoneExist, 'identifier=urn:postern:booking|GW:7K3QX5M2TA');
      const { identifier, comment } = newAppointment.parse(sent[0]?.body);
      assert.deepEqual(identifier, [{ system: 'urn:postern:booking', value: 'GW:7K3QX5M2TA' }]);
      assert.equal(comment, marker);
    }
  });

  for (const [what, answer, outcome] of [
    [
      '200 and the appointment that an earlier send has made',
      { status: 200, location: 'Appointment/a-1' },
      'done',
    ],
    ['200 without saying which', { status: 200 }, 'ambiguous no-id'],
    ['412, because several match', { status: 412 }, 'ambiguous several'],
    ['409', { status: 409 }, 'refused taken'],
  ] as const)
    test(`answered ${what} is ${outcome}`, async () =>
      assert.equal(await outcomeOf(book(create(answer).ctx, rows.request())), outcome));
});

describe('A move', () => {
  const target = rows.request({
    opening: rows.opening({
      vendorKey: 'slot:slot-2',
      start: '2031-03-05T10:00:00-06:00',
      end: '2031-03-05T10:30:00-06:00',
      claims: ['practitioner:p-1', 'slot:slot-2'],
    }),
  });
  const patched = { changeAppointment: { status: 200 } };

  test('is one patch of the version that was read, and leaves the comment alone', async () => {
    const { ctx, sent } = connect({ appointment: rows.appointment(), ...patched });
    await move(ctx, 'appt-1', target);
    assert.deepEqual(
      sent.map(({ route }) => route),
      ['appointment', 'changeAppointment'],
    );
    assert.equal(sent[1]?.ifMatch, 'W/"3"');
    assert.deepEqual(sent[1]?.body, [
      { op: 'add', path: '/slot', value: [{ reference: 'Slot/slot-2' }] },
      { op: 'add', path: '/start', value: '2031-03-05T16:00:00Z' },
      { op: 'add', path: '/end', value: '2031-03-05T16:30:00Z' },
      { op: 'add', path: '/minutesDuration', value: 30 },
    ]);
  });

  test('to somebody else somewhere else names them in their places', async () => {
    const opening = rows.opening({
      ...target.opening,
      practitioner: 'p-2',
      location: 'l-2',
      claims: ['practitioner:p-2', 'slot:slot-2'],
    });
    const { ctx, sent } = connect({ appointment: rows.appointment(), ...patched });
    await move(ctx, 'appt-1', { ...target, opening });
    assert.deepEqual(appointmentPatch.parse(sent[1]?.body).slice(4), [
      { op: 'replace', path: '/participant/1/actor', value: { reference: 'Practitioner/p-2' } },
      { op: 'replace', path: '/participant/2/actor', value: { reference: 'Location/l-2' } },
    ]);
  });

  test('that has happened already writes nothing', async () => {
    const { ctx, sent } = connect({ appointment: rows.appointment() });
    await move(ctx, 'appt-1', rows.request());
    assert.equal(sent.length, 1);
  });

  for (const [what, changed, code] of [
    ['that is not there', undefined, 'not-found'],
    ['of another patient', { participant: [{ actor: { reference: 'Patient/pat-2' } }] }, 'unknown-patient'],
    ['that is cancelled', { status: 'cancelled' }, 'forbidden-transition'],
    ['that has begun', { status: 'arrived' }, 'forbidden-transition'],
    [
      'of several people to one',
      {
        participant: ['Patient/pat-1', 'Practitioner/p-1', 'Practitioner/p-2'].map((reference) => ({
          actor: { reference },
        })),
      },
      'business-rule',
    ],
    ['without a version', { meta: undefined }, 'capability-missing'],
  ] as const)
    test(`of an appointment ${what} sends nothing`, async () => {
      const { ctx, sent } = connect({ appointment: changed ? rows.appointment(changed) : { status: 404 } });
      await assert.rejects(move(ctx, 'appt-1', target), failure(code));
      assert.equal(sent.length, 1);
    });

  for (const [status, outcome] of [
    [409, 'refused taken'],
    [412, 'not-done rejected'],
    [422, 'refused taken'],
    [500, 'ambiguous status'],
  ] as const)
    test(`that is answered ${status} is ${outcome}`, async () => {
      const { ctx } = connect({ appointment: rows.appointment(), changeAppointment: { status } });
      assert.equal(await outcomeOf(move(ctx, 'appt-1', target)), outcome);
    });
});

describe('A cancellation', () => {
  test('is one patch of the version in the header, where there is one', async () => {
    const { ctx, sent } = connect({
      appointment: { status: 200, body: rows.appointment({ meta: undefined }), etag: 'W/"0"' },
      changeAppointment: { status: 200 },
    });
    await cancel(ctx, 'appt-1');
    assert.equal(sent[1]?.ifMatch, 'W/"0"');
    assert.deepEqual(sent[1]?.body, [
      { op: 'replace', path: '/status', value: 'cancelled' },
      {
        op: 'add',
        path: '/cancelationReason',
        value: {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason', code: 'pat' },
          ],
        },
      },
    ]);
  });

  for (const [status, outcome] of [
    ['cancelled', 'done'],
    ['noshow', 'failure forbidden-transition'],
    ['fulfilled', 'failure forbidden-transition'],
    ['entered-in-error', 'failure forbidden-transition'],
  ] as const)
    test(`of one that is ${status}: ${outcome}, and nothing is written`, async () => {
      const { ctx, sent } = connect({ appointment: rows.appointment({ status }) });
      assert.equal(await outcomeOf(cancel(ctx, 'appt-1')), outcome);
      assert.equal(sent.length, 1);
    });

  for (const [status, outcome] of [
    [409, 'refused rule'],
    [412, 'not-done rejected'],
    [422, 'refused rule'],
    [424, 'ambiguous status'],
  ] as const)
    test(`that is answered ${status} is ${outcome}: no time is taken by it`, async () => {
      const { ctx } = connect({ appointment: rows.appointment(), changeAppointment: { status } });
      assert.equal(await outcomeOf(cancel(ctx, 'appt-1')), outcome);
    });
});
