import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { abilityTable } from '#adapter-kit/abilities.ts';
import { adapters } from '#adapters';
import { failureTable } from '#domain/failure.ts';

/** What has to be typed when a page is behind. */
export const command = 'npx node test/support/make-adapter-pages.ts';

const root = resolve(import.meta.dirname, '../..');

/**
 * Pages of which a part is made: the abilities of all adapters in README.md, the contract's reference in
 * adapters/README.md. Run it after a change of an adapter's capabilities, of src/adapters.ts, of the table of failures
 * or of the docstrings of the contract and the kit. A test compares its work with the pages.
 */
export function madePages(): Map<string, string> {
  return new Map([
    ['README.md', withPart('README.md', 'abilities', abilityTable(adapters))],
    [
      'adapters/README.md',
      withPart(
        'adapters/README.md',
        'contract',
        [
          ...['adapter.ts', 'route.ts'].flatMap((file) => referenceOf(`src/adapter-kit/${file}`)),
          ...kitParts(),
        ].join('\n\n'),
      ),
    ],
  ]);
}

/** The page as it stands, with what is between its markers made anew. */
function withPart(page: string, name: string, made: string): string {
  const text = readFileSync(resolve(root, page), 'utf8');
  const [from, to] = [`<!-- made: ${name} -->\n`, '<!-- end -->'];
  const begin = text.indexOf(from) + from.length;
  if (begin < from.length) throw new Error(`${page} has no place for ${name}.`);
  return `${text.slice(0, begin)}${made}\n${text.slice(text.indexOf(to, begin))}`;
}

/** A heading for what a file exports, all of it or those of these names, with its docstring and those of its members. */
function referenceOf(path: string, names?: readonly string[]): readonly string[] {
  return exportsOf(path)
    .filter((statement) => names?.includes(nameOf(statement)) ?? true)
    .map((statement) => {
      const parts = [`### \`${nameOf(statement)}\``, wordsOf(statement), ...bodyOf(statement)];
      return parts.filter((part) => part !== '').join('\n\n');
    });
}

/** What the kit has besides the contract: its functions, what it throws, and the EMR model of the test kit. */
function kitParts(): readonly string[] {
  return [
    ['### The functions of the kit', kitFunctions()].join('\n\n'),
    ...referenceOf('src/domain/availability.ts', ['FreeStartsQuery']),
    ...referenceOf('src/domain/failure.ts', ['Failure', 'FailureDetails']),
    ['### The codes of a `Failure`', failureCodes()].join('\n\n'),
    ...referenceOf('src/adapter-kit/wire-failure.ts'),
    ...referenceOf('src/adapter-kit/testing/model-emr.ts'),
    ...referenceOf('src/adapter-kit/testing/in-process-client.ts', ['InProcessRequest', 'InProcessAnswer']),
    ...referenceOf('src/adapter-kit/testing/emr-under-test.ts', ['StaffAction', 'LedgerAppointment']),
  ];
}

/** A line for each function that the kit's index exports. */
function kitFunctions(): string {
  const folder = 'src/adapter-kit';
  return sourceOf(`${folder}/index.ts`)
    .statements.filter(ts.isExportDeclaration)
    .filter(({ isTypeOnly }) => !isTypeOnly)
    .flatMap(({ exportClause, moduleSpecifier }) => {
      const from = moduleSpecifier && ts.isStringLiteral(moduleSpecifier) ? moduleSpecifier.text : '';
      const path = from.startsWith('./') ? `${folder}/${from.slice(2)}` : from.replace(/^#/, 'src/');
      if (!path.endsWith('.ts') || exportClause === undefined || !ts.isNamedExports(exportClause)) return [];
      const names = exportClause.elements.filter((one) => !one.isTypeOnly).map(({ name }) => name.text);
      return exportsOf(path)
        .filter(ts.isFunctionDeclaration)
        .filter((one) => names.includes(nameOf(one)));
    })
    .map((one) => {
      const [first = ''] = wordsOf(one).split('\n\n');
      return `- ${signatureOfFunction(one).replace(/^`(async )?function /, '`')}${afterColon(first)}`;
    })
    .join('\n');
}

/** A line for each way to say no, with what the caller is told. */
function failureCodes(): string {
  return Object.entries(failureTable)
    .map(([code, { say }]) => `- \`${code}\`: ${say}`)
    .join('\n');
}

