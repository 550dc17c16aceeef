import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { classifyWrite } from '#adapter-kit/classify-write.ts';
import { Failure, WireFailure } from '#adapter-kit/index.ts';
import { oracleHealth } from '../index.ts';
import { refusals } from '../map/issue.ts';
import { appointment, changedBody, connect, later, opening, request } from './clinic.ts';

const { book, move, cancel } = oracleHealth.operations;

async function outcomeOf(write: Promise<unknown>): Promise<string> {
  try {
    await write;
    return 'done';
  } catch (error) {
    if (error instanceof Failure) return `failure ${error.code}`;
    if (!(error instanceof WireFailure)) throw error;
    const { outcome, reason } = classifyWrite(error, refusals, oracleHealth.routes);
    return `${outcome} ${reason}`;
  }
}

describe('A booking at Oracle Health', () => {
  test('says the slot, the patient and the marker, and nothing of time, place or practitioner', async () => {
    const location = 'https://fhir-ehr.cerner.com/r4/tenant/Appointment/20465903';
    const { ctx, sent } = connect({ bookSlot: { status: 201, location, etag: 'W/"0"' } });
    assert.deepEqual(await book(ctx, request), { id: '20465903' });
    assert.deepEqual(
      sent.map(({ body }) => body),
      [
        {
          resourceType: 'Appointment',
          status: 'booked',
          slot: [{ reference: 'Slot/4047611-32216049-61518614-0' }],
          participant: [{ actor: { reference: 'Patient/12724066' }, status: 'accepted' }],
          comment: 'GW:7K3QX5M2TA.1',
        },
      ],
    );
  });

  test('of two slots is not let out', async () => {
    const { ctx, sent } = connect({});
    const claims = [...opening.claims, 'slot:next-1'];
    assert.equal(
      await outcomeOf(book(ctx, { ...request, opening: { ...opening, claims } })),
      'not-done body',
    );
    assert.deepEqual(sent, []);
  });

  for (const [status, outcome] of [
    [422, 'refused taken'],
    [401, 'not-done unauthorized'],
    [403, 'not-done unauthorized'],
    [404, 'not-done missing'],
    [406, 'not-done rejected'],
    [423, 'not-done throttled'],
    [429, 'not-done throttled'],
    [400, 'ambiguous status'],
    [409, 'ambiguous status'],
    [424, 'ambiguous status'],
    [500, 'ambiguous status'],
  ] as const)
    test(`answered ${status} is ${outcome}`, async () =>
      assert.equal(await outcomeOf(book(connect({ bookSlot: { status } }).ctx, request)), outcome));
});

describe('A change at Oracle Health', () => {
  test('of the slot is a move, of the version that was read', async () => {
    const { ctx, sent } = connect({ appointment, changeAppointment: { status: 200 } });
    await move(ctx, '20465903', later);
    assert.equal(sent[1]?.ifMatch, 'W/"0"');
    assert.deepEqual(sent[1]?.body, [
      { op: 'replace', path: '/slot', value: [{ reference: 'Slot/next-1' }] },
    ]);
  });

  test('of the status goes with its reason', async () => {
    const { ctx, sent } = connect({ appointment, changeAppointment: { status: 200 } });
    await cancel(ctx, '20465903');
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

  for (const [status, moved, cancelled] of [
    [409, 'not-done rejected', 'not-done rejected'],
    [412, 'not-done rejected', 'not-done rejected'],
    [422, 'refused taken', 'refused rule'],
    [423, 'not-done throttled', 'not-done throttled'],
    [424, 'ambiguous status', 'ambiguous status'],
  ] as const)
    test(`answered ${status} is ${moved} for a move, ${cancelled} for a cancellation`, async () => {
      const script = { appointment, changeAppointment: { status } };
      assert.equal(await outcomeOf(move(connect(script).ctx, '20465903', later)), moved);
      assert.equal(await outcomeOf(cancel(connect(script).ctx, '20465903')), cancelled);
    });

  test('that the server says it would not allow is not sent', async () => {
    const no = (name: string) =>
      changedBody({
        extension: [
          { url: `https://fhir-ehr.cerner.com/r4/StructureDefinition/${name}`, valueBoolean: false },
        ],
      });
    const cancelling = connect({ appointment: no('is-cancelable') });
    assert.equal(await outcomeOf(cancel(cancelling.ctx, '20465903')), 'failure business-rule');
    const moving = connect({ appointment: no('is-reschedulable') });
    assert.equal(await outcomeOf(move(moving.ctx, '20465903', later)), 'failure business-rule');
    assert.deepEqual([cancelling.sent.length, moving.sent.length], [1, 1]);
  });
});
