import { allows } from './access.ts';
import { refuse, resourceAnswer } from './answer.ts';
import { fhirBase, searchset } from './bundle.ts';
import { type Issue, isFatal, unknownParameter } from './issue.ts';
import { type Asked, firstOf, readParameters, SESSION } from './parameters.ts';
import { type RecordType, recordOf } from './record.ts';
import { seal } from './seal.ts';
import type { EpicCall, FhirVersion, Resource } from './tables.ts';

/** How a resource type is searched. */
export interface SearchPlan<Row> {
  readonly type: string;
  readonly version: FhirVersion;
  readonly rows: (call: EpicCall) => readonly Row[];
  /** By parameter: a test of one value, or what is wrong with the value. */
  readonly filters: Readonly<Record<string, Filter<Row>>>;
  /** Known by name, without effect. */
  readonly named?: readonly string[];
  /** With `_id`, every other parameter is ignored. */
  readonly idAlone?: true;
  /** Why so little (or so much) must not be asked. */
  readonly object?: (call: EpicCall, asked: Asked) => Issue | undefined;
  readonly most?: (call: EpicCall, matches: number) => Issue | undefined;
  readonly onWire: (call: EpicCall, row: Row) => Resource;
}
export type Filter<Row> = (value: string, call: EpicCall) => ((row: Row) => boolean) | Issue;

/** Answers a search: page, links, and every issue; refused with 400 when one of them is fatal. */
export function search<Row>(plan: SearchPlan<Row>, call: EpicCall) {
  const asked = readParameters(call);
  const issues: Issue[] = [];
  const objection = plan.object?.(call, asked);
  if (objection !== undefined) issues.push(objection);
  const tests = testsOf(plan, call, asked, issues);
  if (isFatal(issues)) throw refuse(call, 400, ...issues);
  const matches = plan.rows(call).filter((row) => tests.every((test) => test(row)));
  const tooMany = plan.most?.(call, matches.length);
  if (tooMany !== undefined) throw refuse(call, 400, ...issues, tooMany);

  const count = countOf(call, asked);
  const end = asked.offset + count;
  const page = matches.slice(asked.offset, end).map((row) => plan.onWire(call, row));
  return resourceAnswer(
    call.request,
    200,
    searchset(call, plan.version, {
      self: addressOf(plan, call, asked),
      next: end < matches.length ? nextPage(plan, call, asked, end) : undefined,
      matches: page,
      included: includedBy(call, asked, page, issues),
      issues,
    }),
  );
}

/** A test for each parameter with a meaning; commas in a value are "or". */
function testsOf<Row>(
  plan: SearchPlan<Row>,
  call: EpicCall,
  asked: Asked,
  issues: Issue[],
): ((row: Row) => boolean)[] {
  const byId = plan.idAlone === true && firstOf(asked, '_id') !== undefined;
  return asked.pairs.flatMap(([name, text]) => {
    const filter = Object.hasOwn(plan.filters, name) ? plan.filters[name] : undefined;
    if (byId && name !== '_id') return [];
    if (filter === undefined) {
      if (!CONTROL.includes(name) && !plan.named?.includes(name)) issues.push(unknownParameter(name));
      return [];
    }
    const made = text.split(',').map((value) => filter(value, call));
    const wrong = made.filter((one) => typeof one !== 'function');
    issues.push(...wrong);
    const tests = made.filter((one) => typeof one === 'function');
    return wrong.length > 0 ? [] : [(row: Row) => tests.some((test) => test(row))];
  });
}

function countOf({ settings }: EpicCall, asked: Asked): number {
  const count = Number(firstOf(asked, '_count') ?? Number.NaN);
  return Number.isInteger(count) && count > 0 ? Math.min(count, settings.pageSize) : settings.pageSize;
}

function addressOf<Row>(plan: SearchPlan<Row>, call: EpicCall, { pairs }: Asked): string {
  const query = new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString();
  return `${fhirBase(call, plan.version)}/${plan.type}${query === '' ? '' : `?${query}`}`;
}

function nextPage<Row>(plan: SearchPlan<Row>, call: EpicCall, { pairs }: Asked, offset: number): string {
  const until = call.now + call.settings.pagingSeconds * 1000;
  const session = seal('page', JSON.stringify({ pairs, offset, until }));
  return `${fhirBase(call, plan.version)}/${plan.type}?${SESSION}=${session}`;
}

/** What `_include` adds, for this page's matches; types that the token does not cover are left out, with a warning. */
function includedBy(
  call: EpicCall,
  asked: Asked,
  matches: readonly Resource[],
  issues: Issue[],
): readonly Resource[] {
  const wanted = asked.pairs
    .filter(([name]) => name === '_include')
    .flatMap(([, value]) => INCLUDABLE[value.split(':').at(-1) ?? ''] ?? []);
  const references = new Set(JSON.stringify(matches).match(/(?<=")[A-Z][A-Za-z]+\/[A-Za-z0-9.-]+(?=")/g));
  return wanted.flatMap((type) => {
    const ids = [...references].filter((one) => one.startsWith(`${type}/`));
    if (ids.length > 0 && !allows(call.bearer.scopes, type, 'r')) {
      issues.push({ code: '59204', diagnostics: `${type} is left out.` });
      return [];
    }
    return ids.flatMap((one) => recordOf(call, type, one.slice(type.length + 1)) ?? []);
  });
}

const CONTROL = ['_count', '_format', '_id', '_include', '_revinclude'];

const ALL: readonly RecordType[] = ['Patient', 'Practitioner', 'Location', 'Organization'];
const INCLUDABLE: Readonly<Record<string, readonly RecordType[]>> = {
  '*': ALL,
  actor: ALL,
  patient: ['Patient'],
  practitioner: ['Practitioner'],
  location: ['Location'],
  organization: ['Organization'],
};
