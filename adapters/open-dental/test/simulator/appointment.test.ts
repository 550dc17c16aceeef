import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openOffice } from './office.ts';

test('POST answers 201 with the row, its address, and the defaults of the API', async (t) => {
  const office = await openOffice(t);
  const body = { PatNum: 3003, Op: 1, AptDateTime: '2027-06-02 10:00:00' };
  const reply = await office.api('POST', '/appointments', body);
  const row = reply.json();
  assert.equal(reply.status, 201);
  assert.equal(reply.headers.get('location'), `https://api.opendental.com/api/v1/appointments/${row.AptNum}`);
  const {
    AptStatus,
    Pattern,
    PatternSecondary,
    ProvNum,
    ProvHyg,
    ClinicNum,
    Confirmed,
    confirmed,
    Note,
    Priority,
  } = row;
  assert.deepEqual(
    {
      AptStatus,
      Pattern,
      PatternSecondary,
      ProvNum,
      ProvHyg,
      ClinicNum,
      Confirmed,
      confirmed,
      Note,
      Priority,
    },
    {
      AptStatus: 'Scheduled',
      Pattern: '/XX/',
      PatternSecondary: '////',
      ProvNum: 2, // the patient's, not the operatory's
      ProvHyg: 0,
      ClinicNum: 2,
      Confirmed: 21,
      confirmed: 'Unconfirmed',
      Note: '',
      Priority: 'Normal',
    },
  );
  assert.equal('serverDateTime' in row, false);
  const read = (await office.api('GET', `/appointments/${row.AptNum}`)).json();
  assert.equal(read.serverDateTime, '2027-03-03 09:00:00');
  assert.equal(read.IsNewPatient, 'false');
  assert.equal(read.SecDateTEntry, '2027-03-03 09:00:00');
});

test('a body that is not right is refused in words and changes nothing', async (t) => {
  const office = await openOffice(t);
  const good = { PatNum: 3001, Op: 1, AptDateTime: '2027-06-02 10:00:00' };
  const rows: readonly [object, number, string | RegExp][] = [
    [{ ...good, PatNum: undefined }, 400, 'PatNum is required.'],
    [{ ...good, Op: undefined }, 400, 'Op is required.'],
    [{ ...good, AptDateTime: undefined }, 400, 'AptDateTime is required.'],
    [{ ...good, AptStatus: 1 }, 400, 'AptStatus is invalid'],
    [{ ...good, AptStatus: 'Broken' }, 400, 'AptStatus is invalid'],
    [{ ...good, AptStatus: 'Cancelled' }, 400, 'AptStatus is invalid'],
    [{ ...good, AptDateTime: '2027-06-02T10:00:00' }, 400, /AptDateTime format/],
    [{ ...good, AptDateTime: '2027-02-29 10:00:00' }, 400, /AptDateTime format/],
    [{ ...good, Pattern: 'abc' }, 400, 'Pattern is invalid'],
    [{ ...good, IsHygiene: true }, 400, 'IsHygiene is invalid'],
    [{ ...good, PatNum: '3001' }, 400, 'PatNum is invalid'],
    [{ ...good, PatNum: 9999 }, 404, 'Patient not found.'],
    [{ ...good, Op: 77 }, 404, 'Operatory not found'],
    [{ ...good, Confirmed: 310 }, 400, 'Confirmed is invalid'],
    [{ ...good, DateTimeArrived: '2027-06-02 10:00:00' }, 400, /HH:mm:ss/],
  ];
  const before = (await office.sim('GET', '/ledger')).text;
  for (const [body, status, text] of rows) {
    const reply = await office.api('POST', '/appointments', body);
    assert.equal(reply.status, status, `${JSON.stringify(body)}: ${reply.text}`);
    if (typeof text === 'string') assert.equal(reply.json(), text);
    else assert.match(reply.json(), text);
  }
  assert.equal((await office.sim('GET', '/ledger')).text, before);
});

test('lenient bodies take JSON booleans and numbers in quotes', async (t) => {
  const office = await openOffice(t, { settings: { throttle: false, bodyTypes: 'lenient' } });
  assert.equal((await office.book({ PatNum: '3001', IsHygiene: true })).IsHygiene, 'true');
});

test('the length is the whole pattern at 5 minutes a character, nine hours at most', async (t) => {
  const office = await openOffice(t);
  const half = await office.book({ Pattern: '/XXXX/' });
  assert.equal((await office.ledger(half.AptNum)).end, '2027-06-02T10:30:00-06:00');
  assert.equal((await office.book({ Pattern: 'X'.repeat(120) })).Pattern.length, 108);
});

test('a type gives its pattern and attaches its procedures', async (t) => {
  const office = await openOffice(t);
  const row = await office.book({ Pattern: undefined, AppointmentTypeNum: 6 });
  assert.equal(row.Pattern, '//XXXXXXXX//');
  assert.equal(row.ProcDescript, 'D0150');
  assert.equal((await office.book({ Pattern: undefined, AppointmentTypeNum: 8 })).Pattern, '/XX/');
});

