import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { type DataKey, kekVersionOf, openEnvelope, type SealContext, sealEnvelope } from './envelope.ts';
import type { KeyRing } from './key-ring.ts';
import { Secret } from './secret.ts';

/**
 * Seals what belongs to no practice, such as the signing keys of agents' tokens: the same envelope under a key that is
 * derived from the KEK (HKDF-SHA-256, RFC 5869). For few values: they are not counted. After a KEK is replaced, seal
 * them again before the old one leaves the ring.
 */
export interface GatewaySeal {
  seal(context: SealContext, plaintext: string | Secret): Buffer;
  /** @throws VaultError */
  open(context: SealContext, sealed: Buffer): Secret;
}

export function createGatewaySeal(ring: KeyRing, random: (bytes: number) => Buffer): GatewaySeal {
  const keyOf = (version: number): KeyObject =>
    createSecretKey(Buffer.from(hkdfSync('sha256', ring.get(version), '', 'postern gateway seal', 32)));
  return {
    seal(context, plaintext) {
      const key: DataKey = {
        id: noDataKey,
        kekVersion: ring.current,
        key: keyOf(ring.current),
      };
      const text = plaintext instanceof Secret ? plaintext.reveal() : plaintext;
      return sealEnvelope(key, noPractice, context, Buffer.from(text), random(12));
    },
    open(context, sealed) {
      const key = keyOf(kekVersionOf(sealed));
      return new Secret(openEnvelope(() => key, noPractice, context, sealed).toString());
    },
  };
}

const noDataKey = '00000000-0000-0000-0000-000000000000';
const noPractice = '';
