import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { lengthPrefixed } from './length-prefixed.ts';
import { VaultError } from './vault-error.ts';

/**
 * Sealed bytes: AES-256-GCM (NIST SP 800-38D) with a random 96-bit IV and a 128-bit tag.
 *
 *     format (1 byte) | KEK version (4) | data key id (16) | IV (12) | ciphertext | tag (16)
 *
 * The associated data binds a value to its place: practice, row, kind and version, besides the header itself. A value
 * copied elsewhere does not open. The KEK version is the one in force when the value was sealed; wrapping the data key
 * anew leaves it as it is.
 */
export interface DataKey {
  /** UUID. */
  readonly id: string;
  readonly kekVersion: number;
  readonly key: KeyObject;
}

/** Where a sealed value lives. */
export interface SealContext {
  /** Id of the row that owns it: a connection, an intent, a patient link … */
  readonly row: string;
  /** What it is, e.g. `api-key`; for tokens `access`, `refresh`. One row may seal several kinds. */
  readonly kind: string;
  /** 0 for what is written once; the row's version where an older value must not come back. */
  readonly version: number;
}

const format = 1;
const headerLength = 1 + 4 + 16;
const ivLength = 12;
const tagLength = 16;

/** @param iv 12 random bytes, never used before with this key */
export function sealEnvelope(
  key: DataKey,
  practiceId: string,
  context: SealContext,
  plaintext: Buffer,
  iv: Buffer,
): Buffer {
  const header = Buffer.alloc(headerLength);
  header.writeUInt8(format, 0);
  header.writeUInt32BE(key.kekVersion, 1);
  uuidBytes(key.id).copy(header, 5);
  return Buffer.concat([header, encrypt(key.key, iv, placeOf(header, practiceId, context), plaintext)]);
}

/**
 * @param keyOf gives the data key of an id
 * @throws VaultError `unknown-format`, `not-authentic`
 */
export function openEnvelope(
  keyOf: (dekId: string) => KeyObject,
  practiceId: string,
  context: SealContext,
  sealed: Buffer,
): Buffer {
  const place = placeOf(headerOf(sealed), practiceId, context);
  return decrypt(keyOf(dataKeyOf(sealed)), place, sealed.subarray(headerLength));
}

/** Id of the data key that a value was sealed with. @throws VaultError `unknown-format` */
export function dataKeyOf(sealed: Buffer): string {
  return uuidText(headerOf(sealed).subarray(5));
}

/** The KEK version in force when a value was sealed. @throws VaultError `unknown-format` */
export function kekVersionOf(sealed: Buffer): number {
  return headerOf(sealed).readUInt32BE(1);
}

/** What a data key is for; one wrapped for sealing does not unwrap as an index key. */
export interface WrapContext {
  readonly practiceId: string;
  readonly dekId: string;
  readonly purpose: 'seal' | 'index';
  readonly kekVersion: number;
}

/** A data key under a KEK: `format | IV | ciphertext | tag`. */
export function wrapKey(kek: KeyObject, context: WrapContext, key: KeyObject, iv: Buffer): Buffer {
  return Buffer.concat([Buffer.from([format]), encrypt(kek, iv, wrapPlaceOf(context), key.export())]);
}

/** @throws VaultError `unknown-format`, `not-authentic` */
export function unwrapKey(kek: KeyObject, context: WrapContext, wrapped: Buffer): KeyObject {
  if (wrapped.length !== 1 + ivLength + 32 + tagLength || wrapped.readUInt8(0) !== format)
    throw new VaultError('unknown-format', 'This is not a wrapped key of a format that is known.');
  return createSecretKey(decrypt(kek, wrapPlaceOf(context), wrapped.subarray(1)));
}

function headerOf(sealed: Buffer): Buffer {
  if (sealed.length < headerLength + ivLength + tagLength || sealed.readUInt8(0) !== format)
    throw new VaultError('unknown-format', 'This is not a sealed value of a format that is known.');
  return sealed.subarray(0, headerLength);
}

function placeOf(header: Buffer, practiceId: string, context: SealContext): Buffer {
  return lengthPrefixed('postern', header, practiceId, context.row, context.kind, context.version);
}

function wrapPlaceOf({ practiceId, dekId, purpose, kekVersion }: WrapContext): Buffer {
  return lengthPrefixed('postern-key', format, practiceId, dekId, purpose, kekVersion);
}

function encrypt(key: KeyObject, iv: Buffer, place: Buffer, plaintext: Buffer): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv, {
    authTagLength: tagLength,
  });
  cipher.setAAD(place);
  return Buffer.concat([iv, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: KeyObject, place: Buffer, sealed: Buffer): Buffer {
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, ivLength), {
    authTagLength: tagLength,
  });
  decipher.setAAD(place);
  decipher.setAuthTag(sealed.subarray(-tagLength));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(ivLength, -tagLength)), decipher.final()]);
  } catch {
    throw new VaultError('not-authentic', 'The value is not the one that was sealed for this place.');
  }
}

function uuidBytes(id: string): Buffer {
  const bytes = Buffer.from(id.replaceAll('-', ''), 'hex');
  if (bytes.length !== 16) throw new TypeError('A data key id is a UUID.');
  return bytes;
}

function uuidText(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
