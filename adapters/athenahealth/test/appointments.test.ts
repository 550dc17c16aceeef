import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WireFailure } from '#adapter-kit/index.ts';
import { athenahealth } from '../index.ts';
import { fixture, openRowJson, replay, rowJson } from './replay.ts';

const { read, appointmentsOf, probe } = athenahealth.operations;
const { appointmentNotes } = fixture('read--booked');
const readOne = async (changed: object) =>
  read(replay({ appointment: [rowJson({ ...changed })], appointmentNotes }).ctx, '2310011');
const window = { from: '2031-03-04T00:00:00-08:00', to: '2031-03-05T00:00:00-08:00' };
const listed = (...appointments: readonly object[]) => ({
  bookedAppointments: { totalcount: appointments.length, appointments },
  appointmentNotes,
});

describe('An appointment at athenaOne', () => {
  test('reads as who, where, when and when it was made, and as nothing else', async () => {
    const { version, ...found } = (await readOne({})) ?? assert.fail();
    assert.deepEqual(found, {
      resource: {
        resourceType: 'Appointment',
        id: '2310011',
        status: 'booked',
        start: '2031-03-04T09:15:00-08:00',
        end: '2031-03-04T09:30:00-08:00',
        minutesDuration: 15,
        // 10:04:31 in New York.
        created: '2031-02-27T07:04:31-08:00',
        participant: [
          { actor: { reference: 'Patient/4471' }, status: 'accepted' },
          { actor: { reference: 'Practitioner/71' }, status: 'accepted' },
          { actor: { reference: 'Location/12' }, status: 'accepted' },
        ],
      },
      markers: ['GW:7K3QX6M2TA.1'],
      created: '2031-02-27T07:04:31-08:00',
      claims: ['appt:2310011'],
    });
    assert.match(version, /^02272031100431-[0-9a-z]+$/);
  });

  const letters: readonly [row: object, status: string | undefined][] = [
    [{ appointmentstatus: 'f' }, 'booked'],
    [{ appointmentstatus: 'f', date: '03/04/2029' }, 'booked'],
    [{ appointmentstatus: 'f', startcheckin: '03/04/2031 09:10:00' }, 'arrived'],
    [{ appointmentstatus: 'f', startcheckin: '' }, 'booked'],
    [{ appointmentstatus: '2' }, 'checked-in'],
    [{ appointmentstatus: '3' }, 'fulfilled'],
    [{ appointmentstatus: '4' }, 'fulfilled'],
    [{ appointmentstatus: 'x' }, 'cancelled'],
    [{ appointmentstatus: 'x', cancelreasonnoshow: 'true' }, 'noshow'],
    [{ appointmentstatus: 'x', cancelreasonnoshow: false }, 'cancelled'],
    [{ appointmentstatus: 'o' }, undefined],
  ];
  for (const [row, status] of letters)
    test(`of ${JSON.stringify(row)} is ${status ?? 'none'}`, async () =>
      assert.equal((await readOne(row))?.resource.status, status));

  test('of a letter that nobody has documented is an error, by itself and in a list', async () => {
    const isSchema = (error: unknown) => error instanceof WireFailure && error.reason === 'schema';
    for (const appointmentstatus of ['5', 'X', 'F', '', undefined, 2])
      await assert.rejects(readOne({ appointmentstatus }), isSchema);
    const { ctx } = replay(listed(rowJson(), rowJson({ appointmentid: '2', appointmentstatus: 'p' })));
    await assert.rejects(appointmentsOf(ctx, '4471', window), isSchema);
  });

  test('that was cancelled takes nothing, and names what took its place', async () => {
    const off = await readOne({ appointmentstatus: 'x', rescheduledappointmentid: '' });
    assert.deepEqual([off?.claims, off?.replacedBy], [[], undefined]);
    const moved = await readOne({ appointmentstatus: 'x', rescheduledappointmentid: 2310055 });
    assert.deepEqual([moved?.resource.status, moved?.replacedBy], ['cancelled', '2310055']);
    for (const none of [0, '0', null, '2310011'])
      assert.equal(
        (await readOne({ appointmentstatus: 'x', rescheduledappointmentid: none }))?.replacedBy,
        undefined,
      );
    const stands = await readOne({ rescheduledappointmentid: '2310055' });
    assert.equal(stands?.replacedBy, undefined, 'what stands was not replaced');
  });

  test('has another version when something that is seen has changed, and when athenaOne says so', async () => {
    const version = async (changed: object) => (await readOne(changed))?.version;
    const first = await version({});
    assert.equal(await version({ renderingproviderid: 9, encounterid: 7 }), first);
    for (const changed of [
      { starttime: '09:30' },
      { date: '03/05/2031' },
      { duration: '30' },
      { providerid: '72' },
      { startcheckin: '03/04/2031 09:10:00' },
      { lastmodified: '02/27/2031 10:04:32' },
      { appointmentstatus: 'x' },
    ])
      assert.notEqual(await version(changed), first, JSON.stringify(changed));
    assert.match(
      (await version({ lastmodified: 'a while ago', scheduleddatetime: '' })) ?? '',
      /^0-[0-9a-z]+$/,
    );
  });

  test('that is not there is undefined, where athenaOne says so; a gateway’s word, or a practice that is not there, is a failure', async () => {
    const answered = (status: number, body: string) =>
      read(replay({ appointment: { status, body } }).ctx, '2310011');
    assert.equal(await answered(404, '\n\n{"error":"The appointment is not available."}'), undefined);
    assert.equal(await answered(410, '{"error":"Gone."}'), undefined);
    for (const [status, body] of [
      [404, '\n\n{"error":"Invalid practice.","detailedmessage":"The practice ID does not exist."}'],
      [404, 'Service not registered with API gateway.'],
      [404, '<html><body>Not found {"error":""}</body></html>'],
      [404, ''],
      [410, ''],
      [410, '<h1>Gone</h1>'],
      [403, ''],
      [500, ''],
    ] as const)
      await assert.rejects(answered(status, body), { kind: 'answered', status });
    assert.equal(await read(replay({}).ctx, '-5'), undefined);
  });

  test('of another id than was asked for, and of a department without a clock, is not taken', async () => {
    await assert.rejects(readOne({ appointmentid: '2310012' }), { reason: 'another-appointment' });
    await assert.rejects(readOne({ departmentid: '77' }), { reason: 'no-zone' });
  });
});

