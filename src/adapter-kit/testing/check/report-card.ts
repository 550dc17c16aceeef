import type { Adapter, Capabilities, Operations } from '../../adapter.ts';
import { contractProblems } from '../../outside/shape.ts';
import { unsupported } from '../../unsupported.ts';
import type { Subject } from './find-adapter.ts';
import { type Played, playCases } from './play-cases.ts';
import { isLongEnough } from './quiet-period.ts';
import { type CodeReading, readCode } from './read-code.ts';
import { type WallRow, wallPage } from './wall-page.ts';

/** Everything that a check found out, as data. */
export interface ReportCard {
  readonly id: string;
  readonly title: string;
  readonly home: Subject['home'];
  readonly capabilities: Omit<Capabilities, 'refusals'>;
  readonly declared: readonly (keyof Operations)[];
  /** Not declared, so that they have to refuse; a conformance case asks each of them. */
  readonly undeclared: readonly (keyof Operations)[];
  /** One for each EMR that the adapter is held against. */
  readonly played: readonly Played[];
  readonly wall: readonly WallRow[];
  readonly code: CodeReading;
  /** Everything that has to be put right, each as a sentence. The adapter is good when there is none. */
  readonly problems: readonly string[];
}

/** Plays all cases and reads all code. Nothing but the EMR under test is talked to. */
export async function makeReportCard(subject: Subject): Promise<ReportCard> {
  const { adapter, folder, home, runs } = subject;
  const played: Played[] = [];
  for (const run of runs) played.push(await playCases(run));
  const code = readCode(folder, home);
  const { refusals: _, ...capabilities } = adapter.capabilities;
  const card = {
    id: adapter.id,
    title: adapter.title,
    home,
    capabilities,
    ...operationsOf(adapter),
    played,
    wall: wallPage(adapter.routes),
    code,
  };
  return { ...card, problems: [...contractProblems(adapter), ...problemsOf(card)] };
}

function problemsOf({ home, played, code }: Pick<ReportCard, 'home' | 'played' | 'code'>): readonly string[] {
  const options = home === 'outside' ? 'the options of the EMR in conformance.js' : 'the harness of its test';
  return [
    ...(played.length === 0 ? ['There is no conformance.js, so nothing was played.'] : []),
    ...played.flatMap(({ failed, unneeded, quiet, waived }) => [
      ...failed.map(({ name }) => `The case "${name}" fails.`),
      ...waived.flatMap(({ name, reason }) =>
        reason.trim() === '' ? [`The case "${name}" is waived without a reason.`] : [],
      ),
      ...unneeded.flatMap(({ route, reason }) =>
        // A case that fails has not come to all its calls.
        reason === undefined && failed.length === 0
          ? [
              `No case needs the route ${route}: take it out, or say why not in ${options}, as unneededRoutes: { ${route}: '…' }.`,
            ]
          : [],
      ),
      ...(quiet === undefined || isLongEnough(quiet)
        ? []
        : [
            `A write that was committed late was not seen within the quiet period of ${quiet.declaredSeconds} s.`,
          ]),
    ]),
    ...code.findings,
  ];
}

function operationsOf({ capabilities: can, operations }: Adapter) {
  const asked: Readonly<Record<keyof Operations, boolean>> = {
    probe: true,
    directory: true,
    openings: can.find,
    verify: can.find,
    hold: can.hold === 'native',
    release: can.hold === 'native',
    book: can.book,
    move: can.reschedule !== 'unsupported',
    cancel: can.cancel,
    // No capability declares these two: they go with booking.
    read: operations.read !== unsupported,
    appointmentsOf: operations.appointmentsOf !== unsupported,
    matchPatients: can.matchPatient,
    createPatient: can.createPatient,
    changes: can.changes !== undefined,
  };
  const names = Object.keys(asked) as (keyof Operations)[]; // the keys of a table of operations are their names
  return { declared: names.filter((name) => asked[name]), undeclared: names.filter((name) => !asked[name]) };
}
