import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Adapter } from '../adapter.ts';
import { bookCases } from './cases/book.ts';
import { changeCases } from './cases/change.ts';
import { contractCases } from './cases/contract.ts';
import { faultCases } from './cases/faults.ts';
import { findCases } from './cases/find.ts';
import { holdCases } from './cases/hold.ts';
import { patientCases } from './cases/patients.ts';
import type { EmrUnderTest, Harness } from './emr-under-test.ts';
import { type Case, startTrial } from './trial.ts';

export const conformanceCases: readonly Case[] = [
  ...contractCases,
  ...findCases,
  ...holdCases,
  ...bookCases,
  ...changeCases,
  ...patientCases,
  ...faultCases,
];

/**
 * Holds an adapter to the contract, against an EMR that plays tricks. A declared capability runs its cases, one that is
 * not declared has to be refused, and a waiver takes its case out for a reason that stands in the test's name.
 *
 * @example
 * conformance(openDental, openDentalSimulator());
 */
export function conformance(adapter: Adapter, harness: Harness): void {
  if (collected !== undefined) return void collected.push({ adapter, harness });
  describe(`${adapter.title} conforms to the adapter contract`, () => {
    const used = new Set<string>();
    let emr: EmrUnderTest | undefined;
    before(async () => {
      emr = await harness.start();
    });
    after(() => emr?.stop());
    for (const { name, reason, run } of planOf(adapter, harness)) {
      if (reason !== undefined) test(`${name} (waived: ${reason})`, () => assert.notEqual(reason.trim(), ''));
      else test(name, async () => run(await startTrial(adapter, emr ?? assert.fail('not started'), used)));
    }
    test('every route of the table is needed by some case', () => {
      assert.deepEqual(
        Object.keys(adapter.routes)
          .filter((route) => !used.has(route))
          .sort(),
        Object.keys(harness.unneededRoutes ?? {}).sort(),
      );
    });
    for (const [route, reason] of Object.entries(harness.unneededRoutes ?? {}))
      test(`the route ${route} is needed elsewhere (${reason})`, () => assert.notEqual(reason.trim(), ''));
  });
}

/** An adapter and the EMR that it is to be held against. */
export interface ConformanceRun {
  readonly adapter: Adapter;
  readonly harness: Harness;
}

/** While a file is loaded by {@link collectConformance}: what it would have run. */
let collected: ConformanceRun[] | undefined;

/** What a conformance test file would run, without running it. @param load imports the file, for the first time */
export async function collectConformance(load: () => Promise<unknown>): Promise<readonly ConformanceRun[]> {
  const runs: ConformanceRun[] = [];
  collected = runs;
  try {
    await load();
    return runs;
  } finally {
    collected = undefined;
  }
}

/** The cases that apply to what the adapter declares. */
export function planOf(
  { capabilities }: Adapter,
  { waivers = {} }: Pick<Harness, 'waivers'> = {},
): readonly (Case & { readonly reason?: string })[] {
  const names = new Set(conformanceCases.map(({ name }) => name));
  assert.equal(names.size, conformanceCases.length, 'Two conformance cases have one name.');
  for (const name of Object.keys(waivers)) assert.ok(names.has(name), `There is no case "${name}" to waive.`);
  return conformanceCases
    .filter(({ needs }) => needs?.(capabilities) ?? true)
    .map((each) =>
      Object.hasOwn(waivers, each.name) ? { ...each, reason: waivers[each.name] ?? '' } : each,
    );
}