test('an occupied, hidden, blocked or past time is accepted, and refused when the setting says so', async (t) => {
  const rows: readonly [string, object, string][] = [
    ['overlap', { Op: 2, AptDateTime: '2027-06-02 10:15:00' }, 'Appointment overlaps another appointment.'],
    [
      'overlap',
      { ProvNum: 2, AptDateTime: '2027-06-02 10:25:00' },
      'Appointment overlaps another appointment.',
    ],
    ['hidden', { Op: 4, AptDateTime: '2027-06-03 10:00:00' }, 'Operatory or provider is hidden.'],
    ['blockout', { AptDateTime: '2027-06-08 09:10:00' }, 'Appointment is in a blocked time.'],
    ['past', { AptDateTime: '2027-03-03 08:55:00' }, 'AptDateTime is in the past.'],
  ];
  for (const [setting, fields, text] of rows) {
    const office = await openOffice(t);
    await office.book();
    assert.ok((await office.book(fields)).AptNum > 0, `${setting} is accepted by default`);
    await office.sim('POST', '/reset');
    await office.sim('PUT', '/settings', { [setting]: 'reject400' });
    await office.book();
    assert.equal(await office.book(fields), text);
  }
});

test('a strict office lets neighbours and other chairs with other providers pass', async (t) => {
  const office = await openOffice(t, { settings: { throttle: false, overlap: 'reject400' } });
  assert.ok((await office.book()).AptNum);
  assert.ok((await office.book({ AptDateTime: '2027-06-02 10:30:00' })).AptNum);
  assert.ok((await office.book({ Op: 2, ProvNum: 2 })).AptNum);
});

test('PUT changes what is sent, overwrites the note and moves the end along', async (t) => {
  const office = await openOffice(t);
  const { AptNum } = await office.book({ Note: 'first' });
  const change = { AptDateTime: '2027-06-04 09:00:00', Op: 2, ProvNum: 2, Note: 'second GW:B2.1' };
  const reply = await office.api('PUT', `/appointments/${AptNum}`, change);
  assert.equal(reply.status, 200);
  assert.equal(reply.json().Pattern, '/XXXX/');
  assert.equal(reply.json().Note, 'second GW:B2.1');
  const told = await office.ledger(AptNum);
  assert.deepEqual(
    [told.start, told.end, told.marker],
    ['2027-06-04T09:00:00-06:00', '2027-06-04T09:30:00-06:00', 'GW:B2.1'],
  );
  assert.deepEqual(
    told.writes.map(({ action }: { action: string }) => action),
    ['book', 'move'],
  );
});

test('Break to the unscheduled list keeps the time and takes the chair; only a scheduled row can be broken', async (t) => {
  const office = await openOffice(t);
  const { AptNum } = await office.book();
  const path = `/appointments/${AptNum}/Break`;
  assert.equal((await office.api('PUT', path, {})).json(), 'sendToUnscheduledList is required.');
  assert.equal(
    (await office.api('PUT', path, { sendToUnscheduledList: true })).json(),
    'sendToUnscheduledList is invalid',
  );
  const missed = await office.api('PUT', path, { sendToUnscheduledList: 'true', breakType: 'Missed' });
  assert.equal(missed.status, 400);
  assert.match(missed.json(), /^breakType is invalid\. Missed is not enabled/);
  const done = await office.api('PUT', path, { sendToUnscheduledList: 'true' });
  assert.deepEqual([done.status, done.text], [200, '']);
  const row = (await office.api('GET', `/appointments/${AptNum}`)).json();
  assert.deepEqual([row.AptStatus, row.Op, row.AptDateTime], ['UnschedList', 0, '2027-06-02 10:00:00']);
  const told = await office.ledger(AptNum);
  assert.deepEqual(
    [told.status, told.locationId, told.start],
    ['cancelled', null, '2027-06-02T10:00:00-06:00'],
  );
  const again = await office.api('PUT', path, { sendToUnscheduledList: 'true' });
  assert.deepEqual(
    [again.status, again.json()],
    [400, 'appointment must be in a booked status to be broken'],
  );
});

test('Break in place leaves a broken row in its chair, and Missed makes it a no-show where fees are enabled', async (t) => {
  const office = await openOffice(t);
  const { AptNum } = await office.book();
  await office.sim('PUT', '/settings', { breakTypes: true });
  await office.api('PUT', `/appointments/${AptNum}/Break`, {
    sendToUnscheduledList: 'false',
    breakType: 'Missed',
  });
  const row = (await office.api('GET', `/appointments/${AptNum}`)).json();
  assert.deepEqual([row.AptStatus, row.Op], ['Broken', 1]);
  assert.equal((await office.ledger(AptNum)).status, 'noshow');
  const history = (await office.api('GET', `/histappointments?AptNum=${AptNum}`)).json();
  assert.deepEqual(
    history.map(({ HistApptAction }: { HistApptAction: string }) => HistApptAction),
    ['Created', 'Missed'],
  );
});

