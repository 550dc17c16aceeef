import type { RequestHandler, Router } from 'express';
import { oauthControl } from './control.ts';
import { signInPath } from './endpoint.ts';
import { settingsOf } from './issuer.ts';
import { openLocks } from './locks.ts';
import { createProvider } from './provider.ts';
import { type ProviderCalls, providerCalls } from './provider-call.ts';
import { providerStorage } from './provider-storage.ts';
import { openRegister } from './register.ts';
import { admitClient } from './registration.ts';
import { signInDesk } from './sign-in.ts';
import { signingKeys } from './signing-keys.ts';
import { type Desk, oauthSurface } from './surface.ts';
import { openTally } from './tally.ts';

export type AuthorizationServerParts = Pick<
  Desk,
  'plan' | 'origin' | 'store' | 'faults' | 'log' | 'now' | 'wait'
>;

export interface AuthorizationServer {
  /** Answers the vendor's OAuth paths and passes on all others. */
  readonly surface: RequestHandler;
  /** `/__sim/oauth`. */
  readonly control: Router;
}

/**
 * Starts the authorization server of a simulated EMR, carrying on what its store holds. Rejects when a client of the
 * plan could not be registered.
 */
export async function startAuthorizationServer(
  parts: AuthorizationServerParts,
): Promise<AuthorizationServer> {
  const { plan, origin, store } = parts;
  const tally = openTally(store);
  const register = openRegister(plan, store);
  let calls: ProviderCalls;
  const provider = createProvider({
    plan,
    origin,
    signInPath: signInPath(plan.paths),
    keys: await signingKeys(store),
    storage: providerStorage(store, register.providerMetadata),
    settings: () => settingsOf(plan, store),
    client: register.find,
    asked: tally.asked,
    keepsRefreshToken: (context) => calls.requestOf(context).keepsRefreshToken === true,
  });
  calls = providerCalls(provider);
  const { validate } = provider.Client;
  for (const client of plan.clients ?? []) {
    const admitted = await admitClient(plan, validate, client.client_id, client);
    if (!admitted.success) throw new TypeError(`Client ${client.client_id}: ${admitted.fault}`);
  }
  const signIn = signInDesk({ provider, plan, store, client: register.find });
  return {
    surface: oauthSurface({ ...parts, calls, signIn, tally, locks: openLocks() }),
    control: oauthControl({ plan, origin, store, register, tally, validate }),
  };
}
