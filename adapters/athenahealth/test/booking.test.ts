import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '#adapter-kit/index.ts';
import { athenahealth } from '../index.ts';
import {
  fixture,
  inTurn,
  later,
  opening,
  openRowJson,
  outcomeOf,
  replay,
  request,
  rowJson,
  settings,
  slotJson,
  slotPage,
} from './replay.ts';

const { book, move, cancel, hold, release, openings, verify, changes, createPatient } =
  athenahealth.operations;
const booked = { appointment: [rowJson()] };
const missing = { status: 404, body: '\n\n{"error":"The appointment is not available."}' };
const failure = (code: string) => (error: unknown) => error instanceof Failure && error.code === code;

describe('A booking at athenaOne', () => {
  test('says the patient, the department, the reason and the marker, and asks for no task of the clinic', async () => {
    const line = replay(fixture('book--booked'));
    assert.deepEqual(await book(line.ctx, request), { id: '2310011' });
    assert.deepEqual(
      line.sent.map(({ path, body }) => [path, body]),
      [
        [
          '/appointments/2310011',
          {
            patientid: '4471',
            departmentid: '12',
            reasonid: '962',
            nopatientcase: 'true',
            bookingnote: 'GW:7K3QX6M2TA.1',
          },
        ],
      ],
    );
  });

  test('by a type of the staff says that type and no reason', async () => {
    const line = replay(fixture('book--booked'));
    const vendorKey = 'appt:2310011|dept:12|prov:71|type:83';
    await book(line.ctx, { ...request, opening: { ...opening, vendorKey } });
    const body = Object(line.sent[0]?.body);
    assert.deepEqual([body.appointmenttypeid, body.reasonid], ['83', undefined]);
  });

  test('of what is no opening, no patient or no marker is not let out', async () => {
    const line = replay({});
    const other = { ...opening, vendorKey: 'op:4|prov:7' };
    assert.equal(await outcomeOf(book(line.ctx, { ...request, opening: other })), 'failure stale-opening');
    assert.equal(
      await outcomeOf(book(line.ctx, { ...request, patient: '4471&x=1' })),
      'failure unknown-patient',
    );
    assert.equal(await outcomeOf(book(line.ctx, { ...request, marker: 'Mina, toothache' })), 'not-done body');
    assert.deepEqual(line.sent, []);
  });

  test('answered 409 is taken, which the gateway says only after it has looked for its own', async () => {
    const line = replay(fixture('book--slot-taken'));
    assert.equal(await outcomeOf(book(line.ctx, request)), 'refused taken');
  });

  const error = (text: string, more = '') => `\n\n{"error":"${text}"${more}}`;
  const answers: readonly [status: number, body: string, outcome: string][] = [
    [401, 'Developer Inactive', 'not-done unauthorized'],
    [401, error('Incorrect permissions.'), 'not-done unauthorized'],
    [403, error('You do not have permission.'), 'not-done unauthorized'],
    [403, error('Rate limits are not your permission.'), 'not-done unauthorized'],
    [403, '<h1>Developer Over Rate</h1>', 'not-done throttled'],
    [403, 'Developer Over Qps', 'not-done throttled'],
    [403, 'Limit exceeded', 'not-done throttled'],
    [403, 'Too many queries', 'not-done throttled'],
    [403, 'Forbidden', 'ambiguous status'],
    [429, 'Too many', 'not-done throttled'],
    [400, error('Additional fields are required.', ',"missingfields":["patientid"]'), 'not-done rejected'],
    [
      400,
      error('The data provided is invalid.', ',"detailedmessage":"Appointment type ID is invalid."'),
      'not-done rejected',
    ],
    [400, error('The data provided is invalid.'), 'ambiguous status'],
    [404, error('Invalid practice.'), 'not-done rejected'],
    [404, 'Service not registered with API gateway.', 'not-done rejected'],
    [404, error('The appointment is not available.'), 'ambiguous status'],
    [409, error('Something else.'), 'ambiguous status'],
    [410, '', 'ambiguous status'],
    [500, '', 'ambiguous status'],
    [503, '', 'ambiguous status'],
  ];
  for (const [status, body, outcome] of answers)
    test(`answered ${status} ${JSON.stringify(body)} is ${outcome}`, async () =>
      assert.equal(await outcomeOf(book(replay({ bookSlot: { status, body } }).ctx, request)), outcome));

  for (const body of [
    [],
    {},
    [{}],
    [{ appointmentid: '' }],
    [{ appointmentid: '1' }, { appointmentid: '2' }],
    1,
  ])
    test(`answered 200 ${JSON.stringify(body)} is ambiguous`, async () =>
      assert.equal(
        await outcomeOf(book(replay({ bookSlot: { status: 200, body } }).ctx, request)),
        'ambiguous schema',
      ));
});

