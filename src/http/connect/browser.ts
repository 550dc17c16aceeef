import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import { ConsentProblem } from '#scheduling/consent/problem.ts';
import { usualTerms } from '#scheduling/consent/services.ts';

/**
 * The one browser that entered a link's code: a cookie that scripts cannot read and that only this host can set (RFC
 * 6265bis, `__Host-`). `Lax`, because the way back from the EMR comes from its site. On plain HTTP, which exists on
 * loopback alone, the name has no prefix.
 */
export interface BrowserSession {
  /** What the cookie holds; undefined when there is none, or two. */
  of(request: Request): string | undefined;
  begin(response: Response, session: string): void;
}

export function browserSession(publicUrl: string): BrowserSession {
  const secure = publicUrl.startsWith('https:');
  const name = secure ? '__Host-postern-connect' : 'postern-connect';
  return {
    of(request) {
      const given = (request.headers.cookie ?? '')
        .split(';')
        .map((pair) => pair.trim())
        .filter((pair) => pair.startsWith(`${name}=`));
      const [one] = given;
      return given.length === 1 ? one?.slice(name.length + 1) : undefined;
    },
    begin(response, session) {
      // As long as a link can live: a telephone forgets sooner what has no age, and an approval may take hours.
      const maxAge = usualTerms.linkMs;
      response.cookie(name, session, { httpOnly: true, secure, sameSite: 'lax', path: '/', maxAge });
    },
  };
}

/**
 * Refuses a form that another site's page sent. Browsers say where a request comes from in headers that no page can
 * set: `Sec-Fetch-Site` (Fetch Metadata), or `Origin` where they are older; a request that says neither is not theirs.
 *
 * @throws ConsentProblem `form-expired`
 */
export function refuseForeignForm(request: Request, publicUrl: string): void {
  const { origin, 'sec-fetch-site': site } = request.headers;
  const isForeign = site !== undefined && site !== 'same-origin';
  const isOther = origin !== undefined && origin !== new URL(publicUrl).origin;
  if (isForeign || isOther || (site === undefined && origin === undefined))
    throw new ConsentProblem('form-expired');
}

/** What a form of this browser's own pages holds, besides the cookie that any request would carry. */
export function formToken(session: string): string {
  return createHmac('sha256', session).update('postern connect form').digest('base64url');
}

/** @throws ConsentProblem `form-expired` */
export function refuseUnboundForm(session: string | undefined, given: string | undefined): void {
  const [wanted, offered] = [Buffer.from(formToken(session ?? '')), Buffer.from(given ?? '')];
  if (session === undefined || wanted.length !== offered.length || !timingSafeEqual(wanted, offered))
    throw new ConsentProblem('form-expired');
}
