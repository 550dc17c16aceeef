import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { conformanceCases, type EmrUnderTest, startTrial } from '#adapter-kit/testing/index.ts';
import { waivers } from './exemptions.ts';
import { adapter, lakeside } from './simulated.ts';

/** What nobody knows of athenaOne, or what differs from practice to practice: no client may rely on either side. */
const practices = {
  'that writes texts for numbers, flags with yn and no empty values': {
    typing: 'strings',
    ynSuffix: true,
    emptyValues: 'absent',
    escapeSlashes: false,
    zoneName: 'alias',
    missingAppointment: '410',
    cancelWrongPatient: '404',
    cancelAgain: '409',
  },
  'that types properly, names no zone, keeps a record that the desk moves, and shows taken slots as open': {
    typing: 'proper',
    zoneName: 'absent',
    deskMove: 'same-record',
    takenSlots: 'open',
    cancelAgain: '400',
    lastModifiedZone: 'department',
    unstatedZone: 'eastern',
    reopenedTemplate: 'own-id',
    bookFrozen: 'accept',
    bookUnfit: 'accept',
    bookDepartment: 'slot',
    openLimit: 50,
  },
} as const;

/** Of the cases of all adapters those in which the practice does what it is asked for. */
const cases = conformanceCases.filter(
  ({ name, needs }) =>
    (needs?.(adapter.capabilities) ?? true) &&
    !Object.hasOwn(waivers, name) &&
    !/ambiguous|fails instead|created|patient|name|throttled|prototypes|clocks change/.test(name),
);

test('Most cases are played with every practice', () => assert.ok(cases.length >= 30, `${cases.length}`));

for (const [what, settings] of Object.entries(practices))
  describe(`A practice ${what}`, () => {
    let emr: EmrUnderTest;
    before(async () => {
      emr = await lakeside({}, [`--settings=${JSON.stringify(settings)}`]).start();
    });
    after(() => emr.stop());
    const { createPatient } = adapter.operations;
    const reachable: typeof adapter = {
      ...adapter,
      operations: {
        ...adapter.operations,
        createPatient: (ctx, person) => createPatient(ctx, { ...person, phone: '206-555-0142' }),
      },
    };
    for (const { name, run } of cases)
      test(name, async () => run(await startTrial(reachable, emr, new Set<string>())));
  });
