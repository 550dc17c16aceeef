import assert from 'node:assert/strict';
import { test } from 'node:test';
import ts from 'typescript';
import { checkSource, projectSource, type SourceRule } from '#test/check-source.ts';

/** What ends a chain of knex with columns or a count; `first` and `returning` count with arguments only. */
const finished = ['insert', 'update', 'delete', 'del', 'truncate', 'count', 'min', 'max', 'sum', 'pluck'];
const naming = ['select', 'first', 'columns', 'column', 'distinct', 'returning'];

const rules: readonly SourceRule[] = [
  {
    name: 'no-star-in-sql',
    files: /^(src|adapters)\//,
    breaks: (node) =>
      (ts.isStringLiteralLike(node) || ts.isTemplateExpression(node)) &&
      /\b(select|returning|,)\s+(distinct\s+)?([a-z_]+\.)?\*/i.test(node.getText()),
    say: 'Name the columns: a new one must not leave the database because nobody looked.',
  },
  {
    name: 'no-star-in-a-chain',
    files: /^(src|adapters)\//,
    breaks: (node) =>
      ts.isCallExpression(node) &&
      ts.isPropertyAccessExpression(node.expression) &&
      naming.includes(node.expression.name.text) &&
      /^tx\b|\btx\(/.test(node.expression.expression.getText()) &&
      (node.arguments.some((each) => /^['"`]([a-z_]+\.)?\*['"`]$/.test(each.getText())) ||
        (node.arguments.length === 0 && node.expression.name.text !== 'first')),
    say: 'Name the columns in select, first and returning.',
  },
  {
    name: 'every-chain-names-its-columns',
    files: /^(src|adapters)\//,
    breaks: (node) => isTable(node) && !namesColumns(node),
    say: 'A chain without select, insert, update, delete or count reads every column. Name those you need.',
  },
  {
    name: 'a-transaction-is-called-tx',
    files: /^(src|adapters)\//,
    breaks: (node) =>
      ts.isParameter(node) &&
      /^(Tx|Knex(\.Transaction)?)$/.test(node.type?.getText() ?? '') &&
      node.name.getText() !== 'tx' &&
      !/^src\/store\/migrate\.ts$/.test(node.getSourceFile().fileName),
    say: 'Call it tx: the rules above know it by its name.',
  },
];

/** `tx('table')` */
function isTable(node: ts.Node): node is ts.CallExpression {
  return ts.isCallExpression(node) && node.expression.getText() === 'tx' && node.arguments.length > 0;
}

/** Follows the chain outwards, and through the name it is given when it is only begun here. */
function namesColumns(start: ts.Expression): boolean {
  let link: ts.Node = start;
  for (;;) {
    const access: ts.Node = link.parent;
    if (
      !ts.isPropertyAccessExpression(access) ||
      access.expression !== link ||
      !ts.isCallExpression(access.parent)
    )
      break;
    const method = access.name.text;
    if (finished.includes(method)) return true;
    if (naming.includes(method) && access.parent.arguments.length > 0) return true;
    link = access.parent;
  }
  const declaration = ts.findAncestor(link, ts.isVariableDeclaration);
  const isBegun =
    declaration?.initializer === link ||
    (declaration?.initializer &&
      ts.isArrowFunction(declaration.initializer) &&
      declaration.initializer.body === link);
  if (!declaration || !isBegun) return false;
  const uses = usesOf(declaration.name.getText(), declaration.getSourceFile());
  return uses.length > 0 && uses.every(namesColumns);
}

/** `name` or `name(…)` wherever it is read. */
function usesOf(name: string, source: ts.SourceFile): ts.Expression[] {
  const uses: ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === name && !('name' in node.parent && node.parent.name === node))
      uses.push(ts.isCallExpression(node.parent) && node.parent.expression === node ? node.parent : node);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return uses;
}

for (const rule of rules) {
  test(`${rule.name}: nothing in the house breaks it`, () =>
    assert.deepEqual(checkSource(projectSource(), [rule]), []));
}

const planted: readonly (readonly [rule: string, text: string])[] = [
  ['no-star-in-sql', "await tx.raw('select * from practice');"],
  ['no-star-in-sql', `await tx.raw(\`select p.*, 1 from practice p where a = \${a}\`);`],
  ['no-star-in-sql', "await tx.raw('select id, p.* from practice p');"],
  ['no-star-in-sql', "await tx.raw('update practice set a = 1 returning *');"],
  ['no-star-in-a-chain', "await tx('practice').select('*');"],
  ['no-star-in-a-chain', "await tx('practice').select('practice.*', 'x');"],
  ['no-star-in-a-chain', "await tx('practice').select();"],
  ['no-star-in-a-chain', "await tx('practice').insert({}).returning('*');"],
  ['every-chain-names-its-columns', "const rows = await tx('practice').where({ a: 1 });"],
  ['every-chain-names-its-columns', "const row = await tx('practice').where({ a: 1 }).first();"],
  ['every-chain-names-its-columns', "const all = () => tx('practice').where('a'); await all().orderBy('a');"],
  ['a-transaction-is-called-tx', 'export async function list(transaction: Tx) {}'],
];
for (const [rule, text] of planted) {
  test(`${rule} catches ${text}`, () => {
    const faults = checkSource(new Map([['src/store/planted.ts', text]]), rules);
    assert.ok(
      faults.some((fault) => fault.includes(` ${rule}: `)),
      faults.join('\n'),
    );
  });
}

test('chains that name what they want are let be, also when they are begun in one place and ended in another', () => {
  const text = `
    await tx('practice').where({ a: 1 }).first('id');
    await tx.raw('select count(*) from practice');
    await tx('practice').count('id');
    const open = () => tx('claim').where('a');
    await open().delete();
    await open().select('id');`;
  assert.deepEqual(checkSource(new Map([['src/store/a.ts', text]]), rules), []);
});
