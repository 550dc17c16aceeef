import type { z } from 'zod';

/**
 * Where in the schema of a body a field that it does not name would not be refused: `body`, `body.patient`,
 * `body.rows[]`. Undefined where every object of it is strict.
 *
 * A plain `z.object` drops such a field without a word and a loose one sends it; a body that is not what the adapter's
 * author wrote down is refused instead.
 */
export function looseObjectIn(
  schema: z.core.$ZodType,
  path = 'body',
  seen: ReadonlySet<z.core.$ZodType> = new Set(),
): string | undefined {
  if (seen.has(schema)) return undefined; // a schema that holds itself
  const within = new Set([...seen, schema]);
  const firstOf = (parts: readonly (readonly [part: z.core.$ZodType, path: string])[]) => {
    for (const [part, where] of parts) {
      const found = looseObjectIn(part, where, within);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  const { def } = (schema as z.core.$ZodTypes)._zod; // every schema of zod is one of these
  switch (def.type) {
    case 'object':
      if (def.catchall?._zod.def.type !== 'never') return path;
      return firstOf(Object.entries(def.shape).map(([name, part]) => [part, `${path}.${name}`]));
    case 'array':
      return looseObjectIn(def.element, `${path}[]`, within);
    case 'tuple':
      return firstOf([...def.items, ...(def.rest ? [def.rest] : [])].map((part) => [part, `${path}[]`]));
    case 'record':
      return looseObjectIn(def.valueType, `${path}.*`, within);
    case 'union':
      return firstOf(def.options.map((part) => [part, path]));
    case 'intersection':
      return firstOf([def.left, def.right].map((part) => [part, path]));
    case 'pipe':
      return firstOf([def.in, def.out].map((part) => [part, path]));
    case 'lazy':
      return looseObjectIn(def.getter(), path, within);
    case 'optional':
    case 'nullable':
    case 'nonoptional':
    case 'default':
    case 'prefault':
    case 'readonly':
    case 'catch':
      return looseObjectIn(def.innerType, path, within);
    default:
      return undefined;
  }
}
