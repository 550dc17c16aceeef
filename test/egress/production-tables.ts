import { existsSync, readdirSync } from 'node:fs';
import type { RouteTable } from '#adapter-kit/index.ts';

/** The route tables of all adapters in this repository. */
export async function productionTables(): Promise<readonly (readonly [name: string, routes: RouteTable])[]> {
  const folder = new URL('../../adapters/', import.meta.url);
  const ids = readdirSync(folder).filter((id) => existsSync(new URL(`${id}/index.ts`, folder)));
  return Promise.all(
    ids.map(async (id) => {
      const exported: object = await import(new URL(`${id}/index.ts`, folder).href);
      const routes = Object.values(exported).find(hasRoutes)?.routes;
      if (routes === undefined) throw new Error(`adapters/${id}/index.ts exports no adapter.`);
      return [`adapters/${id}`, routes] as const;
    }),
  );
}

function hasRoutes(value: unknown): value is { readonly routes: RouteTable } {
  return typeof value === 'object' && value !== null && 'routes' in value;
}
