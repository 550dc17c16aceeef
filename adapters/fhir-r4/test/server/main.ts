import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { play } from '#simulator-kit/exchange.ts';
import { faultOrder } from '#simulator-kit/fault.ts';
import { openFaultBook } from '#simulator-kit/fault-book.ts';
import { flatHeaders, plainQuery, readBody, splitUrl } from '#simulator-kit/incoming.ts';
import type { EmrAnswer } from '#simulator-kit/index.ts';
import { openEmr, problem } from './emr.ts';
import type { OperationNames } from './find-and-book.ts';
import { timeZone } from './seed.ts';

/**
 * A FHIR server that was not written here, as a process with the control surface of a simulator: `/__sim` for staff,
 * ledger, faults and reset, everything else is FHIR. `--operations=argonaut|ihe|medplum` gives it `$find` and `$book`.
 */
const { operations } = parseArgs({ options: { operations: { type: 'string' } } }).values;
const basePath = '/fhir/R4';
const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  const url = `http://127.0.0.1:${address.port}`;
  const handle = serve(url);
  server.on('request', (req, res) => void handle(req, res));
  console.log(`ready ${url}`);
});

function serve(url: string) {
  const emr = openEmr(url + basePath, operations as OperationNames | undefined); // said by the test that started it
  const faults = openFaultBook(basePath);
  const requests: {
    method: string;
    path: string;
    query: unknown;
    status: number;
    seq: number;
    at: string;
  }[] = [];
  let turn: Promise<unknown> = emr.reset();
  /** One request at a time is performed, as a whole. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  };

  return async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const [path = '/', search = ''] = splitUrl(req.url ?? '/');
    const body = await readBody(req);
    if (body === undefined) return;
    if (path.startsWith('/__sim')) return control(path.slice('/__sim'.length), req.method, body, res);
    const asked = {
      method: req.method ?? 'GET',
      path: path.slice(basePath.length),
      query: new URLSearchParams(search),
      headers: flatHeaders(req),
      body,
    };
    const entry = { method: asked.method, path, query: plainQuery(asked.query), status: 0 };
    const logged = { ...entry, seq: requests.length + 1, at: new Date().toISOString() };
    requests.push(logged);
    const effect = asked.method === 'GET' || path.endsWith('/_search') ? 'read' : 'write';
    const send = (answer: EmrAnswer): void => {
      if (res.destroyed) return;
      logged.status = answer.status;
      const length = { 'content-length': Buffer.byteLength(answer.body ?? '') };
      res.writeHead(answer.status, { ...length, ...answer.headers }).end(answer.body ?? '');
    };
    await play(
      {
        perform: (stale) => inTurn(() => emr.perform(asked, stale !== undefined)),
        error: (status, text) => problem(status, 'transient', text),
        errorText: (status, text) => problem(status, 'business-rule', text),
        send,
        stream: (status, headers) => {
          logged.status = status;
          return res.writeHead(status, headers);
        },
        cut: () => void req.socket.destroy(),
        wait: (ms) => delay(ms),
      },
      faults.draw({ method: asked.method, path, template: undefined, effect }),
    ).catch((error: unknown) => {
      console.error(error);
      res.destroy();
    });
  };

  async function control(
    path: string,
    method: string | undefined,
    body: string,
    res: ServerResponse,
  ): Promise<void> {
    const say = (value: unknown): void => void res.end(value === undefined ? '' : JSON.stringify(value));
    if (path === '/') return say({ emr: 'fhir-r4', office: 'Garden Clinic', timeZone, basePath });
    if (path === '/ledger') return say({ appointments: await inTurn(() => emr.desk.ledger()), patients: [] });
    if (path === '/requests') return say(requests);
    if (path === '/reset') return say(await inTurn(emr.reset));
    if (path === '/faults' && method === 'DELETE') return say(faults.forget());
    if (path === '/faults') return say(faults.order(faultOrder.parse(JSON.parse(body))));
    if (path === '/staff') return say({ id: await inTurn(() => emr.desk.obey(JSON.parse(body))) });
    res.writeHead(404).end();
  }
}
