/**
 * Why the vault refused. None of these is the caller's fault, so callers of the gateway see `internal`.
 *
 * - `unknown-format`: the value was sealed in a format that this version does not know, or is no sealed value.
 * - `not-authentic`: the value, or the place it is read from, is not the one it was sealed for.
 * - `unknown-kek`: the key ring lacks the version that the practice's keys are wrapped with.
 * - `unknown-dek`: the practice has no such data key.
 * - `erased`: the practice's keys were destroyed.
 * - `exhausted`: the data key has sealed 2^31 values; rotate it.
 */
export type VaultErrorReason =
  | 'unknown-format'
  | 'not-authentic'
  | 'unknown-kek'
  | 'unknown-dek'
  | 'erased'
  | 'exhausted';

/** Its message names the reason and nothing of what was sealed. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  readonly reason: VaultErrorReason;

  constructor(reason: VaultErrorReason, message: string) {
    super(message);
    this.reason = reason;
  }
}
