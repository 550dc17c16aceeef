import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WireFailure } from '#adapter-kit/index.ts';
import { replay, type Script } from '#adapter-kit/testing/index.ts';
import { fhirR4 } from '../index.ts';
import { searchset } from './fixture.ts';
import * as rows from './rows.ts';

const { read } = fhirR4.operations;
const connect = (script: Script) => replay(fhirR4, script, { settings: { booking: 'slot-reference' } });

describe('Reading', () => {
  test('a record that was an error finds no appointment', async () => {
    const { ctx } = connect({ appointment: rows.appointment({ status: 'entered-in-error' }) });
    assert.equal(await read(ctx, 'appt-1'), undefined);
  });

  for (const status of ['pending', 'proposed', 'waitlist'] as const)
    test(`a record that is ${status} tells that it is`, async () => {
      const found = await read(connect({ appointment: rows.appointment({ status }) }).ctx, 'appt-1');
      assert.equal(found?.resource.status, status);
    });

  test('a record of another shape fails, so that nobody takes it for none', async () => {
    const { ctx } = connect({ appointment: rows.appointment({ status: 'unheard-of' }) });
    await assert.rejects(read(ctx, 'appt-1'), WireFailure);
  });

  test('a patient’s appointments leaves out other people and other times', async () => {
    const entry = (id: string, changed: object) => ({ resource: rows.appointment({ id, ...changed }) });
    const appointments = {
      resourceType: 'Bundle',
      entry: [
        entry('mine', {}),
        entry('theirs', { participant: [{ actor: { reference: 'Patient/pat-2' } }] }),
        entry('later', { start: '2031-03-05T06:00:00Z', end: '2031-03-05T07:00:00Z' }),
        entry('cancelled', { status: 'cancelled' }),
      ],
    };
    const { ctx, sent } = connect({ appointments });
    const found = await fhirR4.operations.appointmentsOf(ctx, 'pat-1', rows.window);
    assert.deepEqual(
      found.map(({ resource }) => resource.id),
      ['mine', 'cancelled'],
    );
    const date = ['ge2031-03-04T06:00:00Z', 'lt2031-03-05T06:00:00Z'];
    assert.deepEqual(sent[0]?.repeated, { date });
    assert.deepEqual(sent[0]?.query, {
      patient: 'Patient/pat-1',
      date: date[0],
      _sort: 'date',
      _count: '100',
    });
  });

  for (const code of ['incomplete', 'suppressed'])
    test(`a patient’s appointments fails where the server says of its answer that it is ${code}`, async () => {
      const outcome = { resourceType: 'OperationOutcome', issue: [{ severity: 'warning', code }] };
      const appointments = searchset([outcome]);
      const asked = fhirR4.operations.appointmentsOf(connect({ appointments }).ctx, 'pat-1', rows.window);
      await assert.rejects(asked, (error) => error instanceof WireFailure && error.reason === 'not-whole');
    });

  test('a patient’s appointments minds no other warning', async () => {
    const outcome = {
      resourceType: 'OperationOutcome',
      issue: [{ severity: 'warning', code: 'processing' }],
    };
    const { ctx } = connect({ appointments: searchset([rows.appointment(), outcome]) });
    assert.equal((await fhirR4.operations.appointmentsOf(ctx, 'pat-1', rows.window)).length, 1);
  });

  test('a patient’s appointments fails for one that cannot be read', async () => {
    const appointments = {
      resourceType: 'Bundle',
      entry: [{ resource: rows.appointment({ status: 'unheard-of' }) }],
    };
    const asked = fhirR4.operations.appointmentsOf(connect({ appointments }).ctx, 'pat-1', rows.window);
    await assert.rejects(asked, WireFailure);
  });
});
