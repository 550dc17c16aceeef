import type { Request, Response } from 'express';
import { nameBase } from '#scheduling/consent/approvals.ts';
import { beginConsent } from '#scheduling/consent/begin.ts';
import { finishConsent } from '#scheduling/consent/finish.ts';
import { enterKey } from '#scheduling/consent/key.ts';
import { enterCode, findLink, isBoundTo, type Visit } from '#scheduling/consent/links.ts';
import { ConsentProblem } from '#scheduling/consent/problem.ts';
import { problemOf, reportInternal } from '#scheduling/consent/problem-of.ts';
import { publicKeysOf } from '#scheduling/consent/registrations.ts';
import type { ConsentServices } from '#scheduling/consent/services.ts';
import { checkAgain, viewResult, viewSetup } from '#scheduling/consent/view.ts';
import { acceptWiderHere } from '#scheduling/consent/wider.ts';
import type { RateBudgetName, RateLimits } from '#store/rate-limits.ts';
import { type BrowserSession, formToken, refuseForeignForm, refuseUnboundForm } from './browser.ts';
import { codePage } from './code-page.ts';
import type { Given } from './fields.ts';
import { guidePage } from './guide-page.ts';
import { html } from './html.ts';
import { type Page, sendPage } from './page.ts';
import { acceptName, resultPage } from './result-page.ts';
import { setupPage } from './setup-page.ts';

/** Every address of the connect flow. */
export const routes: readonly ConnectRoute[] = [
  { method: 'get', path: '/connect/setup', budget: 'connect-address', run: showSetup },
  { method: 'post', path: '/connect/begin', budget: 'connect-address', run: begin },
  { method: 'post', path: '/connect/key', budget: 'connect-address', run: connectByKey },
  { method: 'post', path: '/connect/base', budget: 'connect-address', run: takeBase },
  { method: 'get', path: '/connect/result', budget: 'connect-address', run: showResult },
  { method: 'post', path: '/connect/wider', budget: 'connect-address', run: acceptMore },
  { method: 'post', path: '/connect/check', budget: 'connect-address', run: check },
  { method: 'get', path: '/connect/guide/:adapter', budget: 'connect-address', run: showGuide },
  { method: 'get', path: '/connect/:token', budget: 'connect-address', run: showCode },
  { method: 'post', path: '/connect/:token', budget: 'connect-code', run: takeCode },
  { method: 'get', path: '/oauth/cb/:context', budget: 'connect-callback', run: finish },
  { method: 'get', path: '/oauth/jwks/:context', budget: 'connect-address', run: showKeys },
];

/** What the pages are built on. */
export interface Door {
  readonly services: ConsentServices;
  readonly limits: RateLimits;
  readonly guideOf: (adapter: string) => Promise<string | undefined>;
  readonly publicUrl: string;
  /** Path below which everything stands. */
  readonly root: string;
  readonly browser: BrowserSession;
}

export interface Exchange {
  readonly request: Request;
  readonly response: Response;
  readonly visit: Visit;
  /** What was filled in; of a field that came twice, nothing. */
  readonly given: Given;
}

export interface ConnectRoute {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly budget: RateBudgetName;
  readonly run: (door: Door, exchange: Exchange) => Promise<void>;
}

/** Looking changes nothing. In the browser that is bound to the link it leads on. */
async function showCode(door: Door, { request, response, visit }: Exchange): Promise<void> {
  const token = String(request.params.token);
  const { link } = await findLink(door.services, token);
  if (visit.session !== undefined && isBoundTo(link, visit.session)) return seeOther(door, response, 'setup');
  if (link.sessionHash) throw new ConsentProblem('other-browser');
  send(door, response, codePage(`${door.root}/connect/${token}`));
}

async function takeCode(door: Door, { request, response, visit, given }: Exchange): Promise<void> {
  refuseForeignForm(request, door.publicUrl);
  const token = String(request.params.token);
  try {
    const session = await enterCode(door.services, visit, token, given.code ?? '');
    door.browser.begin(response, session);
    seeOther(door, response, 'setup');
  } catch (error) {
    const problem = problemOf(error);
    if (problem.code !== 'wrong-code') throw problem;
    response.locals.code = problem.code;
    send(door, response, codePage(`${door.root}/connect/${token}`, problem));
  }
}

async function showSetup(door: Door, { response, visit }: Exchange): Promise<void> {
  const setup = await viewSetup(door.services, visit);
  if (setup.step.is === 'done') return seeOther(door, response, 'result');
  send(door, response, setupPage({ root: door.root, setup, form: formToken(visit.session ?? '') }));
}

async function begin(door: Door, exchange: Exchange): Promise<void> {
  await ownForm(door, exchange);
  await correctable(door, exchange, async () => {
    const begun = await beginConsent(door.services, exchange.visit, exchange.given);
    if (begun.is === 'done') {
      exchange.response.locals.code = begun.problem;
      return seeOther(door, exchange.response, 'result');
    }
    exchange.response
      .status(303)
      .set({ Location: begun.url, 'Referrer-Policy': 'no-referrer', 'Cache-Control': 'no-store' })
      .end();
  });
}

async function connectByKey(door: Door, exchange: Exchange): Promise<void> {
  await ownForm(door, exchange);
  await correctable(door, exchange, async () => {
    await enterKey(door.services, exchange.visit, exchange.given);
    seeOther(door, exchange.response, 'result');
  });
}

