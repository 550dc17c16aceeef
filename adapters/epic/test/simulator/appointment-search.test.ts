import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoPatients } from '../../simulator/demo-patients.ts';
import { AMARA, BASE, codesOf, openPractice, type TestPractice, TOKEN } from './practice.ts';

const LUCIA = demoPatients.juniper[2]?.id ?? '';
const DESMOND = demoPatients.juniper[3]?.id ?? '';

async function matches(practice: TestPractice, query: string): Promise<{ id: string; start: string }[]> {
  const { entry } = (await practice.r4('GET', `/Appointment?${query}`)).json();
  return entry
    .filter(({ search }: { search: { mode: string } }) => search.mode === 'match')
    .map(({ resource }: { resource: object }) => resource);
}

/** Amara's three visits on that Thursday. */
async function threeVisits(practice: TestPractice): Promise<string[]> {
  const ids = [];
  for (const proposal of (await practice.proposals()).slice(0, 3))
    ids.push((await practice.book(proposal.id)).json().entry[0].resource.id);
  return ids;
}

test('an empty search is 200 with total 0 and one entry that is an outcome with 4101', async (t) => {
  const practice = await openPractice(t);
  const reply = await practice.r4('GET', `/Appointment?patient=${AMARA}`);
  const bundle = reply.json();
  assert.deepEqual([reply.status, bundle.total, bundle.entry.length], [200, 0, 1]);
  assert.match(bundle.entry[0].fullUrl, /^urn:uuid:[0-9a-f-]{36}$/);
  const [issue] = bundle.entry[0].resource.issue;
  assert.deepEqual([issue.severity, issue.code], ['warning', 'processing']);
  assert.deepEqual(codesOf(bundle), ['4101']);
});

test('total is the number of entries on the page, and next leads on to the end', async (t) => {
  const practice = await openPractice(t);
  const ids = await threeVisits(practice);
  const first = (await practice.r4('GET', `/Appointment?patient=${AMARA}&_count=2`)).json();
  assert.equal(first.total, 2);
  assert.deepEqual(
    first.link.map(({ relation }: { relation: string }) => relation),
    ['self', 'next'],
  );
  const next = new URL(first.link[1].url);
  const second = await practice.raw('GET', next.pathname + next.search, {
    authorization: `Bearer ${TOKEN}`,
    accept: 'application/fhir+json',
  });
  const last = second.json();
  assert.equal(last.total, 1);
  assert.equal(last.link.length, 1);
  const seen = [...first.entry, ...last.entry].map(({ resource }) => resource.id);
  assert.deepEqual(seen, ids);
});

test('a link to a next page tells nothing, and after its time it is 400 with 4113', async (t) => {
  let now = Date.parse('2027-03-03T15:00:00Z');
  const practice = await openPractice(t, { pagingSeconds: 60, temporaryIdSeconds: 900 }, { now: () => now });
  await threeVisits(practice);
  const { link } = (await practice.r4('GET', `/Appointment?patient=${AMARA}&_count=1`)).json();
  const query = new URL(link[1].url).search;
  assert.doesNotMatch(query, new RegExp(AMARA));
  now += 61_000;
  for (const session of [query, '?sessionID=forged']) {
    const reply = await practice.r4('GET', `/Appointment${session}`);
    assert.deepEqual([reply.status, codesOf(reply.json())], [400, ['4113']]);
  }
});

test('an unknown parameter is ignored and told in capitals beside the matches', async (t) => {
  const practice = await openPractice(t);
  await threeVisits(practice);
  const reply = await practice.r4('GET', `/Appointment?patient=${AMARA}&_sort=date&date:missing=true`);
  const bundle = reply.json();
  assert.deepEqual([reply.status, bundle.total, bundle.entry.length], [200, 3, 4]);
  const [sort, missing] = bundle.entry[3].resource.issue;
  assert.deepEqual([sort.severity, sort.code], ['information', 'invalid']);
  assert.equal(sort.diagnostics, 'Unknown parameter: _SORT. Parameter has been ignored.');
  assert.equal(missing.diagnostics, 'Unknown parameter: DATE:MISSING. Parameter has been ignored.');
});

