import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Adapter } from '#adapter-kit/index.ts';

/** README.md and CONNECT.md of an adapter's folder, compared with what the adapter is. */
export function documentsOf(testFolder: string) {
  const read = (name: string) => readFileSync(resolve(testFolder, '..', name), 'utf8');
  const [readme, connect] = [read('README.md'), read('CONNECT.md')];
  return {
    readme,
    connect,
    /** Blocks ```scopes by the words behind it. */
    scopes: () =>
      Object.fromEntries(
        [...connect.matchAll(/^```scopes ([\w ]+)\n([^`]*)\n```$/gm)].map(([, name = '', lines = '']) => [
          name,
          lines.split('\n'),
        ]),
      ),
    /** Routes that the tables of CONNECT.md name, besides `metadata`. */
    routes: () => [
      ...new Set(
        [...connect.matchAll(/^\| \w+ \| [^|]+ \| (`[^|]*) \|$/gm)].flatMap(([, cell = '']) => codeIn(cell)),
      ),
    ],
    /** The resource and the verb that CONNECT.md names for a route. */
    allowanceOf: (route: string) => {
      const row = [...connect.matchAll(/^\| (\w+) \| ([^|]+) \| (`[^|]*) \|$/gm)].find(([, , , cell = '']) =>
        codeIn(cell).includes(route),
      );
      return { resource: row?.[1], words: row?.[2] ?? '' };
    },
  };
}

export function scopesAsked({ authorization }: Pick<Adapter, 'authorization'>) {
  assert.ok(authorization.kind === 'oauth2');
  const { ask, askAsSystem, byChoice = [] } = authorization.scopes;
  const chosen = byChoice.flatMap(({ ability, scopes }) => [
    [`v2 ${ability}`, scopes('v2', false)] as const,
    [`v1 ${ability}`, scopes('v1', false)] as const,
    [`system v2 ${ability}`, scopes('v2', true)] as const,
    [`system v1 ${ability}`, scopes('v1', true)] as const,
  ]);
  return {
    v2: ask.v2,
    v1: ask.v1,
    'system v2': askAsSystem?.v2,
    'system v1': askAsSystem?.v1,
    ...Object.fromEntries(chosen),
  };
}

/** The word of FHIR for what a route does (http://hl7.org/fhir/restful-interaction), or the operation. */
export function interactionOf({ method, template }: Adapter['routes'][string]): string {
  const [operation] = /\$\w+$/.exec(template) ?? [];
  if (operation !== undefined) return operation;
  if (method === 'GET') return template.endsWith('{id}') ? 'read' : 'search-type';
  return template.endsWith('/_search') ? 'search-type' : method === 'POST' ? 'create' : 'patch';
}

function codeIn(cell: string): readonly string[] {
  return [...cell.matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
}
