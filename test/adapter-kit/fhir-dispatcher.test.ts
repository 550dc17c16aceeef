import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetch as undiciFetch } from 'undici';
import {
  createFhirDispatcher,
  type DispatchHandler,
  type DispatchOptions,
} from '#adapter-kit/fhir-dispatcher.ts';
import { type AuthorisedClient, grammar, type RouteTable, type WireAnswer, z } from '#adapter-kit/index.ts';

const origin = 'https://emr.invalid';
const routes: RouteTable = {
  'patient.read': {
    method: 'GET',
    template: '/Patient/{id}',
    path: { id: grammar.fhirId },
    response: z.unknown(),
    ok: [200],
    timeoutMs: 1_000,
    maxResponseBytes: 1_000,
    effect: 'read',
  },
};
const asked: DispatchOptions = {
  origin,
  path: '/Patient/7',
  method: 'GET',
  headers: { accept: '*/*' },
  body: null,
};
const answer: WireAnswer<unknown> = { status: 200, body: { id: '7' }, etag: 'W/"1"' };

test('A handler of the older kind is told start, body and end.', async () => {
  const told = await tell((say, done) => ({
    onConnect: () => say('connect'),
    onHeaders: (status, headers) => {
      say(status, headers.map(String));
      return true;
    },
    onData: (chunk) => {
      say(String(chunk));
      return true;
    },
    onComplete: () => done('complete'),
    onError: (error) => done(error),
  }));
  assert.deepEqual(told, [
    ['connect'],
    [200, ['content-length', '10', 'content-type', 'application/fhir+json', 'etag', 'W/"1"']],
    ['{"id":"7"}'],
    ['complete'],
  ]);
});

test('A handler of the newer kind is told the same.', async () => {
  const told = await tell((say, done) => ({
    onRequestStart: () => say('start'),
    onResponseStart: (_, status, headers) => say(status, headers),
    onResponseData: (_, chunk) => say(String(chunk)),
    onResponseEnd: () => done('end'),
    onResponseError: (_, error) => done(error),
  }));
  assert.deepEqual(told, [
    ['start'],
    [200, { 'content-length': '10', 'content-type': 'application/fhir+json', etag: 'W/"1"' }],
    ['{"id":"7"}'],
    ['end'],
  ]);
});

test('The fetch of undici is served as that of Node is.', async () => {
  const dispatcher = createFhirDispatcher(giving(answer), routes, origin) as never; // undici's type also asks for close and destroy
  const response = await undiciFetch(`${origin}/Patient/7`, { dispatcher });
  assert.deepEqual([response.status, await response.json()], [200, { id: '7' }]);
});

test('A caller who gives up is told so once, and nothing after it.', async () => {
  const told: string[] = [];
  let abort: (reason?: Error) => void = () => {};
  const { promise: held, resolve: release } = Promise.withResolvers<WireAnswer<unknown>>();
  createFhirDispatcher(giving(held), routes, origin).dispatch(asked, {
    onConnect: (given) => {
      abort = given;
    },
    onHeaders: () => {
      told.push('headers');
      return true;
    },
    onComplete: () => told.push('complete'),
    onError: (error) => told.push(error.message),
  });
  abort(new Error('gave up'));
  abort(new Error('gave up again'));
  release(answer);
  await held;
  await new Promise(setImmediate);
  assert.deepEqual(told, ['gave up']);
});

const refused: readonly [what: string, options: DispatchOptions, reason: string][] = [
  ['another origin', { ...asked, origin: 'https://emr.example' }, 'origin'],
  ['no origin', { path: '/Patient/7', method: 'GET' }, 'origin'],
  ['a query that would be added later', { ...asked, query: { active: 'true' } }, 'request'],
  ['an upgrade', { ...asked, upgrade: 'websocket' }, 'request'],
  ['a stream of something else than bytes', { ...asked, body: numbers() }, 'body'],
  ['a body that cannot be read', { ...asked, body: 7 }, 'body'],
  ['a header that is no text', { ...asked, headers: ['accept', 7] }, 'header'],
];
for (const [what, options, reason] of refused)
  test(`${what} is refused, and no route is called.`, async () => {
    const { promise, resolve } = Promise.withResolvers<Error>();
    const http: AuthorisedClient = { call: () => assert.fail('called') };
    createFhirDispatcher(http, routes, origin).dispatch(options, { onError: resolve });
    assert.deepEqual(await promise.then((error) => ({ ...error, name: error.name })), {
      name: 'WireFailure',
      kind: 'refused',
      route: 'fhir-client',
      reason,
      ...nothing,
    });
  });

const nothing = { status: undefined, text: undefined, retryAfterSeconds: undefined };

async function tell(
  handlerOf: (say: (...words: unknown[]) => void, done: (word: unknown) => void) => DispatchHandler,
): Promise<unknown[][]> {
  const told: unknown[][] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const say = (...words: unknown[]) => void told.push(words);
  const handler = handlerOf(say, (word) => {
    say(word);
    resolve();
  });
  createFhirDispatcher(giving(answer), routes, origin).dispatch(asked, handler);
  await promise;
  return told;
}

function giving(what: WireAnswer<unknown> | Promise<WireAnswer<unknown>>): AuthorisedClient {
  return { call: async <T>() => (await what) as WireAnswer<T> }; // T is what the test says it is
}

async function* numbers() {
  yield 7;
}