describe('A move at athenaOne', () => {
  const moved = { ...request, opening: later };

  test('names the slot, the patient and the reason, and ends with the id of what stands now', async () => {
    const line = replay({ ...booked, ...fixture('reschedule--sparse') });
    assert.deepEqual(await move(line.ctx, '2310011', moved), { id: '2310055' });
    const { path, body } = line.sent.at(-1) ?? assert.fail();
    assert.equal(path, '/appointments/2310011/reschedule');
    assert.deepEqual(body, {
      newappointmentid: '2310055',
      patientid: '4471',
      reasonid: '962',
      nopatientcase: 'true',
    });
  });

  const gone = rowJson({ appointmentstatus: 'x', rescheduledappointmentid: '2310055' });
  const stands = rowJson({ appointmentid: '2310055', date: '03/06/2031', starttime: '10:00' });

  test('that was made already sends nothing and gives the same id', async () => {
    const line = replay({ appointment: inTurn([gone], [stands]) });
    assert.deepEqual(await move(line.ctx, '2310011', moved), { id: '2310055' });
    assert.deepEqual(line.routes(), ['appointment', 'appointment']);
  });

  test('follows what took the place of what took its place', async () => {
    const between = rowJson({
      appointmentid: '2310044',
      appointmentstatus: 'x',
      rescheduledappointmentid: 2310055,
    });
    const first = rowJson({ appointmentstatus: 'x', rescheduledappointmentid: '2310044' });
    const line = replay({ appointment: inTurn([first], [between], [stands]) });
    assert.deepEqual(await move(line.ctx, '2310011', moved), { id: '2310055' });
  });

  test('to where it stands is none', async () => {
    const line = replay(booked);
    assert.deepEqual(await move(line.ctx, '2310011', request), { id: '2310011' });
    assert.deepEqual(line.routes(), ['appointment']);
  });

  test('by a type of the staff keeps the type of the visit, and so its length', async () => {
    const vendorKey = 'appt:2310055|dept:12|prov:71|type:83';
    const line = replay({ ...booked, ...fixture('reschedule--sparse') });
    await move(line.ctx, '2310011', { ...moved, opening: { ...later, vendorKey } });
    assert.equal(Object(line.sent.at(-1)?.body).reasonid, undefined);
    const longer = { ...later, vendorKey, minutes: 30 };
    await assert.rejects(
      move(replay(booked).ctx, '2310011', { ...moved, opening: longer }),
      failure('business-rule'),
    );
  });

  const refused: readonly [why: string, script: object, code: string][] = [
    ['what is not there', { appointment: missing }, 'not-found'],
    ['an open slot', { appointment: [openRowJson()] }, 'not-found'],
    ['the visit of somebody else', { appointment: [rowJson({ patientid: '9' })] }, 'unknown-patient'],
    ['what was cancelled', { appointment: [rowJson({ appointmentstatus: 'x' })] }, 'forbidden-transition'],
    [
      'what the desk moved elsewhere',
      {
        appointment: inTurn(
          [{ ...gone, rescheduledappointmentid: '2310077' }],
          [{ ...stands, appointmentid: '2310077' }],
        ),
      },
      'forbidden-transition',
    ],
    [
      'what has begun',
      { appointment: [rowJson({ startcheckin: '03/04/2031 09:10:00' })] },
      'forbidden-transition',
    ],
    ['what is over', { appointment: [rowJson({ appointmentstatus: '3' })] }, 'forbidden-transition'],
  ];
  for (const [why, script, code] of refused)
    test(`of ${why} is not sent`, async () => {
      const line = replay({ ...script });
      await assert.rejects(move(line.ctx, '2310011', moved), failure(code));
      assert.ok(line.routes().every((route) => route === 'appointment'));
    });
});

