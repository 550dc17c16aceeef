import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';
import { abilityTable } from '#adapter-kit/abilities.ts';
import { adapters } from '#adapters';

/** What has to be typed when a page is behind. */
export const command = 'npx node test/support/make-adapter-pages.ts';

const root = resolve(import.meta.dirname, '../..');

/**
 * Pages of which a part is made: the abilities of all adapters in README.md, the contract's reference in
 * adapters/README.md. Run it after a change of an adapter's capabilities, of src/adapters.ts or of the contract's
 * docstrings. A test compares its work with the pages.
 */
export function madePages(): Map<string, string> {
  return new Map([
    ['README.md', withPart('README.md', 'abilities', abilityTable(adapters))],
    [
      'adapters/README.md',
      withPart(
        'adapters/README.md',
        'contract',
        ['adapter.ts', 'route.ts'].flatMap((file) => referenceOf(`src/adapter-kit/${file}`)).join('\n\n'),
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

/** A heading for everything that a file exports, with its docstring and those of its members. */
function referenceOf(path: string): readonly string[] {
  const source = ts.createSourceFile(
    path,
    readFileSync(resolve(root, path), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  return source.statements.filter(isExported).map((statement) => {
    const parts = [`### \`${nameOf(statement)}\``, wordsOf(statement), ...bodyOf(statement)];
    return parts.filter((part) => part !== '').join('\n\n');
  });
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
  if (ts.isFunctionDeclaration(node)) {
    const end = node.body?.getStart() ?? node.getEnd();
    return [
      asCode(
        node
          .getText()
          .slice(0, end - node.getStart())
          .replace(/^export /, ''),
      ),
    ];
  }
  const [{ initializer } = {}] = ts.isVariableStatement(node) ? node.declarationList.declarations : [];
  const value = initializer && ts.isAsExpression(initializer) ? initializer.expression : initializer;
  return value && ts.isObjectLiteralExpression(value) ? [members(value.properties)] : [];
}

/** A line for each member: its name and type, then what its docstring says. */
function members(nodes: ts.NodeArray<ts.TypeElement | ts.ObjectLiteralElementLike>): string {
  return nodes
    .map((node) => {
      const words = wordsOf(node).replaceAll('\n', ' ');
      return `- ${signatureOf(node)}${words === '' ? '' : `: ${words}`}`;
    })
    .join('\n');
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
