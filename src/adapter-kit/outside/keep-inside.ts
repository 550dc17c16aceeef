import { isBuiltin, type ResolveHookContext, registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

/** Tells of files of an outside adapter that may import what they like: those that only a check loads. */
export type IsStage = (file: string) => boolean;

/** An outside adapter asked for what is not its own. */
export class ReachedOutside extends Error {
  override readonly name = 'ReachedOutside';
}

/**
 * From now on every import from a file in this folder has to end in the folder: Node's own modules, packages that do
 * not stand in it and files elsewhere are refused, however they are spelt and whenever they are asked for.
 *
 * This is a resolve hook of Node (`module.registerHooks`) and no sandbox: it sees imports and nothing else. Globals stay
 * where they are (`fetch` is refused by `src/egress/guard-global.ts` in a running gateway), and code that means harm in
 * the same process cannot be held by it. It keeps what an adapter needs where a reader can see it.
 *
 * @param folder absolute, with every symbolic link resolved
 * @throws ReachedOutside, out of the import that was refused
 */
export function keepInside(folder: string, isStage: IsStage = () => false): void {
  if (homes.size === 0) registerHooks({ resolve });
  homes.set(`${pathToFileURL(folder).href}/`, isStage);
}

/** Addresses of the folders that are kept to themselves. */
const homes = new Map<string, IsStage>();

function resolve(
  specifier: string,
  context: ResolveHookContext,
  next: (specifier: string, context?: Partial<ResolveHookContext>) => { url: string },
) {
  const parent = context.parentURL ?? '';
  const [home, isStage] = [...homes].find(([address]) => parent.startsWith(address)) ?? [];
  if (home === undefined || isStage?.(decodeURIComponent(parent.slice(home.length))) === true)
    return next(specifier, context);
  const what = isBuiltin(specifier)
    ? 'a part of Node, which an adapter may not use'
    : "which is not in the adapter's folder";
  const refusal = new ReachedOutside(
    `${decodeURIComponent(parent.slice(home.length))} imports "${specifier}", ${what}. An adapter uses the kit that it is given and its own files, nothing else.`,
  );
  if (isBuiltin(specifier)) throw refusal;
  const found = resolved(() => next(specifier, context), specifier, refusal);
  if (!found.url.startsWith(home)) throw refusal;
  return found;
}

/** A name that leads nowhere is refused like one that leads away; a file of the adapter's own that is missing is not. */
function resolved<T>(find: () => T, specifier: string, refusal: ReachedOutside): T {
  try {
    return find();
  } catch (error) {
    throw /^\.{0,2}\//.test(specifier) ? error : refusal;
  }
}
