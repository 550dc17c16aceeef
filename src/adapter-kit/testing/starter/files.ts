import { globSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';

export type Base = 'rest' | 'fhir';
export type Home = 'repository' | 'outside';

/** A new adapter, before it has a folder. */
export interface Starter {
  /** kebab-case, e.g. `acme` or `green-field`. */
  readonly id: string;
  readonly base: Base;
  readonly home: Home;
  /** Absolute folder that it will stand in. */
  readonly folder: string;
}

/**
 * Texts of a new adapter's files, by path in its folder: a starter that passes its conformance cases, with its names put
 * in.
 */
export function starterFiles(starter: Starter): ReadonlyMap<string, string> {
  const { id, base, home } = starter;
  const from = join(import.meta.dirname, `${home}-${base}`);
  const files = new Map(
    globSync('**/*.{js,ts}', { cwd: from })
      .sort()
      .map((name) => [placeOf(name.replaceAll(sep, '/')), code(readFileSync(join(from, name), 'utf8'), id)]),
  );
  for (const page of ['README', 'CONNECT'])
    files.set(`${page}.md`, prose(readFileSync(join(import.meta.dirname, `${page}.starter.md`), 'utf8'), id));
  if (home === 'outside') {
    files.set('package.json', json({ ...pack, name: `postern-adapter-${id}` }));
    files.set('jsconfig.json', json(jsconfig(starter)));
  }
  return files;
}

/** `green-field` in code: `greenField`. */
export function codeName(id: string): string {
  return id.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** `green-field` for people: `Green Field`. */
export function titleOf(id: string): string {
  return id
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join(' ');
}

const pack = { name: '', version: '0.1.0', private: true, type: 'module', main: 'index.js' };

/** Lets an editor check the JSDoc types of an adapter that stands beside this repository. */
function jsconfig({ folder }: Starter) {
  const root = join(import.meta.dirname, '../../../..');
  const path = (name: string) => [relative(folder, join(root, name)).replaceAll(sep, '/')];
  return {
    compilerOptions: {
      checkJs: true,
      noEmit: true,
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      target: 'es2024',
      lib: ['es2024'],
      module: 'nodenext',
      types: [],
      skipLibCheck: true,
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      paths: {
        'postern/kit': path('src/adapters.ts'),
        'postern/adapter': path('src/adapter-kit/index.ts'),
        'postern/fhir': path('adapters/fhir-r4/index.ts'),
        'postern/test-kit': path('src/adapter-kit/testing/check/find-adapter.ts'),
      },
    },
    include: ['**/*.js'],
  };
}

/** In this folder a starter's conformance test must not run by itself. */
function placeOf(name: string): string {
  return name === 'test/conformance.ts' ? 'test/conformance.test.ts' : name;
}

function code(text: string, id: string): string {
  return text
    .replaceAll("'starter'", `'${id}'`)
    .replaceAll('../../../../../adapters/', '../')
    .replaceAll(/\bstarter\b/g, codeName(id))
    .replaceAll(/\bStarter\b/g, titleOf(id));
}

function prose(text: string, id: string): string {
  return text.replaceAll(/\bStarter\b/g, titleOf(id));
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
