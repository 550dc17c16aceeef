import { toInstantWithOffset } from '#domain/local-time.ts';
import { openEmr } from '../../../adapters/fhir-r4/test/server/emr.ts';
import { timeZone } from '../../../adapters/fhir-r4/test/server/seed.ts';
import type { Adapter, ConnectionSettings } from '../adapter.ts';
import type { EmrUnderTest, Harness } from './emr-under-test.ts';
import { type InProcessAnswer, type InProcessRequest, inProcessClient } from './in-process-client.ts';
import { createLineFaults } from './line-faults.ts';
import { createMemo } from './memo.ts';

export interface FhirServerOptions {
  readonly routes: Adapter['routes'];
  /** Path of the FHIR base, as the routes' templates begin. */
  readonly base?: '' | `/${string}`;
  readonly settings?: ConnectionSettings;
  readonly waivers?: Harness['waivers'];
  readonly unneededRoutes?: Harness['unneededRoutes'];
  /** Changes what the server has made of a request, as the vendor's own server would. */
  readonly amend?: (request: InProcessRequest, answer: InProcessAnswer) => InProcessAnswer;
}

/**
 * A FHIR R4 server with slots, in this process: Medplum's FHIR router over a repository in memory, to begin a FHIR adapter
 * on. It does what FHIR says, so what is the vendor's own has to be put in `amend`, from the vendor's pages.
 *
 * @example
 * export default (kit) => kit.testing.fhirServer({ routes: createAdapter(kit).routes, settings: { booking: 'slot-reference', patch: true } });
 */
export function fhirServer(options: FhirServerOptions): Harness {
  const { settings = {}, waivers = {}, unneededRoutes = {} } = options;
  return { start: () => started(options), settings, waivers, unneededRoutes };
}

const day = 24 * 60 * 60_000;
const address = 'https://fhir.example';

async function started(options: FhirServerOptions): Promise<EmrUnderTest> {
  const { routes, base = '', settings = {}, amend = (_, answer) => answer } = options;
  const emr = openEmr(address + base, undefined);
  const faults = createLineFaults();
  let turn: Promise<unknown> = emr.reset();
  /** One request at a time is performed, as a whole. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  };
  const perform = async (request: InProcessRequest, isStale: boolean): Promise<InProcessAnswer> => {
    const { status, headers = {}, body } = await inTurn(() => emr.perform(asked(request, base), isStale));
    const { location, etag } = headers;
    return amend(request, {
      status,
      ...(body !== undefined && body !== '' && { body: JSON.parse(body) }),
      ...(location !== undefined && { location }),
      ...(etag !== undefined && { etag }),
    });
  };
  const http = inProcessClient(routes, (request) =>
    faults.carry(request, routes[request.route]?.effect ?? 'write', (isStale) => perform(request, isStale)),
  );
  const instant = (at: number) => toInstantWithOffset(at, 'UTC');
  return {
    connect: ({ now = Date.now } = {}) => ({
      http,
      base: address,
      timeZone,
      settings,
      now,
      memo: createMemo(now),
    }),
    window: { from: instant(Date.now() + day), to: instant(Date.now() + 8 * day) },
    minutes: 30,
    patient: {
      id: 'resident',
      demographics: { family: 'Resident', given: 'Rae', birthDate: '1950-01-01' },
    },
    staff: (action) => inTurn(() => emr.desk.obey(action)),
    ledger: () => inTurn(() => emr.desk.ledger()),
    fault: async (fault) => faults.order(fault),
    reset: () => {
      faults.forget();
      return inTurn(emr.reset);
    },
    stop: async () => {},
  };
}

function asked(
  { method, path, query, repeated, ifMatch, ifNoneExist, body }: InProcessRequest,
  base: string,
) {
  const search = new URLSearchParams(query);
  for (const [name, values] of Object.entries(repeated)) {
    search.delete(name);
    for (const value of values) search.append(name, value);
  }
  const isForm = path.endsWith('/_search');
  return {
    method,
    path: path.slice(base.length).replaceAll('%24', '$'),
    query: search,
    headers: { authorization: 'Bearer conformance', 'if-match': ifMatch, 'if-none-exist': ifNoneExist },
    // A form has been let through by its schema, whose fields are texts and numbers.
    body: isForm ? `${new URLSearchParams(body as Record<string, string>)}` : JSON.stringify(body ?? null),
  };
}
