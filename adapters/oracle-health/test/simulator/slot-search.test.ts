import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  entriesOf,
  LIGHTHOUSE,
  locationOf,
  matchesOf,
  nextOf,
  openClinic,
  PHYSICAL,
  PIER,
  type Resource,
  SORENSEN,
  slotQuery,
  TENANT,
  TYPES,
  VISIT,
} from './clinic.ts';

const day = { start: ['ge2027-06-07T04:00:00Z', 'lt2027-06-08T04:00:00Z'] };
const week = { start: ['ge2027-06-07T04:00:00Z', 'lt2027-06-14T04:00:00Z'] };

test('a slot names its location in an extension, its types twice, and a schedule of its own id', async (t) => {
  const clinic = await openClinic(t);
  const [slot] = await clinic.slots();
  assert.equal(slot.id, `${VISIT}-${PIER}-60412441-30`);
  assert.deepEqual(slot.extension, [
    {
      url: 'https://fhir-ehr.cerner.com/r4/StructureDefinition/scheduling-location',
      valueReference: { reference: `Location/${PIER}` },
    },
  ]);
  const [own, standard] = slot.serviceType[0].coding;
  assert.deepEqual(own, {
    system: TYPES,
    code: VISIT,
    display: 'HC Office Visit 30',
    userSelected: true,
  });
  assert.deepEqual([standard.code, standard.userSelected], ['394802001', false]);
  assert.deepEqual(slot.schedule, { reference: `Schedule/${slot.id}` });
  assert.deepEqual(
    [slot.status, slot.start, slot.end],
    ['free', '2027-06-07T13:00:00Z', '2027-06-07T13:30:00Z'],
  );
  assert.match(slot.meta.versionId, /^\d+v\d+$/);
});

test('a search without hits has no entry, and no search has a total', async (t) => {
  const clinic = await openClinic(t);
  const sunday = ['ge2027-06-06T04:00:00Z', 'lt2027-06-07T04:00:00Z'];
  const nothing = (await clinic.api('GET', `/Slot?${slotQuery({ start: sunday })}`)).json();
  assert.deepEqual([nothing.type, 'entry' in nothing, 'total' in nothing], ['searchset', false, false]);
  assert.equal('total' in (await clinic.api('GET', `/Slot?${slotQuery()}`)).json(), false);
});

test('start has to come exactly twice, with ge and lt, a time and an offset, and form a range', async (t) => {
  const clinic = await openClinic(t);
  const [ge, lt] = ['ge2027-06-07T13:00:00Z', 'lt2027-06-07T14:00:00Z'];
  const refused: readonly (readonly string[])[] = [
    [],
    [ge],
    [lt],
    [ge, ge],
    [ge, lt, lt],
    ['gt2027-06-07T13:00:00Z', lt],
    [ge, 'le2027-06-07T14:00:00Z'],
    ['2027-06-07T13:00:00Z', lt],
    ['ge2027-06-07', 'lt2027-06-08'],
    ['ge2027-06-07T13:00:00', 'lt2027-06-07T14:00:00'],
    ['ge2027-02-30T13:00:00Z', lt],
    ['ge2027-06-07T25:00:00Z', lt],
    ['ge2027-06-07T09:00:00 04:00', lt],
    ['ge2027-06-07T14:00:00Z', 'lt2027-06-07T13:00:00Z'],
    [ge, 'lt2027-06-07T13:00:00Z'],
  ];
  for (const start of refused) {
    const reply = await clinic.api('GET', `/Slot?${slotQuery({ start })}`);
    assert.equal(reply.status, 400, String(start));
    const { resourceType, issue } = reply.json();
    assert.deepEqual(
      [resourceType, issue[0].severity, issue[0].code],
      ['OperationOutcome', 'error', 'invalid'],
    );
    assert.deepEqual(Object.keys(issue[0]).sort(), ['code', 'details', 'severity']);
  }
  for (const start of [
    [lt, ge],
    ['ge2027-06-07T09:00:00-04:00', lt],
    ['ge2027-06-07T13:00Z', 'lt2027-06-07T14:00:00.000Z'],
  ])
    assert.equal((await clinic.slots({ start })).length, 6, String(start));
});

test('search dates without an offset are local where the setting says so', async (t) => {
  const clinic = await openClinic(t, { settings: { zonelessDates: 'practice-local' } });
  const start = ['ge2027-06-07T09:00:00', 'lt2027-06-07T10:00'];
  assert.deepEqual(await clinic.slots({ start }), await clinic.slots());
});