function sourceOf(path: string): ts.SourceFile {
  const text = readFileSync(resolve(root, path), 'utf8');
  return ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
}

function exportsOf(path: string): readonly ts.Statement[] {
  return sourceOf(path).statements.filter(isExported);
}

function isExported(node: ts.Statement): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node) ?? []).some(isExport);
}

function isExport({ kind }: ts.Modifier): boolean {
  return kind === ts.SyntaxKind.ExportKeyword;
}

function nameOf(node: ts.Statement): string {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations[0]?.name.getText() ?? '';
  return 'name' in node ? (node.name as ts.Identifier).text : ''; // what is exported here has a name
}

function bodyOf(node: ts.Statement): readonly string[] {
  if (ts.isInterfaceDeclaration(node)) return [members(node.members)];
  if (ts.isTypeAliasDeclaration(node)) return [asCode(node.type.getText())];
  if (ts.isFunctionDeclaration(node)) return [signatureOfFunction(node)];
  if (ts.isClassDeclaration(node)) return [classMembers(node.members)];
  const [{ initializer } = {}] = ts.isVariableStatement(node) ? node.declarationList.declarations : [];
  const value = initializer && ts.isAsExpression(initializer) ? initializer.expression : initializer;
  return value && ts.isObjectLiteralExpression(value) ? [members(value.properties)] : [];
}

function signatureOfFunction(node: ts.FunctionDeclaration): string {
  return withoutBody(node, node.body).replace('`export ', '`');
}

/** How a class is made, and what can be read of what it makes. */
function classMembers(nodes: ts.NodeArray<ts.ClassElement>): string {
  return nodes
    .flatMap((node) => {
      const words = afterColon(wordsOf(node));
      if (ts.isConstructorDeclaration(node)) return [`- ${withoutBody(node, node.body)}${words}`];
      if (ts.isMethodDeclaration(node) && ts.isIdentifier(node.name))
        return [`- ${withoutBody(node, node.body)}${words}`];
      return ts.isPropertyDeclaration(node) && node.type !== undefined && ts.isIdentifier(node.name)
        ? [`- ${asCode(node.getText().replace(/^readonly |;$/g, ''))}${words}`]
        : [];
    })
    .join('\n');
}

function withoutBody(node: ts.Node, body: ts.Node | undefined): string {
  const end = body?.getStart() ?? node.getEnd();
  return asCode(node.getText().slice(0, end - node.getStart()));
}

/** A line for each member: its name and type, then what its docstring says. */
function members(nodes: ts.NodeArray<ts.TypeElement | ts.ObjectLiteralElementLike>): string {
  return nodes.map((node) => `- ${signatureOf(node)}${afterColon(wordsOf(node))}`).join('\n');
}

function afterColon(words: string): string {
  return words === '' ? '' : `: ${words.replaceAll('\n', ' ')}`;
}

function signatureOf(node: ts.TypeElement | ts.ObjectLiteralElementLike): string {
  if (ts.isPropertyAssignment(node)) return asCode(node.name.getText());
  return asCode(
    node
      .getText()
      .replace(/^readonly /, '')
      .replace(/;$/, ''),
  );
}

/** The docstring as prose. Bars and links are written for a page. */
function wordsOf(node: ts.Node): string {
  const [docstring] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc).slice(-1);
  const lines = (docstring?.getText() ?? '')
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trim());
  return lines
    .join('\n')
    .replaceAll(/\{@link (?:[^\s}]+\s)?([^}]+)\}/g, '`$1`')
    .replaceAll(/@(\w+)/g, '**$1**')
    .trim();
}

/** A backtick inside needs two of them around (CommonMark §6.1). */
function asCode(text: string): string {
  const line = oneLine(text);
  return line.includes('`') ? `\`\` ${line} \`\`` : `\`${line}\``;
}

function oneLine(text: string): string {
  return text
    .replaceAll(/\/\*\*.*?\*\//gs, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

if (import.meta.main) for (const [page, text] of madePages()) writeFileSync(resolve(root, page), text);
