import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dateTest } from '../../simulator/date-search.ts';
import { booking, ELISE, entriesOf, nextOf, openClinic, type Reply, refusalOf, TYPES } from './clinic.ts';

test('slots are found by schedule, actor, type, status and start, and are there for any date', async (t) => {
  const clinic = await openClinic(t);
  const all = await clinic.slots();
  assert.equal(all.length, 20);
  assert.equal(all[0].start, '2027-06-07T08:00:00-08:00');
  assert.equal((await clinic.slots({ schedule: 'sch-1' })).length, 14);
  assert.equal((await clinic.slots({ 'schedule.actor': 'Practitioner/pr-101' })).length, 14);
  assert.equal((await clinic.slots({ 'service-type': `${TYPES}|followup`, _count: '100' })).length, 32);
  assert.equal((await clinic.slots({ 'service-type': 'unheard-of' })).length, 0);
  const [slot] = all;
  await clinic.book([slot]);
  assert.ok((await clinic.slots()).every(({ id }) => id !== slot.id));
  assert.deepEqual(
    (await clinic.find('Slot', { _id: slot.id })).map(({ status }) => status),
    ['busy'],
  );
});

test('a page follows the next, with what is included, until there is no more', async (t) => {
  const clinic = await openClinic(t);
  const query =
    'start=ge2027-06-07T08:00:00-08:00&start=lt2027-06-08T00:00:00-08:00&_count=10&_include=Slot:schedule';
  const seen: string[] = [];
  let reply: Reply = await clinic.api('GET', `/Slot?${query}`);
  for (;;) {
    seen.push(...entriesOf(reply, 'match').map(({ id }) => id));
    assert.ok(entriesOf(reply, 'match').length <= 10);
    assert.ok(entriesOf(reply, 'include').every(({ resourceType }) => resourceType === 'Schedule'));
    const next = nextOf(reply);
    if (next === undefined) break;
    reply = await clinic.api('GET', next);
  }
  assert.equal(reply.json().total, seen.length);
  assert.equal(new Set(seen).size, seen.length);
  assert.ok(seen.length > 20);
  const lost = await clinic.api('GET', '/Slot?_page=01234567-0123-0123-0123-012345678901');
  assert.deepEqual(refusalOf(lost), [410, 'expired']);
});

test('_sort turns the order, _count=0 counts, and total is left out where the server does not say it', async (t) => {
  const clinic = await openClinic(t);
  const [last] = await clinic.slots({ _sort: '-start' });
  assert.equal(last.start, '2027-06-07T16:30:00-08:00');
  const counted = (await clinic.api('GET', '/Schedule?_count=0')).json();
  assert.deepEqual([counted.total, counted.entry], [5, undefined]);
  await clinic.sim('PUT', '/settings', { total: false });
  assert.equal((await clinic.api('GET', '/Schedule')).json().total, undefined);
});

test('what is not known is ignored with a warning, or refused where that is preferred', async (t) => {
  const clinic = await openClinic(t);
  const lenient = await clinic.api('GET', '/Slot?end=lt2027-06-08&_count=1');
  const [warning] = entriesOf(lenient, 'outcome');
  assert.deepEqual([warning.issue[0].severity, warning.issue[0].code], ['warning', 'not-supported']);
  assert.ok(!lenient.json().link[0].url.includes('end='));
  const headers = { prefer: 'handling=strict' };
  assert.deepEqual(refusalOf(await clinic.api('GET', '/Slot?end=lt2027-06-08', { headers })), [
    400,
    'not-supported',
  ]);
  for (const query of ['start:missing=true', 'start=soon', 'start=ap2027', 'status=', '_count=many'])
    assert.equal((await clinic.api('GET', `/Slot?${query}`)).status, 400, query);
});

test('appointments of a patient are found by date of their start, in order', async (t) => {
  const clinic = await openClinic(t);
  const [first, second] = await clinic.slots({ schedule: 'sch-1' });
  await clinic.book([second]);
  await clinic.book([first]);
  const found = async (query: Record<string, string>) =>
    (await clinic.find('Appointment', { patient: `Patient/${ELISE}`, ...query })).map(({ start }) => start);
  assert.deepEqual(await found({ _sort: 'date' }), [first.start, second.start]);
  assert.deepEqual(await found({ date: '2027-06-07', status: 'booked,pending' }), [
    first.start,
    second.start,
  ]);
  assert.deepEqual(await found({ date: `gt${first.start}` }), [second.start]);
  assert.deepEqual(await found({ date: '2027-06-08' }), []);
  // One that waits has no start, so no date finds it.
  assert.ok((await clinic.find('Appointment', { status: 'waitlist' })).length > 0);
  assert.deepEqual(await clinic.find('Appointment', { status: 'waitlist', date: 'ge2000' }), []);
});

