import type { AuthorizationServerPlan } from './plan.ts';
import type { OAuthSettings, TokenStore } from './token-store.ts';

/** An authorization server as most parts of it know it. */
export interface Issuer {
  readonly plan: AuthorizationServerPlan;
  /** Of the simulator, without a slash at its end. */
  readonly origin: string;
  readonly store: TokenStore;
}

/** Settings as they are now: the plan's, and over them what was put at run time. */
export function settingsOf(plan: AuthorizationServerPlan, store: TokenStore): OAuthSettings {
  const { accessTokenSeconds, refreshTokens } = plan;
  return { accessTokenSeconds, refreshTokens, ...store.settings.get('changed') };
}
