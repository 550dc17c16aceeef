import type { RequestHandler, Response } from 'express';
import type { EmrAnswer, EmrRequest, Emulation, SettingValues } from './emulation.ts';
import { withRetryAfter } from './emulation.ts';
import type { Exchange } from './exchange.ts';
import { play } from './exchange.ts';
import type { FaultBook } from './fault-book.ts';
import { flatHeaders, plainQuery, readBody, splitUrl } from './incoming.ts';
import type { Office } from './office.ts';
import { createPacer } from './pacer.ts';
import type { LoggedRequest, RequestLog } from './request-log.ts';
import { matchRoute } from './route-match.ts';
import type { TableSet } from './row-store.ts';

/** The EMR's API: logs each request, draws a fault for it and plays it through. */
export function emrSurface<T extends TableSet, S extends SettingValues>(
  emulation: Emulation<T, S>,
  office: Office<T, S>,
  faults: FaultBook,
  log: RequestLog,
  timing: {
    readonly now: () => number;
    readonly wait: (ms: number) => Promise<void>;
  },
): RequestHandler {
  const pacer = createPacer(timing.wait, () => performance.now());
  return async (req, res) => {
    const [path = '/', search = ''] = splitUrl(req.originalUrl);
    const query = new URLSearchParams(search);
    const at = new Date(timing.now()).toISOString();
    const tell = log.arrive({
      at,
      method: req.method,
      path,
      query: plainQuery(query),
    });
    const body = await readBody(req);
    if (body === undefined) return;
    const request: EmrRequest = {
      method: req.method,
      path,
      query,
      headers: flatHeaders(req),
      body,
    };
    const below = path.startsWith(emulation.basePath) ? path.slice(emulation.basePath.length) : undefined;
    const matched = below === undefined ? undefined : matchRoute(emulation.routes, req.method, below);
    const target = {
      method: req.method,
      path,
      template: matched?.route.template,
      effect: matched?.route.effect ?? (req.method === 'GET' ? 'read' : 'write'),
    } as const;
    const fault = faults.draw(target);
    if (fault !== undefined) tell({ fault: fault.name });

    const answerNow = (...how: Parameters<Exchange['perform']>): EmrAnswer => {
      const answer = office.perform(request, matched, ...how);
      tell({ performed: answer.status });
      return answer;
    };
    const error = (status: number, text: string): EmrAnswer =>
      emulation.error(status, text, office.settings());
    const throttled = (seconds: number): EmrAnswer =>
      emulation.throttled?.(seconds, office.settings()) ??
      withRetryAfter(error(429, emulation.texts.throttled), seconds);
    const exchange: Exchange = {
      async perform(...how) {
        const pace = emulation.pace(office.settings(), request);
        if (pace === undefined) return answerNow(...how);
        const place = pacer(pace, () => answerNow(...how));
        if (place.full) return throttled(place.retryAfterSeconds);
        const impatient = timing.wait(pace.patienceMs).then(() => error(504, emulation.texts.timeout));
        return Promise.race([place.turn, impatient]);
      },
      throttled,
      error: (status, text) => error(status, emulation.texts[text]),
      errorText: error,
      send: (answer) => send(res, answer, tell),
      stream(status, headers) {
        tell({ status });
        res.writeHead(status, headers);
        return res;
      },
      cut: () => void req.socket.destroy(),
      wait: timing.wait,
    };
    await play(exchange, fault);
  };
}

function send(
  res: Response,
  answer: EmrAnswer,
  tell: (fate: Partial<Pick<LoggedRequest, 'status'>>) => void,
): void {
  if (res.destroyed) return;
  tell({ status: answer.status });
  res.writeHead(answer.status, {
    'content-length': Buffer.byteLength(answer.body ?? ''),
    ...answer.headers,
  });
  res.end(answer.body ?? '');
}
