import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { classifyWrite } from '#adapter-kit/classify-write.ts';
import { type Demographics, Failure, WireFailure } from '#adapter-kit/index.ts';
import type { InProcessRequest } from '#adapter-kit/testing/index.ts';
import { drchrono } from '../index.ts';
import { openPractice } from './practice.ts';
import { fixture, listOf, replay, rowsIn, practice as scripted } from './replay.ts';

const { matchPatients, createPatient } = drchrono.operations;
const practice = await openPractice();
beforeEach(() => practice.emr.reset());
const ada: Demographics = { family: 'Moreno', given: 'Ada', birthDate: '1984-02-11' };

describe('A patient', () => {
  test('is found with demographics and nothing else', async () => {
    const { ctx } = replay(fixture('patients--moreno'));
    assert.deepEqual(await matchPatients(ctx, ada), [
      {
        resource: {
          resourceType: 'Patient',
          id: '90017733',
          active: true,
          name: [{ use: 'official', family: 'Moreno', given: ['Ada'] }],
          gender: 'female',
          birthDate: '1984-02-11',
        },
        bookable: true,
      },
    ]);
  });

  for (const [patient_status, bookable] of [
    ['A', true],
    ['', true],
    ['I', false],
    ['D', false],
    ['X', false],
  ] as const)
    test(`in status "${patient_status}" is ${bookable ? '' : 'not '}bookable`, async () => {
      const [row] = rowsIn('patients--moreno', 'searchPatients');
      const { ctx } = replay({ searchPatients: listOf({ ...row, patient_status }) });
      assert.deepEqual(
        (await matchPatients(ctx, ada)).map((found) => found.bookable),
        [bookable],
      );
    });

  test('is looked for by the birth date alone, and told from others of that day here', async () => {
    const [row] = rowsIn('patients--moreno', 'searchPatients');
    const named = (id: number, first_name: string, last_name: string) => ({
      ...row,
      id,
      first_name,
      last_name,
    });
    const next = 'https://app.drchrono.com/api/patients_summary?cursor=cD0y&date_of_birth=ignored';
    const { ctx, sent } = replay({
      searchPatients: ({ query }: InProcessRequest) =>
        query.cursor === undefined
          ? { ...listOf(named(1, 'SEÁN', 'O’Brien-Lee'), named(2, 'Sean', 'Obrien')), next }
          : listOf(named(3, 'Sean', "O'Brien-Lee "), named(4, 'Seana', "O'Brien-Lee")),
    });
    const found = await matchPatients(ctx, { ...ada, given: 'Sean', family: "O'Brien-Lee" });
    assert.deepEqual(
      found.map(({ resource }) => resource.id),
      ['1', '3'],
    );
    const [first, second, ...more] = sent.map(({ query }) => query);
    assert.deepEqual(first, { date_of_birth: '1984-02-11', page_size: '250' });
    assert.deepEqual([second, more], [{ ...first, cursor: 'cD0y' }, []]);
  });

  test('of whom the server found only a part is nobody', async () => {
    await practice.set({ patientNames: 'contains' });
    const { ctx } = practice.connect();
    assert.equal((await matchPatients(ctx, ada)).length, 1);
    assert.deepEqual(await matchPatients(ctx, { ...ada, given: 'Ad' }), []);
    const others = replay(fixture('patients--moreno')).ctx;
    assert.deepEqual(await matchPatients(others, { ...ada, birthDate: '1984-02-12' }), []);
  });
});

describe('A new patient', () => {
  test('has a gender and a doctor: the one that is set, else of the person who said yes, else the only one', async () => {
    const only = { doctors: listOf(rowsIn('practice', 'doctors')[1]) };
    const rows = [
      [{ newPatientDoctor: '7', userDoctor: '8' }, {}, 7],
      [{ userDoctor: '8' }, {}, 8],
      [{}, only, 301123],
    ] as const;
    for (const [settings, script, doctor] of rows) {
      const { ctx, sent } = replay(scripted({ createPatient: { id: 5 }, ...script }), { settings });
      assert.deepEqual(await createPatient(ctx, { ...ada, given: ' Ada  Lu ' }), { id: '5' });
      assert.deepEqual(sent.at(-1)?.body, {
        first_name: 'Ada Lu',
        last_name: 'Moreno',
        date_of_birth: '1984-02-11',
        gender: 'UNK',
        doctor,
      });
    }
    const nobody = replay(scripted());
    await assert.rejects(
      createPatient(nobody.ctx, ada),
      (error) => error instanceof Failure && error.code === 'business-rule',
    );
  });

  for (const [gender, sent] of [
    ['male', 'Male'],
    ['female', 'Female'],
    ['other', 'Other'],
    ['unknown', 'UNK'],
  ] as const)
    test(`who is ${gender} is sent as ${sent}`, async () => {
      const line = replay({ createPatient: { id: 5 } }, { settings: { userDoctor: '8' } });
      await createPatient(line.ctx, { ...ada, gender });
      assert.equal(Object(line.sent[0]?.body).gender, sent);
    });

  for (const duplicatePatientGuard of ['400', '409'])
    test(`whom the practice guards against as a duplicate by ${duplicatePatientGuard} is refused, and never as a time that is taken`, async () => {
      const { ctx } = practice.connect();
      const who = { ...ada, given: 'Twin', gender: 'female' } as const;
      await createPatient(ctx, who);
      await practice.set({ duplicatePatientGuard });
      const failure: unknown = await createPatient(ctx, who).then(
        () => assert.fail('It was done.'),
        (error: unknown) => error,
      );
      assert.ok(failure instanceof WireFailure);
      const { refusals } = drchrono.capabilities;
      assert.deepEqual(classifyWrite(failure, refusals, drchrono.routes), {
        outcome: 'refused',
        reason: 'rule',
      });
      assert.equal((await matchPatients(ctx, who)).length, 1);
    });
});
