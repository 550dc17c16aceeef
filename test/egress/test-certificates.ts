import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate authority that lives for one test run. Keys are made here and never written down. */
export function createTestAuthority(): TestAuthority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = 'Test authority';
  const ca = certificate({
    issuer,
    subject: issuer,
    signer: privateKey,
    subjectKey: publicKey,
    days: [-1, 1],
    isAuthority: true,
  });
  return {
    ca,
    issue: (names, days = [-1, 1]) => {
      const leaf = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const subject = names[0] ?? 'nobody';
      return {
        cert: certificate({ issuer, subject, signer: privateKey, subjectKey: leaf.publicKey, days, names }),
        key: createPrivateKey(leaf.privateKey.export({ type: 'pkcs8', format: 'pem' }))
          .export({ type: 'pkcs8', format: 'pem' })
          .toString(),
      };
    },
  };
}

export interface TestAuthority {
  /** PEM. */
  readonly ca: string;
  /** A server certificate for these DNS names, valid between two days counted from now. PEM. */
  issue(
    names: readonly string[],
    days?: readonly [number, number],
  ): { readonly cert: string; readonly key: string };
}

interface CertificateParts {
  readonly issuer: string;
  readonly subject: string;
  readonly signer: KeyObject;
  readonly subjectKey: KeyObject;
  readonly days: readonly [number, number];
  readonly names?: readonly string[];
  readonly isAuthority?: boolean;
}

/** X.509 version 3 (RFC 5280 §4.1) in DER. */
function certificate(parts: CertificateParts): string {
  const ecdsaWithSha256 = sequence(oid([0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02]));
  const extensions = [
    ...(parts.isAuthority ? [extension([0x55, 0x1d, 0x13], sequence(tlv(0x01, Buffer.from([0xff]))))] : []),
    ...(parts.names === undefined
      ? []
      : [
          extension([0x55, 0x1d, 0x11], sequence(...parts.names.map((name) => tlv(0x82, Buffer.from(name))))),
        ]),
  ];
  const body = sequence(
    tlv(0xa0, tlv(0x02, Buffer.from([2]))),
    tlv(0x02, Buffer.concat([Buffer.from([0x01]), randomBytes(8)])),
    ecdsaWithSha256,
    commonName(parts.issuer),
    sequence(time(parts.days[0]), time(parts.days[1])),
    commonName(parts.subject),
    parts.subjectKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, sequence(...extensions)),
  );
  const signature = tlv(0x03, Buffer.concat([Buffer.from([0]), sign('sha256', body, parts.signer)]));
  const der = sequence(body, ecdsaWithSha256, signature).toString('base64');
  return `-----BEGIN CERTIFICATE-----\n${der.match(/.{1,64}/g)?.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function tlv(tag: number, content: Buffer): Buffer {
  const size = content.length;
  const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

function sequence(...items: readonly Buffer[]): Buffer {
  return tlv(0x30, Buffer.concat(items));
}

function oid(bytes: readonly number[]): Buffer {
  return tlv(0x06, Buffer.from(bytes));
}

function commonName(name: string): Buffer {
  return sequence(tlv(0x31, sequence(oid([0x55, 0x04, 0x03]), tlv(0x0c, Buffer.from(name)))));
}

function extension(id: readonly number[], value: Buffer): Buffer {
  return sequence(oid(id), tlv(0x04, value));
}

function time(days: number): Buffer {
  const digits = new Date(Date.now() + days * 86_400_000).toISOString().replaceAll(/[-:T]|\..*/g, '');
  return tlv(0x17, Buffer.from(`${digits.slice(2)}Z`));
}
