import { type ConformanceRun, planOf } from '../conformance.ts';
import { startTrial } from '../trial.ts';
import { measureQuietPeriod, type QuietPeriod } from './quiet-period.ts';

/** How one conformance run ended. */
export interface Played {
  /** Names of cases. */
  readonly passed: readonly string[];
  readonly failed: readonly { readonly name: string; readonly why: string }[];
  readonly waived: readonly { readonly name: string; readonly reason: string }[];
  /** Routes of the table that no case needed, with the reason where the harness gives one. */
  readonly unneeded: readonly { readonly route: string; readonly reason: string | undefined }[];
  /** Absent where the adapter does not book, and where cases fail. */
  readonly quiet?: QuietPeriod;
}

/** Plays every case that applies, in their order, and measures the quiet period at the end. */
export async function playCases({ adapter, harness }: ConformanceRun): Promise<Played> {
  const emr = await harness.start();
  try {
    const used = new Set<string>();
    const plan = planOf(adapter, harness);
    const passed: string[] = [];
    const failed: { name: string; why: string }[] = [];
    for (const { name, reason, run } of plan) {
      if (reason !== undefined) continue;
      try {
        await run(await startTrial(adapter, emr, used));
        passed.push(name);
      } catch (error) {
        failed.push({ name, why: whyOf(error) });
      }
    }
    const books = adapter.capabilities.book && adapter.capabilities.find;
    const waived = plan.flatMap(({ name, reason }) => (reason === undefined ? [] : [{ name, reason }]));
    return {
      passed,
      failed,
      waived,
      unneeded: Object.keys(adapter.routes)
        .filter((route) => !used.has(route))
        .map((route) => ({ route, reason: harness.unneededRoutes?.[route] })),
      ...(books && failed.length === 0 && { quiet: await measureQuietPeriod(adapter, emr) }),
    };
  } finally {
    await emr.stop();
  }
}

/** The first lines of what an assertion says; a defect of the adapter with the place where it happened. */
export function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const said = error.message.split('\n').slice(0, 12).join('\n');
  const [place] = /(?<=\()file:\S+(?=\))|(?<=at )file:\S+/.exec(error.stack ?? '') ?? [];
  return error.name === 'AssertionError' || place === undefined ? said : `${said} (${place})`;
}