test('beside a fatal issue the same information stands in a 400', async (t) => {
  const practice = await openPractice(t);
  const reply = await practice.r4('GET', '/Appointment?patient=nobody&nonsense=1');
  assert.deepEqual([reply.status, codesOf(reply.json())], [400, ['4100', '59100']]);
});

test('a search for everybody is refused, in one way or the other', async (t) => {
  const practice = await openPractice(t);
  const refusal = async (query: string) => {
    const reply = await practice.r4('GET', `/Appointment${query}`);
    return [reply.status, ...codesOf(reply.json())];
  };
  assert.deepEqual(await refusal(''), [400, '4110']);
  assert.deepEqual(await refusal('?date=ge2027-03-01'), [400, '59159']);
  await practice.sim('PUT', '/settings', { unrestrictedSearch: '4111' });
  assert.deepEqual(await refusal('?status=booked'), [400, '4111']);
});

test('date compares with prefixes, in any offset, and a day is one in Chicago', async (t) => {
  const practice = await openPractice(t);
  const visits = await threeVisits(practice);
  const starts = (await matches(practice, `patient=${AMARA}`)).map(({ start }) => start);
  assert.deepEqual(starts, ['2027-03-04T14:00:00Z', '2027-03-04T14:30:00Z', '2027-03-04T15:00:00Z']);
  const rows: readonly [date: string, count: number][] = [
    ['2027-03-04', 3],
    ['eq2027-03-04', 3],
    ['gt2027-03-04', 0],
    ['le2027-03-04', 3],
    ['lt2027-03-04', 0],
    ['eq2027-03-04T14:30:00Z', 1],
    ['ge2027-03-04T14:30:00Z', 2],
    ['gt2027-03-04T14:30:00Z', 1],
    ['lt2027-03-04T14:30:00Z', 1],
    ['le2027-03-04T08:30:00-06:00', 2],
  ];
  for (const [date, count] of rows)
    assert.equal((await matches(practice, `patient=${AMARA}&date=${date}`)).length, count, date);
  const both = await matches(practice, `patient=${AMARA}&date=gt2027-03-04T14:00Z&date=lt2027-03-04T15:00Z`);
  assert.deepEqual(
    both.map(({ id }) => id),
    [visits[1]],
  );
  await practice.sim('PUT', '/settings', { dateSearch: 'day' });
  assert.equal((await matches(practice, `patient=${AMARA}&date=ge2027-03-04T14:30:00Z`)).length, 3);
});

test('a date that is none, or with a prefix that Epic does not know, is 400 with 59102', async (t) => {
  const practice = await openPractice(t);
  for (const date of ['tomorrow', 'ap2027-03-04', '2027-02-30', 'ge2027-03-04T14:00:00'])
    assert.deepEqual(
      codesOf((await practice.r4('GET', `/Appointment?patient=${AMARA}&date=${date}`)).json()),
      ['59102'],
    );
});

test('status, identifier and service-category filter; with _id all others are ignored', async (t) => {
  const practice = await openPractice(t);
  const [id = ''] = await threeVisits(practice);
  await practice.sim('POST', '/staff', { action: 'cancel', id });
  const csn = (await practice.r4('GET', `/Appointment/${id}`)).json().identifier[0];
  const rows: readonly [query: string, count: number][] = [
    [`patient=${AMARA}&status=booked`, 2],
    [`patient=${AMARA}&status=booked,cancelled`, 3],
    [`patient=Patient/${AMARA}&status=http://hl7.org/fhir/appointmentstatus|cancelled`, 1],
    [`identifier=${csn.value}`, 1],
    [`identifier=${encodeURIComponent(`${csn.system}|${csn.value}`)}`, 1],
    [`identifier=${encodeURIComponent(`urn:other|${csn.value}`)}`, 0],
    [`patient=${AMARA}&service-category=surgery`, 0],
    [`patient=${AMARA}&service-category=appointment`, 3],
    [`_id=${id}&patient=${DESMOND}&status=booked&nonsense=1`, 1],
  ];
  for (const [query, count] of rows) assert.equal((await matches(practice, query)).length, count, query);
});

