import { randomUUID } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Route, RouteTable } from '#adapter-kit/index.ts';

/** What one simulator was ever sent, whoever sent it. */
export interface SimulatorLog {
  /** Folder of the adapter. */
  readonly emr: string;
  /** What stands before every template, e.g. `/api/v1`. */
  readonly basePath: string;
  readonly requests: readonly SentRequest[];
}
export interface SentRequest {
  readonly method: string;
  /** As sent, without query. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** Which endpoint of the EMR's authorization server it asked: people's browsers come there too. */
  readonly oauth?: string;
}

/** Set by run-tests.js when the whole suite runs. */
const folder = process.env.TEST_SIMULATOR_LOGS;

/**
 * Keeps the log of a simulator that is about to stop, for the judgement after the whole suite. To be called for every
 * simulator that a gateway or adapter is connected to: nobody else may send it anything then, tests neither.
 *
 * @param url origin of the simulator
 */
export async function keepSimulatorLog(url: string): Promise<void> {
  if (!folder) return;
  const read = async (path: string): Promise<unknown> => (await fetch(`${url}/__sim${path}`)).json();
  // Both as the control surface is documented.
  const { emr, basePath } = (await read('/')) as Pick<SimulatorLog, 'emr' | 'basePath'>;
  const requests = (await read('/requests')) as readonly SentRequest[];
  await writeFile(join(folder, `${emr}-${randomUUID()}.json`), JSON.stringify({ emr, basePath, requests }));
}

export async function readSimulatorLogs(from: string): Promise<SimulatorLog[]> {
  const names = await readdir(from);
  return Promise.all(names.map(async (name) => JSON.parse(await readFile(join(from, name), 'utf8'))));
}

/** Was every request a route of its adapter's table, and was every route of every table sent at least once? */
export function judgeSimulatorLogs(
  logs: readonly SimulatorLog[],
  tables: Readonly<Record<string, RouteTable>>,
): { readonly faults: readonly string[]; readonly sentence: string } {
  const faults = new Set<string>();
  const seen = new Set<string>();
  let requests = 0;
  for (const { emr, basePath, requests: sent } of logs) {
    for (const request of sent) {
      if (request.oauth !== undefined || isDiscovery(request)) continue;
      requests += 1;
      // Two routes that differ in their headers alone look the same here.
      const fitting = routesOf(tables[emr] ?? {}, basePath, request);
      for (const route of fitting) seen.add(`${emr} ${route}`);
      if (fitting.length === 0)
        faults.add(`${emr} was sent ${nameOf(request)}, which is no route of its table.`);
    }
  }
  const routes = Object.entries(tables).flatMap(([emr, table]) =>
    Object.keys(table).map((route) => `${emr} ${route}`),
  );
  for (const route of routes)
    if (!seen.has(route)) faults.add(`${route} is in the table, and no test ever sent it.`);
  const sentence = `${requests} requests reached ${logs.length} simulators through the wall; ${seen.size} of ${routes.length} table routes were seen.`;
  return { faults: [...faults], sentence };
}

/** Names of the query alone: values may be a person's. */
function nameOf({ method, path, query }: SentRequest): string {
  const names = Object.keys(query).join(', ');
  return `${method} ${path.replaceAll(/\d+/g, '#')}${names === '' ? '' : ` with ${names}`}`;
}

/** What is asked before there is a connection, at an address that a person then approves (SMART App Launch 2.2 §3.1). */
function isDiscovery({ method, path, query }: SentRequest): boolean {
  return (
    method === 'GET' && path.endsWith('/.well-known/smart-configuration') && Object.keys(query).length === 0
  );
}

/** Says by itself what fits a table; shares nothing with the wall, whose work it judges. */
function routesOf(table: RouteTable, basePath: string, request: SentRequest): string[] {
  return Object.entries(table).flatMap(([name, route]) => {
    const fits =
      route.method === request.method && pathFits(route, basePath, request.path) && queryFits(route, request);
    return fits ? [name] : [];
  });
}

function pathFits(route: Route, basePath: string, path: string): boolean {
  const expected = (basePath + route.template).split('/');
  const given = path.split('/');
  return (
    given.length === expected.length &&
    expected.every((part, index) => {
      const name = /^\{(.+)\}$/.exec(part)?.[1];
      return name === undefined ? part === given[index] : fits(route.path?.[name], given[index]);
    })
  );
}

function queryFits(route: Route, { query }: SentRequest): boolean {
  const known = route.query ?? {};
  return (
    Object.entries(query).every(([name, value]) => {
      const rule = Object.hasOwn(known, name) ? known[name] : undefined;
      const values = typeof value === 'string' ? [value] : value;
      return values.length <= (rule?.repeat ?? 1) && values.every((each) => fits(rule, each));
    }) && Object.entries(known).every(([name, { required }]) => !required || Object.hasOwn(query, name))
  );
}

function fits(grammar: { readonly pattern: RegExp; readonly maxLength: number } | undefined, value: unknown) {
  if (grammar === undefined || typeof value !== 'string' || value.length > grammar.maxLength) return false;
  const { source, flags } = grammar.pattern;
  return new RegExp(`^(?:${source})$`, flags).test(value);
}
