import { globSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import ts from 'typescript';

/** A habit that no import shows, so that the floors cannot see it. */
export interface SourceRule {
  readonly name: string;
  /** Where the rule holds, by path from the root of the project. */
  readonly files: RegExp;
  readonly except?: RegExp;
  readonly breaks: (node: ts.Node) => boolean;
  /** What to do instead. */
  readonly say: string;
}

export type SourceFiles = ReadonlyMap<string, string>;

/** All TypeScript of the project, by path. */
export function projectSource(): SourceFiles {
  const root = resolve(import.meta.dirname, '../..');
  const names = globSync('{src,adapters,test,bench}/**/*.ts', { cwd: root }).sort();
  return new Map(names.map((name) => [name, readFileSync(resolve(root, name), 'utf8')]));
}

/** Every place that breaks a rule, as `path:line rule: what to do instead`. */
export function checkSource(files: SourceFiles, rules: readonly SourceRule[]): string[] {
  const faults: string[] = [];
  for (const [name, text] of files) {
    const holding = rules.filter((rule) => rule.files.test(name) && !rule.except?.test(name));
    if (holding.length === 0) continue;
    const source = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    const visit = (node: ts.Node): void => {
      for (const rule of holding) {
        if (!rule.breaks(node)) continue;
        const { line } = source.getLineAndCharacterOfPosition(node.getStart());
        faults.push(`${name}:${line + 1} ${rule.name}: ${rule.say}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return faults;
}

/** Is this identifier read as a value, and not the name of a property, a parameter or something imported? */
export function isUse(node: ts.Node, names: readonly string[]): node is ts.Identifier {
  if (!ts.isIdentifier(node) || !names.includes(node.text)) return false;
  const { parent } = node;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  const isName = 'name' in parent && parent.name === node;
  const isPropertyName = 'propertyName' in parent && parent.propertyName === node;
  return !isName && !isPropertyName && !ts.isTypeQueryNode(parent) && !ts.isTypeReferenceNode(parent);
}

/** `object.name`, `object['name']` or `const { name } = object`. */
export function isPropertyOf(node: ts.Node, object: string, names: readonly string[]): boolean {
  if (ts.isPropertyAccessExpression(node))
    return node.expression.getText() === object && names.includes(node.name.text);
  if (ts.isElementAccessExpression(node))
    return (
      node.expression.getText() === object &&
      !(ts.isStringLiteralLike(node.argumentExpression) && !names.includes(node.argumentExpression.text))
    );
  if (ts.isBindingElement(node) && ts.isVariableDeclaration(node.parent.parent))
    return (
      node.parent.parent.initializer?.getText() === object &&
      names.includes((node.propertyName ?? node.name).getText())
    );
  return false;
}
