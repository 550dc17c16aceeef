import { existsSync, globSync, readFileSync, realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve, sep } from 'node:path';
import ts from 'typescript';
import { checkSource, isPropertyOf, isUse, type SourceRule } from '#test/check-source.ts';

/** Whether an adapter is part of this repository, or somebody else's folder. */
export type Home = 'repository' | 'outside';

export interface CodeReading {
  /** How many files were read. */
  readonly files: number;
  /** Each as `path:line rule: what to do instead`. */
  readonly findings: readonly string[];
  /** Packages in the folder's own node_modules, which are not read. */
  readonly packages: readonly string[];
}

/** Files that only a check or a test loads, by path in the adapter's folder. */
export const isStage = (file: string): boolean =>
  /^(test|simulator|node_modules)\/|^conformance\.js$/.test(file);

/**
 * Reads the code of an adapter and finds what reaches around the kit. It parses and does not run: what is put together
 * while it runs can escape it, so a finding is proof and none is not.
 *
 * @param folder absolute
 */
export function readCode(folder: string, home: Home): CodeReading {
  const names = codeFiles(folder).filter((name) => !isStage(name));
  const texts = new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  const packages = globSync('node_modules/{@*/*,[!@.]*}', { cwd: folder }).map((name) => name.slice(13));
  return {
    files: names.length,
    findings: [...new Set(checkSource(texts, [...habits, builtinRule, importRule(folder, home)]))],
    packages: packages.sort(),
  };
}

/** Where a file is not JavaScript or TypeScript, as `path:line: what the parser says`. Nothing of it can be loaded then. */
export function syntaxProblems(folder: string): readonly string[] {
  return codeFiles(folder).flatMap((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    const { diagnostics = [] } = ts.transpileModule(text, { fileName: name, reportDiagnostics: true });
    return diagnostics.map(({ file, start = 0, messageText }) => {
      const line = (file?.getLineAndCharacterOfPosition(start).line ?? 0) + 1;
      return `${name}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
    });
  });
}

function codeFiles(folder: string): readonly string[] {
  return globSync('**/*.{js,mjs,cjs,jsx,ts,mts,cts,tsx}', { cwd: folder })
    .map((name) => name.replaceAll(sep, '/'))
    .filter((name) => !name.startsWith('node_modules/'))
    .sort();
}

const everywhere = /./;
const network = ['fetch', 'WebSocket', 'WebSocketStream', 'EventSource', 'XMLHttpRequest'];
const clocks = ['setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'performance'];

const habits: readonly SourceRule[] = [
  {
    name: 'network',
    files: everywhere,
    breaks: (node) => isUse(node, network),
    say: 'Declare a route and call it by name: ctx.http is the only way out.',
  },
  {
    name: 'process',
    files: everywhere,
    breaks: (node) => isUse(node, ['process', 'require', '__dirname', '__filename']),
    say: 'An adapter knows no process, environment or file. What varies is a setting of the connection.',
  },
  {
    name: 'globals',
    files: everywhere,
    breaks: (node) => isUse(node, ['globalThis', 'global']),
    say: 'Name what you use; through the global object a reader cannot see it.',
  },
  {
    name: 'code-from-text',
    files: everywhere,
    breaks: (node) =>
      isUse(node, ['eval', 'Function', 'WebAssembly', 'ShadowRealm']) ||
      (ts.isPropertyAccessExpression(node) && node.name.text === 'constructor') ||
      (ts.isElementAccessExpression(node) &&
        ts.isStringLiteralLike(node.argumentExpression) &&
        node.argumentExpression.text === 'constructor'),
    say: 'Write the code: what is made of text cannot be read beforehand.',
  },
  {
    name: 'own-clock',
    files: everywhere,
    breaks: (node) =>
      isUse(node, clocks) ||
      isPropertyOf(node, 'Date', ['now']) ||
      isPropertyOf(node, 'Math', ['random']) ||
      (ts.isNewExpression(node) && node.expression.getText() === 'Date' && !node.arguments?.length),
    say: 'The time is ctx.now(); waiting and repeating are the gateway’s.',
  },
  {
    name: 'printing',
    files: everywhere,
    breaks: (node) => isUse(node, ['console']),
    say: 'An adapter prints nothing: what it handles is about patients.',
  },
];

/** Imports of `node:fs` and the like. */
const builtinRule: SourceRule = {
  name: 'import',
  files: everywhere,
  breaks: (node) => {
    const name = importedName(node);
    return typeof name === 'string' && isBuiltin(name);
  },
  say: 'This is a part of Node, which an adapter may not use.',
};

/** Imports of everything else, by what they name. */
function importRule(folder: string, home: Home): SourceRule {
  const root = realpathSync(folder);
  return {
    name: 'import',
    files: everywhere,
    breaks: (node) => {
      const name = importedName(node);
      if (name === undefined) return false;
      return (
        name === computed || (!isBuiltin(name) && !isOwn(name, node.getSourceFile().fileName, root, home))
      );
    },
    say:
      home === 'outside'
        ? 'Use the kit that the default export is called with, and files of your own folder that are not for tests.'
        : 'Import #adapter-kit/index.ts, files of your own, or a base adapter’s index.ts.',
  };
}

const computed = Symbol('a name that is put together');

/** What an import, an `export … from`, or `import(…)` names; undefined for every other node. */
function importedName(node: ts.Node): string | typeof computed | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return literal(node.moduleSpecifier);
  if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword)
    return literal(node.arguments[0]) ?? computed;
  if (ts.isImportEqualsDeclaration(node)) return computed;
  return undefined;
}

function literal(node: ts.Expression | undefined): string | undefined {
  return node !== undefined && ts.isStringLiteralLike(node) ? node.text : undefined;
}

function isOwn(name: string, file: string, root: string, home: Home): boolean {
  if (home === 'repository' && name === '#adapter-kit/index.ts') return true;
  if (home === 'repository' && /^(\.\.\/)+[a-z][a-z0-9-]*\/index\.ts$/.test(name)) {
    const target = resolve(root, dirname(file), name);
    if (dirname(dirname(target)) === dirname(root)) return true;
  }
  if (/^\.{1,2}\//.test(name)) {
    const target = resolve(root, dirname(file), name);
    const inside = relative(root, existsSync(target) ? realpathSync(target) : target).replaceAll(sep, '/');
    return !inside.startsWith('../') && !isStage(inside) && /\.(json|[cm]?[jt]sx?)$/.test(inside);
  }
  const [, pack] = /^((?:@[^/]+\/)?[^/:#.][^/:]*)(?:\/|$)/.exec(name) ?? [];
  return pack !== undefined && home === 'outside' && existsSync(join(root, 'node_modules', pack));
}
