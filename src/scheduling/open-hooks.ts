import { listWebhookNames } from '#store/webhooks.ts';
import { type Hook, openHook } from './webhooks.ts';

/** Milliseconds: what is retired, or has another secret, is so within a second. */
const ageMs = 1_000;

/**
 * Hooks as {@link openHook} gives them, from copies that are never older than a second. Anybody may call, so the work is
 * bounded by what we have and not by what is asked: once a second which names there are, and once a second each of them.
 * A name that has no secret costs nothing of its own, and a new one is known within a second.
 */
export function createHooks(
  services: Parameters<typeof openHook>[0],
): (context: string) => Promise<Hook | undefined> {
  const { database, clock } = services.on;
  const names = kept(clock.now, async () => new Set(await database.withoutPractice(listWebhookNames)));
  // Names that have a secret only, so that it cannot be filled up from outside.
  const hooks = new Map<string, () => Promise<Hook | undefined>>();
  return async (context) => {
    if (!(await names()).has(context)) return undefined;
    const hook = hooks.get(context) ?? kept(clock.now, () => openHook(services, context));
    hooks.set(context, hook);
    return hook();
  };
}

/** Reads anew what is a second old; what could not be read is not kept. */
function kept<T>(now: () => number, read: () => Promise<T>): () => Promise<T> {
  let copy: { readonly since: number; readonly value: Promise<T> } | undefined;
  return () => {
    if (copy && now() - copy.since < ageMs) return copy.value;
    const fresh = { since: now(), value: read() };
    copy = fresh;
    fresh.value.catch(() => {
      if (copy === fresh) copy = undefined;
    });
    return fresh.value;
  };
}
