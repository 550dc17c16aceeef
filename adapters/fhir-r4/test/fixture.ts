import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

/** A file below an adapter's `fixtures`. @param folder the adapter's `test` */
export function fixture(folder: string, name: string): unknown {
  return JSON.parse(readFileSync(resolve(folder, `../fixtures/${name}.json`), 'utf8'));
}

export function searchset(resources: readonly unknown[], links: Readonly<Record<string, string>> = {}) {
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    link: Object.entries(links).map(([relation, url]) => ({ relation, url })),
    entry: resources.map((resource) => ({ resource, search: { mode: 'match' } })),
  };
}
