import assert from 'node:assert/strict';
import type { Demographics } from '../../adapter.ts';
import { attempt, type Case, person, type Trial, where } from '../trial.ts';

const kept = ['resourceType', 'id', 'active', 'name', 'telecom', 'gender', 'birthDate', 'deceasedBoolean'];

async function idsOf({ adapter, ctx }: Trial, who: Demographics): Promise<readonly string[]> {
  return (await adapter.operations.matchPatients(ctx, who)).map(({ resource }) => resource.id);
}

function assertComesBack(element: string, sent: unknown, back: unknown): void {
  const [was, is] = [sent, back].map((value) => JSON.stringify(value));
  assert.ok(is === was, `Patient.${element} was sent as ${was} and comes back as ${is}.`);
}

const knownCases = where(
  ({ matchPatient, createPatient }) => matchPatient && !createPatient,
  [
    {
      name: 'a patient whom the EMR knows is found by names and birth date, with nothing more than demographics',
      run: async (trial) => {
        const { id, demographics } = trial.emr.patient ?? assert.fail('The EMR under test names no patient.');
        const [found, ...others] = await trial.adapter.operations.matchPatients(trial.ctx, demographics);
        assert.deepEqual(others, []);
        assert.deepEqual([found?.resource.id, found?.bookable], [id, true]);
        assert.equal(found?.resource.birthDate, demographics.birthDate);
        for (const element of Object.keys(found?.resource ?? {}))
          assert.ok(kept.includes(element), `Patient.${element} came through.`);
      },
    },
    {
      name: 'whoever differs from a known patient in a name or the birth date is nobody',
      run: async (trial) => {
        const { demographics } = trial.emr.patient ?? assert.fail('The EMR under test names no patient.');
        const { family, given } = demographics;
        const strangers = [
          { family: `${family}x` },
          { family: family.slice(0, -1) },
          { given: `${given}x` },
          { given: given.slice(0, -1) },
          { birthDate: '1901-02-28' },
        ];
        for (const stranger of strangers)
          assert.deepEqual(await idsOf(trial, { ...demographics, ...stranger }), []);
      },
    },
  ],
);

const createdCases = where(
  ({ matchPatient, createPatient }) => matchPatient && createPatient,
  [
    {
      name: 'a created patient is found by names and birth date, with nothing more than demographics',
      run: async (trial) => {
        const who = person({ gender: 'female', phone: '5550102244', email: 'conny@example.org' });
        const { id } = await trial.adapter.operations.createPatient(trial.ctx, who);
        const [found, ...others] = await trial.adapter.operations.matchPatients(trial.ctx, who);
        assert.ok(found);
        assert.deepEqual(others, []);
        assert.deepEqual([found.resource.id, found.bookable], [id, true]);
        const { birthDate, gender, name } = found.resource;
        assertComesBack('birthDate', who.birthDate, birthDate);
        assertComesBack('gender', who.gender, gender);
        assertComesBack('name.family', who.family, name?.[0]?.family);
        assertComesBack('name.given', [who.given], name?.[0]?.given);
        for (const element of Object.keys(found.resource))
          assert.ok(kept.includes(element), `Patient.${element} came through.`);
      },
    },
    {
      name: 'case and the amount of white space in a name do not matter',
      run: async (trial) => {
        const { id } = await trial.adapter.operations.createPatient(trial.ctx, person({ given: 'Mary Ann' }));
        assert.deepEqual(await idsOf(trial, person({ family: ' FORMANCE', given: 'mary   ANN ' })), [id]);
      },
    },
    {
      name: 'names with apostrophes, hyphens and accents are kept and found',
      run: async (trial) => {
        for (const [index, given] of ["D'Arcy", 'Jean-Luc', 'Zoë'].entries()) {
          const who = person({ given, birthDate: `1971-05-1${index}` });
          const { id } = await trial.adapter.operations.createPatient(trial.ctx, who);
          assert.deepEqual(await idsOf(trial, who), [id]);
        }
      },
    },
    {
      name: 'a part of a name, a longer name and another birth date find nobody',
      run: async (trial) => {
        await trial.adapter.operations.createPatient(trial.ctx, person());
        const strangers = [
          { given: 'Conn' },
          { given: 'Connyx' },
          { family: 'Form' },
          { birthDate: '1984-02-28' },
        ];
        for (const stranger of strangers) assert.deepEqual(await idsOf(trial, person(stranger)), []);
      },
    },
    {
      name: 'nobody is found where nobody is',
      run: async (trial) => assert.deepEqual(await idsOf(trial, person({ family: 'Nemo' })), []),
    },
    {
      name: 'two people who cannot be told apart are both found, or the EMR refuses the second',
      run: async (trial) => {
        const { id } = await trial.adapter.operations.createPatient(trial.ctx, person());
        const second = await attempt(trial, trial.adapter.operations.createPatient(trial.ctx, person()));
        const both = second.outcome === 'done' ? [id, second.value.id] : [id];
        assert.deepEqual([...(await idsOf(trial, person()))].sort(), both.sort());
      },
    },
    {
      name: 'a birth date that is not in the calendar is refused and nothing is sent',
      run: async (trial) => {
        for (const birthDate of ['1983-02-29', '29.02.1984', '']) {
          const result = await attempt(
            trial,
            trial.adapter.operations.createPatient(trial.ctx, person({ birthDate })),
          );
          assert.deepEqual([result.outcome, trial.calls.length], ['not-done', 0]);
        }
      },
    },
    {
      name: 'a name that is none is refused and nothing is sent',
      run: async (trial) => {
        for (const family of ['', '%', 'Robert"); --', '../', 'A&FName=B', 'x'.repeat(200)]) {
          const result = await attempt(
            trial,
            trial.adapter.operations.matchPatients(trial.ctx, person({ family })),
          );
          assert.deepEqual([result.outcome, trial.calls.length], ['not-done', 0]);
        }
      },
    },
  ],
);

export const patientCases: readonly Case[] = [...knownCases, ...createdCases];
