import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Adapter, type Operations, unsupported } from '#adapter-kit/index.ts';
import { planOf, startTrial } from '#adapter-kit/testing/index.ts';
import { memory } from '../../adapters/memory/index.ts';
import { clinic } from '../../adapters/memory/test/clinic.ts';

/** Names of the cases, of all or of one, that an adapter fails. */
async function failedBy(adapter: Adapter, only?: string): Promise<readonly string[]> {
  const emr = await clinic.start();
  const failed: string[] = [];
  for (const { name, run } of planOf(adapter).filter(({ name }) => only === undefined || name === only)) {
    await startTrial(adapter, emr, new Set())
      .then(run)
      .catch(() => failed.push(name));
  }
  return failed;
}
const doing = (operations: Partial<Operations>): Adapter => ({
  ...memory,
  operations: { ...memory.operations, ...operations },
});
const { book, cancel, createPatient, matchPatients, move, openings, read, appointmentsOf } =
  memory.operations;

test('a sound adapter fails no case', async () => assert.deepEqual(await failedBy(memory), []));

/** One wrong adapter each, and the sentence that has to catch it. */
const planted: readonly [what: string, adapter: Adapter, caughtBy: string][] = [
  [
    'offers what is taken',
    doing({
      openings: async (ctx, query) => {
        const http: typeof ctx.http = {
          call: async (route, args) => {
            const answer = await ctx.http.call(route, args);
            // An empty list of visits is of any list type.
            return route === 'visits'
              ? ({ ...answer, body: [] } as typeof answer as never)
              : (answer as never);
          },
        };
        return openings({ ...ctx, http }, query);
      },
    }),
    'a visit that the front desk books closes its place and its person at once',
  ],
  [
    'offers the past',
    doing({ openings: (ctx, query) => openings({ ...ctx, now: () => 0 }, query) }),
    'what is past is not offered',
  ],
  [
    'ignores the end of the window',
    doing({
      openings: (ctx, query) => openings(ctx, { ...query, to: query.to.replace(/T.*/, 'T23:59:59Z') }),
    }),
    'a window is half-open: its first moment is in it, its last is not',
  ],
  [
    'forgets the provider’s claim',
    doing({
      openings: async (ctx, query) =>
        (await openings(ctx, query)).map((each) => ({ ...each, claims: each.claims.slice(0, 1) })),
    }),
    'a booking reads back equal',
  ],
  [
    'verifies nothing',
    doing({ verify: async () => 'free' }),
    'an opening is verified free, and gone once it is taken',
  ],
  [
    'sends the booking again when the answer is lost',
    doing({ book: (ctx, request) => book(ctx, request).catch(() => book(ctx, request)) }),
    'a booking with an answer that is lost is ambiguous and is then found once',
  ],
  [
    'says that it booked when it does not know',
    doing({ book: (ctx, request) => book(ctx, request).catch(() => ({ id: '1' })) }),
    'a booking under request-dropped is ambiguous and is then not found',
  ],
  [
    'takes every 400 for a refusal',
    {
      ...memory,
      capabilities: {
        ...memory.capabilities,
        refusals: [...memory.capabilities.refusals, { status: 400, means: 'not-done', reason: 'rejected' }],
      },
    },
    'a booking under lost-connectivity-400 is ambiguous and is then not found',
  ],
  [
    'takes a 500 for a refusal',
    {
      ...memory,
      capabilities: {
        ...memory.capabilities,
        refusals: [...memory.capabilities.refusals, { status: 500, means: 'not-done', reason: 'rejected' }],
      },
    },
    'a booking with a 500 after the deed is ambiguous and is then found once',
  ],
  [
    'leaves no marker',
    doing({
      book: async (ctx, request) => book({ ...ctx }, { ...request, marker: 'none' }),
    }),
    'the booking is found by its marker, also after the front desk wrote beside it',
  ],
  [
    'moves by booking anew',
    doing({
      move: async (ctx, id, request) => {
        await cancel(ctx, id);
        return book(ctx, request);
      },
    }),
    'a move takes the new time, frees the old one and keeps the marker; a linked one leaves a record that names the new one',
  ],
  [
    'moves anybody’s appointment',
    doing({
      move: async (ctx, id, request) => {
        const found = await read(ctx, id);
        const patient = found?.resource.participant[0]?.actor?.reference?.slice('Patient/'.length) ?? '';
        return move(ctx, id, { ...request, patient });
      },
    }),
    'an appointment is not moved for another patient',
  ],
  [
    'cancels without a word',
    doing({ cancel: async () => {} }),
    'a cancelled appointment reads so, takes nothing and its time is offered again',
  ],
  [
    'calls an unknown appointment a failure',
    doing({ read: async (ctx, id) => (await read(ctx, id)) ?? Promise.reject(new Error('unknown')) }),
    'an appointment of an unknown id reads as undefined',
  ],
  [
    'ignores the window of the patient’s appointments',
    doing({
      appointmentsOf: (ctx, patient) =>
        appointmentsOf(ctx, patient, { from: '2000-01-01T00:00:00Z', to: '2099-01-01T00:00:00Z' }),
    }),
    "the patient's appointments of the window hold the booking, those of another window do not",
  ],
  [
    'leaves out what was cancelled',
    doing({
      appointmentsOf: async (...asked) =>
        (await appointmentsOf(...asked)).filter(({ resource }) => resource.status !== 'cancelled'),
    }),
    "the patient's appointments hold a cancelled one and a missed one beside one that stands",
  ],
  [
    'leaves out to what nobody came',
    doing({
      appointmentsOf: async (...asked) =>
        (await appointmentsOf(...asked)).filter(({ resource }) => resource.status !== 'noshow'),
    }),
    "the patient's appointments hold a cancelled one and a missed one beside one that stands",
  ],
  [
    'ends a window of several days at the beginning of the last one',
    doing({
      appointmentsOf: (ctx, patient, { from, to }) =>
        appointmentsOf(ctx, patient, { from, to: to.replace(/T.*/, 'T00:00:00Z') }),
    }),
    'a window of several local days has the visit that is booked on its last day',
  ],
  [
    'matches by family name alone',
    doing({ matchPatients: (ctx, person) => matchPatients(ctx, { ...person, given: 'Conny' }) }),
    'a part of a name, a longer name and another birth date find nobody',
  ],
  [
    'gives out the first of two',
    doing({ matchPatients: async (ctx, person) => (await matchPatients(ctx, person)).slice(0, 1) }),
    'two people who cannot be told apart are both found, or the EMR refuses the second',
  ],
  [
    'creates people born on no day',
    doing({ createPatient: (ctx, person) => createPatient(ctx, { ...person, birthDate: '1984-02-29' }) }),
    'a birth date that is not in the calendar is refused and nothing is sent',
  ],
  [
    'finds nothing where it should fail',
    doing({ openings: (ctx, query) => openings(ctx, query).catch(() => []) }),
    'a search answered by wrong-body (null) fails instead of finding nothing',
  ],
  [
    'does what it has not declared',
    { ...memory, capabilities: { ...memory.capabilities, cancel: false } },
    'what is not declared is refused and nothing is sent',
  ],
];
for (const [what, adapter, caughtBy] of planted) {
  test(`an adapter that ${what} is caught`, async () => {
    assert.deepEqual(await failedBy(adapter, caughtBy), [caughtBy]);
  });
}

