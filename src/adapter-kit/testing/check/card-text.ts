import type { Played } from './play-cases.ts';
import type { ReportCard } from './report-card.ts';
import type { WallRow } from './wall-page.ts';

/** A report card for people. */
export function cardText(card: ReportCard): string {
  const { title, id, home, declared, undeclared, played, wall, code, problems } = card;
  return [
    `${title} (${id}), ${home === 'outside' ? 'an adapter outside the repository' : 'an adapter of the repository'}`,
    '',
    ...part('Can', [declared.join(', ')]),
    ...part('Cannot', [
      undeclared.length === 0 ? 'nothing of the contract' : `${undeclared.join(', ')}: refused as declared`,
    ]),
    ...played.flatMap((one) => part('Cases', casesText(one))),
    ...part('The wall', [`${counted(wall.length, 'route')}, and nothing else:`, ...wall.flatMap(routeText)]),
    ...part('Budget', budgetText(card)),
    ...played.flatMap((one) => part('Quiet period', quietText(one, card))),
    ...part('Code', [
      `${counted(code.files, 'file')} read, ${reachText(code.findings.length)}`,
      ...code.findings,
      ...(code.packages.length === 0
        ? []
        : [`packages of its own, which were not read: ${code.packages.join(', ')}`]),
    ]),
    problems.length === 0
      ? 'Good.'
      : `Not good yet, ${problems.length} to put right:\n${problems.map((each) => `  - ${each}`).join('\n')}`,
  ].join('\n');
}

function counted(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

function reachText(places: number): string {
  if (places === 0) return 'nothing reaches around the kit';
  return `${counted(places, 'place')} ${places === 1 ? 'reaches' : 'reach'} around the kit:`;
}

const width = 14;

/** A heading, and its lines beside and below it. */
function part(heading: string, lines: readonly string[]): readonly string[] {
  const [first = '', ...rest] = lines.flatMap((line) => line.split('\n'));
  return [`${heading.padEnd(width)}${first}`, ...rest.map((line) => `${' '.repeat(width)}${line}`)];
}

function casesText({ passed, failed, waived, unneeded }: Played): readonly string[] {
  return [
    `${passed.length} passed, ${failed.length} failed, ${waived.length} waived`,
    ...failed.flatMap(({ name, why }) => [
      `failed: ${name}`,
      ...why.split('\n').map((line) => `    ${line}`),
    ]),
    ...waived.map(({ name, reason }) => `waived: ${name} (${reason})`),
    // A case that fails has not come to all its calls.
    ...unneeded
      .filter(({ reason }) => reason !== undefined || failed.length === 0)
      .map(
        ({ route, reason }) =>
          `route ${route}: needed by no case${reason === undefined ? '' : ` (${reason})`}`,
      ),
  ];
}

function routeText({ effect, method, template, path, query, body }: WallRow): readonly string[] {
  return [
    `${effect.padEnd(6)}${method.padEnd(6)}${template}`,
    ...Object.entries(path).map(([name, words]) => `      {${name}} ${words}`),
    ...Object.entries(query).map(([name, words]) => `      ?${name}= ${words}`),
    ...(body.length === 0 ? [] : [`      body: ${body.join(', ')}`]),
  ];
}

function budgetText({ capabilities: { pace, quota } }: ReportCard): readonly string[] {
  const gap =
    pace.gapMs === 0 ? 'no least distance between requests' : `a request every ${pace.gapMs} ms at most`;
  const counted =
    quota === undefined
      ? 'no quota declared'
      : `${quota.calls} calls ${quota.window === 'day' ? 'a day' : 'an hour'}${quota.perSecond === undefined ? '' : `, ${quota.perSecond} in one second`}`;
  return [`${gap}, ${pace.concurrent} at once; ${counted}`];
}

function quietText({ quiet }: Played, { capabilities }: ReportCard): readonly string[] {
  const declared = `declared ${capabilities.quietSeconds} s`;
  if (quiet === undefined)
    return [`${declared}; not measured, because ${capabilities.book ? 'cases fail' : 'it does not book'}`];
  const seen = quiet.late.map(({ byMs, seenAfterMs }) =>
    seenAfterMs === undefined
      ? `late by ${byMs} ms never seen`
      : `late by ${byMs} ms seen after ${seenAfterMs} ms`,
  );
  return [`${declared}; commits ${seen.join(', ')}; a write may be under way for ${quiet.longestWriteMs} ms`];
}
