import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  cancelled,
  HADDAD,
  idOf,
  LIGHTHOUSE,
  matchesOf,
  NORA,
  nextOf,
  openClinic,
  PIER,
  type Resource,
  SORENSEN,
} from './clinic.ts';

const june = 'date=ge2027-06-01T00:00:00Z&date=lt2027-07-01T00:00:00Z';

async function withTwo(t: TestContext) {
  const clinic = await openClinic(t);
  const [first] = await clinic.slots({ 'schedule.actor': `Practitioner/${SORENSEN}`, '-location': PIER });
  const [second] = await clinic.slots({
    'schedule.actor': `Practitioner/${HADDAD}`,
    start: ['ge2027-06-08T13:00:00Z', 'lt2027-06-08T14:00:00Z'],
  });
  const later = await clinic.book(second.id);
  const earlier = await clinic.book(first.id);
  const ids = async (query: string): Promise<string[]> => {
    const reply = await clinic.api('GET', `/Appointment?${query}`);
    assert.equal(reply.status, 200, `${query}: ${reply.text}`);
    return matchesOf(reply).map(({ id }: Resource) => id);
  };
  const status = async (query: string): Promise<number> =>
    (await clinic.api('GET', `/Appointment?${query}`)).status;
  return { clinic, earlier, later, ids, status };
}

test("a patient's appointments of a time are found, earliest first", async (t) => {
  const { earlier, later, ids } = await withTwo(t);
  assert.deepEqual(await ids(`patient=${NORA}&${june}`), [earlier, later]);
  assert.deepEqual(await ids(`patient=Patient/${NORA}&${june}`), [earlier, later]);
  assert.deepEqual(await ids(`patient=13000102&${june}`), []);
  assert.deepEqual(await ids(`patient=${NORA},13000102&date=ge2027-06-08T00:00:00Z`), [later]);
});

test('appointments are found by practitioner, by location and by id', async (t) => {
  const { earlier, later, ids } = await withTwo(t);
  assert.deepEqual(await ids(`practitioner=${HADDAD}&${june}`), [later]);
  assert.deepEqual(await ids(`practitioner=${SORENSEN},${HADDAD}&${june}`), [earlier, later]);
  assert.deepEqual(await ids(`location=${PIER}&${june}`), [earlier]);
  assert.deepEqual(await ids(`location=${PIER},${LIGHTHOUSE}&${june}`), [earlier, later]);
  assert.deepEqual(await ids(`_id=${later},${earlier},404404404`), [earlier, later]);
});

test('a search has exactly one subject, once, and all but _id need a date', async (t) => {
  const { earlier, status } = await withTwo(t);
  for (const query of [
    '',
    june,
    `patient=${NORA}`,
    `patient=${NORA}&practitioner=${HADDAD}&${june}`,
    `_id=${earlier}&patient=${NORA}&${june}`,
    `patient=${NORA}&patient=13000102&${june}`,
    `patient=Practitioner/${NORA}&${june}`,
    `patient=&${june}`,
    `patient=${NORA}&status=here&${june}`,
    `patient=${NORA}&status=booked&status=cancelled&${june}`,
  ])
    assert.equal(await status(query), 400, query);
});

test('a date is given once with a prefix, or twice with ge and lt, always with a time', async (t) => {
  const { clinic, earlier, later, ids, status } = await withTwo(t);
  const about = `patient=${NORA}`;
  const refused = [
    'date=2027-06-07T00:00:00Z',
    'date=ge2027-06-07',
    'date=ge2027-06-07T00:00:00',
    'date=le2027-07-01T00:00:00Z&date=gt2027-06-01T00:00:00Z',
    'date=ge2027-06-01T00:00:00Z&date=le2027-07-01T00:00:00Z',
    'date=ge2027-06-01T00:00:00Z&date=ge2027-06-02T00:00:00Z&date=lt2027-07-01T00:00:00Z',
    `${june}&-date-or-req-period=ge2027-06-01T00:00:00Z`,
  ];
  for (const dates of refused) assert.equal(await status(`${about}&${dates}`), 400, dates);
  assert.deepEqual(await ids(`${about}&date=ge2027-06-08T00:00:00.000Z`), [later]);
  assert.deepEqual(await ids(`${about}&date=lt2027-06-08T00:00:00Z`), [earlier]);
  await clinic.set({ appointmentDates: 'any' });
  assert.deepEqual(await ids(`${about}&${refused[3]}`), [earlier, later]);
  assert.deepEqual(await ids(`${about}&date=2027-06-07T13:00:00Z`), [earlier]);
});

