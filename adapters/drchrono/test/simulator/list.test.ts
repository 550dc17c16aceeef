import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  ADA,
  CASPIAN,
  LINDGREN,
  NOW,
  OKAFOR,
  openAccount,
  type TestAccount,
  type Told,
  visit,
} from './account.ts';

const MONTH = 'date_range=2027-02-20/2027-03-31';

/** Every row of a list, by following the addresses that it gives. */
async function follow(account: TestAccount, path: string): Promise<{ rows: Told[]; pages: number }> {
  const rows: Told[] = [];
  let next: string | null = path;
  for (let pages = 0; ; pages++) {
    if (next === null) return { rows, pages };
    const page: Told = await account.read(next);
    rows.push(...page.results);
    next = page.next;
  }
}

test('a list of appointments wants a date, a range of at most 190 days, since or occurred_since', async (t) => {
  const account = await openAccount(t);
  for (const query of [
    '',
    '?doctor=301122',
    '?date=2027-02-30',
    '?date_range=2027-03-01,2027-03-05',
    '?date_range=2027-03-05/2027-03-01',
    '?date_range=2027-03-01/2027-09-08',
    '?date=2027-03-01&doctor=okafor',
  ])
    assert.equal((await account.api('GET', `/appointments${query}`)).status, 400, query);
  for (const query of ['date=2027-03-03', 'date_range=2027-03-01%2F2027-09-07', 'since=2027-03-03'])
    assert.equal((await account.api('GET', `/appointments?${query}`)).status, 200, query);
  const since = await account.list('/appointments?occurred_since=2027-03-20');
  assert.ok(since.length > 0 && since.every(({ scheduled_time: at }) => at >= '2027-03-20'));
});

test('a list comes in pages of 20 with absolute addresses, ordered by time, and the last has no next', async (t) => {
  const account = await openAccount(t);
  const first = await account.read(`/appointments?${MONTH}`);
  assert.equal(first.results.length, 20);
  assert.equal(first.previous, null);
  assert.ok(first.next.startsWith(`${account.url}/api/appointments?`));
  const { rows, pages } = await follow(account, `/appointments?${MONTH}`);
  assert.ok(pages > 3, `${pages} pages`);
  const times = rows.map(({ scheduled_time: at }) => at);
  assert.deepEqual(times, [...times].sort());
  assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
  const second = await account.read(first.next);
  assert.deepEqual((await account.read(second.previous)).results, first.results);
  const wide = await follow(account, `/appointments?${MONTH}&page_size=300`);
  assert.deepEqual([wide.pages, wide.rows], [1, rows]);
  assert.equal((await account.read(`/appointments?${MONTH}&page_size=300&verbose=true`)).results.length, 50);
});

test('the page size, the key of the list and the kind of ids are settings', async (t) => {
  const account = await openAccount(t, {
    settings: { appointmentsMaxPage: 15, listKey: 'data', appointmentIds: 'number' },
  });
  const { data, results } = await account.read(`/appointments?${MONTH}&page_size=250&ignore_virtual=true`);
  assert.deepEqual([data.length, results, typeof data[0].id], [15, undefined, 'number']);
});

test('doctor, patient and status narrow a list, and fields names the keys', async (t) => {
  const account = await openAccount(t);
  await account.book({ notes: 'GW:HERE', scheduled_time: '2027-03-28T10:00:00' });
  const [mine, ...others] = await account.list(`/appointments?${MONTH}&patient=${ADA}&fields=id,notes`);
  assert.deepEqual([Object.keys(mine), others], [['id', 'notes'], []]);
  const theirs = await account.list(
    `/appointments?${MONTH}&doctor=${LINDGREN}&status=Confirmed&page_size=250`,
  );
  assert.ok(theirs.length > 0);
  assert.ok(theirs.every(({ doctor, status }) => doctor === LINDGREN && status === 'Confirmed'));
});

test('lists are seconds old, reads by id are not, and a change is late in them too', async (t) => {
  let now = NOW;
  const account = await openAccount(t, { now: () => now, settings: { listLagMs: 3000 } });
  const day = '/appointments?date=2027-04-06';
  const id = await account.book();
  assert.equal((await account.api('GET', `/appointments/${id}`)).status, 200);
  assert.deepEqual(await account.list(day), []);
  now += 3000;
  assert.equal((await account.list(day))[0].status, 'Not Confirmed');
  await account.api('PATCH', `/appointments/${id}`, { body: { status: 'Confirmed' } });
  now += 1000;
  await account.api('PATCH', `/appointments/${id}`, { body: { status: 'Cancelled' } });
  assert.equal((await account.list(day))[0].status, 'Not Confirmed');
  now += 2000;
  assert.equal((await account.list(day))[0].status, 'Confirmed');
  now += 1000;
  assert.equal((await account.list(day))[0].status, 'Cancelled');
  assert.equal((await account.list('/patients_summary?last_name=Moreno')).length, 1, 'the seed is old');
});

test('since takes what was changed on a day of the zone of records', async (t) => {
  let now = NOW;
  const account = await openAccount(t, { now: () => now });
  const id = await account.book();
  now += 86_400_000;
  await account.api('PATCH', `/appointments/${id}`, { body: { status: 'Confirmed' } });
  const row = await account.read(`/appointments/${id}`);
  assert.deepEqual([row.created_at, row.updated_at], ['2027-03-03T08:00:00', '2027-03-04T08:00:00']);
  assert.deepEqual(
    (await account.list('/appointments?since=2027-03-04')).map((one) => one.id),
    [id],
  );
  await account.set({ recordZone: 'UTC' });
  assert.equal((await account.read(`/appointments/${id}`)).updated_at, '2027-03-04T16:00:00');
});

