import assert from 'node:assert/strict';
import { test } from 'node:test';
import ts from 'typescript';
import { checkSource, isPropertyOf, isUse, projectSource, type SourceRule } from '#test/check-source.ts';

const network = ['fetch', 'WebSocket', 'WebSocketStream', 'EventSource', 'XMLHttpRequest'];
const stage = /^src\/(demo|simulator-kit|adapter-kit\/testing)\/|^adapters\/[^/]+\/(simulator|test)\//;
const gateway = /^(src|adapters)\//;

const rules: readonly SourceRule[] = [
  {
    name: 'no-global-network',
    files: gateway,
    except: new RegExp(`^src/egress/|${stage.source}`),
    breaks: (node) =>
      isUse(node, network) || ['globalThis', 'global'].some((object) => isPropertyOf(node, object, network)),
    say: 'Only src/egress/ talks to the network. Declare a route and call it by name.',
  },
  {
    name: 'no-environment-inside',
    files: gateway,
    except: new RegExp(`^src/(main\\.ts$|cli/)|${stage.source}`),
    breaks: (node) => isPropertyOf(node, 'process', ['env']),
    say: 'The environment is read once, by readConfig. Take the value as an argument.',
  },
  {
    name: 'no-computed-import',
    files: gateway,
    // What POSTERN_ADAPTERS names is known when the gateway starts.
    except: new RegExp(`^src/adapter-kit/outside/load\\.ts$|${stage.source}`),
    breaks: (node) =>
      ts.isCallExpression(node) &&
      node.expression.kind === ts.SyntaxKind.ImportKeyword &&
      !(node.arguments[0] && ts.isStringLiteralLike(node.arguments[0])),
    say: 'Import by a literal name: the floors cannot check what is computed.',
  },
  {
    name: 'no-code-from-text',
    files: gateway,
    breaks: (node) =>
      isUse(node, ['eval', 'require']) ||
      (ts.isNewExpression(node) && node.expression.getText() === 'Function') ||
      isPropertyOf(node, 'process', ['binding', 'getBuiltinModule', 'dlopen']),
    say: 'Write the code, or import it.',
  },
  {
    name: 'database-is-opened-in-one-place',
    files: gateway,
    except: /^src\/store\/(database|migrate)\.ts$/,
    breaks: (node) =>
      (ts.isCallExpression(node) && node.expression.getText() === 'knex') ||
      (ts.isNewExpression(node) && /^(pg\.)?(Client|Pool)$/.test(node.expression.getText())),
    say: 'openDatabase makes the only pool, so that every query runs as postern_app. Take a Database or a Tx as an argument.',
  },
  {
    name: 'every-test-runs',
    files: /\.test\.ts$|^src\/adapter-kit\/testing\//,
    breaks: (node) =>
      ['test', 'it', 'describe', 'suite', 't'].some((object) =>
        isPropertyOf(node, object, ['skip', 'todo', 'only']),
      ) ||
      (ts.isPropertyAssignment(node) &&
        ['skip', 'todo', 'only'].includes(node.name.getText()) &&
        ts.isObjectLiteralExpression(node.parent) &&
        ts.isCallExpression(node.parent.parent) &&
        /^(test|it|describe|suite|t\.test)$/.test(node.parent.parent.expression.getText())),
    say: 'A test runs or does not exist. Put what only a server can show into `if (onServer) test(…)`.',
  },
];

const files = projectSource();

test('the whole project was read', () => assert.ok(files.size > 150, `${files.size} files`));

for (const rule of rules) {
  test(`${rule.name}: nothing in the house breaks it`, () =>
    assert.deepEqual(checkSource(files, [rule]), []));
}

const planted: readonly (readonly [rule: string, text: string, file?: string])[] = [
  ['no-global-network', "await fetch('https://emr.example');"],
  ['no-global-network', 'const ask = fetch;'],
  ['no-global-network', 'client({ fetch });'],
  ['no-global-network', "await globalThis.fetch('https://emr.example');"],
  ['no-global-network', "await globalThis['fetch']('https://emr.example');"],
  ['no-global-network', "await globalThis[name]('https://emr.example');"],
  ['no-global-network', 'const { fetch: ask } = globalThis;'],
  ['no-global-network', "new WebSocket('wss://emr.example');"],
  ['no-global-network', "fetch('/');", 'adapters/vendor/client.ts'],
  ['no-environment-inside', 'const port = process.env.PORT;'],
  ['no-environment-inside', 'const { env } = process;'],
  ['no-environment-inside', "const port = process['env'].PORT;"],
  ['no-computed-import', 'await import(name);'],
  ['no-code-from-text', "eval('1');"],
  ['no-code-from-text', "new Function('return 1');"],
  ['no-code-from-text', "process.getBuiltinModule('net');"],
  ['database-is-opened-in-one-place', "knex({ client: 'pg' });"],
  ['database-is-opened-in-one-place', 'new pg.Pool({});'],
  ['database-is-opened-in-one-place', 'new Client();', 'src/store/agents.ts'],
  ['every-test-runs', `test.${'skip'}('later', () => {});`, 'test/a.test.ts'],
  ['every-test-runs', `test('later', { ${'todo'}: true }, () => {});`, 'test/a.test.ts'],
  ['every-test-runs', `test('now', { ${'only'}: true }, () => {});`, 'test/a.test.ts'],
];
for (const [rule, text, file = 'src/scheduling/planted.ts'] of planted) {
  test(`${rule} catches ${text}`, () => {
    const faults = checkSource(new Map([[file, text]]), rules);
    assert.ok(
      faults.some((fault) => fault.startsWith(`${file}:1 ${rule}: `)),
      faults.join('\n'),
    );
  });
}

test('names that only look alike are let be', () => {
  const text = `
    export interface Site { fetch(input: string): void; env: string }
    export const site = (options: { fetch?: () => void }) => ({ fetch: options.fetch, skip: true });
    site({}).fetch?.();`;
  assert.deepEqual(checkSource(new Map([['src/scheduling/a.ts', text]]), rules), []);
});

test('every rule has a line here that breaks it', () => {
  assert.deepEqual(new Set(planted.map(([rule]) => rule)), new Set(rules.map((rule) => rule.name)));
});
