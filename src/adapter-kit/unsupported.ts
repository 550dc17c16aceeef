import { Failure } from '#domain/failure.ts';

/**
 * The operation of a capability that is declared `false` or `unsupported`. The gateway refuses before it asks; should it
 * ever ask, nothing is sent and the answer is the same.
 */
export async function unsupported(): Promise<never> {
  throw new Failure('capability-missing');
}