test('service-type, schedule.actor and -location are given once, with commas', async (t) => {
  const clinic = await openClinic(t);
  const once = [
    ['service-type', `${TYPES}|${VISIT}`, `${TYPES}|${PHYSICAL}`],
    ['schedule.actor', `Practitioner/${SORENSEN}`, 'Practitioner/4464008'],
    ['-location', PIER, LIGHTHOUSE],
    ['_count', '5', '6'],
    ['_include', 'Slot:schedule', 'Slot:schedule'],
  ] as const;
  for (const [name, ...values] of once)
    assert.equal((await clinic.api('GET', `/Slot?${slotQuery({ [name]: values })}`)).status, 400, name);
  const types = await clinic.slots({ 'service-type': `${TYPES}|${VISIT},${TYPES}|${PHYSICAL}` });
  assert.equal(types.length, 9);
  assert.equal((await clinic.slots({ '-location': `${PIER},${LIGHTHOUSE}` })).length, 6);
  assert.equal((await clinic.slots({ '-location': `Location/${PIER}` })).length, 2);
  assert.equal((await clinic.slots({ 'schedule.actor': `Practitioner/${SORENSEN}` })).length, 4);
  assert.deepEqual(await clinic.slots({ 'schedule.actor': 'Practitioner/404404' }), []);
  for (const actor of [SORENSEN, `Location/${PIER}`, `Practitioner/${SORENSEN},`]) {
    const query = slotQuery({ 'schedule.actor': actor });
    assert.equal((await clinic.api('GET', `/Slot?${query}`)).status, 400, actor);
  }
});

test('service-type takes standard tokens or proprietary ones, never both, and none without its system', async (t) => {
  const clinic = await openClinic(t);
  const snomed = 'http://snomed.info/sct|394802001';
  assert.deepEqual(await clinic.slots({ 'service-type': snomed }), await clinic.slots());
  const refused = [
    `${TYPES}|${VISIT},${snomed}`,
    VISIT,
    `|${VISIT}`,
    `${TYPES}|`,
    `http://example.org/types|${VISIT}`,
    `https://fhir.cerner.com/another-tenant/codeSet/14249|${VISIT}`,
  ];
  for (const type of refused) {
    const query = slotQuery({ 'service-type': type });
    assert.equal((await clinic.api('GET', `/Slot?${query}`)).status, 400, type);
  }
});

test('a search needs _id or service-type, or where the setting says so one of three filters', async (t) => {
  const clinic = await openClinic(t);
  const byLocation = slotQuery({ 'service-type': undefined, '-location': PIER });
  const none = await clinic.api('GET', '/Slot');
  assert.equal(none.status, 400);
  assert.match(none.text, /no supported search parameters provided/);
  const refused = await clinic.api('GET', `/Slot?${byLocation}`);
  assert.equal(refused.status, 400);
  assert.match(refused.json().issue[0].details.text, /at least one of _id, service-type or -pageContext/);
  await clinic.set({ slotSearchNeeds: 'any-filter' });
  assert.equal((await clinic.api('GET', `/Slot?${byLocation}`)).status, 200);
});

test('a refused search is plain text where the setting says so', async (t) => {
  const clinic = await openClinic(t, { settings: { refusalFormat: 'text' } });
  const reply = await clinic.api('GET', '/Slot');
  assert.deepEqual(
    [reply.status, reply.headers.get('content-type'), reply.text],
    [400, 'text/plain', 'no supported search parameters provided'],
  );
});

test('location without its hyphen is no parameter: it is ignored, or refused where the setting says so', async (t) => {
  const clinic = await openClinic(t);
  const query = slotQuery({ location: PIER });
  const found = matchesOf(await clinic.api('GET', `/Slot?${query}`));
  assert.ok(found.some((slot) => locationOf(slot) === LIGHTHOUSE));
  await clinic.set({ unknownParameter: 'reject400' });
  assert.equal((await clinic.api('GET', `/Slot?${query}`)).status, 400);
});

test('a modifier that is not supported is refused', async (t) => {
  const clinic = await openClinic(t);
  const query = slotQuery({ 'schedule.actor:Practitioner': SORENSEN });
  assert.equal((await clinic.api('GET', `/Slot?${query}`)).status, 400);
});

