import type { RouteTable } from '#adapter-kit/index.ts';
import type { Random } from '../random.ts';
import type { Mutation, Mutations } from './mutation.ts';

/** What can be done to method, headers and body. */
export const messageMutations: Mutations = {
  'other method': (request, random) => ({
    ...request,
    method: random.pick([
      'DELETE',
      'POST',
      'PUT',
      'PATCH',
      'GET',
      'HEAD',
      'OPTIONS',
      'TRACE',
      'CONNECT',
      'get',
      'Get',
      'GET ',
      'GET\r\nX: y',
      'QUERY',
      '',
    ]),
  }),
  'method override': addHeader((random) => [
    random.pick([
      'x-http-method-override',
      'x-method-override',
      'x-http-method',
      'X-HTTP-Method-Override',
      '_method',
    ]),
    'DELETE',
  ]),
  'header that moves the request': addHeader((random) => [
    random.pick([
      'host',
      'x-forwarded-host',
      'x-original-url',
      'x-rewrite-url',
      'forwarded',
      'transfer-encoding',
      'connection',
      'upgrade',
      'expect',
      'te',
      'proxy-authorization',
      'cookie',
      'range',
      'x-forwarded-for',
      ':authority',
    ]),
    random.pick(['evil.example', '/queries', 'chunked', '100-continue']),
  ]),
  'header that nobody knows': addHeader((random) => [
    random.pick([
      'x-api-key',
      'x-emr',
      'x-emr-version-2',
      'X-Emr-Version',
      'emr-version',
      'x-',
      'y-emr-version',
    ]),
    random.pick(['v4', '1', 'true']),
  ]),
  'header that another route fixes': (request, random, { routes }) => {
    const own = new Set(request.headers.map(([name]) => name));
    const others = fixedIn(routes).filter(([name]) => !own.has(name));
    return { ...request, headers: [...request.headers, random.pick([...others, ['x-emr-version', 'v4']])] };
  },
  'value that a header has on another route': (request, random, { routes }) => ({
    ...request,
    headers: request.headers.map(([name, value]) => {
      const others = fixedIn(routes).flatMap(([fixed, other]) => (fixed === name ? [other] : []));
      return [name, others.length === 0 ? value : random.pick([...others, value.toUpperCase()])] as const;
    }),
  }),
  'fixed header bent': changeFixed((name, value, random) =>
    random.pick([
      [name, `${value}.1`],
      [name, value.slice(0, -1)],
      [name, `${value}, ${value}`],
      [name, value.toUpperCase()],
      [name.toUpperCase(), value],
    ]),
  ),
  'fixed header left out': changeFixed(() => undefined),
  'header twice': (request) => ({
    ...request,
    headers: [...request.headers, ...request.headers.slice(0, 1)],
  }),
  'header with a line of its own': (request, random) => ({
    ...request,
    headers: request.headers.map(
      ([name, value]) => [name, value + random.pick(['\r\nx-a: b', '\n', '\0', '\u2028', ' '])] as const,
    ),
  }),
  'wrong length': addHeader((random) => [
    'content-length',
    random.pick(['0', '1', '999999', '-1', '0x10', '1,1']),
  ]),
  'other content type': (request, random) => ({
    ...request,
    headers: request.headers.map(([name, value]) =>
      name === 'content-type'
        ? ([
            name,
            random.pick([
              'text/plain',
              'application/x-www-form-urlencoded',
              'application/xml',
              'multipart/form-data',
              'application/json, text/xml',
              '',
            ]),
          ] as const)
        : ([name, value] as const),
    ),
  }),
  'one more body key': inBody((random) =>
    random.pick([
      '"AppointmentTypeNum":1',
      '"allow_overlapping":true',
      '"SSN":"1"',
      '"__proto__":{"a":1}',
      '"constructor":1',
      '"SQL":"x"',
    ]),
  ),
  'a body key twice': (request) => {
    const [, pair] = /^\{("[^"]+":(?:"[^"]*"|[0-9]+))/.exec(request.body ?? '') ?? [];
    return pair === undefined
      ? { ...request, body: '{}' }
      : { ...request, body: `{${pair},${request.body?.slice(1)}` };
  },
  'body in other letters': (request) => ({
    ...request,
    body:
      request.body?.replace(/"(\w)/, (_, letter: string) => `"\\u00${letter.charCodeAt(0).toString(16)}`) ??
      'x',
  }),
  'body with air': (request, random) => ({
    ...request,
    body: random.pick([' ', '\n', '\ufeff', '/**/']) + (request.body ?? ''),
  }),
  'body cut or grown': (request, random) => ({
    ...request,
    body:
      request.body === undefined
        ? ''
        : random.pick([
            request.body.slice(0, -1),
            `${request.body}${request.body}`,
            `[${request.body}]`,
            'null',
            '""',
            '1',
          ]),
  }),
  'body value of another kind': (request) => ({
    ...request,
    body: request.body?.replace(/:(?:"[^"]*"|[0-9]+)/, ':{"$ne":null}') ?? '{}',
  }),
  'body where none belongs': (request, random) => ({
    ...request,
    body: request.body === undefined ? random.pick(['{}', '{"a":1}', 'null']) : undefined,
  }),
};

function addHeader(header: (random: Random) => readonly [string, string]): Mutation {
  return (request, random) => ({ ...request, headers: [...request.headers, header(random)] });
}

function fixedIn(routes: RouteTable): (readonly [string, string])[] {
  return Object.values(routes).flatMap(({ headers }) => Object.entries(headers ?? {}));
}

/** One of the headers that a route fixes, wherever the request has one. */
function changeFixed(
  change: (name: string, value: string, random: Random) => readonly [string, string] | undefined,
): Mutation {
  return (request, random) => {
    const fixed = request.headers.flatMap(([name], at) => (name.startsWith('x-') ? [at] : []));
    if (fixed.length === 0) return request;
    const chosen = random.pick(fixed);
    const headers = request.headers.flatMap(([name, value], at) => {
      if (at !== chosen) return [[name, value] as const];
      const changed = change(name, value, random);
      return changed === undefined ? [] : [changed];
    });
    return { ...request, headers };
  };
}

function inBody(pair: (random: Random) => string): Mutation {
  return (request, random) => ({
    ...request,
    body:
      request.body === undefined || request.body === '{}'
        ? `{${pair(random)}}`
        : `${request.body.slice(0, -1)},${pair(random)}}`,
  });
}
