import {
  type AdapterContext,
  createFhirClient,
  Failure,
  type Interval,
  instantOf,
  type Opening,
  type OpeningQuery,
} from '#adapter-kit/index.ts';
import {
  both,
  claimsOf,
  fhirClient,
  issueMap,
  outcomesOf,
  type Page,
  parseVendorKey,
} from '../fhir-r4/index.ts';
import { openingsAmong, type Proposed, toFindParameters, toProposals } from './map/find.ts';
import { codes, codesIn } from './map/issue.ts';
import { routes, stu3 } from './routes.ts';
import { type Practice, practiceOf } from './settings.ts';

const minute = 60_000;

/** One `$find` for each department; which visit type follows from the question, or from the length. */
export async function openings(ctx: AdapterContext, query: OpeningQuery): Promise<readonly Opening[]> {
  const practice = practiceOf(ctx);
  const window = { from: instantOf(query.from), to: instantOf(query.to) };
  const code = codeOf(query.visitTypeRef, query.minutes, practice);
  const practitioners = both(practice.practitioners, query.practitioners);
  const locations = both(practice.locations, query.locations);
  const from = Math.max(window.from, ctx.now());
  if (code === undefined || practitioners.length === 0 || from >= window.to) return [];
  const starts = { from, to: window.to };
  const asked = { code, length: query.minutes * minute };
  const found = await Promise.all(
    locations.map((location) => find(ctx, practice, starts, { ...asked, location })),
  );
  return openingsAmong(found.flat(), {
    ...window,
    now: ctx.now(),
    minutes: query.minutes,
    practitioners,
    type: query.visitTypeRef,
    timeZone: ctx.timeZone,
  });
}

/** `$find` again, for the very time. */
export async function verify(ctx: AdapterContext, opening: Opening): Promise<'free' | 'gone'> {
  return (await proposedNow(ctx, opening)) === undefined ? 'gone' : 'free';
}

/** What Epic proposes at this moment for an opening: a temporary id is as old as the answer it came with. */
export async function proposedNow(ctx: AdapterContext, opening: Opening): Promise<Proposed | undefined> {
  const practice = practiceOf(ctx);
  const at = placeOf(opening, practice);
  if (at === undefined || at.from < ctx.now()) return undefined;
  const { from, to, code, location } = at;
  const proposals = await find(ctx, practice, { from, to: from }, { code, location, length: to - from });
  return proposals.find(
    ({ from, to, practitioners }) =>
      from === at.from && to === at.to && claimsOf([], practitioners).join() === opening.claims.join(),
  );
}

/** An opening as a question to `$find`; undefined for one that is not of this practice. */
export function placeOf(
  { vendorKey, practitioner, location, start, end, minutes }: Opening,
  practice: Practice,
): (Interval & { readonly code: string; readonly location: string }) | undefined {
  const key = parseVendorKey(vendorKey);
  if (key === undefined || 'slot' in key) return undefined;
  if (key.practitioner !== practitioner || key.location !== location) return undefined;
  if (!practice.practitioners.includes(practitioner) || !practice.locations.includes(location))
    return undefined;
  const code = codeOf(key.type, minutes, practice);
  return code === undefined ? undefined : { from: instantOf(start), to: instantOf(end), code, location };
}

/** What is proposed for visits that start in a window; in halves where Epic says that there may be more. */
function find(
  ctx: AdapterContext,
  practice: Practice,
  starts: Interval,
  { length, ...ask }: { readonly code: string; readonly location: string; readonly length: number },
): Promise<readonly Proposed[]> {
  // A visit may end after the window in which it starts.
  return fhirClient.inHalves(starts, ({ from, to }) =>
    findOnce(ctx, practice, { ...ask, from, to: to + length }),
  );
}

async function findOnce(
  ctx: AdapterContext,
  { environment }: Practice,
  ask: Parameters<typeof toFindParameters>[0],
): Promise<readonly Proposed[]> {
  const fhir = createFhirClient(ctx.http, routes, { base: stu3 });
  const input = toFindParameters(ask, environment, `${ctx.base ?? ''}${stu3}`);
  const { body } = await fhir.operation<Page>('$find', { resourceType: 'Appointment', input });
  const page = fhirClient.checked(body, 'findTimes');
  // Times for any visit type, anywhere, are not what was asked for.
  if (codesIn(page).some((code) => codes.ignored.some((ignored) => ignored === code)))
    throw new Failure('business-rule', {
      hint: 'Epic did not use a part of the question. Check environment, visit types and locations of the connection.',
    });
  if (issueMap.hasIssue(outcomesOf(page), 'incomplete')) throw fhirClient.notFollowed('findTimes');
  return toProposals(page, ask);
}

/** The type that was asked for; without one the first that is as long as asked for. */
function codeOf(ref: string | undefined, minutes: number, { visitTypes }: Practice): string | undefined {
  if (ref === undefined) return visitTypes.find((type) => type.minutes === minutes)?.code;
  return visitTypes.find(({ code }) => code === ref)?.code;
}
