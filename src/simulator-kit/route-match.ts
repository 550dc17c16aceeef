import type { EmrRoute, SettingValues } from './emulation.ts';
import type { TableSet } from './row-store.ts';

/** The first route that fits method and path (below the base path), with its decoded segments. */
export function matchRoute<T extends TableSet, S extends SettingValues>(
  routes: readonly EmrRoute<T, S>[],
  method: string,
  path: string,
  options: { readonly ignoreCase: boolean } = { ignoreCase: false },
):
  | {
      readonly route: EmrRoute<T, S>;
      readonly path: Readonly<Record<string, string>>;
    }
  | undefined {
  const segments = splitPath(path);
  if (segments === undefined) return undefined;
  for (const route of routes) {
    const named = route.method === method ? fit(route.template, segments, options.ignoreCase) : undefined;
    if (named !== undefined) return { route, path: named };
  }
  return undefined;
}

/** Decoded segments, or undefined when the path does not decode. */
export function splitPath(path: string): string[] | undefined {
  try {
    return path.split('/').slice(1).map(decodeURIComponent);
  } catch {
    return undefined;
  }
}

function fit(
  template: string,
  segments: readonly string[],
  ignoreCase: boolean,
): Record<string, string> | undefined {
  const parts = template.split('/').slice(1);
  if (parts.length !== segments.length) return undefined;
  const fold = (text: string): string => (ignoreCase ? text.toLowerCase() : text);
  const named: Record<string, string> = {};
  for (const [index, part] of parts.entries()) {
    const segment = segments[index] ?? '';
    const name = part.match(/^\{(\w+)\}$/)?.[1];
    if (name !== undefined) named[name] = segment;
    else if (fold(part) !== fold(segment)) return undefined;
  }
  return named;
}
