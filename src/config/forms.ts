import { isAbsolute, join, resolve } from 'node:path';
import { z } from 'zod';
import { type KeyRing, readKeyRing } from '#vault/key-ring.ts';
import { Secret } from '#vault/secret.ts';

/**
 * Readers of one setting's text. A reader that throws says what is expected; it never repeats the text, which may be a
 * secret in the wrong variable.
 */
export type Form<T> = (text: string) => T;

export const port: Form<number> = (text) => {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 65_535)
    throw new Error('has to be a port, 0 to 65535 (0: any free one).');
  return Number(text);
};

export const host: Form<string> = (text) => {
  if (!/^[A-Za-z0-9.:-]{1,253}$/.test(text))
    throw new Error('has to be an address or host name to listen on.');
  return text;
};

export const count: Form<number> = (text) => {
  if (!/^[1-9][0-9]{0,3}$/.test(text)) throw new Error('has to be a whole number from 1 to 9999.');
  return Number(text);
};

export const folder: Form<string> = (text) => resolve(text);
export const file = folder;

/** Where a start outside production keeps the keys that it makes. */
export const generatedKeys = (stateDir = folder('.postern')): string => join(stateDir, 'keys');

export const text: Form<string> = (given) => given;

export const secret: Form<Secret> = (text) => new Secret(text);

export function oneOf<const T extends string>(...values: readonly T[]): Form<T> {
  return (text) => {
    const value = values.find((each) => each === text);
    if (value === undefined) throw new Error(`has to be one of ${values.join(', ')}.`);
    return value;
  };
}

/** Origin and optional base path of an HTTP service, without a trailing slash. */
export const httpAddress: Form<string> = (text) => {
  const address = URL.parse(text);
  if (address === null || !['http:', 'https:'].includes(address.protocol))
    throw new Error('has to be an address that begins with https:// (or http:// on loopback).');
  if (address.username || address.password || address.search || address.hash)
    throw new Error('has to be an address without user, query or fragment.');
  return address.href.replace(/\/+$/, '');
};

const databaseOptions = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey'];

/** `postgres://user:password@host:port/database`; a host of `%2F…` is the folder of a socket. */
export const databaseAddress: Form<Secret> = (text) => {
  const address = URL.parse(text);
  if (address === null || !['postgres:', 'postgresql:'].includes(address.protocol))
    throw new Error(
      'has to be an address such as postgres://postern_app:PASSWORD@db.example:5432/postern?sslmode=verify-full.',
    );
  if (!address.username || !address.hostname) throw new Error('names no user or no host.');
  // pg lets the query override host and user, and of a key given twice takes the last: neither may slip past a check.
  const options = [...address.searchParams.keys()];
  if (new Set(options).size < options.length || options.some((each) => !databaseOptions.includes(each)))
    throw new Error(`takes only these options, each once: ${databaseOptions.join(', ')}.`);
  return new Secret(text);
};

/** The key ring itself or the file it stands in, read at once so that a wrong one is named with all other problems. */
export const keyRing: Form<{ readonly ring: KeyRing; readonly file: string | undefined }> = (text) => {
  try {
    return { ring: readKeyRing(text), file: /^[0-9]+:/.test(text) ? undefined : resolve(text) };
  } catch (error) {
    // A file system error would repeat the setting's text, which may be a key that was written without its version.
    const isOurs = error instanceof Error && !('code' in error);
    throw new Error(isOurs ? `is wrong: ${error.message}` : 'names a file that cannot be read.');
  }
};

const proxy = z.union([
  z.enum(['loopback', 'linklocal', 'uniquelocal']),
  z.ipv4(),
  z.ipv6(),
  z.cidrv4(),
  z.cidrv6(),
]);

/** What Express calls "trust proxy": addresses, networks and their three names, with commas between. */
export const proxies: Form<readonly string[]> = (text) => {
  const list = text.split(',').map((each) => each.trim());
  if (!list.every((each) => proxy.safeParse(each).success))
    throw new Error(
      'has to list addresses, networks (10.0.0.0/8) or the words loopback, linklocal, uniquelocal.',
    );
  return list;
};

/** Folders and names of npm packages, with commas between. A folder begins with a dot or with a slash. */
export const modules: Form<readonly string[]> = (text) => {
  const list = text.split(',').map((each) => each.trim());
  const isPackage = (name: string) => /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/.test(name);
  if (!list.every((each) => isPackage(each) || isAbsolute(each) || /^\.{1,2}([/\\]|$)/.test(each)))
    throw new Error('has to list folders (./acme or /srv/acme) or names of packages, with commas between.');
  if (new Set(list).size < list.length) throw new Error('names an adapter twice.');
  return list;
};

/** A JSON object whose values are numbers of zero or more, or lists of them. */
export const numbers: Form<Readonly<Record<string, number | readonly number[]>>> = (text) => {
  const one = z.number().nonnegative();
  const shape = z.record(z.string().regex(/^[a-z][A-Za-z]*$/), z.union([one, z.array(one).min(1)]));
  try {
    return Object.freeze(shape.parse(JSON.parse(text)));
  } catch {
    throw new Error('has to be a JSON object of numbers, for example {"quietMs":3000}.');
  }
};

export function isLoopback(name: string): boolean {
  return /^(localhost|127(\.[0-9]{1,3}){3}|\[?::1\]?)$/.test(name);
}
