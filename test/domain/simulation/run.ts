import { parseArgs } from 'node:util';
import { bookingMachine } from '#scheduling/booking-driver.ts';
import { check } from './checker.ts';
import { playWorld } from './people.ts';
import { type Profile, profiles } from './profile.ts';
import type { Violation } from './verdict.ts';
import type { Trial } from './world.ts';

/** A practice's run of bookings, small enough that a failing one can be read. */
const bookingsAWorld = 250;

export interface Report {
  bookings: number;
  readonly told: Record<string, number>;
  readonly violations: (Violation & { readonly replay: string })[];
  writes: number;
}

/** Plays worlds, seed after seed, until so many bookings were made; stops at the first violation when told to. */
export async function simulate(
  options: { bookings: number; seed: number; profile: Profile; stopAtFirst?: boolean; aWorld?: number },
  trial: Trial = { machine: bookingMachine },
): Promise<Report> {
  const report: Report = { bookings: 0, told: {}, violations: [], writes: 0 };
  const { profile, stopAtFirst, aWorld = bookingsAWorld } = options;
  for (let seed = options.seed; report.bookings < options.bookings; seed += 1) {
    const emrClass = profile.classes[seed % profile.classes.length] ?? 'C';
    const world = await playWorld(seed, profile, emrClass, aWorld, trial);
    report.bookings += aWorld;
    report.writes += world.emr.wire.length;
    for (const told of new Map(world.told.map((each) => [each.key, each])).values())
      report.told[told.answer.status] = (report.told[told.answer.status] ?? 0) + 1;
    const replay = `npx node test/domain/simulation/run.ts --bookings ${aWorld} --seed ${seed} --profile ${profile.name}`;
    report.violations.push(
      ...check(world).map((violation) => ({ ...violation, replay: `${replay} (class ${emrClass})` })),
    );
    if (stopAtFirst === true && report.violations.length > 0) return report;
  }
  return report;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      bookings: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      profile: { type: 'string', default: 'ordinary' },
      json: { type: 'boolean', default: false },
    },
  });
  const profile = Object.values(profiles).find((each) => each.name === values.profile);
  if (profile === undefined) throw new Error(`There is no profile "${values.profile}".`);
  const started = performance.now();
  const report = await simulate({ bookings: Number(values.bookings), seed: Number(values.seed), profile });
  if (report.violations.length > 0) process.exitCode = 1;
  if (values.json) {
    console.log(JSON.stringify(report));
    return;
  }
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${report.bookings} bookings (${profile.name}), ${report.writes} writes sent, in ${seconds} s`);
  console.log('last answer to each key:', report.told);
  for (const { rule, intent, detail, replay } of report.violations.slice(0, 20))
    console.log(`VIOLATION: ${rule}: ${intent} ${detail}\n  ${replay}`);
  console.log(`${report.violations.length} violations`);
}

if (import.meta.main) await main();
