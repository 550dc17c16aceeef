import type { Random } from '../random.ts';
import { type Mutation, type Mutations, withUrl } from './mutation.ts';

/** What can be done to a query. */
export const queryMutations: Mutations = {
  fragment: (request, random) =>
    withUrl(request, request.url + random.pick(['#', '#/patients', '%23', '#?x=1'])),
  'one more query key': addQuery((random) =>
    random.pick([
      '_include=Appointment:patient',
      '_revinclude=Observation:patient',
      '_export=1',
      'patient.name=Ada',
      '_has=x',
      '_format=xml',
      '_method=DELETE',
      'SSN=123',
      '$everything',
      '__proto__=1',
      'constructor=1',
      '_count=1000',
      'verbose=true',
      'a',
      '=1',
      '',
      '&',
      'patient%2Ename=Ada',
      'PatNum%00=1',
      'toString=1',
      'hasOwnProperty=1',
    ]),
  ),
  'a query key twice': (request) => {
    const [, pair] = /[?&]([^&]+)/.exec(request.url) ?? [];
    return withUrl(
      request,
      `${request.url}${request.url.includes('?') ? '&' : '?'}${pair ?? 'PatNum=1&PatNum=2'}`,
    );
  },
  'query key as array': (request, random) =>
    withUrl(
      request,
      request.url.replace(
        /([?&]\w+)=/,
        `$1${random.pick(['[]', '%5B%5D', '[0]', '.x', '%00', '%20', ':not'])}=`,
      ),
    ),
  'a query key renamed': (request) =>
    withUrl(
      request,
      request.url.replace(/([?&])(\w)/, (_, mark, letter) => `${mark}x${letter}`),
    ),
  'a query key dropped': (request) => withUrl(request, request.url.replace(/[?&][^&]*$/, '')),
  'several values in one': (request, random) =>
    withUrl(
      request,
      request.url + random.pick([',2', '%2C2', '|2', ' OR 1=1', '%27--', '%20OR%201%3D1', '*', '%25']),
    ),
  'two question marks': (request, random) =>
    withUrl(
      request,
      request.url.includes('?')
        ? request.url.replace('?', '??')
        : `${request.url}?${random.pick(['', '?', '&'])}`,
    ),
};

function addQuery(pair: (random: Random) => string): Mutation {
  return (request, random) => {
    const [path = '', query] = request.url.split('?');
    const added = pair(random);
    const all = query === undefined ? added : random.pick([`${query}&${added}`, `${added}&${query}`]);
    return withUrl(request, `${path}?${all}`);
  };
}
