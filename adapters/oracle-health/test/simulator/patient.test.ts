import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoPatients } from '../../simulator/demo-patients.ts';
import { HADDAD, idOf, LIGHTHOUSE, matchesOf, NORA, openClinic, PIER, type TestClinic } from './clinic.ts';

const person = (changes: object = {}): object => ({
  resourceType: 'Patient',
  name: [{ family: 'Tidewater', given: ['Mary Ann'] }],
  birthDate: '1984-02-29',
  ...changes,
});

async function found(clinic: TestClinic, query: string): Promise<string[]> {
  const reply = await clinic.api('GET', `/Patient?${query}`);
  assert.equal(reply.status, 200, `${query}: ${reply.text}`);
  return matchesOf(reply).map(({ name }) => `${name[0].given[0]} ${name[0].family}`);
}

test('the demo patients are those of the clinic', async (t) => {
  const clinic = await openClinic(t);
  assert.equal(demoPatients.length, 8);
  for (const { id, family, given, birthDate, active } of demoPatients) {
    const row = await clinic.read(`/Patient/${id}`);
    assert.deepEqual(
      [row.name[0].family, row.name[0].given[0], row.birthDate, row.active],
      [family, given, birthDate, active],
    );
  }
  const { appointments } = (await clinic.sim('GET', '/ledger')).json();
  const [nora, mateo] = demoPatients;
  for (const person of [nora, mateo])
    assert.ok(appointments.every(({ patientId }: { patientId: string }) => patientId !== person?.id));
});

test('names match from their beginning, without regard to case, accents and spaces', async (t) => {
  const clinic = await openClinic(t);
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['family=chen', ['Mei Chen', 'Meinrad Chenoweth']],
    ['family=CHEN&given=Meinrad', ['Meinrad Chenoweth']],
    ['family=pena-duarte&given=zoe', ['Zoë Peña-Duarte']],
    ['given=Andr%C3%A9s', ['Mateo Ruiz']],
    ['given=mateo%20%20andres', ['Mateo Ruiz']],
    ['name=fitz', ['Liam Fitzgerald', 'Orla Fitzgerald']],
    ['family=hen', []],
    ['family=Ruiz,Chen&given=mei', ['Mei Chen', 'Meinrad Chenoweth']],
    ['given=Mateo&given=Andr', ['Mateo Ruiz']],
    ['family:exact=Chen', ['Mei Chen']],
    ['family:exact=chen', []],
  ];
  for (const [query, people] of rows) assert.deepEqual(await found(clinic, query), people, query);
  await clinic.set({ patientNames: 'exact' });
  assert.deepEqual(await found(clinic, 'family=chen'), ['Mei Chen']);
});

test('birth date, gender, number, telephone and e-mail narrow a search', async (t) => {
  const clinic = await openClinic(t);
  const rows: readonly (readonly [string, readonly string[]])[] = [
    ['birthdate=1993-01-25', ['Mei Chen', 'Meinrad Chenoweth']],
    ['birthdate=1993-01-25&gender=female', ['Mei Chen']],
    ['birthdate=1993-01-26', []],
    ['birthdate=1993', ['Mei Chen', 'Meinrad Chenoweth']],
    ['birthdate=ge1993-02&birthdate=lt2016', ['Orla Fitzgerald']],
    [`_id=${NORA},13000103`, ['Nora Abernathy', 'Mei Chen']],
    ['identifier=HC000101', ['Nora Abernathy']],
    ['phone=6175550125', ['Liam Fitzgerald', 'Orla Fitzgerald']],
    ['email=NORA.abernathy@example.org', ['Nora Abernathy']],
  ];
  for (const [query, people] of rows) assert.deepEqual(await found(clinic, query), people, query);
  for (const query of ['birthdate=25.01.1993', 'family=', 'family:contains=hen', 'birthdate=1993-13-01'])
    assert.equal((await clinic.api('GET', `/Patient?${query}`)).status, 400, query);
});