test('_count is 5 to 200 and bounds the page; other numbers are refused, or brought in where the setting says so', async (t) => {
  const clinic = await openClinic(t);
  const size = async (count: string) => (await clinic.slots({ ...week, _count: count })).length;
  for (const count of ['4', '201', '0', '-1', 'ten'])
    assert.equal((await clinic.api('GET', `/Slot?${slotQuery({ _count: count })}`)).status, 400, count);
  assert.deepEqual([await size('5'), await size('200')], [5, 162]);
  assert.equal((await clinic.slots(week)).length, 50);
  await clinic.set({ countOutOfRange: 'clamp' });
  assert.equal(await size('4'), 5);
});

test('slots come by start, then type, then location', async (t) => {
  const clinic = await openClinic(t);
  const slots = await clinic.slots({
    'service-type': `${TYPES}|${PHYSICAL},${TYPES}|${VISIT}`,
    ...day,
    _count: '200',
  });
  const keys = slots.map((slot) => [slot.start, slot.serviceType[0].coding[0].code, locationOf(slot)].join());
  assert.deepEqual(keys, keys.toSorted());
  assert.ok(slots.length > 30);
});

test('the address of the next page is opaque: the filters vanish from it, an _include stays', async (t) => {
  const clinic = await openClinic(t);
  const first = await clinic.api('GET', `/Slot?${slotQuery({ ...day, _include: 'Slot:schedule' })}&_count=5`);
  const next = new URL(nextOf(first) ?? '');
  assert.deepEqual([...next.searchParams.keys()], ['-pageContext', '-pageDirection', '_include']);
  assert.match(next.searchParams.get('-pageContext') ?? '', /^[0-9a-f-]{36}$/);
  assert.equal(next.origin, clinic.url);
  const second = await clinic.api('GET', next.href);
  assert.equal(second.status, 200);
  assert.ok(entriesOf(second, 'include').length > 0);
  await clinic.set({ pageLinks: 'plain' });
  const plain = nextOf(await clinic.api('GET', `/Slot?${slotQuery(day)}&_count=5`)) ?? '';
  assert.deepEqual([...new URL(plain).searchParams.keys()], ['pageContext', 'direction']);
  assert.equal((await clinic.api('GET', plain)).status, 200);
});

test('following the pages finds every slot, with one slot told twice unless the setting forbids it', async (t) => {
  const clinic = await openClinic(t);
  const all = (await clinic.slots({ ...day, _count: '200' })).map(({ id }) => id);
  const walk = async (): Promise<string[]> => {
    const found: string[] = [];
    let reply = await clinic.api('GET', `/Slot?${slotQuery({ ...day, _count: '10' })}`);
    for (;;) {
      const page = matchesOf(reply);
      assert.ok(page.length <= 10);
      found.push(...page.map(({ id }: Resource) => id));
      const next = nextOf(reply);
      if (next === undefined) return found;
      reply = await clinic.api('GET', next);
    }
  };
  const repeating = await walk();
  assert.equal(repeating[10], repeating[9]);
  assert.deepEqual([...new Set(repeating)], all);
  await clinic.set({ repeatOnNextPage: false });
  assert.deepEqual(await walk(), all);
});

test('a page shows the data of its own moment', async (t) => {
  const clinic = await openClinic(t, { settings: { repeatOnNextPage: false } });
  const all = await clinic.slots({ ...day, _count: '200' });
  const first = await clinic.api('GET', `/Slot?${slotQuery({ ...day, _count: '5' })}`);
  await clinic.book(all[5].id);
  const second = matchesOf(await clinic.api('GET', nextOf(first) ?? ''));
  assert.ok(second.every(({ id }) => id !== all[5].id));
});

test('a page context that is not known, of another client or without a direction is refused', async (t) => {
  const clinic = await openClinic(t);
  const next = nextOf(await clinic.api('GET', `/Slot?${slotQuery({ ...day, _count: '5' })}`)) ?? '';
  const context = new URL(next).searchParams.get('-pageContext') ?? '';
  const refused = [
    [`/Slot?-pageContext=0b1c2d3e-0000-4000-8000-000000000001&-pageDirection=NEXT`, 'first-token'],
    [`/Slot?-pageContext=${context}`, 'first-token'],
    [`/Appointment?-pageContext=${context}&-pageDirection=NEXT`, 'first-token'],
    [next, 'other-token'],
  ] as const;
  for (const [path, as] of refused)
    assert.equal((await clinic.api('GET', path, { as })).status, 400, `${path} ${as}`);
  assert.equal((await clinic.api('GET', next)).status, 200);
});