describe('A cancellation at athenaOne', () => {
  test('says the patient who has the visit, and no reason', async () => {
    const line = replay({ ...booked, cancelAppointment: { status: 200, body: { status: 'x' } } });
    await cancel(line.ctx, '2310011');
    assert.deepEqual(
      [line.sent.at(-1)?.path, line.sent.at(-1)?.body],
      ['/appointments/2310011/cancel', { patientid: '4471', nopatientcase: 'true' }],
    );
  });

  test('of what is cancelled already sends nothing; of what stands elsewhere, has begun or is not there is refused', async () => {
    const off = replay({ appointment: [rowJson({ appointmentstatus: 'x', rescheduledappointmentid: 0 })] });
    await cancel(off.ctx, '2310011');
    assert.deepEqual(off.routes(), ['appointment']);
    for (const [appointment, code] of [
      [[rowJson({ appointmentstatus: 'x', rescheduledappointmentid: '2310055' })], 'forbidden-transition'],
      [[rowJson({ appointmentstatus: '2' })], 'forbidden-transition'],
      [[rowJson({ appointmentstatus: '4' })], 'forbidden-transition'],
      [[openRowJson()], 'not-found'],
      [{ ...missing, status: 410 }, 'not-found'],
    ] as const)
      await assert.rejects(cancel(replay({ appointment }).ctx, '2310011'), failure(code));
  });

  for (const answer of [
    { status: 400, body: '\n\n{"error":"The data provided is invalid."}' },
    { status: 404, body: '\n\n{"error":"The appointment is not available."}' },
    { status: 409, body: '' },
    { status: 200, body: { status: 'f' } },
    { status: 200, body: { error: 'too late' } },
  ])
    test(`answered ${JSON.stringify(answer)} is ambiguous: nobody has written down what it means`, async () => {
      const outcome = await outcomeOf(
        cancel(replay({ ...booked, cancelAppointment: answer }).ctx, '2310011'),
      );
      assert.match(outcome, /^ambiguous /);
    });
});

describe('A freeze', () => {
  const open = { appointment: [openRowJson()] };
  const frozen = { appointment: [openRowJson({ frozen: true })] };
  const says = (success: unknown, errormessage = '') => ({ freezeSlot: { success, errormessage } });
  const bodies = (line: ReturnType<typeof replay>) =>
    line.sent.flatMap(({ route, body }) => (route === 'freezeSlot' ? [body] : []));

  test('holds a slot that is open', async () => {
    for (const success of [true, 'true']) {
      const line = replay({ ...open, ...says(success) });
      await hold(line.ctx, opening);
      assert.deepEqual(bodies(line), [{ freeze: 'true' }]);
    }
  });

  test('that fails with 200 holds nothing: of somebody faster it is taken, else the gateway holds alone', async () => {
    const rows = [
      ['Appointment is already frozen.', 'slot-taken'],
      ['Some other reason.', 'capability-missing'],
    ] as const;
    for (const [message, code] of rows)
      await assert.rejects(hold(replay({ ...open, ...says('false', message) }).ctx, opening), failure(code));
    const silent = hold(replay({ ...open, freezeSlot: {} }).ctx, opening);
    assert.equal(await outcomeOf(silent), 'ambiguous schema');
  });

  test('is not tried on what is booked, frozen or gone, nor for a visit that takes several slots', async () => {
    const rows = [
      [booked, opening, 'slot-taken'],
      [frozen, opening, 'slot-taken'],
      [{ appointment: missing }, opening, 'slot-taken'],
      [open, { ...opening, minutes: 30 }, 'capability-missing'],
      [open, { ...opening, vendorKey: 'slot:1' }, 'stale-opening'],
    ] as const;
    for (const [script, asked, code] of rows) {
      const line = replay(script);
      await assert.rejects(hold(line.ctx, asked), failure(code));
      assert.deepEqual(bodies(line), []);
    }
  });

  test('is taken away literally, and success as well when it was away already', async () => {
    for (const reply of [says(true), says(false, 'Appointment is already unfrozen.')]) {
      const line = replay({ ...frozen, ...reply });
      await release(line.ctx, opening);
      assert.deepEqual(bodies(line), [{ freeze: 'false' }]);
    }
    await assert.rejects(release(replay({ ...frozen, ...says(false, 'No.') }).ctx, opening));
  });

  const shown = { openSlots: slotPage(slotJson({ frozen: true })) };
  const byStaff = { appointment: [openRowJson({ lastmodifiedby: 'jabbot' })] };

  test('is looked for in a search that shows frozen slots, where a slot that is read by its id does not tell', async () => {
    const line = replay({ ...open, ...shown, ...says(true) });
    await release(line.ctx, opening);
    assert.deepEqual(bodies(line), [{ freeze: 'false' }]);
    const { showfrozenslots, startdate, enddate } = line.sent[1]?.query ?? {};
    assert.deepEqual([showfrozenslots, startdate, enddate], ['true', '03/04/2031', '03/04/2031']);
    await assert.rejects(hold(replay({ ...open, ...shown }).ctx, opening), failure('slot-taken'));
  });

  test('is taken away as well where no search shows the slot: its answer tells, and a refusal is no success', async () => {
    const hidden = { ...open, openSlots: slotPage() };
    for (const reply of [says(true), says(false, 'Appointment is already unfrozen.')]) {
      const line = replay({ ...hidden, ...reply });
      await release(line.ctx, opening);
      assert.deepEqual(bodies(line), [{ freeze: 'false' }]);
    }
    await assert.rejects(release(replay({ ...hidden, ...says(false, 'No.') }).ctx, opening));
  });

  test('is not begun on a slot that a person touched last, because it could not be taken away', async () => {
    const line = replay({ ...byStaff, ...says(true) });
    await assert.rejects(hold(line.ctx, opening), failure('capability-missing'));
    assert.deepEqual(bodies(line), []);
    const control = replay({ appointment: [openRowJson({ lastmodifiedby: 'API-4242' })], ...says(true) });
    await hold(control.ctx, opening);
    assert.deepEqual(bodies(control), [{ freeze: 'true' }]);
  });

  test('of a slot that a person touched last is tried again until somebody knows whether there is one', async () => {
    const line = replay({ ...byStaff, openSlots: slotPage() });
    await assert.rejects(release(line.ctx, opening), { reason: 'frozen-unknown' });
    for (const openSlots of [slotPage(slotJson()), slotPage(slotJson({ frozen: true }))]) {
      const known = replay({ ...byStaff, openSlots });
      await release(known.ctx, opening);
      assert.deepEqual(bodies(known), []);
    }
  });

  test('of a person, and a slot that is booked, gone or not frozen, is left alone', async () => {
    for (const script of [
      { appointment: [openRowJson({ frozen: true, lastmodifiedby: 'jabbot' })] },
      { appointment: [rowJson({ frozen: true })] },
      { appointment: missing },
      open,
    ]) {
      const line = replay(script);
      await release(line.ctx, opening);
      assert.deepEqual(bodies(line), []);
    }
    const ours = replay({
      appointment: [openRowJson({ frozen: true, lastmodifiedby: 'API-4242' })],
      ...says(true),
    });
    await release(ours.ctx, opening);
    assert.equal(bodies(ours).length, 1);
  });
});

