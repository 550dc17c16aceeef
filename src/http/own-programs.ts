import type { RequestHandler } from 'express';
import { Failure } from '#domain/failure.ts';

/**
 * Lets in programs of the operator alone: a page in a browser on this machine can reach a loopback door too, but it cannot
 * leave these headers out, nor choose Host. To a page it looks as if nothing were there.
 */
export const refuseBrowsers: RequestHandler = (request, _response, next) => {
  const { origin, 'sec-fetch-site': site, host = '' } = request.headers;
  const name = host.replace(/:\d+$/, '');
  if (origin !== undefined || site !== undefined || !/^(127\.0\.0\.1|\[::1\]|localhost)$/.test(name))
    throw new Failure('not-found');
  next();
};
