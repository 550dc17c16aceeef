/**
 * The id in the address that `users/current` redirects to. Nothing is sent there: the route of one user is named with
 * it. The address has to be `/api/users/{id}` at the host that was asked.
 *
 * @param base address of the connection, e.g. `https://app.drchrono.com/api`
 */
export function userIdIn(location: string | undefined, base: string | undefined): string | undefined {
  if (location === undefined || location.length > 200) return undefined;
  const [, origin, id] =
    /^(https?:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?)?\/api\/users\/([1-9]\d{0,14})\/?$/.exec(location) ?? [];
  const isElsewhere =
    origin !== undefined && base !== undefined && new URL(origin).origin !== new URL(base).origin;
  return isElsewhere ? undefined : id;
}
