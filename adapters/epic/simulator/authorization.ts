import type { AuthorizationServerPlan, RegisteredClient } from '#simulator-kit/index.ts';
import { json } from '#simulator-kit/index.ts';
import { patientOf } from './access.ts';
import { ROOT } from './bundle.ts';
import { fhirId } from './fhir-id.ts';
import type { Practice } from './practice-plan.ts';
import { OFFERED_SCOPES } from './scopes.ts';

export const ISSUER_PATH = `${ROOT}/oauth2` as const;
export const AUTHORIZE_PATH = `${ISSUER_PATH}/authorize` as const;
export const TOKEN_PATH = `${ISSUER_PATH}/token` as const;
export const JWKS_PATH = `${ROOT}/api/epic/2019/Security/Open/PublicKeys/530027/OIDC` as const;

/** Epic's authorization server: apps that sign give the address of their keys, and every `invalid_client` looks alike. */
export function authorizationServer(
  practice: Practice,
  clients: readonly RegisteredClient[],
): AuthorizationServerPlan {
  const [patient] = practice.patients;
  return {
    paths: { issuer: ISSUER_PATH, authorize: AUTHORIZE_PATH, token: TOKEN_PATH, jwks: JWKS_PATH },
    signIn: {
      title: practice.name,
      users: [
        {
          id: fhirId('User', 1),
          name: 'Rosa Delgado, front desk',
          username: 'rosa',
          password: 'juniper',
          fhirUser: `${ROOT}/api/FHIR/R4/Practitioner/${fhirId('User', 1)}`,
        },
        ...(patient === undefined
          ? []
          : [
              {
                id: patient.id,
                name: `${patient.given} ${patient.family}, patient`,
                username: patient.given.toLowerCase(),
                password: 'juniper',
                fhirUser: `${ROOT}/api/FHIR/R4/Patient/${patient.id}`,
              },
            ]),
      ],
    },
    clients,
    clientAuthentication: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
    basicCredentials: 'plain',
    assertionAlgorithms: ['RS384', 'ES256', 'ES384'],
    clientKeys: 'by-address',
    scopes: { offered: OFFERED_SCOPES },
    // A missing or wrong `aud` never comes back to the app: the person sees a page that does not go on.
    audience: {
      accepted: [`${ROOT}/api/FHIR/R4`, `${ROOT}/api/FHIR/STU3`],
      required: true,
      refusal: 'page',
    },
    accessTokenSeconds: 3600,
    refreshTokens: 'kept',
    authorizationResponseIss: false,
    error: (status, code) =>
      code === 'invalid_client'
        ? json(400, { error: code, error_description: null })
        : json(status, { error: code, error_description: null }),
    tokenMembers(token) {
      const id = patientOf(practice, token);
      return id === undefined ? {} : { patient: id };
    },
  };
}
