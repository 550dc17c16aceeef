import { DecoratorHandler, type Dispatcher } from 'undici';

/**
 * Passes an answer on, but takes `location` from redirects, so that a client which follows them (`fetch` does) has
 * nowhere to go: a 3xx is an answer like any other.
 */
export function withoutRedirects(handler: Dispatcher.DispatchHandler): Answers {
  // DecoratorHandler also speaks to handlers of undici's older kind, which the `fetch` of Node uses.
  const inner: Dispatcher.DispatchHandler = new DecoratorHandler(handler);
  let controller: Dispatcher.DispatchController | undefined;
  return {
    onRequestStart: (started, context) => {
      controller = started;
      inner.onRequestStart?.(started, context);
    },
    onResponseStart: (started, status, { location, ...headers }, message) => {
      // 1xx are no answers yet (RFC 9110 §15.2), and DecoratorHandler takes one start only.
      if (status < 200) return;
      const kept =
        location === undefined || (status >= 300 && status < 400) ? headers : { ...headers, location };
      inner.onResponseStart?.(started, status, kept, message);
    },
    onResponseData: (started, chunk) => inner.onResponseData?.(started, chunk),
    onResponseEnd: (started, trailers) => inner.onResponseEnd?.(started, trailers),
    onResponseError: (started, error) => inner.onResponseError?.(started, error),
    fail: (error) => {
      inner.onResponseError?.(controller ?? neverStarted, error);
      return false;
    },
  };
}

export interface Answers extends Dispatcher.DispatchHandler {
  /** Ends a request that was not let out. */
  fail(error: Error): false;
}

const neverStarted: Dispatcher.DispatchController = {
  aborted: true,
  paused: false,
  reason: null,
  rawHeaders: null,
  rawTrailers: null,
  abort: () => {},
  pause: () => {},
  resume: () => {},
};