describe('What a practice has not said or does not want', () => {
  const window = { from: opening.start, to: opening.end };
  const asks: readonly [
    what: string,
    left: object,
    ask: (ctx: ReturnType<typeof replay>['ctx']) => Promise<unknown>,
  ][] = [
    ['openings', { visitTypes: '' }, (ctx) => openings(ctx, { ...window, minutes: 15 })],
    ['verify', { departments: '' }, (ctx) => verify(ctx, opening)],
    ['book', { providers: '' }, (ctx) => book(ctx, request)],
    ['hold', { freezeHeldTimes: false }, (ctx) => hold(ctx, opening)],
    ['release', { freezeHeldTimes: false }, (ctx) => release(ctx, opening)],
    ['changes', { changeFeed: false }, (ctx) => changes(ctx, opening.start)],
    [
      'createPatient',
      { newPatientDepartment: '' },
      (ctx) => createPatient(ctx, { family: 'A', given: 'B', birthDate: '1990-01-01', phone: '2065550142' }),
    ],
  ];
  for (const [what, left, ask] of asks)
    test(`is refused and nothing is sent: ${what}`, async () => {
      const line = replay({}, { settings: { ...settings, ...left } });
      await assert.rejects(ask(line.ctx), failure('capability-missing'));
      assert.deepEqual(line.sent, []);
    });

  test('is not declared either', () => {
    const declared = (given: object) => {
      const {
        find,
        book: books,
        hold: holds,
        createPatient: creates,
        changes: tells,
      } = athenahealth.capabilitiesWith({ ...settings, ...given });
      return [find, books, holds, creates, tells !== undefined];
    };
    assert.deepEqual(declared({}), [true, true, 'native', true, true]);
    assert.deepEqual(declared({ visitTypes: '' }), [false, false, 'gateway', true, true]);
    assert.deepEqual(declared({ freezeHeldTimes: false, newPatientDepartment: '', changeFeed: false }), [
      true,
      true,
      'gateway',
      false,
      false,
    ]);
  });
});
