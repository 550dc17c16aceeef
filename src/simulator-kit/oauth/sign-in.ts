import type Provider from 'oidc-provider';
import { errors, type InteractionResults } from 'oidc-provider';
import type { OAuthAnswer } from './answer.ts';
import type { Arrival } from './arrival.ts';
import { consentPage, errorPage, pageHeaders, signInPage } from './pages.ts';
import type { AuthorizationServerPlan, RegisteredClient } from './plan.ts';
import { stage } from './provider-call.ts';
import { split } from './scopes.ts';
import type { TokenStore } from './token-store.ts';

/** The pages between the authorization request and its answer: a person signs in, then allows or denies. */
export function signInDesk({ provider, plan, store, client }: SignInParts) {
  const { title, users } = plan.signIn;
  return async ({ request, form }: Arrival): Promise<OAuthAnswer> => {
    const { incoming, holder } = stage(request);
    const details = await provider.interactionDetails(incoming, holder).catch((error: unknown) => {
      if (error instanceof errors.SessionNotFound) return undefined;
      throw error;
    });
    if (details === undefined)
      return page(400, errorPage(title, 'expired', 'This sign-in is over. Start again.'));
    const { params, prompt, session } = details;
    const scopes = split(String(params.scope ?? ''));
    const clientId = String(params.client_id);
    const accountId = session?.accountId ?? '';
    const finish = async (result: InteractionResults): Promise<OAuthAnswer> => {
      const location = await provider.interactionResult(incoming, holder, result);
      return { status: 303, headers: { location, 'cache-control': 'no-store' }, body: '' };
    };

    const action = request.method === 'POST' ? form.get('action') : null;
    if (prompt.name === 'login') {
      if (action === null) return page(200, signInPage(plan.signIn, false));
      const user = users.find(
        ({ username, password }) => username === form.get('username') && password === form.get('password'),
      );
      return user === undefined
        ? page(200, signInPage(plan.signIn, true))
        : finish({ login: { accountId: user.id } });
    }
    if (action === 'deny')
      return finish({ error: 'access_denied', error_description: 'The person said no.' });
    if (action === 'allow') {
      const grant = new provider.Grant({ accountId, clientId });
      grant.addOIDCScope([...scopes]);
      const grantId = await grant.save();
      const audience = typeof params.aud === 'string' ? params.aud : undefined;
      const expiresAt = (grant.exp ?? 0) * 1000;
      store.write(() => store.consents.put(grantId, { id: grantId, audience, expiresAt }));
      return finish({ consent: { grantId } });
    }
    const user = users.find(({ id }) => id === accountId)?.name ?? accountId;
    return page(200, consentPage(title, client(clientId)?.client_name ?? clientId, user, scopes));
  };
}

interface SignInParts {
  readonly provider: Provider;
  readonly plan: AuthorizationServerPlan;
  readonly store: TokenStore;
  readonly client: (clientId: string) => RegisteredClient | undefined;
}

function page(status: number, body: string): OAuthAnswer {
  return { status, headers: pageHeaders, body };
}
