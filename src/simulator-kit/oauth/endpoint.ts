import type { AuthorizationServerPaths } from './plan.ts';

/** Which endpoint a path is, or undefined when it is none of the authorization server's. */
export function endpointOf(paths: AuthorizationServerPaths, path: string): Endpoint | undefined {
  const { issuer, ...named } = paths;
  // The keys of the paths are the names of these endpoints.
  for (const [name, at] of Object.entries(named))
    if (at === path) return { name: name as EndpointName, at, asked: path };
  for (const document of ['openid-configuration', 'oauth-authorization-server'])
    if ([`${issuer}/.well-known/${document}`, `/.well-known/${document}${issuer}`].includes(path))
      return { name: 'discovery', at: path, asked: `/.well-known/${document}` };
  for (const [name, above] of [
    ['resume', paths.authorize.replace(/\/$/, '')],
    ['sign-in', signInPath(paths)],
  ] as const)
    if (path.startsWith(`${above}/`) && !path.slice(above.length + 1).includes('/'))
      return { name, at: `${above}/{id}`, asked: path };
  return undefined;
}

export function signInPath({ issuer }: Pick<AuthorizationServerPaths, 'issuer'>): string {
  return `${issuer}/sign-in`;
}

export interface Endpoint {
  readonly name: EndpointName;
  /** Path without what is secret in it. */
  readonly at: string;
  /** Path by which oidc-provider knows it. */
  readonly asked: string;
}

export type EndpointName =
  | Exclude<keyof AuthorizationServerPaths, 'issuer'>
  | 'discovery'
  | 'resume'
  | 'sign-in';