describe('The marker of a booking', () => {
  const asked = async (changed: Readonly<Record<string, unknown>>) => {
    const line = replay({ appointment: [rowJson(changed)], appointmentNotes });
    const found = await read(line.ctx, '2310011');
    return [found?.markers, line.sent.filter(({ route }) => route === 'appointmentNotes').length];
  };
  const note = (text: string) => [{ id: '9', text, displayonschedule: 'false' }];
  const mark = 'GW:7K3QX6M2TA.1';

  test('is taken from the row where that has it, else from its notes, those of a cancelled one too', async () => {
    assert.deepEqual(await asked({ appointmentnotes: note(`Reason: ${mark}`) }), [[mark], 0]);
    assert.deepEqual(await asked({ appointmentnotes: note('Ring twice.') }), [[mark], 1]);
    assert.deepEqual(await asked({}), [[mark], 1]);
    assert.equal(athenahealth.routes.appointmentNotes.query.showdeleted.required, true);
  });

  test('is not looked for where a person made the appointment, and is where nobody says who did', async () => {
    assert.deepEqual(await asked({ scheduledby: 'jabbot' }), [[], 0]);
    assert.deepEqual(await asked({ scheduledby: 'jabbot', appointmentnotes: note(mark) }), [[mark], 0]);
    assert.deepEqual(await asked({ scheduledby: '' }), [[mark], 1]);
    assert.deepEqual(await asked({ scheduledby: undefined }), [[mark], 1]);
  });

  test('comes through alone', async () => {
    const appointmentNotes = { notes: [{ notetext: `Mina has a cold. ${mark}` }, { notetext: 'Canary' }] };
    const { ctx } = replay({ appointment: [rowJson()], appointmentNotes });
    assert.ok(!/cold|Canary/.test(JSON.stringify(await read(ctx, '2310011'))));
  });
});

describe('The appointments of a patient', () => {
  test('are asked for with the cancelled ones, without copays, and a day around the window', async () => {
    const line = replay(listed(rowJson()));
    const found = await appointmentsOf(line.ctx, '4471', window);
    assert.deepEqual(
      found.map(({ resource }) => resource.id),
      ['2310011'],
    );
    assert.deepEqual(line.sent[0]?.query, {
      patientid: '4471',
      startdate: '03/03/2031',
      enddate: '03/06/2031',
      showcancelled: 'true',
      showcopay: 'false',
      limit: '1000',
    });
  });

  test('are those that start in the window, by the clock of their department', async () => {
    const rows = ['00:00', '09:15', '23:45'].map((starttime, index) =>
      rowJson({ appointmentid: `${index + 1}`, starttime }),
    );
    const { ctx } = replay(
      listed(...rows, rowJson({ appointmentid: '4', date: '03/05/2031', starttime: '00:00' })),
    );
    const ids = async (from: string, to: string) =>
      (await appointmentsOf(ctx, '4471', { from, to })).map(({ resource }) => resource.id);
    assert.deepEqual(await ids(window.from, window.to), ['1', '2', '3']);
    assert.deepEqual(await ids('2031-03-04T17:15:00Z', '2031-03-04T17:15:01Z'), ['2']);
    assert.deepEqual(await ids('2031-03-04T09:15:00Z', '2031-03-04T17:15:00Z'), []);
    assert.deepEqual(await ids(window.to, window.from), []);
  });

  test('cost a reading of notes only where they start in the window', async () => {
    const line = replay(listed(rowJson({ date: '03/05/2031' })));
    assert.deepEqual(await appointmentsOf(line.ctx, '4471', window), []);
    assert.ok(!line.routes().includes('appointmentNotes'));
  });

  test('are not taken from a list that ignores whose they are', async () => {
    for (const patientid of ['9', '', undefined])
      await assert.rejects(appointmentsOf(replay(listed(rowJson({ patientid }))).ctx, '4471', window), {
        reason: 'filter-ignored',
      });
  });

  test('with an open slot among them are without it', async () => {
    const { ctx } = replay(listed(openRowJson({ patientid: '4471' })));
    assert.deepEqual(await appointmentsOf(ctx, '4471', window), []);
  });
});

test('The probe is a ping, of a practice that the key may see', async () => {
  assert.deepEqual(await probe(replay({ ping: { Pong: 'true' } }).ctx), {});
  const refused = {
    ping: { status: 401, body: '{"detailedmessage":"Bad auth.","error":"Incorrect permissions."}' },
  };
  await assert.rejects(probe(replay(refused).ctx), { kind: 'answered', status: 401 });
  await assert.rejects(probe(replay({ ping: { Pong: 'false' } }).ctx), { kind: 'unknown' });
});
