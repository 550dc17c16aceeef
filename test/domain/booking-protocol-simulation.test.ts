import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { json } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { answerOf } from '#domain/booking-intent.ts';
import { bookingMachine } from '#scheduling/booking-driver.ts';
import { playWorld } from './simulation/people.ts';
import { harsh } from './simulation/profile.ts';
import { type Report, simulate } from './simulation/run.ts';

const seed = Number(process.env.SIMULATION_SEED ?? 1);

/** In a process of its own: the test runner's hooks on every promise make a simulation three times as slow. */
async function simulated(bookings: number, profile: string): Promise<Report> {
  const script = fileURLToPath(new URL('./simulation/run.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    [script, '--bookings', String(bookings), '--seed', String(seed), '--profile', profile, '--json'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  // What `--json` prints is a Report.
  return (await json(child.stdout)) as Report;
}

function story(report: Report): string {
  return report.violations
    .map(({ rule, intent, detail, replay }) => `${rule}: ${intent} ${detail}\n  ${replay}`)
    .join('\n');
}

test('100,000 bookings keep every promise', { concurrency: true }, async (t) => {
  const everyday = t.test('80,000 under everyday faults', async () => {
    const report = await simulated(80_000, 'ordinary');
    assert.equal(report.violations.length, 0, story(report));
    assert.ok(report.bookings >= 80_000);
    assert.equal(report.told.pending ?? 0, 0);
    assert.ok((report.told.confirmed ?? 0) > 0.75 * 80_000, 'most callers get their appointment');
    assert.ok((report.told.needs_human ?? 0) < 0.05 * 80_000, 'few need people');
  });
  const farWorse = t.test('20,000 under faults far worse than those of any EMR', async () => {
    const report = await simulated(20_000, 'harsh');
    assert.equal(report.violations.length, 0, story(report));
    assert.ok(report.bookings >= 20_000);
    assert.equal(report.told.pending ?? 0, 0);
  });
  await Promise.all([everyday, farWorse]);
});

test('the faults that are survived really happen', async () => {
  // Refusals of a write come from an EMR that checks overlaps (B), twins from one that does not (C).
  const worlds = [
    await playWorld(seed, harsh, 'C', 400, { machine: bookingMachine }),
    await playWorld(seed, harsh, 'B', 400, { machine: bookingMachine }),
  ];
  const intents = worlds.flatMap((world) =>
    [...new Set(world.told.map((told) => told.intent))].map(world.gateway.now),
  );
  const count = (name: string, is: (intent: (typeof intents)[number]) => boolean) =>
    assert.ok(intents.some(is), `no intent ${name}`);
  count('was ever ambiguous and confirmed', (intent) => intent.everAmbiguous && intent.confirmedAt !== null);
  count('was sent three times', (intent) => intent.attempts === 3);
  count(
    'had a twin that was cancelled',
    (intent) => intent.surplusGone.length > 0 && !intent.cancelRequested,
  );
  count(
    'was cancelled while pending',
    (intent) => intent.cancelRequested && answerOf(intent).status === 'cancelled',
  );
  count('was handed over', (intent) => intent.phase === 'handoff');
  for (const kind of ['move', 'cancel', 'create-patient'] as const)
    count(`of kind ${kind} was confirmed`, (intent) => intent.kind === kind && intent.confirmedAt !== null);
  for (const answer of ['unknown', 'not-done', 'refused', 'accepted'])
    assert.ok(
      worlds.some((world) => world.emr.wire.some((entry) => entry.answer === answer)),
      `no write was answered by ${answer}`,
    );
});

test('the same seed tells the same story', async () => {
  const [one, two] = await Promise.all(
    [5, 5].map((same) => simulate({ bookings: 250, seed: same, profile: harsh })),
  );
  assert.deepEqual(one, two);
});