test('a row that comes back from the unscheduled list without a chair has none', async (t) => {
  const office = await openOffice(t);
  const { AptNum } = await office.book();
  await office.api('PUT', `/appointments/${AptNum}`, { AptStatus: 'UnschedList' });
  const back = await office.api('PUT', `/appointments/${AptNum}`, { AptStatus: 'Scheduled' });
  assert.deepEqual([back.json().AptStatus, back.json().Op], ['Scheduled', 0]);
  const seated = await office.api('PUT', `/appointments/${AptNum}`, { Op: 1 });
  assert.equal(seated.json().Op, 1);
});

test('Note appends a line, and line breaks leave as spaces', async (t) => {
  const office = await openOffice(t);
  const { AptNum } = await office.book({ Note: 'Booked GW:A1.1' });
  const reply = await office.api('PUT', `/appointments/${AptNum}/Note`, { Note: 'parking' });
  assert.deepEqual([reply.status, reply.text], [200, '']);
  assert.equal((await office.api('GET', `/appointments/${AptNum}`)).json().Note, 'Booked GW:A1.1 parking');
  assert.equal((await office.ledger(AptNum)).marker, 'GW:A1.1');
});

test('Confirm takes a word of the office or a definition, one of them, and never changes the status', async (t) => {
  const office = await openOffice(t);
  const { AptNum } = await office.book();
  const rows: readonly [object, number, number][] = [
    [{ confirmVal: 'Confirmed' }, 200, 24],
    [{ confirmVal: 'Not Accepted' }, 200, 25],
    [{ confirmVal: 'None' }, 200, 21],
    [{ defNum: 22 }, 200, 22],
    [{ defNum: 310 }, 400, 22],
    [{ confirmVal: 'Confirmed', defNum: 24 }, 400, 22],
    [{}, 400, 22],
  ];
  for (const [body, status, confirmed] of rows) {
    assert.equal(
      (await office.api('PUT', `/appointments/${AptNum}/Confirm`, body)).status,
      status,
      JSON.stringify(body),
    );
    const row = (await office.api('GET', `/appointments/${AptNum}`)).json();
    assert.deepEqual([row.Confirmed, row.AptStatus], [confirmed, 'Scheduled']);
  }
});

test('a planned visit is copied, every time it is asked for', async (t) => {
  const office = await openOffice(t);
  const [planned] = (await office.api('GET', '/appointments?AptStatus=Planned')).json();
  const order = { AptNum: planned.AptNum, AptDateTime: '2027-06-07 14:00:00', ProvNum: 1, Op: 1 };
  const first = await office.api('POST', '/appointments/SchedulePlanned', order);
  const second = await office.api('POST', '/appointments/SchedulePlanned', order);
  assert.equal(first.status, 201);
  assert.equal(first.json().NextAptNum, planned.AptNum);
  assert.notEqual(first.json().AptNum, second.json().AptNum);
  assert.equal((await office.api('GET', `/appointments/${planned.AptNum}`)).json().AptStatus, 'Planned');
});

test('what staff delete is gone for GET and found in the history only', async (t) => {
  const office = await openOffice(t);
  const { AptNum } = await office.book();
  await office.sim('POST', '/staff', { action: 'delete', id: AptNum });
  assert.equal((await office.api('GET', `/appointments/${AptNum}`)).status, 404);
  const range = 'HistApptAction=Deleted&dateStart=2027-06-01&dateEnd=2027-06-03';
  const [deleted] = (await office.api('GET', `/histappointments?${range}`)).json();
  assert.equal(deleted.AptNum, AptNum);
  assert.equal((await office.ledger(AptNum)).status, 'entered-in-error');
  assert.notEqual((await office.book()).AptNum, AptNum, 'a number is not given twice');
});

test('instants of the ledger are right on the days on which clocks change', async (t) => {
  const cedar = await openOffice(t);
  const saguaro = await openOffice(t, { office: 'saguaro' });
  const rows: readonly [typeof cedar, string, string][] = [
    [cedar, '2027-03-14 09:00:00', '2027-03-14T09:00:00-06:00'],
    [cedar, '2027-03-13 09:00:00', '2027-03-13T09:00:00-07:00'],
    [cedar, '2027-11-07 01:30:00', '2027-11-07T01:30:00-06:00'],
    [cedar, '2027-11-07 09:00:00', '2027-11-07T09:00:00-07:00'],
    [saguaro, '2027-07-14 09:00:00', '2027-07-14T09:00:00-07:00'],
  ];
  for (const [office, AptDateTime, start] of rows) {
    const Op = office === saguaro ? 3 : 1;
    const { AptNum } = await office.book({ AptDateTime, Op, ProvNum: office === saguaro ? 4 : 1 });
    assert.equal((await office.ledger(AptNum)).start, start);
  }
  const desk = {
    action: 'book',
    patientId: 3002,
    practitionerId: 1,
    locationId: 1,
    start: '2027-03-14T15:00:00Z',
  };
  const { id } = (await cedar.sim('POST', '/staff', desk)).json();
  assert.equal((await cedar.api('GET', `/appointments/${id}`)).json().AptDateTime, '2027-03-14 09:00:00');
});
