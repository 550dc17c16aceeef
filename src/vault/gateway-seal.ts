import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { type DataKey, kekVersionOf, openEnvelope, type SealContext, sealEnvelope } from './envelope.ts';
import type { KeyRing } from './key-ring.ts';
import { Secret } from './secret.ts';

/**
 * Seals what belongs to no practice, such as the signing keys of agents' tokens: the same envelope under a key that is
 * derived from the KEK (HKDF-SHA-256, RFC 5869). For few values: they are not counted. After a KEK is replaced they are
 * sealed anew before the old one leaves the ring: `src/store/gateway-values.ts` lists them all.
 */
export interface GatewaySeal {
  seal(context: SealContext, plaintext: string | Secret): Buffer;
  /** @throws VaultError */
  open(context: SealContext, sealed: Buffer): Secret;
  /** The value under the ring's current key. @throws VaultError */
  reseal(context: SealContext, sealed: Buffer): Buffer;
}

export function createGatewaySeal(ring: KeyRing, random: (bytes: number) => Buffer): GatewaySeal {
  const keyOf = (version: number): KeyObject =>
    createSecretKey(Buffer.from(hkdfSync('sha256', ring.get(version), '', 'postern gateway seal', 32)));
  const seal: GatewaySeal['seal'] = (context, plaintext) => {
    const key: DataKey = {
      id: noDataKey,
      kekVersion: ring.current,
      key: keyOf(ring.current),
    };
    const text = plaintext instanceof Secret ? plaintext.reveal() : plaintext;
    return sealEnvelope(key, noPractice, context, Buffer.from(text), random(12));
  };
  const open: GatewaySeal['open'] = (context, sealed) => {
    const key = keyOf(kekVersionOf(sealed));
    return new Secret(openEnvelope(() => key, noPractice, context, sealed).toString());
  };
  return { seal, open, reseal: (context, sealed) => seal(context, open(context, sealed)) };
}

const noDataKey = '00000000-0000-0000-0000-000000000000';
const noPractice = '';
