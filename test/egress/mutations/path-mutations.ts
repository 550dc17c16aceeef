import type { Random } from '../random.ts';
import { words } from '../words.ts';
import { type Mutation, type Mutations, withUrl } from './mutation.ts';

/** What can be done to a path. */
export const pathMutations: Mutations = {
  'dot segments': inPath((random) => random.pick(['/..', '/.', '/../patients', '/./', '/.../', '/..;/'])),
  'encoded dot segments': inPath((random) =>
    random.pick(['/%2e%2e', '/%2E%2E/', '/.%2e', '/%2e', '/%252e%252e']),
  ),
  'encoded slash': inPath((random) =>
    random.pick(['%2f', '%2F', '%252f', '%252F', '%c0%af', '%e0%80%af', '%u002f']),
  ),
  'encoded backslash': inPath((random) => random.pick(['%5c', '%5C', '%255c', '\\', '\\..\\'])),
  'empty segment': inPath((random) => random.pick(['/', '//', '///'])),
  'path parameter': inPath((random) => random.pick([';x', ';x=1', ';jsessionid=1', '%3B', '%3bx'])),
  'white space': anywhere((random) =>
    random.pick(['\t', '\n', '\r', ' ', '\r\n', '%09', '%0a', '%0D%0A', '%20', '+']),
  ),
  'null and controls': anywhere((random) =>
    random.pick(['\0', '%00', '\u0001', '%01', '\u007f', '%7F', '\u0085', '%C2%85']),
  ),
  'invisible characters': anywhere((random) =>
    random.pick(['\u200b', '%E2%80%8B', '\u202e', '%E2%80%AE', '\ufeff', '%E2%80%A8']),
  ),
  'look-alikes': (request, random) =>
    withUrl(
      request,
      swap(request.url, random, { a: 'а', e: 'е', o: 'о', p: 'р', '/': '／', '.': '。', s: 'ѕ', i: 'і' }),
    ),
  'full-width and odd digits': (request, random) =>
    withUrl(request, swap(request.url, random, { 1: '１', 2: '٢', 3: '³', 4: '%EF%BC%94', 0: '%D9%A0' })),
  'upper case': (request, random) => {
    const at = random.below(request.url.length);
    return withUrl(request, request.url.slice(0, at) + request.url.slice(at).toUpperCase());
  },
  'lower case': (request) => withUrl(request, request.url.toLowerCase()),
  'one letter turned': (request, random) => {
    const at = random.below(request.url.length);
    const letter = request.url.charAt(at);
    const turned = letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase();
    return withUrl(request, request.url.slice(0, at) + turned + request.url.slice(at + 1));
  },
  'needless encoding': (request, random) => {
    const at = request.url.length - 1 - random.below(Math.max(1, request.url.length - 12));
    const hex = request.url.charCodeAt(at).toString(16).padStart(2, '0');
    return withUrl(
      request,
      `${request.url.slice(0, at)}%${random.pick([hex, hex.toUpperCase()])}${request.url.slice(at + 1)}`,
    );
  },
  'lower-case hex': (request) =>
    withUrl(
      request,
      request.url.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()),
    ),
  'decoded again': (request) => withUrl(request, request.url.replaceAll('%20', ' ').replaceAll('%3A', ':')),
  'encoded again': (request) => withUrl(request, request.url.replaceAll('%', '%25')),
  'broken encoding': anywhere((random) =>
    random.pick(['%', '%4', '%zz', '%C3', '%ED%A0%80', '%F8%88', '%25']),
  ),
  'operations and bulk export': inPath((random) =>
    random.pick([
      '/$everything',
      '/$export',
      '/_history',
      '/%24everything',
      '/_search',
      '/Break',
      '/Confirm',
    ]),
  ),
  'another resource': (request, random, { base }) =>
    withUrl(request, `${base}/${random.pick(denied)}${random.pick(['', '/1', '/ShortQuery', '?PatNum=1'])}`),
  'another resource in disguise': (request, random, { base }) => {
    const name = random.pick(denied);
    return withUrl(
      request,
      `${base}/${random.pick([`appointments/../${name}`, `appointments/%2e%2e/${name}`, `appointments//${name}`, `${name}%20`, name.toUpperCase(), `./${name}`, `appointments;/../${name}`, `appointments/..%2f${name}`])}`,
    );
  },
  'very long': (request) => withUrl(request, request.url + '1'.repeat(5_000)),
  'one character changed': (request, random) => {
    const at = random.below(request.url.length);
    return withUrl(
      request,
      request.url.slice(0, at) + String.fromCharCode(33 + random.below(94)) + request.url.slice(at + 1),
    );
  },
  'one character dropped': (request, random) => {
    const at = random.below(request.url.length);
    return withUrl(request, request.url.slice(0, at) + request.url.slice(at + 1));
  },
};

/** First segments that hold a chart, money, or the office's own affairs. */
const denied = words(`
    queries procedurelogs procnotes treatplans perioexams chartmodules medications medicationpats rxpats
    allergies diseases patientnotes documents eobattaches sheets labcases referrals claims claimprocs
    insplans inssubs payments paysplits adjustments statements commlogs tasks recalls asapcomms popups
    securitylogs userods employees signalods appointments/Planned patientraces Observation`);

function inPath(piece: (random: Random) => string): Mutation {
  return (request, random, { base }) => {
    const [path = '', ...query] = request.url.split('?');
    const slashes = [...path].flatMap((character, index) =>
      character === '/' && index >= base.length ? [index] : [],
    );
    const at = random.pick([...slashes, path.length]);
    return withUrl(request, [path.slice(0, at) + piece(random) + path.slice(at), ...query].join('?'));
  };
}

function anywhere(piece: (random: Random) => string): Mutation {
  return (request, random) => {
    const at = random.below(request.url.length + 1);
    return withUrl(request, request.url.slice(0, at) + piece(random) + request.url.slice(at));
  };
}

function swap(url: string, random: Random, by: Readonly<Record<string, string>>): string {
  const places = [...url].flatMap((character, index) => (Object.hasOwn(by, character) ? [index] : []));
  if (places.length === 0) return url;
  const at = random.pick(places);
  return url.slice(0, at) + by[url.charAt(at)] + url.slice(at + 1);
}
