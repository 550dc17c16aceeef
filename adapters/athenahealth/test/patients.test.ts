import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Demographics, Failure } from '#adapter-kit/index.ts';
import { athenahealth } from '../index.ts';
import { fixture, outcomeOf, replay } from './replay.ts';

const { matchPatients, createPatient } = athenahealth.operations;
const mina: Demographics = { family: 'Testcase', given: 'Mina', birthDate: '1987-04-09' };
const [row] = fixture('match--mina').bestMatch as readonly object[];
const answering = (...changed: readonly object[]) =>
  replay({ bestMatch: changed.map((each) => ({ ...row, ...each })) });
const createdBy = async (changed: Partial<Demographics>): Promise<unknown> => {
  const line = replay({ createPatient: [{ patientid: '5309' }] });
  assert.deepEqual(await createPatient(line.ctx, { ...mina, ...changed }), { id: '5309' });
  return line.sent[0]?.body;
};

describe('A match at athenaOne', () => {
  test('asks by names and birth date for the best ones, and keeps who is equal', async () => {
    const line = answering(
      {},
      { patientid: 7, firstname: 'MINA', lastname: 'testcase' },
      { firstname: 'Minna' },
    );
    const found = await matchPatients(line.ctx, { ...mina, given: ' Mina ' });
    assert.deepEqual(
      found.map(({ resource }) => resource.id),
      ['4471', '7'],
    );
    assert.deepEqual(line.sent[0]?.query, {
      firstname: 'Mina',
      lastname: 'Testcase',
      dob: '04/09/1987',
      returnbestmatches: 'true',
    });
  });

  test('keeps nobody whose name or birth date is a little different, however well athenaOne likes them', async () => {
    for (const changed of [
      { firstname: 'Min' },
      { firstname: 'Mina Jo' },
      { lastname: 'Testcases' },
      { dob: '04/10/1987' },
    ])
      assert.deepEqual(await matchPatients(answering({ ...changed, score: '99' }).ctx, mina), []);
    assert.deepEqual(await matchPatients(replay({ bestMatch: [] }).ctx, mina), []);
  });

  test('has the minimum, and says who is not booked', async () => {
    const [found] = await matchPatients(answering({ mobilephone: '2065550110', status: 'active' }).ctx, mina);
    assert.deepEqual(found, {
      resource: {
        resourceType: 'Patient',
        id: '4471',
        active: true,
        name: [{ use: 'official', family: 'Testcase', given: ['Mina'] }],
        telecom: [
          { system: 'phone', use: 'mobile', value: '2065550110' },
          { system: 'email', value: 'mina@example.test' },
        ],
        gender: 'female',
        birthDate: '1987-04-09',
      },
      bookable: true,
    });
    for (const [status, bookable] of [
      ['', true],
      ['Prospective', true],
      ['inactive', false],
      ['deleted', false],
      ['something new', false],
    ] as const) {
      const [one] = await matchPatients(answering({ status, sex: '' }).ctx, mina);
      assert.deepEqual(
        [one?.bookable, one?.resource.active, one?.resource.gender],
        [bookable, bookable, 'unknown'],
      );
    }
  });

  test('that does not come as a list is no match', async () => {
    for (const bestMatch of [{}, row, [{ ...row, patientid: '' }], [{ ...row, dob: '1987-04-09' }]])
      assert.equal(await outcomeOf(matchPatients(replay({ bestMatch }).ctx, mina)), 'not-done schema');
  });
});

describe('A new patient at athenaOne', () => {
  test('is names, birth date, sex, department and one way to reach them', async () => {
    assert.deepEqual(await createdBy({ gender: 'female', phone: '+1 (206) 555-0142' }), {
      firstname: 'Mina',
      lastname: 'Testcase',
      dob: '04/09/1987',
      sex: 'F',
      departmentid: '12',
      mobilephone: '2065550142',
    });
    const email = 'mina@example.org';
    const { sex, mobilephone, ...body } = Object(await createdBy({ gender: 'other', email }));
    assert.deepEqual([sex, mobilephone, body.email], [undefined, undefined, email]);
  });

  test('takes every valid telephone number of North America, and no other', async () => {
    for (const phone of ['2065550142', '206-555-0142', '1 206.555.0142', '+12065550142', '(914) 220-1100'])
      await createdBy({ phone });
    for (const phone of [
      '555-0142',
      '206-555-014',
      '1065550142',
      '2061550142',
      '911-555-0142',
      '206-411-0142',
      '+44 20 7946 0958',
      '22065550142',
      'call 206-555-0142',
    ]) {
      const isSaid = (error: unknown) =>
        error instanceof Failure && error.code === 'invalid-value' && error.expression === 'Patient.telecom';
      await assert.rejects(createPatient(replay({}).ctx, { ...mina, phone }), isSaid, phone);
    }
  });

  const refused: readonly [why: string, changed: Partial<Demographics>, code: string, expression: string][] =
    [
      ['without a way to reach them', {}, 'missing-element', 'Patient.telecom'],
      ['with an address that is none', { email: 'mina' }, 'invalid-value', 'Patient.telecom'],
      ['with a long given name', { given: 'M'.repeat(21) }, 'invalid-value', 'Patient.name.given'],
      ['with a long family name', { family: 'T'.repeat(21) }, 'invalid-value', 'Patient.name.family'],
      ['with a sign in the name', { family: 'Testcase&x=1' }, 'invalid-value', 'Patient.name.family'],
      ['with a day that is none', { birthDate: '1987-02-29' }, 'invalid-date', 'Patient.birthDate'],
    ];
  for (const [why, changed, code, expression] of refused)
    test(`${why} is refused in words that say what to give, and nothing is sent`, async () => {
      const line = replay({});
      const phone = why.includes('reach') || why.includes('address') ? {} : { phone: '2065550142' };
      await assert.rejects(
        createPatient(line.ctx, { ...mina, ...phone, ...changed }),
        (error) => error instanceof Failure && error.code === code && error.expression === expression,
      );
      assert.deepEqual(line.sent, []);
    });

  test('of twenty characters is let out', async () => {
    const body = Object(await createdBy({ given: 'M'.repeat(20), phone: '2065550142' }));
    assert.equal(body.firstname.length, 20);
  });

  test('who is known by another spelling is given by id, and a match tells that it is somebody else', async () => {
    const line = replay({
      createPatient: [{ patientid: '4471' }],
      bestMatch: [{ ...row, firstname: 'Minna' }],
    });
    assert.deepEqual(await createPatient(line.ctx, { ...mina, phone: '2065550142' }), { id: '4471' });
    assert.deepEqual(await matchPatients(line.ctx, mina), []);
  });

  for (const [status, body, outcome] of [
    [
      400,
      '\n\n{"error":"Additional fields are required.","missingfields":["dob"],"invalidfields":[]}',
      'not-done rejected',
    ],
    [400, '\n\n{"error":"Improper DOB."}', 'not-done rejected'],
    [400, '\n\n{"error":"Somebody like that exists."}', 'ambiguous status'],
    [200, '[{"errormessage":"exists"}]', 'ambiguous schema'],
    [500, '', 'ambiguous status'],
  ] as const)
    test(`answered ${status} ${JSON.stringify(body)} is ${outcome}`, async () => {
      const answer = { status, body: status === 200 ? JSON.parse(body) : body };
      const made = createPatient(replay({ createPatient: answer }).ctx, { ...mina, phone: '2065550142' });
      assert.equal(await outcomeOf(made), outcome);
    });
});
