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

function inBody(pair: (random: Random) => string): Mutation {
  return (request, random) => ({
    ...request,
    body:
      request.body === undefined || request.body === '{}'
        ? `{${pair(random)}}`
        : `${request.body.slice(0, -1)},${pair(random)}}`,
  });
}