test('patients are found by form, by the beginning of a name whatever its accents, and by birth date', async (t) => {
  const clinic = await openClinic(t);
  const found = async (form: Record<string, string>) => {
    const reply = await clinic.api('POST', '/Patient/_search', {
      body: String(new URLSearchParams(form)),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.equal(reply.status, 200, reply.text);
    return entriesOf(reply, 'match').map(({ id }) => id);
  };
  assert.deepEqual(await found({ family: 'moss' }), ['5003', '5004']);
  assert.deepEqual(await found({ 'family:exact': 'Moss' }), ['5003']);
  assert.deepEqual(await found({ family: 'nunez-aberg', given: 'renee' }), ['5007']);
  assert.deepEqual(await found({ family: 'Quill', birthdate: '1959-10-01' }), ['5005', '5006']);
  assert.deepEqual(await found({ birthdate: '1986' }), ['5001']);
  assert.deepEqual(await found({ phone: '(907) 555-0141' }), ['5001']);
  assert.deepEqual(await found({ active: 'false' }), ['5008']);
  const bare = await clinic.api('POST', '/Patient/_search', { body: '{}' });
  assert.equal(bare.status, 415);
});

test('a patient who is new is kept as sent, and found; a body without a name is refused', async (t) => {
  const clinic = await openClinic(t);
  const body = {
    resourceType: 'Patient',
    name: [{ family: 'Newby', given: ['Nel'] }],
    birthDate: '2001-02-03',
  };
  const made = await clinic.api('POST', '/Patient', { body });
  assert.equal(made.status, 201, made.text);
  assert.deepEqual(
    (await clinic.find('Patient', { family: 'newby' })).map(({ id }) => id),
    [made.json().id],
  );
  for (const [changes, status] of [
    [{ name: [{ text: 'Nel' }] }, 422],
    [{ birthDate: '2001-02-30' }, 400],
    [{ gender: 'f' }, 422],
    [{ resourceType: 'Person' }, 400],
  ] as const)
    assert.equal((await clinic.api('POST', '/Patient', { body: { ...body, ...changes } })).status, status);
});

test('the directory has people, roles, places and kinds of visits, and no end of what is not there', async (t) => {
  const clinic = await openClinic(t);
  assert.deepEqual((await clinic.find('Schedule', { active: 'true' })).length, 4);
  assert.deepEqual(
    (await clinic.find('Schedule', { actor: 'Practitioner/pr-102' })).map(({ id }) => id),
    ['sch-3'],
  );
  assert.deepEqual(
    (await clinic.find('PractitionerRole', { practitioner: 'pr-102' })).map(({ id }) => id),
    ['role-2'],
  );
  assert.deepEqual(
    (await clinic.find('Practitioner', { name: 'bel', active: 'false' })).map(({ id }) => id),
    ['pr-103'],
  );
  assert.equal((await clinic.find('Location', { status: 'active' })).length, 2);
  assert.equal((await clinic.find('HealthcareService', { _id: 'hs-1,hs-2,hs-3' })).length, 2);
  for (const path of ['/Location/none', '/Slot/slot-1-1', '/Appointment/1', '/Observation', '/Patient/1'])
    assert.equal((await clinic.api('GET', path)).status, 404, path);
});

test('who has the version already is told so, and the last version can be read by its number', async (t) => {
  const clinic = await openClinic(t, { settings: { versionIds: 'numbers' } });
  const [slot] = await clinic.slots();
  const made = (await clinic.api('POST', '/Appointment', { body: booking([slot], ELISE) })).json();
  assert.equal(made.meta.versionId, '1');
  const headers = { 'if-none-match': 'W/"1"' };
  assert.equal((await clinic.api('GET', `/Appointment/${made.id}`, { headers })).status, 304);
  assert.equal((await clinic.read(`/Appointment/${made.id}/_history/1`)).id, made.id);
  assert.equal((await clinic.api('GET', `/Appointment/${made.id}/_history/2`)).status, 404);
});

test('a date means all of its precision, in its own offset or the clinic’s', () => {
  const at = Date.parse('2027-06-07T16:30:00Z');
  const rows: readonly (readonly [string, boolean])[] = [
    ['2027', true],
    ['2027-06', true],
    ['2027-06-07', true],
    ['2027-06-08', false],
    ['ne2027-06-07', false],
    ['2027-06-07T08:30', true],
    ['2027-06-07T08:30:00-08:00', true],
    ['2027-06-07T08:30-07:00', false],
    ['lt2027-06-07T16:30:00Z', false],
    ['le2027-06-07', true],
    ['ge2027-06-07T16:30:00.000Z', true],
    ['gt2027-06-07', false],
    ['gt2027-06-06', true],
    ['sa2027-05', true],
    ['eb2027-07', true],
  ];
  for (const [text, fits] of rows) assert.equal(dateTest(text, 'America/Anchorage')?.fits(at), fits, text);
  for (const text of ['', 'ap2027', '2027-13', '2027-06-07T25:00', '2027-06-07T08:30:00 08:00', 'tomorrow'])
    assert.equal(dateTest(text, 'America/Anchorage'), undefined, text);
});
