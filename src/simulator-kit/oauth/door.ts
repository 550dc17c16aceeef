import type { RequestHandler } from 'express';
import type { EmrRequest } from '../emr-message.ts';
import type { AuthorizationServer, AuthorizationServerParts } from './authorization-server.ts';
import type { AuthorizationServerPlan, BearerToken } from './plan.ts';
import { openTokenStore } from './token-store.ts';

/**
 * The authorization server as a simulator holds it: its tokens are known at once, the server itself comes with the
 * address it is to have. Requests wait for it. A simulator without a plan loads nothing of it.
 */
export function openAuthorizationDoor(
  plan: AuthorizationServerPlan,
  file: string,
  parts: Omit<AuthorizationServerParts, 'plan' | 'origin' | 'store'>,
): AuthorizationDoor {
  const store = openTokenStore(file);
  const { promise, resolve } = Promise.withResolvers<AuthorizationServer>();
  let closed = false;
  return {
    token(request) {
      const [, value] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? [];
      return value === undefined ? undefined : store.bearer(value);
    },
    async surface(req, res, next) {
      try {
        await (await promise).surface(req, res, next);
      } catch (error) {
        // What was under way when the simulator stopped finds the store closed and nobody to answer.
        if (!closed) throw error;
      }
    },
    control: async (req, res, next) => (await promise).control(req, res, next),
    async start(origin) {
      const { startAuthorizationServer } = await import('./authorization-server.ts');
      resolve(await startAuthorizationServer({ ...parts, plan, origin, store }));
    },
    resetSettings: () => store.write(() => store.settings.delete('changed')),
    close() {
      closed = true;
      store.close();
    },
  };
}

export interface AuthorizationDoor {
  /** The good token in `Authorization: Bearer` of a request to the API. */
  readonly token: (request: EmrRequest) => BearerToken | undefined;
  readonly surface: RequestHandler;
  readonly control: RequestHandler;
  start(origin: string): Promise<void>;
  /** Back to those of the plan. */
  resetSettings(): void;
  close(): void;
}