test('_include brings the schedules, or the schedules and their practitioners, each once', async (t) => {
  const clinic = await openClinic(t);
  const include = async (value: string) =>
    clinic.api('GET', `/Slot?${slotQuery({ _include: value, '-location': PIER })}`);
  const schedules = await include('Slot:schedule');
  assert.deepEqual(
    entriesOf(schedules, 'include').map(({ id }) => id),
    matchesOf(schedules).map(({ id }) => id),
  );
  const people = entriesOf(await include('Schedule:actor:Practitioner'), 'include');
  assert.deepEqual(
    people.map(({ resourceType }) => resourceType),
    ['Schedule', 'Practitioner', 'Schedule'],
  );
  assert.equal((await include('Slot:appointment')).status, 400);
});

test('an included type needs its read scope too', async (t) => {
  const bearer = { clientId: 'narrow', persona: 'system' } as const;
  const clinic = await openClinic(t, {
    bearers: [
      { ...bearer, token: 'slots', scope: 'system/Slot.rs' },
      { ...bearer, token: 'schedules', scope: 'system/Slot.rs system/Schedule.r' },
      { ...bearer, token: 'people', scope: 'system/Slot.rs system/Schedule.rs system/Practitioner.read' },
    ],
  });
  const status = async (as: string, include: string) =>
    (await clinic.api('GET', `/Slot?${slotQuery({ _include: include })}`, { as })).status;
  assert.equal(await status('slots', 'Slot:schedule'), 403);
  assert.equal(await status('schedules', 'Slot:schedule'), 200);
  assert.equal(await status('schedules', 'Schedule:actor:Practitioner'), 403);
  assert.equal(await status('people', 'Schedule:actor:Practitioner'), 200);
});

test('the actor of a schedule is a practitioner, or a room of which only the display is known', async (t) => {
  const clinic = await openClinic(t);
  const [slot] = await clinic.slots({ '-location': PIER });
  const schedule = await clinic.read(`/Schedule/${slot.id}`);
  assert.deepEqual(schedule.actor, [{ reference: `Practitioner/${SORENSEN}`, display: 'Sorensen, Lena MD' }]);
  assert.deepEqual([schedule.id, schedule.active, 'planningHorizon' in schedule], [slot.id, true, false]);
  const [, room] = await clinic.slots({
    'service-type': `${TYPES}|${PHYSICAL}`,
    start: ['ge2027-06-09T17:00:00Z', 'lt2027-06-09T18:00:00Z'],
  });
  assert.deepEqual((await clinic.read(`/Schedule/${room.id}`)).actor, [{ display: 'HC Procedure Room 1' }]);
  assert.equal(room.extension[1].valueString, 'HC Procedure Room 1');
});

test('schedules are searched by _id alone', async (t) => {
  const clinic = await openClinic(t);
  const [one, two] = await clinic.slots();
  const found = await clinic.api('GET', `/Schedule?_id=${two.id},${one.id},404-404-404-404`);
  assert.deepEqual(
    matchesOf(found).map(({ id }) => id),
    [one.id, two.id],
  );
  for (const query of ['', `?actor=Practitioner/${SORENSEN}`])
    assert.equal((await clinic.api('GET', `/Schedule${query}`)).status, 400);
});

test('a booked slot is found by _id and read, but not offered', async (t) => {
  const clinic = await openClinic(t);
  const [slot] = await clinic.slots();
  await clinic.book(slot.id);
  assert.ok((await clinic.slots()).every(({ id }) => id !== slot.id));
  const [found] = matchesOf(await clinic.api('GET', `/Slot?_id=${slot.id}`));
  assert.equal(found.status, 'busy');
  const read = await clinic.api('GET', `/Slot/${slot.id}`);
  assert.deepEqual([read.status, read.json().status], [200, 'busy']);
  assert.equal(read.headers.get('etag'), `W/"${read.json().meta.versionId}"`);
  assert.notEqual(read.json().meta.versionId, slot.meta.versionId);
});

test('a slot that the week does not plan is not there', async (t) => {
  const clinic = await openClinic(t);
  const ids = [
    '404404',
    `${VISIT}-${PIER}-60412441-60`,
    `${VISIT}-${PIER}-60412442-30`,
    `${TENANT}`,
    '1-1-1-1',
  ];
  for (const id of ids) {
    assert.equal((await clinic.api('GET', `/Slot/${id}`)).status, 404, id);
    assert.deepEqual(matchesOf(await clinic.api('GET', `/Slot?_id=${id}`)), [], id);
  }
});
