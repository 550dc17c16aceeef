import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoPatients } from '../../simulator/demo-patients.ts';
import { openOffice, type TestOffice } from './office.ts';

type Row = Readonly<Record<string, string | number>>;
const get = async (office: TestOffice, path: string): Promise<Row[]> =>
  (await office.api('GET', path)).json();
const names = (rows: Row[]): string[] => rows.map(({ LName, FName }) => `${LName}, ${FName}`);

test('Simple finds names that contain the word, in any case, of every status but deleted', async (t) => {
  const office = await openOffice(t);
  assert.deepEqual(names(await get(office, '/patients/Simple?LName=okafor')), [
    'Okafor, Ada',
    'Okafor-Reyes, Adaline',
  ]);
  assert.deepEqual(
    names(await get(office, '/patients/Simple?LName=okafor&FName=ada&Birthdate=1990-11-02')).length,
    2,
  );
  assert.deepEqual(names(await get(office, '/patients/Simple?LName=quill')), [
    'Quill, Harriet',
    'Quill, Edmund',
  ]);
  assert.deepEqual(await get(office, '/patients/Simple?LName=gone'), []);
  const [ada] = await get(office, '/patients/Simple?FName=ada&Birthdate=1990-11-02');
  assert.equal(ada?.serverDateTime, '2027-03-03 09:00:00');
  assert.equal(ada?.priProvAbbr, 'MVG');
});

test('a phone finds everyone whose last seven digits fit, and families share one', async (t) => {
  const office = await openOffice(t);
  assert.equal((await get(office, '/patients?Phone=3035550148')).length, 3);
  assert.equal((await get(office, '/patients?Phone=(999)555-0155')).length, 2, 'another area code');
});

test('a patient carries much that is not for scheduling', async (t) => {
  const office = await openOffice(t);
  const marco = (await office.api('GET', '/patients/3005')).json();
  assert.equal(marco.MedUrgNote, 'Allergic to penicillin');
  assert.ok('SSN' in marco && 'BalTotal' in marco && 'InsEst' in marco);
});

test('POST makes a patient with the next number, a location and an entry in the ledger', async (t) => {
  const office = await openOffice(t);
  const body = {
    LName: 'Vance',
    FName: 'Rosa',
    Birthdate: '1989-09-09',
    Gender: 'Female',
    WirelessPhone: '(303)555-0170',
    ClinicNum: 2,
  };
  const reply = await office.api('POST', '/patients', body);
  const { PatNum, PatStatus, PriProv } = reply.json();
  assert.deepEqual([reply.status, PatStatus, PriProv], [201, 'Patient', 1]);
  assert.equal(reply.headers.get('location'), `https://api.opendental.com/api/v1/patients/${PatNum}`);
  const { patients } = (await office.sim('GET', '/ledger')).json();
  assert.deepEqual(patients.at(-1), { id: String(PatNum), createdAt: '2027-03-03T16:00:00.000Z', by: 'api' });
});

test('the same name and birth date with the same phone or e-mail is refused, with others it is another person', async (t) => {
  const office = await openOffice(t);
  const ada = { LName: 'OKAFOR', FName: 'Ada', Birthdate: '1990-11-02' };
  const count = async () => (await office.sim('GET', '/ledger')).json().patients.length;
  const before = await count();
  assert.equal(
    (await office.api('POST', '/patients', { ...ada, HmPhone: '303 555 0144' })).json(),
    'Patient already exists.',
  );
  assert.equal(
    (await office.api('POST', '/patients', { ...ada, Email: 'ada.okafor@example.org' })).status,
    400,
  );
  assert.equal(await count(), before);
  assert.equal((await office.api('POST', '/patients', { ...ada, HmPhone: '303 555 0199' })).status, 201);
  await office.sim('PUT', '/settings', { duplicatePatient: 'accept' });
  assert.equal((await office.api('POST', '/patients', { ...ada, HmPhone: '303 555 0144' })).status, 201);
});

test('a patient without a name, with an impossible birth date or a strange gender is refused', async (t) => {
  const office = await openOffice(t);
  const rows: readonly [object, string][] = [
    [{ FName: 'Rosa' }, 'LName is required.'],
    [{ LName: '', FName: 'Rosa' }, 'LName is required.'],
    [{ LName: 'Vance' }, 'FName is required.'],
    [{ LName: 'Vance', FName: 'Rosa', Birthdate: '2027-02-29' }, 'Birthdate format must be yyyy-MM-dd'],
    [{ LName: 'Vance', FName: 'Rosa', Gender: 1 }, 'Gender is invalid'],
    [{ LName: 'Vance', FName: 'Rosa', Zip: '123' }, 'Zip is invalid'],
  ];
  for (const [body, text] of rows) assert.equal((await office.api('POST', '/patients', body)).json(), text);
});

test('the demo list is what the offices hold: the same numbers, other people, the first three free of visits', async (t) => {
  for (const office of ['cedar', 'saguaro'] as const) {
    const simulator = await openOffice(t, { office });
    for (const patient of demoPatients[office].slice(0, 3)) {
      const row = (await simulator.api('GET', `/patients/${patient.id}`)).json();
      assert.deepEqual(
        [row.LName, row.FName, row.Birthdate, row.PatStatus],
        [patient.family, patient.given, patient.birthDate, 'Patient'],
      );
      assert.deepEqual(await get(simulator, `/appointments?PatNum=${patient.id}`), []);
    }
  }
  const numbers = (office: 'cedar' | 'saguaro') => demoPatients[office].map(({ id }) => id);
  assert.deepEqual(numbers('cedar'), numbers('saguaro'));
  assert.ok(
    demoPatients.cedar.every(
      (one, index) => one.family !== demoPatients.saguaro[index]?.family || one.status === 'Deleted',
    ),
  );
});
