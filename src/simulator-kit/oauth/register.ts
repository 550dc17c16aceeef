import { randomUUID } from 'node:crypto';
import type { AuthorizationServerPlan, RegisteredClient } from './plan.ts';
import { providerMetadata } from './registration.ts';
import type { TokenStore } from './token-store.ts';

/** The vendor's register of apps: those of the plan, and over them what was put or removed at run time. */
export function openRegister({ clients = [] }: AuthorizationServerPlan, store: TokenStore): Register {
  const find = (clientId: string): RegisteredClient | undefined => {
    const row = store.clients.get(clientId) ?? clients.find(({ client_id }) => client_id === clientId);
    return row === undefined || 'unregistered' in row ? undefined : row;
  };
  return {
    find,
    providerMetadata(clientId) {
      const client = find(clientId);
      if (client === undefined) return undefined;
      // oidc-provider keeps fetched keys with what it knows of a client; one that is new each time has none.
      return { ...providerMetadata(client), ...(client.jwks_uri && { keys_fetched_for: randomUUID() }) };
    },
    all: () =>
      [...new Set([...clients, ...store.clients.all()].map(({ client_id }) => client_id))].flatMap(
        (id) => find(id) ?? [],
      ),
    put: (client) => store.write(() => store.clients.put(client.client_id, client)),
    remove(clientId) {
      const known = find(clientId) !== undefined;
      if (known) store.write(() => store.clients.put(clientId, { client_id: clientId, unregistered: true }));
      return known;
    },
  };
}

export interface Register {
  find(clientId: string): RegisteredClient | undefined;
  /** A client as oidc-provider is to see it. */
  providerMetadata(clientId: string): object | undefined;
  all(): readonly RegisteredClient[];
  put(client: RegisteredClient): void;
  /** False when there is none of that id. */
  remove(clientId: string): boolean;
}
