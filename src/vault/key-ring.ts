import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { VaultError } from './vault-error.ts';

/**
 * The key encryption keys (KEKs), by version. They wrap the practices' data keys and never enter the database.
 *
 * A KMS fits behind this by decrypting the KEKs once at start: no key is fetched later, because that would be a network
 * call inside a transaction. A `KeyObject` does not print its key.
 */
export interface KeyRing {
  /** The version that wraps from now on: the highest. */
  readonly current: number;
  /** @throws VaultError `unknown-kek` */
  get(version: number): KeyObject;
}

/**
 * Reads a key ring from the text of configuration, `1:base64…,2:base64…`, or from the file that the text names (same
 * grammar; line ends separate too, `#` begins a comment). Each key is 32 bytes of standard base64.
 *
 * @throws Error that says which entry is wrong and why, without the key
 */
export function readKeyRing(
  setting: string,
  readFile = (path: string): string => readFileSync(path, 'utf8'),
): KeyRing {
  return parseKeyRing(/^\s*\d+:/.test(setting) ? setting : readFile(setting.trim()));
}

export function parseKeyRing(text: string): KeyRing {
  const keys = new Map<number, KeyObject>();
  const entries = text
    .replaceAll(/#.*$/gm, '')
    .split(/[,\s]+/)
    .filter((entry) => entry !== '');
  entries.forEach((entry, index) => {
    const where = `Key ring, entry ${index + 1}`;
    const [, version, encoded] = /^([1-9][0-9]{0,8}):(.*)$/.exec(entry) ?? [];
    if (version === undefined || encoded === undefined)
      throw new Error(`${where}: write version:base64, for example 1:… with a version of 1 or more.`);
    if (keys.has(Number(version))) throw new Error(`${where}: version ${version} stands there twice.`);
    const bytes = Buffer.from(encoded, 'base64');
    if (bytes.toString('base64') !== encoded)
      throw new Error(`${where} (version ${version}): the key is not standard base64.`);
    if (bytes.length !== 32)
      throw new Error(`${where} (version ${version}): the key has ${bytes.length} bytes, 32 are needed.`);
    keys.set(Number(version), createSecretKey(bytes));
  });
  if (keys.size === 0) throw new Error('Key ring: there is no key. Write at least one version:base64.');
  return {
    current: Math.max(...keys.keys()),
    get(version) {
      const key = keys.get(version);
      if (key === undefined)
        throw new VaultError('unknown-kek', `The key ring has no key of version ${version}.`);
      return key;
    },
  };
}

/** One new entry of a key ring, for a first start or a rotation. */
export function newKeyRingEntry(version = 1, random: (bytes: number) => Buffer = randomBytes): string {
  return `${version}:${random(32).toString('base64')}`;
}
