import { z } from 'zod';
import {
  type AuthorizationServerMetadata,
  checkServerMetadata,
  type EndpointRules,
} from './authorization-server-metadata.ts';
import { exchange, type Fetch } from './exchange.ts';
import { ourFailure } from './oauth-failure.ts';

/**
 * Reads `[base]/.well-known/smart-configuration` of a FHIR server (SMART App Launch 2.2, "Conformance") and judges it
 * with {@link parseSmartConfiguration}. Ask once, when a connection is made; keep the result with the connection.
 *
 * @param fhirBase e.g. `https://fhir.example.com/R4`, with or without a slash at its end
 * @throws OAuthFailure `refused` (`metadata`, `endpoint`, `endpoint-origin`, `no-pkce`), `unknown`, `busy`
 *
 * @example
 * const server = await readSmartConfiguration(
 *   'https://fhir.example.com/R4',
 *   { origins: ['https://fhir.example.com'] },
 *   { fetch, clock: Date.now },
 * );
 */
export async function readSmartConfiguration(
  fhirBase: string,
  rules: EndpointRules,
  { fetch: ask, clock }: { readonly fetch: Fetch; readonly clock: () => number },
): Promise<AuthorizationServerMetadata> {
  const base = fhirBase.replace(/\/$/, '');
  const answer = await exchange(ask, clock, {
    url: `${base}/.well-known/smart-configuration`,
    method: 'GET',
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(8_000),
  });
  const { status, retryAfterSeconds, json } = answer;
  if (status === 429) throw ourFailure('throttled', { status, retryAfterSeconds });
  if (status >= 500) throw ourFailure('server-failed', { status, retryAfterSeconds });
  if (status !== 200) throw ourFailure('unexpected-status', { status });
  if (json === undefined) throw ourFailure('not-json', { status });
  return parseSmartConfiguration(json, base, rules);
}

/**
 * Judges a SMART configuration. `S256` has to be among the PKCE methods; `plain` beside it is let be, because we never
 * use it. Where no `issuer` is given, which SMART allows without `sso-openid-connect` and real servers do with it, the
 * FHIR base stands for it. Nothing in it decides which scopes may be asked: servers list some of theirs at most.
 */
export function parseSmartConfiguration(
  document: unknown,
  fhirBase: string,
  rules: EndpointRules,
): AuthorizationServerMetadata {
  const parsed = smartConfiguration.safeParse(document);
  if (!parsed.success) throw ourFailure('metadata', { field: fieldOf(parsed.error) });
  const { issuer = fhirBase, ...said } = parsed.data;
  if (!said.code_challenge_methods_supported.includes('S256')) throw ourFailure('no-pkce');
  const interactive = said.capabilities.some((capability) => /^launch-(?:ehr|standalone)$/.test(capability));
  if (interactive && said.authorization_endpoint === undefined)
    throw ourFailure('metadata', { field: 'authorization_endpoint' });
  return checkServerMetadata({ issuer, ...said }, rules);
}

const words = z.array(z.string().max(200)).max(500);
const address = z.string().min(1).max(2_048);
const smartConfiguration = z.object({
  issuer: address.exactOptional(),
  authorization_endpoint: address.exactOptional(),
  token_endpoint: address,
  revocation_endpoint: address.exactOptional(),
  introspection_endpoint: address.exactOptional(),
  jwks_uri: address.exactOptional(),
  grant_types_supported: words,
  code_challenge_methods_supported: words,
  token_endpoint_auth_methods_supported: words.default([]),
  token_endpoint_auth_signing_alg_values_supported: words.default([]),
  authorization_response_iss_parameter_supported: z.boolean().default(false),
  capabilities: words,
});

/** The name of the field alone: zod's messages repeat what they were given. */
function fieldOf(error: z.ZodError): string | undefined {
  const field = error.issues[0]?.path[0];
  return typeof field === 'string' && field in smartConfiguration.shape ? field : undefined;
}
