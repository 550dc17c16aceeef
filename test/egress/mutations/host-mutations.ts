import type { Random } from '../random.ts';
import { type Mutation, type Mutations, withUrl } from './mutation.ts';

/** What can be done to scheme, host and base. */
export const hostMutations: Mutations = {
  'trailing dot host': host((name) => `${name}.`),
  'other host': host((name, random) =>
    random.pick([`evil.example`, `${name}.evil.example`, `evil-${name}`, `x.${name}`]),
  ),
  'host as something else': host((name, random) =>
    random.pick([
      '127.0.0.1',
      '[::ffff:127.0.0.1]',
      '2130706433',
      '0x7f.1',
      '127.1',
      '017700000001',
      '[::1]',
      'localhost',
      `${name}%00.evil.example`,
      `${name}%2eevil`,
    ]),
  ),
  'host in other letters': host((name) => name.toUpperCase()),
  userinfo: host((name, random) =>
    random.pick([
      `user@${name}`,
      `u:p@${name}`,
      `@${name}`,
      `${name}@evil.example`,
      `${name}:443@evil.example`,
      `${name}%40evil.example`,
    ]),
  ),
  'other port': host(
    (name, random) => `${name}:${random.pick(['443', '80', '8443', '0', '65536', '', '0443', '22'])}`,
  ),
  'other scheme': (request, random) =>
    withUrl(
      request,
      request.url.replace(
        /^\w+:/,
        random.pick([
          'http:',
          'ftp:',
          'file:',
          'ws:',
          'wss:',
          'HTTPS:',
          'https',
          'data:',
          ' https:',
          'javascript:',
          '',
        ]),
      ),
    ),
  'slashes of the scheme': (request, random) =>
    withUrl(request, request.url.replace('://', random.pick([':/', ':', ':///', ':\\\\', ':/\\', '://\t']))),
  'below the base': (request, random, { base }) =>
    withUrl(
      request,
      request.url.replace(base, base.replace(/\/[^/]*$/, random.pick(['', '/v2', '/v1/../..', '/V1']))),
    ),
};

function host(change: (name: string, random: Random) => string): Mutation {
  return (request, random) =>
    withUrl(
      request,
      request.url.replace(/(?<=:\/\/)[^/]+/, (name) => change(name, random)),
    );
}