test('a bulk list is asked for, waited for and read page by page, and is gone after an hour', async (t) => {
  let now = NOW;
  const account = await openAccount(t, { now: () => now, settings: { bulkPolls: 2 } });
  const begin = async (query: string) => {
    const reply = await account.api('POST', `/appointments_list?${query}`);
    assert.equal(reply.status, 201);
    return reply.json();
  };
  const job = await begin(`${MONTH}&page_size=30&order_by=scheduled_time`);
  assert.equal(job.status, 'In progress');
  const [url = ''] = job.description.match(/http\S+/) ?? [];
  const poll = async () => (await account.api('GET', url)).json();
  assert.deepEqual([(await poll()).status, (await poll()).status], ['In progress', 'In progress']);
  const done = await poll();
  assert.deepEqual([done.status, done.results.length, done.pagination.page], ['Complete', 30, 1]);
  const { rows } = await follow(account, `/appointments?${MONTH}`);
  assert.equal(done.pagination.count, rows.length);
  await account.set({ bulkPolls: 0 });
  const second = await begin(`${MONTH}&page_size=30&page=2`);
  const { results } = await account.read(`/appointments_list?uuid=${second.uuid}`);
  assert.equal(results[0].id, rows[30].id);
  now += 3_600_001;
  const gone = await account.api('GET', url);
  assert.deepEqual([gone.status, gone.json().detail], [404, 'Invalid uuid specified']);
  assert.equal((await account.api('POST', '/appointments_list')).status, 400);
});

test('blocks are the doctor’s under another name, and a break stands among blocks and appointments', async (t) => {
  const account = await openAccount(t);
  const [pto, ...others] = await account.list('/schedule_blocks?doctor=301122&date=2027-03-10');
  assert.deepEqual(
    [pto.provider, pto.start_time, pto.end_time, pto.exam_room, others],
    [OKAFOR, '2027-03-10T15:00:00', '2027-03-10T17:00:00', null, []],
  );
  assert.equal((await account.read(`/schedule_blocks/${pto.id}`)).id, pto.id);
  const breaks = await account.list('/schedule_blocks?doctor=301123&date_range=2027-03-09/2027-03-09');
  const [pause] = breaks.filter(({ appointment_break: id }) => id !== null);
  const row = await account.read(`/appointments/${pause.appointment_break}`);
  assert.deepEqual([row.patient, row.appt_is_break, row.exam_room], [null, true, 0]);
});

test('templates tell their gaps when a day and verbose are asked for', async (t) => {
  const account = await openAccount(t);
  await account.book({ scheduled_time: '2027-04-06T10:30:00' });
  const query = '/appointment_templates?available=2027-04-06';
  const [plain] = await account.list(query);
  assert.deepEqual(
    [plain.week_days, plain.scheduled_time, plain.open_slots],
    [[1, 3], '09:00:00', undefined],
  );
  const [full] = await account.list(`${query}&verbose=true`);
  assert.deepEqual(full.open_slots, [
    { start: '09:00', end: '10:30' },
    { start: '11:00', end: '12:00' },
  ]);
  assert.deepEqual(await account.list('/appointment_templates?available=2027-04-07'), []);
  assert.deepEqual(await account.list('/appointment_templates?week_days=0'), []);
});

test('people of one name are both found, in any case, and the list is of the practice alone', async (t) => {
  const account = await openAccount(t);
  const found = await account.list('/patients_summary?first_name=tobias&last_name=MARLOW');
  assert.equal(found.length, 2);
  assert.equal((await account.list('/patients_summary?last_name=Marlow&date_of_birth=1992-12-30')).length, 1);
  assert.equal((await account.list('/patients_summary')).length, 36);
  assert.deepEqual(await account.list('/patients_summary?last_name=lind'), await only('Lind'));
  await account.set({ patientNames: 'contains' });
  assert.equal((await account.list('/patients_summary?last_name=lind')).length, 2);
  assert.equal((await account.list(`/patients_summary?cell_phone=${CASPIAN}`)).length, 36);

  async function only(name: string): Promise<Told[]> {
    return (await account.list('/patients_summary')).filter(({ last_name }) => last_name === name);
  }
});

test('a patient is created with gender and doctor, gets a chart id, and is in the ledger', async (t) => {
  const account = await openAccount(t);
  const person = { first_name: 'Ada', last_name: 'Moreno', date_of_birth: '1984-02-11', gender: 'Female' };
  const create = (body: object, query = '') => account.api('POST', `/patients_summary${query}`, { body });
  const refused = await create(person);
  assert.deepEqual([refused.status, Object.keys(refused.json())], [400, ['doctor']]);
  assert.equal((await create({ ...person, doctor: OKAFOR, gender: 'F' })).status, 400);
  const reply = await create({ ...person, doctor: OKAFOR });
  assert.deepEqual([reply.status, reply.json().chart_id], [201, 'MOAD000002']);
  assert.match(reply.text, /CANARY-PHI-social_security_number/);
  const { patients } = (await account.sim('GET', '/ledger')).json();
  assert.deepEqual(patients.at(-1).by, 'api');
  for (const status of ['409', '400']) {
    await account.set({ duplicatePatientGuard: status });
    assert.equal((await create({ ...person, doctor: OKAFOR })).status, Number(status));
  }
  assert.equal((await create({ ...person, doctor: OKAFOR }, '?allow_duplicates=true')).status, 201);
  assert.equal((await account.api('POST', '/appointments', { body: visit() })).status, 201);
});
