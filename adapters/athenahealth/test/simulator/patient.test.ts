import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canary } from '../../simulator/canary.ts';
import { demoPatients } from '../../simulator/demo-patients.ts';
import { errorOf, type Json, LAKESIDE, MINA, openPractice, type TestPractice } from './practice.ts';

const mina = { firstname: 'Mina', lastname: 'Testcase', dob: '04/09/1987' };
const newcomer = {
  firstname: 'Perpetua',
  lastname: 'Newcombe',
  dob: '08/15/1990',
  departmentid: LAKESIDE,
  mobilephone: '(206) 555-0190',
};

const match = async (practice: TestPractice, query: Record<string, string>): Promise<Json[]> =>
  practice.get(`/patients/enhancedbestmatch?${new URLSearchParams(query)}`);
const create = (practice: TestPractice, form: Record<string, string>) =>
  practice.api('POST', '/patients', { form });

test('a match needs a name and a birth date, and comes as a bare list with a score', async (t) => {
  const practice = await openPractice(t);
  const reply = await practice.api('GET', '/patients/enhancedbestmatch?lastname=Testcase');
  assert.deepEqual(errorOf(reply).missingfields, ['firstname', 'dob']);
  const [row, ...others] = await match(practice, mina);
  assert.deepEqual([row.patientid, row.score, row.dob, others.length], [MINA, '20', '04/09/1987', 0]);
  const [better] = await match(practice, { ...mina, mobilephone: '206-555-0110' });
  assert.equal(better.score, '25');
  assert.deepEqual(await match(practice, { ...mina, dob: '04/10/1987' }), []);
  assert.equal((await match(practice, { ...mina, dob: '04/10/1987', minscore: '12' })).length, 1);
  assert.deepEqual(await match(practice, { ...mina, minscore: '21' }), []);
});

test('two of one name and birth date are two matches', async (t) => {
  const practice = await openPractice(t);
  const maeve = { firstname: 'maeve', lastname: "O'GARRITY", dob: '05/19/1972' };
  assert.equal((await match(practice, maeve)).length, 2);
  const [best, other] = await match(practice, {
    ...maeve,
    mobilephone: '2065550123',
    returnbestmatches: 'true',
  });
  assert.ok(Number(best.score) > Number(other.score));
});

test('whatever is on file comes along', async (t) => {
  const practice = await openPractice(t);
  for (const path of [`/patients/enhancedbestmatch?${new URLSearchParams(mina)}`, `/patients/${MINA}`]) {
    const { text } = await practice.api('GET', path);
    for (const word of [canary.maskedSsn, canary.guarantor, canary.employer, canary.balance, canary.address])
      assert.ok(text.includes(word), `${path} ${word}`);
    assert.ok(!text.includes(canary.ssn));
  }
  assert.ok((await practice.api('GET', `/patients/${MINA}?showfullssn=true`)).text.includes(canary.ssn));
  const missing = await practice.api('GET', '/patients/99');
  assert.equal(missing.status, 404);
});

test('somebody new gets the next id, somebody known the one that is there', async (t) => {
  const practice = await openPractice(t);
  const made = (await create(practice, newcomer)).json();
  assert.deepEqual(made, [{ patientid: String(4471 + demoPatients.length) }]);
  assert.deepEqual((await create(practice, { ...newcomer, email: 'p@example.org' })).json(), made);
  const known = { ...mina, departmentid: LAKESIDE, zip: '98101' };
  assert.deepEqual((await create(practice, known)).json(), [{ patientid: MINA }]);
  const [told] = (await create(practice, { ...known, showerrormessage: 'true' })).json();
  assert.match(told.errormessage, /exists/);
  const { patients } = (await practice.sim('GET', '/ledger')).json();
  assert.deepEqual(
    patients.filter(({ by }: Json) => by === 'api').map(({ id }: Json) => id),
    [made[0]?.patientid],
  );
  const [row] = await match(practice, newcomer);
  assert.equal(row.mobilephone, '2065550190');
});

test('a patient without a way to reach them, or with wrong data, is refused', async (t) => {
  const practice = await openPractice(t);
  const { mobilephone: _, ...unreachable } = newcomer;
  const none = await create(practice, unreachable);
  assert.deepEqual([none.status, errorOf(none).error], [400, 'Additional fields are required.']);
  const { dob: __, ...ageless } = newcomer;
  assert.deepEqual(errorOf(await create(practice, ageless)), {
    error: 'Additional fields are required.',
    missingfields: ['dob'],
    invalidfields: [],
  });
  for (const dob of ['1990-08-15', '02/30/1990', '08/15/2090'])
    assert.equal(errorOf(await create(practice, { ...newcomer, dob })).error, 'Improper DOB.');
  const rows: readonly [Record<string, string>, string][] = [
    [{ mobilephone: '555-0190' }, 'mobilephone'],
    [{ homephone: '123-555-0190' }, 'homephone'],
    [{ workphone: '911-555-0190' }, 'workphone'],
    [{ mobilephone: '206-411-0190' }, 'mobilephone'],
    [{ sex: 'X' }, 'sex'],
    [{ lastname: 'N'.repeat(21) }, 'lastname'],
  ];
  for (const [change, field] of rows) {
    const reply = await create(practice, { ...newcomer, ...change });
    assert.deepEqual([reply.status, errorOf(reply).invalidfields], [400, [field]]);
  }
});
