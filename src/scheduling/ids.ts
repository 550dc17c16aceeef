import { randomBytes } from 'node:crypto';
import { base32 } from '@scure/base';
import { v7 } from 'uuid';
import type { PracticeVault } from '#vault/practice-vault.ts';

/**
 * 26 base32 characters (130 bits) in lower case: a FHIR id that can be neither guessed nor counted.
 *
 * @param bytes keyed hash of what the id stands for, at least 17 bytes
 */
export function idOf(bytes: Uint8Array): string {
  return base32.encode(bytes.subarray(0, 20)).slice(0, 26).toLowerCase();
}

/** A random id of the same form. */
export function randomId(): string {
  return idOf(randomBytes(20));
}

/** UUID version 7 (RFC 9562): ids of rows, in order of their making. */
export function rowId(): string {
  return v7();
}

/** Our id of an appointment of the EMR: the same in every process, and nobody can count through them. */
export function appointmentIdOf(vault: PracticeVault, connectionId: string, emrId: string): string {
  return idOf(vault.index('Appointment', `${connectionId}|${emrId}`));
}