test('a search without a criterion is refused, and gender alone is none', async (t) => {
  const clinic = await openClinic(t);
  for (const query of ['', '?gender=female', '?_count=5', '?surname=Chen']) {
    const reply = await clinic.api('GET', `/Patient${query}`);
    assert.equal(reply.status, 400);
    assert.match(reply.json().issue[0].details.text, /^at least one of .* or -pageContext must be provided$/);
  }
  await clinic.set({ bareSearch: 'accept' });
  assert.equal((await found(clinic, '_count=100')).length, 8);
});

test('a patient is created with an address and no body, and is then found and told in the ledger', async (t) => {
  const clinic = await openClinic(t);
  const telecom = [
    { system: 'phone', value: '617-555-0190' },
    { system: 'email', value: 'mary@example.org' },
  ];
  const made = await clinic.api('POST', '/Patient', { body: person({ telecom, gender: 'female' }) });
  assert.deepEqual([made.status, made.text], [201, '']);
  const row = await clinic.read(`/Patient/${idOf(made)}`);
  assert.deepEqual(
    [row.name[0].family, row.name[0].given, row.birthDate, row.gender, row.active],
    ['Tidewater', ['Mary Ann'], '1984-02-29', 'female', true],
  );
  assert.deepEqual(await found(clinic, 'family=tidewater&given=mary%20ann&birthdate=1984-02-29'), [
    'Mary Ann Tidewater',
  ]);
  assert.deepEqual(await found(clinic, 'phone=617-555-0190'), ['Mary Ann Tidewater']);
  const { patients } = (await clinic.sim('GET', '/ledger')).json();
  assert.deepEqual(patients.at(-1), {
    id: idOf(made),
    createdAt: '2027-03-03T16:00:00.000Z',
    by: 'api',
  });
});

test('a patient without a name, or with what is no date or gender, is refused and nobody is made', async (t) => {
  const clinic = await openClinic(t);
  const refused = [
    { name: [] },
    { name: [{ family: 'Tidewater' }] },
    { name: [{ given: ['Mary'] }] },
    { birthDate: '1983-02-29' },
    { birthDate: 19830228 },
    { gender: 'F' },
    { modifierExtension: [{}] },
  ];
  for (const changes of refused)
    assert.equal(
      (await clinic.api('POST', '/Patient', { body: person(changes) })).status,
      422,
      JSON.stringify(changes),
    );
  assert.deepEqual(await found(clinic, 'family=Tidewater'), []);
});

test('a twin is accepted, or refused where the setting says so', async (t) => {
  const clinic = await openClinic(t);
  const status = async () => (await clinic.api('POST', '/Patient', { body: person() })).status;
  assert.deepEqual([await status(), await status()], [201, 201]);
  await clinic.set({ duplicatePatient: 'reject422' });
  assert.equal(await status(), 422);
});

test('practitioners, locations and the organization are found by id and name', async (t) => {
  const clinic = await openClinic(t);
  const ids = async (path: string): Promise<string[]> => {
    const reply = await clinic.api('GET', path);
    assert.equal(reply.status, 200, path);
    return matchesOf(reply).map(({ id }) => id);
  };
  assert.deepEqual(await ids('/Practitioner?family=had'), [HADDAD]);
  assert.deepEqual(await ids('/Practitioner?_id=4464007,404'), ['4464007']);
  assert.deepEqual(await ids('/Practitioner?name=Lena%20Sor'), ['4464007']);
  assert.deepEqual(await ids(`/Location?_id=${LIGHTHOUSE},${PIER}`), [PIER, LIGHTHOUSE]);
  assert.deepEqual(await ids('/Location?name=harbor'), [PIER, LIGHTHOUSE]);
  assert.deepEqual(await ids('/Organization?name=harbor'), ['685844']);
  for (const path of ['/Practitioner', '/Location', '/Organization', '/Location?-physicalType=x'])
    assert.equal((await clinic.api('GET', path)).status, 400, path);
  const location = await clinic.read(`/Location/${PIER}`);
  assert.deepEqual([location.name, location.status], ['Harbor Clinic Pier Street', 'active']);
  assert.equal((await clinic.api('GET', '/Practitioner/404')).status, 404);
});
