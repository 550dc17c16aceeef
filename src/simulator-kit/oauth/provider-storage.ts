import type { Adapter, AdapterPayload } from 'oidc-provider';
import type { ModelPayload, TokenStore } from './token-store.ts';

/** oidc-provider's storage on the rows of the simulator. `findClient` gives what it is to know of a client. */
export function providerStorage(
  store: TokenStore,
  findClient: (clientId: string) => object | undefined,
): (name: string) => Adapter {
  let writes = 0;
  return (name) => {
    const table = store.model(name);
    // Rows are frozen and the provider changes what it has found, so it gets a copy. The shape is the one it has put.
    const copy = (payload: object | undefined): AdapterPayload | undefined =>
      payload === undefined ? undefined : (structuredClone(payload) as AdapterPayload);
    return {
      async upsert(id, payload, expiresIn) {
        if (++writes % PURGE_EVERY === 0) store.purge();
        const expiresAt = expiresIn === undefined ? Number.MAX_SAFE_INTEGER : expiry(payload, expiresIn);
        store.write(() => table.put(id, { id, payload: structuredClone(payload), expiresAt }));
      },
      find: async (id) => copy(name === 'Client' ? findClient(id) : table.get(id)?.payload),
      findByUid: async (uid) => copy(table.all().find(({ payload }) => payload.uid === uid)?.payload),
      findByUserCode: async () => undefined,
      async consume(id) {
        const row = table.get(id);
        if (row === undefined) return;
        const payload: ModelPayload = { ...row.payload, consumed: Math.floor(Date.now() / 1000) };
        store.write(() => table.put(id, { ...row, payload }));
      },
      destroy: async (id) => store.write(() => table.delete(id)),
      revokeByGrantId: async (grantId) => store.revoke(grantId),
    };
  };
}

const PURGE_EVERY = 500;

/** Tokens carry their own end in whole seconds; that one counts. */
function expiry({ exp }: AdapterPayload, expiresIn: number): number {
  return exp === undefined ? Date.now() + expiresIn * 1000 : exp * 1000;
}
