import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BookingRequest, Failure, type Opening } from '#adapter-kit/index.ts';
import { openDental } from '../index.ts';
import { fixture, replay } from './replay.ts';
import { appointmentJson, scheduleJson } from './rows.ts';

const { appointmentsOf, book, cancel, move, read } = openDental.operations;
const opening: Opening = {
  vendorKey: 'op:4|prov:7',
  start: '2031-03-04T11:00:00-06:00',
  end: '2031-03-04T11:30:00-06:00',
  minutes: 30,
  practitioner: '7',
  location: '4',
  claims: ['op:4', 'prov:7'],
};
const request: BookingRequest = { patient: '3051', opening, marker: 'GW:7K3QX6M2TA.1' };
const at = (start: string, end: string): BookingRequest => ({
  ...request,
  opening: { ...opening, start, end },
});
const failure = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;
const office = fixture('office');

test('a booking says everything and nothing more', async () => {
  const line = replay({ ...office, createAppointment: { AptNum: 90001 } });
  assert.deepEqual(await book(line.ctx, request), { id: '90001' });
  assert.deepEqual(line.sent.at(-1)?.body, {
    PatNum: 3051,
    Op: 4,
    ProvNum: 7,
    ClinicNum: 2,
    AptDateTime: '2031-03-04 11:00:00',
    AptStatus: 'Scheduled',
    Pattern: 'XXXXXX',
    Note: 'GW:7K3QX6M2TA.1',
  });
});

test('without clinics no clinic is sent', async () => {
  const operatories = [{ OperatoryNum: 4, OpName: 'Chair', IsHidden: 'false', ClinicNum: 0 }];
  const line = replay({ operatories, createAppointment: { AptNum: 90001 } });
  await book(line.ctx, request);
  assert.ok(!Object.hasOwn(Object(line.sent.at(-1)?.body), 'ClinicNum'));
});

test('the time that is sent is the one on the wall of the practice', async () => {
  for (const [start, end, timeZone, sent] of [
    ['2031-07-04T16:00:00Z', '2031-07-04T16:30:00Z', 'America/Chicago', '2031-07-04 11:00:00'],
    ['2031-07-04T16:00:00Z', '2031-07-04T16:30:00Z', 'America/Phoenix', '2031-07-04 09:00:00'],
    ['2031-11-02T01:30:00-05:00', '2031-11-02T02:00:00-05:00', 'America/Chicago', '2031-11-02 01:30:00'],
    ['2031-03-09T03:00:00-05:00', '2031-03-09T03:30:00-05:00', 'America/Chicago', '2031-03-09 03:00:00'],
  ] as const) {
    const line = replay({ ...office, createAppointment: { AptNum: 1 } }, { timeZone });
    await book(line.ctx, at(start, end));
    assert.equal(Object(line.sent.at(-1)?.body).AptDateTime, sent);
  }
});

const refused: readonly [why: string, request: BookingRequest, code: string][] = [
  [
    'a time that the wall shows a second time',
    at('2031-11-02T01:30:00-06:00', '2031-11-02T02:00:00-06:00'),
    'stale-opening',
  ],
  [
    'a length that is no multiple of five',
    { ...request, opening: { ...opening, minutes: 32 } },
    'business-rule',
  ],
  ['a key of another make', { ...request, opening: { ...opening, vendorKey: 'appt:123' } }, 'stale-opening'],
  ['a patient id that is none', { ...request, patient: '3051; --' }, 'unknown-patient'],
  ['a hidden chair', { ...request, opening: { ...opening, vendorKey: 'op:5|prov:7' } }, 'stale-opening'],
  [
    'a chair that is not there',
    { ...request, opening: { ...opening, vendorKey: 'op:44|prov:7' } },
    'stale-opening',
  ],
];
for (const [why, asked, code] of refused) {
  test(`a booking is refused before it is sent: ${why}`, async () => {
    const line = replay(office);
    await assert.rejects(book(line.ctx, asked), failure(code));
    assert.ok(line.sent.every(({ method }) => method === 'GET'));
  });
}

test('a marker of another form does not pass the wall', async () => {
  const line = replay(office);
  await assert.rejects(book(line.ctx, { ...request, marker: 'Ada Okafor, toothache' }), { kind: 'refused' });
  assert.ok(line.sent.every(({ method }) => method === 'GET'));
});

test('a move says where and when, and leaves the Note and a pattern of the right length alone', async () => {
  const line = replay({ appointment: appointmentJson(), moveAppointment: { AptNum: 88210 } });
  await move(line.ctx, '88210', request);
  const body = { AptStatus: 'Scheduled', AptDateTime: '2031-03-04 11:00:00', Op: 4, ProvNum: 7 };
  assert.deepEqual([line.sent.at(-1)?.path, line.sent.at(-1)?.body], ['/appointments/88210', body]);
});

test('a move to another length sends the new pattern', async () => {
  const line = replay({
    appointment: appointmentJson({ Pattern: '//XX' }),
    moveAppointment: { AptNum: 88210 },
  });
  await move(line.ctx, '88210', request);
  assert.equal(Object(line.sent.at(-1)?.body).Pattern, 'XXXXXX');
});

