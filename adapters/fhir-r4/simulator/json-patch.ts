import { isObject, parseJson, requireContentType } from './json.ts';
import { refuse } from './outcome.ts';
import type { ClinicCall, Json } from './tables.ts';

/** The document after the JSON Patch (RFC 6902) in the body, as a whole or not at all. */
export function patched(call: ClinicCall, before: Json): Json {
  requireContentType(call, ['application/json-patch+json']);
  const operations = parseJson(call);
  if (!Array.isArray(operations) || operations.length === 0)
    throw refuse(400, 'structure', 'The body is no JSON Patch.');
  let document: unknown = structuredClone(before);
  for (const operation of operations) document = apply(document, readOperation(operation));
  if (!isObject(document)) throw refuse(422, 'processing', 'The patch leaves no resource.');
  return document;
}

interface Operation {
  readonly op: string;
  readonly path: readonly string[];
  readonly from: readonly string[] | undefined;
  readonly value: unknown;
}

function readOperation(item: unknown): Operation {
  const { op, path, from, value } = isObject(item) ? item : {};
  const known = typeof op === 'string' && OPERATIONS.has(op);
  if (!known || typeof path !== 'string' || (NEEDS_VALUE.has(op) && value === undefined))
    throw refuse(400, 'structure', 'An operation of the patch is none.');
  if ((op === 'move' || op === 'copy') && typeof from !== 'string')
    throw refuse(400, 'structure', `${op} needs from.`);
  return { op, path: pointer(path), from: typeof from === 'string' ? pointer(from) : undefined, value };
}

const OPERATIONS: ReadonlySet<string> = new Set(['add', 'remove', 'replace', 'move', 'copy', 'test']);
const NEEDS_VALUE: ReadonlySet<string> = new Set(['add', 'replace', 'test']);

/** RFC 6901. */
function pointer(text: string): readonly string[] {
  if (text !== '' && !text.startsWith('/')) throw refuse(400, 'structure', 'A path is no JSON Pointer.');
  return text
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function apply(document: unknown, { op, path, from = [], value }: Operation): unknown {
  switch (op) {
    case 'add':
      return write(document, path, value, 'add');
    case 'replace':
      return write(document, path, value, 'replace');
    case 'remove':
      return write(document, path, undefined, 'remove');
    case 'copy':
      return write(document, path, structuredClone(valueAt(document, from)), 'add');
    case 'move': {
      const moved = valueAt(document, from);
      return write(write(document, from, undefined, 'remove'), path, moved, 'add');
    }
    default:
      if (!isSame(valueAt(document, path), value))
        throw refuse(422, 'processing', 'A test of the patch does not hold.');
      return document;
  }
}

function valueAt(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const part of path) {
    value = Array.isArray(value) ? value[indexIn(value, part)] : isObject(value) ? value[part] : undefined;
    if (value === undefined) throw noSuchPath();
  }
  return value;
}

/** Changes the clone in place, and gives it back. */
function write(
  document: unknown,
  path: readonly string[],
  value: unknown,
  how: 'add' | 'replace' | 'remove',
): unknown {
  const last = path.at(-1);
  if (last === undefined) throw refuse(422, 'processing', 'A whole resource is not patched.');
  const parent = valueAt(document, path.slice(0, -1));
  if (Array.isArray(parent)) {
    const index = how === 'add' && last === '-' ? parent.length : indexIn(parent, last);
    if (index > parent.length || (how !== 'add' && index === parent.length)) throw noSuchPath();
    parent.splice(index, how === 'add' ? 0 : 1, ...(how === 'remove' ? [] : [value]));
    return document;
  }
  if (!isObject(parent) || (how !== 'add' && !Object.hasOwn(parent, last))) throw noSuchPath();
  const members: Record<string, unknown> = parent;
  if (how === 'remove') delete members[last];
  else members[last] = value;
  return document;
}

function indexIn(list: readonly unknown[], part: string): number {
  if (!/^(0|[1-9]\d{0,5})$/.test(part)) throw noSuchPath();
  return Math.min(Number(part), list.length + 1);
}

function noSuchPath(): Error {
  return refuse(422, 'processing', 'A path of the patch leads nowhere.');
}

function isSame(one: unknown, other: unknown): boolean {
  if (Array.isArray(one))
    return (
      Array.isArray(other) &&
      one.length === other.length &&
      one.every((each, index) => isSame(each, other[index]))
    );
  if (!isObject(one) || !isObject(other)) return one === other;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length && names.every((name) => isSame(one[name], other[name]));
}
