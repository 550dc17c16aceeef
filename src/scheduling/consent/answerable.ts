import { Failure } from '#domain/failure.ts';

/** Who did something that is kept with its reason. */
export interface Answerable {
  readonly person: string;
  /** One line in that person's own words. */
  readonly reason: string;
}

/** One line of a person's own words. @throws Failure `missing-element`, `invalid-value` */
export function reasonOf(reason: string): string {
  const trimmed = reason.trim();
  if (trimmed === '') throw new Failure('missing-element', { expression: 'reason' });
  refuseUnfit('reason', /^\P{C}{1,500}$/u.test(trimmed), 'One line of at most 500 characters.');
  return trimmed;
}

/** @throws Failure `invalid-value` with the name of the field */
export function refuseUnfit(expression: string, fits: boolean, hint: string): void {
  if (!fits) throw new Failure('invalid-value', { expression, hint });
}
