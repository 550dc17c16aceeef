import type { Dispatcher } from 'undici';
import { ConnectFailure } from './connector.ts';
import { WallRefusal } from './wall-refusal.ts';

/**
 * One request and its answer, read whole. Never rejects: every end is an {@link Outcome}.
 *
 * undici calls `onRequestStart` immediately before it writes the first byte, so a failure before that call is surely
 * `not-sent`, and one after it is `unknown` unless the answer came in full. A request is started once: undici would
 * start it again on another connection after some resets, and that is stopped before a byte is written.
 */
export function exchange(
  dispatcher: Dispatcher,
  request: ExchangeRequest,
  limits: ExchangeLimits,
): Promise<Outcome> {
  return new Promise((resolve) => {
    let controller: Dispatcher.DispatchController | undefined;
    let settled = false;
    let status: number | undefined;
    let headers: Headers = {};
    let bytes = 0;
    const chunks: Buffer[] = [];

    const settle = (outcome: Outcome) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      limits.signal?.removeEventListener('abort', onAbort);
      resolve(outcome);
    };
    const stop = (reason: string) => {
      settle({ kind: controller === undefined ? 'not-sent' : 'unknown', reason, status, bytes });
      controller?.abort(new Error(reason));
    };
    const timer = setTimeout(() => stop('timeout'), limits.timeoutMs);
    const onAbort = () => stop('cancelled');
    limits.signal?.addEventListener('abort', onAbort);
    if (limits.signal?.aborted) return stop('cancelled');

    dispatcher.dispatch(request, {
      onRequestStart: (started) => {
        if (settled || controller !== undefined) {
          stop('reset');
          started.abort(new Error('stopped'));
        } else controller = started;
      },
      onResponseStart: (_, code, received) => {
        status = code;
        headers = received;
        const encoding = received['content-encoding'] ?? 'identity';
        if (encoding !== 'identity') stop('encoded');
        else if (Number(received['content-length'] ?? 0) > limits.maxBytes) stop('too-large');
      },
      onResponseData: (_, chunk) => {
        bytes += chunk.length;
        if (bytes > limits.maxBytes) stop('too-large');
        else chunks.push(chunk);
      },
      onResponseEnd: () => {
        if (status === undefined) return stop('reset');
        settle({ kind: 'answered', status, headers, body: Buffer.concat(chunks), bytes });
      },
      onResponseError: (_, error) => {
        if (controller !== undefined) return settle({ kind: 'unknown', reason: 'reset', status, bytes });
        if (error instanceof WallRefusal) return settle({ kind: 'refused', reason: error.reason, bytes });
        if (!(error instanceof ConnectFailure)) return settle({ kind: 'not-sent', reason: 'connect', bytes });
        const kind = error.reason === 'address' ? 'refused' : 'not-sent';
        settle({ kind, reason: error.reason, bytes, cause: error });
      },
    });
  });
}

export interface ExchangeRequest {
  readonly origin: string;
  readonly path: string;
  readonly method: Dispatcher.HttpMethod;
  readonly headers: Record<string, string>;
  readonly body: string | null;
}
export interface ExchangeLimits {
  /** From now to the last byte of the answer, milliseconds. */
  readonly timeoutMs: number;
  /** Largest body, counted as it is read. Encoded bodies are not read at all, so this is the decoded size. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}
export type Outcome =
  | { readonly kind: 'answered'; status: number; headers: Headers; body: Buffer; bytes: number }
  | {
      readonly kind: 'refused' | 'not-sent' | 'unknown';
      readonly reason: string;
      readonly status?: number | undefined;
      readonly bytes: number;
      readonly cause?: Error;
      /** When asking again may help. */
      readonly retryAfterMs?: number;
    };
type Headers = Readonly<Record<string, string | string[] | undefined>>;