test('what is on the unscheduled list or broken can be put on the schedule again', async () => {
  for (const AptStatus of ['UnschedList', 'Broken']) {
    const line = replay({
      appointment: appointmentJson({ AptStatus, Op: 0 }),
      moveAppointment: { AptNum: 88210 },
    });
    await move(line.ctx, '88210', request);
    assert.equal(line.sent.at(-1)?.route, 'moveAppointment');
  }
});

const unmovable: readonly [why: string, row: Record<string, unknown>, code: string][] = [
  ['a completed visit', { AptStatus: 'Complete' }, 'forbidden-transition'],
  ['a plan', { AptStatus: 'Planned' }, 'forbidden-transition'],
  ['a note', { AptStatus: 'PtNote' }, 'forbidden-transition'],
  ['the visit of somebody else', { PatNum: 9 }, 'unknown-patient'],
];
for (const [why, row, code] of unmovable) {
  test(`not moved: ${why}`, async () => {
    await assert.rejects(
      move(replay({ appointment: appointmentJson(row) }).ctx, '88210', request),
      failure(code),
    );
  });
}

test('a hygienist who stays on the visit has to be at work and free at the new time', async () => {
  const appointment = appointmentJson({ ProvHyg: 8 });
  const hygiene = scheduleJson({ ScheduleNum: '2', ProvNum: '8', operatories: '6', StopTime: '12:00:00' });
  const elsewhere = appointmentJson({ AptNum: 5, Op: 6, ProvNum: 8, AptDateTime: '2031-03-04 11:15:00' });
  const itself = { ...appointment, AptDateTime: '2031-03-04 11:15:00' };
  for (const [schedules, appointments, moved] of [
    [[hygiene], [], true],
    [[hygiene], [itself], true],
    [[hygiene], [elsewhere], false],
    [[], [], false],
  ] as const) {
    const line = replay({
      ...office,
      appointment,
      schedules,
      appointments,
      moveAppointment: { AptNum: 88210 },
    });
    if (moved) await move(line.ctx, '88210', request);
    else await assert.rejects(move(line.ctx, '88210', request), failure('slot-taken'));
    assert.equal(line.sent.at(-1)?.route === 'moveAppointment', moved);
  }
});

test('a cancellation sends the visit to the unscheduled list, without a kind that costs a fee', async () => {
  const line = replay({ appointment: appointmentJson(), breakAppointment: { status: 200, body: '' } });
  await cancel(line.ctx, '88210');
  assert.deepEqual(line.sent.at(-1)?.path, '/appointments/88210/Break');
  assert.deepEqual(line.sent.at(-1)?.body, { sendToUnscheduledList: 'true' });
});

test('what is cancelled already is not cancelled again', async () => {
  for (const AptStatus of ['Broken', 'UnschedList']) {
    const line = replay({ appointment: appointmentJson({ AptStatus }) });
    await cancel(line.ctx, '88210');
    assert.equal(line.sent.length, 1);
  }
});

test('a visit that was, or is none, is not cancelled', async () => {
  for (const AptStatus of ['Complete', 'Planned', 'PtNote', 'PtNoteCompleted']) {
    const line = replay({ appointment: appointmentJson({ AptStatus }) });
    await assert.rejects(cancel(line.ctx, '88210'), failure('forbidden-transition'));
  }
});

test('what is not there is neither moved nor cancelled', async () => {
  const gone = { appointment: { status: 404, body: 'not found' } };
  await assert.rejects(move(replay(gone).ctx, '88210', request), failure('not-found'));
  await assert.rejects(cancel(replay(gone).ctx, '88210'), failure('not-found'));
});

test('a visit that was missed is told from one that was cancelled by its history', async () => {
  const missed = fixture('read--missed');
  assert.equal((await read(replay(missed).ctx, '88210'))?.resource.status, 'noshow');
  assert.equal((await read(replay({ ...missed, history: [] }).ctx, '88210'))?.resource.status, 'cancelled');
});

test('the history of a visit that was not broken is not asked for', async () => {
  const line = replay({ appointment: appointmentJson() });
  await read(line.ctx, '88210');
  assert.deepEqual(
    line.sent.map(({ route }) => route),
    ['appointment'],
  );
});

test("a patient's visits are those that start in the window, whatever their status, and no notes or plans", async () => {
  const rows = [
    { AptNum: 1, AptDateTime: '2031-03-04 09:59:00' },
    { AptNum: 2, AptDateTime: '2031-03-04 10:00:00' },
    { AptNum: 3, AptDateTime: '2031-03-04 10:30:00', AptStatus: 'UnschedList', Op: 0 },
    { AptNum: 4, AptDateTime: '2031-03-04 10:30:00', AptStatus: 'PtNote' },
    { AptNum: 5, AptDateTime: '2031-03-04 10:30:00', AptStatus: 'Planned' },
    { AptNum: 6, AptDateTime: '2031-03-04 11:00:00' },
  ];
  const line = replay({ appointments: rows.map(appointmentJson) });
  const window = { from: '2031-03-04T10:00:00-06:00', to: '2031-03-04T11:00:00-06:00' };
  const found = await appointmentsOf(line.ctx, '3051', window);
  assert.deepEqual(
    found.map(({ resource }) => `${resource.id} ${resource.status}`),
    ['2 booked', '3 cancelled'],
  );
  assert.deepEqual(line.sent[0]?.query, { dateStart: '2031-03-04', dateEnd: '2031-03-04', PatNum: '3051' });
});
