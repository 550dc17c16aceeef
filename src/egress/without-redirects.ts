import { DecoratorHandler, type Dispatcher } from 'undici';

/**
 * Passes an answer on, but takes `location` from redirects, so that a client which follows them (`fetch` does) has
 * nowhere to go: a 3xx is an answer like any other. Where a 3xx was asked for, its address goes on under a name that no
 * client knows, {@link redirectedTo}.
 *
 * @param isAsked is this status, of the request's route, a redirect that was asked for?
 */
export function withoutRedirects(
  handler: Dispatcher.DispatchHandler,
  isAsked: (status: number) => boolean = () => false,
): Answers {
  // DecoratorHandler also speaks to handlers of undici's older kind, which the `fetch` of Node uses.
  const inner: Dispatcher.DispatchHandler = new DecoratorHandler(handler);
  let controller: Dispatcher.DispatchController | undefined;
  return {
    onRequestStart: (started, context) => {
      controller = started;
      inner.onRequestStart?.(started, context);
    },
    onResponseStart: (started, status, { location, [redirectedTo]: _, ...headers }, message) => {
      // 1xx are no answers yet (RFC 9110 §15.2), and DecoratorHandler takes one start only.
      if (status < 200) return;
      if (location === undefined) return inner.onResponseStart?.(started, status, headers, message);
      const redirects = status >= 300 && status < 400;
      const kept = !redirects ? { location } : isAsked(status) ? { [redirectedTo]: location } : {};
      inner.onResponseStart?.(started, status, { ...headers, ...kept }, message);
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

/** Header of an answer inside the gateway; an EMR that sends one of this name is not heard. */
export const redirectedTo = 'postern-redirected-to';

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