test('parameters that are named and not documented do nothing, or filter by setting', async (t) => {
  const practice = await openPractice(t);
  await threeVisits(practice);
  const query = `patient=${AMARA}&practitioner=nobody&part-status=declined`;
  assert.equal((await matches(practice, query)).length, 3);
  assert.equal((await practice.r4('GET', `/Appointment?${query}`)).json().entry.length, 3);
  await practice.sim('PUT', '/settings', { unreliableParameters: 'applied' });
  assert.equal((await matches(practice, query)).length, 0);
});

test('of POST _search only the body counts, before 2026 only the query string', async (t) => {
  const practice = await openPractice(t);
  await threeVisits(practice);
  const search = async (query: string, form: string) => {
    const headers = {
      authorization: `Bearer ${TOKEN}`,
      accept: 'application/fhir+json',
      'content-type': 'application/x-www-form-urlencoded',
    };
    const path = `${BASE}/api/FHIR/R4/Appointment/_search?${query}`;
    return (await practice.raw('POST', path, headers, form)).json();
  };
  assert.equal((await search(`patient=${LUCIA}`, `patient=${AMARA}`)).total, 3);
  assert.deepEqual(codesOf(await search(`patient=${AMARA}`, '')), ['4110']);
  await practice.sim('PUT', '/settings', { postSearch: 'query' });
  assert.equal((await search(`patient=${AMARA}`, `patient=${LUCIA}`)).total, 3);
});

test('_include=* brings the participants along as included, outside the total', async (t) => {
  const practice = await openPractice(t);
  await threeVisits(practice);
  const bundle = (await practice.r4('GET', `/Appointment?patient=${AMARA}&_include=*`)).json();
  const included = bundle.entry.filter(
    ({ search }: { search: { mode: string } }) => search.mode === 'include',
  );
  assert.equal(bundle.total, 3);
  assert.deepEqual(
    included.map(({ resource }: { resource: { resourceType: string } }) => resource.resourceType),
    ['Patient', 'Practitioner', 'Location'],
  );
});

test('a surgery has two rooms, minutes of its own, a case number and words about the operation', async (t) => {
  const practice = await openPractice(t);
  const [surgery] = (
    await practice.r4('GET', `/Appointment?patient=${DESMOND}&service-category=surgery`)
  ).json().entry;
  const { resource } = surgery;
  assert.equal(resource.identifier[0].type.text, 'ORC');
  assert.equal(resource.minutesDuration, 75);
  assert.equal(Date.parse(resource.end) - Date.parse(resource.start), 34 * 60_000);
  assert.match(resource.description, /CPT/);
  assert.deepEqual(
    resource.participant.map(({ actor }: { actor: { reference: string } }) => actor.reference.split('/')[0]),
    ['Patient', 'Practitioner', 'Location', 'Location'],
  );
  for (const { actor } of resource.participant)
    assert.equal((await practice.r4('GET', `/${actor.reference}`)).status, 200);
});

test('what the front desk deleted is 410 with 4103, 404 with 59008, or entered in error', async (t) => {
  const practice = await openPractice(t);
  const [id = ''] = await threeVisits(practice);
  await practice.sim('POST', '/staff', { action: 'delete', id });
  const rows = [
    ['gone', 410, 2],
    ['unknown', 404, 2],
    ['entered-in-error', 200, 3],
  ] as const;
  for (const [deleted, status, found] of rows) {
    await practice.sim('PUT', '/settings', { deleted });
    assert.equal((await practice.r4('GET', `/Appointment/${id}`)).status, status);
    assert.equal((await matches(practice, `patient=${AMARA}`)).length, found);
  }
});
