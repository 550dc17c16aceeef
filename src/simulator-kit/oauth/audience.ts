import type { AuthorizationServerPlan } from './plan.ts';

/** What is wrong with the `aud` of an authorization request, or undefined. */
export function audienceFault(
  { audience }: Pick<AuthorizationServerPlan, 'audience'>,
  origin: string,
  aud: string | undefined,
): string | undefined {
  if (aud === undefined) return audience.required ? 'aud is missing' : undefined;
  const accepted = audience.accepted.map((path) => withoutSlash(origin + path));
  return accepted.includes(withoutSlash(aud)) ? undefined : 'aud is not a server of this organization';
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '');
}