test('what starts or ends in the range is found, what only spans it is not', async (t) => {
  const { earlier, ids } = await withTwo(t); // 13:00 to 13:30
  const found = (from: string, to: string) =>
    ids(`patient=${NORA}&date=ge2027-06-07T${from}:00Z&date=lt2027-06-07T${to}:00Z`);
  assert.deepEqual(await found('13:00', '13:10'), [earlier]);
  assert.deepEqual(await found('13:20', '13:40'), [earlier]);
  assert.deepEqual(await found('13:30', '14:00'), [earlier]);
  assert.deepEqual(await found('13:10', '13:20'), []);
  assert.deepEqual(await found('12:00', '13:00'), []);
});

test('statuses narrow a search, and cancelled appointments are found without them', async (t) => {
  const { clinic, earlier, later, ids } = await withTwo(t);
  await clinic.patch(`/Appointment/${later}`, '0', cancelled);
  const about = `patient=${NORA}&${june}`;
  assert.deepEqual(await ids(about), [earlier, later]);
  assert.deepEqual(await ids(`${about}&status=booked`), [earlier]);
  assert.deepEqual(await ids(`${about}&status=noshow,cancelled`), [later]);
});

test('requests are found by -date-or-req-period alone', async (t) => {
  const { clinic, earlier, ids } = await withTwo(t);
  const made = await clinic.api('POST', '/Appointment', {
    body: {
      resourceType: 'Appointment',
      status: 'proposed',
      serviceType: [{ coding: [{ system: 'http://snomed.info/sct', code: '408443003' }] }],
      participant: [
        { actor: { reference: `Patient/${NORA}` }, status: 'needs-action' },
        { actor: { reference: `Location/${PIER}` }, status: 'needs-action' },
      ],
      requestedPeriod: [{ start: '2027-06-07T09:00:00-04:00', end: '2027-09-17T09:00:00-04:00' }],
    },
  });
  const range = 'ge2027-06-07T00:00:00Z';
  assert.deepEqual(await ids(`location=${PIER}&date=${range}&date=lt2027-06-08T00:00:00Z`), [earlier]);
  const both = `location=${PIER}&-date-or-req-period=${range}&-date-or-req-period=lt2027-06-08T00:00:00Z`;
  assert.deepEqual((await ids(both)).sort(), [earlier, idOf(made)].sort());
});

test('_count bounds the page and is ignored with _id', async (t) => {
  const { clinic, earlier, later } = await withTwo(t);
  const first = await clinic.api('GET', `/Appointment?patient=${NORA}&${june}&_count=1`);
  assert.deepEqual(
    matchesOf(first).map(({ id }) => id),
    [earlier],
  );
  const second = await clinic.api('GET', nextOf(first) ?? '');
  assert.deepEqual(
    matchesOf(second).map(({ id }) => id),
    [later],
  );
  assert.equal(nextOf(second), undefined);
  const byId = await clinic.api('GET', `/Appointment?_id=${earlier},${later}&_count=1`);
  assert.equal(matchesOf(byId).length, 2);
});

test('instants come with milliseconds or without, as the setting says', async (t) => {
  const { clinic, earlier, later } = await withTwo(t);
  const start = async (id: string): Promise<string> => (await clinic.read(`/Appointment/${id}`)).start;
  const mixed = [await start(earlier), await start(later)].map((each) => each.length);
  assert.deepEqual(mixed.sort(), [20, 24]);
  await clinic.set({ milliseconds: 'never' });
  assert.equal(await start(earlier), '2027-06-07T13:00:00Z');
  await clinic.set({ milliseconds: 'always' });
  assert.equal(await start(earlier), '2027-06-07T13:00:00.000Z');
});

test('one record without a mandatory field fails whatever reads it', async (t) => {
  const { clinic, earlier, later, status } = await withTwo(t);
  await clinic.set({ incompleteRecords: earlier });
  const reply = await clinic.api('GET', `/Appointment/${earlier}`);
  assert.equal(reply.status, 500);
  assert.deepEqual(reply.json().issue, [
    { severity: 'fatal', code: 'required', location: ['/f:Appointment/f:status'] },
  ]);
  assert.equal(await status(`patient=${NORA}&${june}`), 500);
  assert.equal(await status(`_id=${later}`), 200);
});