/** What a case says of an adapter that is wrong in a way which the author has to be told. */
const told: readonly [what: string, adapter: Adapter, name: string, says: RegExp][] = [
  [
    'books twice in one call',
    doing({ book: (ctx, request) => book(ctx, request).then(() => book(ctx, request)) }),
    'a booking reads back equal',
    /^book sent 2 writes in one call \(makeVisit, makeVisit\)/,
  ],
  [
    'loses a gender',
    doing({
      matchPatients: async (...asked) =>
        (await matchPatients(...asked)).map(({ resource: { gender: _, ...resource }, bookable }) => ({
          resource,
          bookable,
        })),
    }),
    'a created patient is found by names and birth date, with nothing more than demographics',
    /^Patient\.gender was sent as "female" and comes back as undefined\.$/,
  ],
  [
    'books for anybody',
    doing({ book: async (_, { patient }) => ({ id: patient }) }),
    'a booking for a patient whom the EMR does not know makes nothing',
    /^The EMR answered success for a patient it does not have: teach conformance\.js/,
  ],
  [
    'does not know what a taken time is answered with',
    {
      ...memory,
      capabilities: {
        ...memory.capabilities,
        refusals: memory.capabilities.refusals.filter(({ means }) => means !== 'taken'),
      },
    },
    'a second booking of one time ends as the declared booking class says',
    /answered 409, which reads as ambiguous: .* \{ status: 409, means: 'taken', reason: 'taken' \}/,
  ],
];
for (const [what, adapter, name, says] of told)
  test(`the author of an adapter that ${what} is told so`, async () => {
    const emr = await clinic.start();
    const { run } = planOf(adapter).find((one) => one.name === name) ?? assert.fail();
    await assert.rejects(run(await startTrial(adapter, emr, new Set())), { message: says });
  });

test('what is not declared is not tried, only refused', async () => {
  const adapter = doing({ cancel: unsupported, move: unsupported });
  const less: Adapter = {
    ...adapter,
    capabilities: { ...adapter.capabilities, cancel: false, reschedule: 'unsupported' },
  };
  const names = planOf(less).map(({ name }) => name);
  assert.ok(!names.some((name) => /cancelling|^a move/.test(name)));
  assert.deepEqual(await failedBy(less), []);
});

test('a waiver names a case and keeps its reason', () => {
  const [{ name } = assert.fail()] = planOf(memory);
  assert.equal(
    planOf(memory, { waivers: { [name]: 'It has no version.' } })[0]?.reason,
    'It has no version.',
  );
  assert.throws(() => planOf(memory, { waivers: { 'no such case': 'reason' } }), /no such case/);
});
