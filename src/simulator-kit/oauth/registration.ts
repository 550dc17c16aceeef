import type { ClientMetadata } from 'oidc-provider';
import { z } from 'zod';
import type { AuthorizationServerPlan, GrantType, RegisteredClient } from './plan.ts';

/** Checks a client against the rules of the vendor's developer portal and those of the authorization server. */
export async function admitClient(
  plan: AuthorizationServerPlan,
  validate: ValidateClient,
  clientId: string,
  body: unknown,
): Promise<
  | { readonly success: true; readonly client: RegisteredClient }
  | { readonly success: false; readonly fault: string }
> {
  const parsed = registration(plan, clientId).safeParse(body);
  if (!parsed.success) return { success: false, fault: z.prettifyError(parsed.error) };
  try {
    // Checked by the call.
    await validate(providerMetadata(parsed.data) as ClientMetadata);
    return { success: true, client: parsed.data };
  } catch (error) {
    const described =
      error instanceof Error && 'error_description' in error ? error.error_description : error;
    return { success: false, fault: String(described) };
  }
}

/** oidc-provider's own check; rejects with what is wrong. */
export type ValidateClient = (metadata: ClientMetadata) => Promise<void>;

/** What `PUT /__sim/oauth/clients/{client_id}` takes. */
function registration(plan: AuthorizationServerPlan, clientId: string): z.ZodType<RegisteredClient, unknown> {
  return z
    .strictObject({
      client_id: z.literal(clientId).default(clientId),
      client_name: z.string().exactOptional(),
      client_secret: z.string().min(1).exactOptional(),
      token_endpoint_auth_method: z.enum(plan.clientAuthentication, {
        error: `Clients authenticate by ${plan.clientAuthentication.join(', ')}.`,
      }),
      redirect_uris: z.array(z.url()).exactOptional(),
      jwks_uri: z.url().exactOptional(),
      jwks: z.object({ keys: z.array(z.looseObject({})) }).exactOptional(),
      grant_types: z
        .array(z.enum(['authorization_code', 'refresh_token', 'client_credentials']))
        .min(1)
        .exactOptional(),
      scope: z.string().exactOptional(),
    })
    .superRefine((client, context) => {
      const say = (message: string): void => context.addIssue({ code: 'custom', message });
      const { token_endpoint_auth_method: method, jwks, jwks_uri } = client;
      if (method.startsWith('client_secret') && client.client_secret === undefined)
        say(`${method} needs a client_secret.`);
      if (method === 'private_key_jwt' && (jwks === undefined) === (jwks_uri === undefined))
        say('private_key_jwt needs either jwks or jwks_uri.');
      if (jwks !== undefined && plan.clientKeys === 'by-address')
        say('Keys are registered by their address (jwks_uri) only.');
      if (grantTypesOf(client).includes('authorization_code') && client.redirect_uris === undefined)
        say('authorization_code needs redirect_uris.');
    });
}

export function grantTypesOf({ grant_types }: Pick<RegisteredClient, 'grant_types'>): readonly GrantType[] {
  return grant_types ?? ['authorization_code', 'refresh_token'];
}

/** The client in the words of oidc-provider, which is told no scope: what may be granted is decided beside it. */
export function providerMetadata(client: RegisteredClient): object {
  const { scope: _, redirect_uris = [], ...rest } = client;
  const grant_types = [...grantTypesOf(client)];
  return {
    ...rest,
    redirect_uris,
    grant_types,
    response_types: grant_types.includes('authorization_code') ? ['code'] : [],
  };
}
