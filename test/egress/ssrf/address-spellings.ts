import { bracketed, colon, type Spelling } from './spelling.ts';

/** What stands around a host: user, port, slashes, scheme. Each with an address of either family. */
export const addressSpellings: readonly Spelling[] = [
  '127.0.0.1',
  '169.254.169.254',
  '::1',
  'fd00:ec2::254',
].flatMap((leadsTo) => {
  const host = bracketed(leadsTo);
  return Object.entries(waysAround(host)).flatMap(([trick, ways]) =>
    ways.map((origin): Spelling => ({ trick: `Address: ${trick}`, leadsTo, origin })),
  );
});

type Way = Spelling['origin'];

function waysAround(host: string): Readonly<Record<string, readonly Way[]>> {
  // A name that every list of ours has.
  const known = 'api.example.com';
  const user =
    (name: string): Way =>
    (scheme, port) =>
      `${scheme}://${name}@${host}${colon(port)}`;
  const after =
    (slashes: string): Way =>
    (scheme, port) =>
      `${scheme}:${slashes}${host}${colon(port)}`;
  const relative =
    (slashes: string): Way =>
    (_, port) =>
      `${slashes}${host}${colon(port)}`;
  const behind =
    (space: string): Way =>
    (scheme, port) =>
      `${space}${scheme}://${host}${colon(port)}`;
  const scheme =
    (name: string): Way =>
    (_, port) =>
      `${name}://${host}${colon(port)}`;
  return {
    'a known name as the user': [
      user(known),
      user(`${known}:443`),
      user(`${known}%2F`),
      user(`${known}%00`),
      user(`https:%2F%2F${known}`),
      user(`a@${known}`),
      user(''),
      user(':'),
    ],
    'a known name and a backslash before the user ends': [user(`${known}\\`), user(`${known}:443\\`)],
    'other slashes': [after('/'), after(''), after('///'), after('\\\\'), after('/\\'), after('\\/\\/')],
    'no scheme': [relative('//'), relative('\\\\'), relative('/\\'), relative('\t//'), relative('/\t/')],
    'letters of the scheme': [
      (given, port) => `${given.toUpperCase()}://${host}${colon(port)}`,
      (given, port) => `h\tttp${given.slice(4)}://${host}${colon(port)}`,
      (given, port) => `${given}:\n//${host}${colon(port)}`,
    ],
    'space before it': [behind(' '), behind('\u0001\t'), behind('\n')],
    'zeros before the port': [
      (given, port = given === 'https' ? 443 : 80) => `${given}://${host}:0${port}`,
      (given, port = given === 'https' ? 443 : 80) => `${given}://${host}:000${port}`,
    ],
    'a colon without a port': [
      (given, port) => `${given}://${host}:${port ?? ''}`,
      (given, port) => `${given}://@${host}:${port ?? ''}`,
    ],
    'another scheme': [scheme('ftp'), scheme('ws'), scheme('wss'), scheme('gopher'), scheme('ldap')],
  };
}