async function takeBase(door: Door, exchange: Exchange): Promise<void> {
  await ownForm(door, exchange);
  await correctable(door, exchange, async () => {
    await nameBase(door.services, exchange.visit, exchange.given.base ?? '');
    seeOther(door, exchange.response, 'setup');
  });
}

async function showResult(door: Door, { response, visit }: Exchange): Promise<void> {
  const { result, ...about } = await viewResult(door.services, visit);
  if (result.is === 'nothing') return seeOther(door, response, 'setup');
  const form = formToken(visit.session ?? '');
  send(door, response, resultPage({ root: door.root, ...about, result, form }));
}

/** Scopes beyond scheduling, each by a tick of its own; the page that asks for the consent is next. */
async function acceptMore(door: Door, exchange: Exchange): Promise<void> {
  await ownForm(door, exchange);
  const { response, visit, given } = exchange;
  const by = { person: given.person ?? '', reason: given.reason ?? '' };
  try {
    await acceptWiderHere(door.services, visit, by, (scope) => given[acceptName(scope)] === 'yes');
    seeOther(door, response, 'setup');
  } catch (error) {
    const problem = problemOf(error);
    if (problem.code !== 'settings') throw problem;
    response.locals.code = problem.code;
    const { result, ...about } = await viewResult(door.services, visit);
    if (result.is === 'nothing') return seeOther(door, response, 'setup');
    const form = formToken(visit.session ?? '');
    send(door, response, resultPage({ root: door.root, ...about, result, form, given, problem }));
  }
}

async function check(door: Door, exchange: Exchange): Promise<void> {
  await ownForm(door, exchange);
  // Whatever it finds, the page tells.
  await checkAgain(door.services, exchange.visit).catch((error: unknown) => {
    const problem = problemOf(error);
    if (problem.code === 'other-browser' || problem.code === 'internal') throw problem;
    exchange.response.locals.code = problem.code;
  });
  seeOther(door, exchange.response, 'result');
}

/** The way back. The address holds a code, so nothing is shown under it that could tell it to anybody. */
async function finish(door: Door, { request, response, visit }: Exchange): Promise<void> {
  response.set('Referrer-Policy', 'no-referrer');
  const { originalUrl } = request;
  const mark = originalUrl.indexOf('?');
  const query = mark < 0 ? '' : originalUrl.slice(mark + 1);
  const callback = { ...visit, context: String(request.params.context), query };
  try {
    await finishConsent(door.services, callback);
  } catch (error) {
    const problem = problemOf(error);
    if (problem.code === 'callback-unknown' || problem.code === 'callback-elsewhere') throw problem;
    reportInternal(door.services.on.report, visit.requestId, problem);
    // Told on the page that this browser is sent to.
    response.locals.code = problem.code;
  }
  seeOther(door, response, 'result');
}

async function showGuide(door: Door, { request, response }: Exchange): Promise<void> {
  const id = String(request.params.adapter);
  const guide = /^[a-z][a-z0-9-]{1,31}$/.test(id) ? await door.guideOf(id) : undefined;
  if (guide === undefined) return send(door, response, noGuide);
  send(door, response, guidePage(door.services.on.emr.adapterOf(id).title, guide));
}

const noGuide: Page = {
  title: 'Nothing to prepare',
  body: html`<p>There is no guide for this EMR. Ask the person who sent you the link what stays with your staff.</p>`,
};

async function showKeys(door: Door, { request, response }: Exchange): Promise<void> {
  const keys = await publicKeysOf(door.services, String(request.params.context));
  response
    .status(keys ? 200 : 404)
    .set('Cache-Control', keys ? 'public, max-age=300' : 'no-store')
    .json(keys ?? { keys: [] });
}

/** A form of a page of this very browser. @throws ConsentProblem */
async function ownForm(door: Door, { request, visit, given }: Exchange): Promise<void> {
  refuseForeignForm(request, door.publicUrl);
  refuseUnboundForm(visit.session, given.form);
  await door.limits.consume('connect-link', visit.session ?? '');
}

/** Shows the page again, with what was filled in, where the person can set it right. */
async function correctable(door: Door, exchange: Exchange, work: () => Promise<void>): Promise<void> {
  const { response, visit, given } = exchange;
  try {
    await work();
  } catch (error) {
    const problem = problemOf(error);
    if (!corrected.has(problem.code)) throw problem;
    response.locals.code = problem.code;
    const setup = await viewSetup(door.services, visit);
    if (setup.step.is === 'done') return seeOther(door, response, 'result');
    send(
      door,
      response,
      setupPage({ root: door.root, setup, form: formToken(visit.session ?? ''), given, problem }),
    );
  }
}

const corrected: ReadonlySet<ConsentProblem['code']> = new Set([
  'settings',
  'key-missing',
  'address-refused',
  'address-silent',
  'address-not-smart',
  'emr-refused-access',
  'emr-away',
  'emr-busy',
]);

function seeOther({ root }: Door, response: Response, page: 'setup' | 'result'): void {
  response
    .status(303)
    .set({ Location: `${root}/connect/${page}`, 'Cache-Control': 'no-store' })
    .end();
}

function send({ root }: Door, response: Response, page: Page): void {
  sendPage(response, root, page);
}
