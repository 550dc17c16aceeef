import { type EmrAnswer, json } from '#simulator-kit/index.ts';
import { advertisedScopes, type Host, oauthPaths } from '../authorization.ts';
import { baseOf, originOf } from '../base.ts';
import { fhir } from '../outcome.ts';
import type { ClinicCall } from '../tables.ts';

/** Addresses of the simulator, in the words of SMART App Launch 2.2, `.well-known/smart-configuration`. */
export function smartConfiguration(call: Pick<ClinicCall, 'request' | 'clinic'>, host: Host): EmrAnswer {
  const origin = originOf(call.request);
  const paths = oauthPaths(call.clinic, host);
  return json(200, {
    issuer: origin + paths.issuer,
    jwks_uri: origin + paths.jwks,
    authorization_endpoint: origin + paths.authorize,
    token_endpoint: origin + paths.token,
    revocation_endpoint: origin + paths.revocation,
    introspection_endpoint: origin + paths.introspection,
    grant_types_supported: ['authorization_code', 'client_credentials'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    scopes_supported: advertisedScopes(host),
    capabilities: [
      'launch-ehr',
      'launch-standalone',
      'authorize-post',
      'client-confidential-symmetric',
      'client-confidential-asymmetric',
      'sso-openid-connect',
      ...(host === 'patient' ? ['context-standalone-patient'] : []),
      'permission-offline',
      'permission-online',
      'permission-patient',
      'permission-user',
      'permission-v1',
      'permission-v2',
    ],
  });
}

/** The secure R4 endpoint as far as it is played here. */
export function capabilityStatement(call: Pick<ClinicCall, 'request' | 'clinic'>, host: Host): EmrAnswer {
  const paths = oauthPaths(call.clinic, host);
  const origin = originOf(call.request);
  const uris = 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris';
  return fhir(200, {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-08-14',
    publisher: 'Simulated for tests',
    kind: 'instance',
    software: { name: 'Oracle Health Millennium (simulated)', version: '2026.08' },
    implementation: { description: call.clinic.name, url: baseOf(call) },
    fhirVersion: '4.0.1',
    format: ['json'],
    patchFormat: ['application/json-patch+json'],
    rest: [
      {
        mode: 'server',
        security: {
          service: [
            {
              coding: [
                {
                  system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
                  code: 'SMART-on-FHIR',
                },
              ],
            },
          ],
          extension: [
            {
              url: uris,
              extension: [
                { url: 'token', valueUri: origin + paths.token },
                { url: 'authorize', valueUri: origin + paths.authorize },
              ],
            },
          ],
        },
        resource: Object.entries(resources).map(([type, { interactions, parameters }]) => ({
          type,
          interaction: interactions.map((code) => ({ code })),
          versioning: 'versioned-update',
          conditionalCreate: false,
          searchParam: parameters.map((name) => ({ name, type: parameterTypes[name] ?? 'string' })),
        })),
      },
    ],
  });
}

const resources: Readonly<
  Record<string, { readonly interactions: readonly string[]; readonly parameters: readonly string[] }>
> = {
  Appointment: {
    interactions: ['read', 'search-type', 'create', 'patch'],
    parameters: ['_id', 'patient', 'practitioner', 'location', 'date', '-date-or-req-period', 'status'],
  },
  Slot: {
    interactions: ['read', 'search-type', 'patch'],
    parameters: ['_id', 'service-type', 'schedule.actor', '-location', 'start'],
  },
  Schedule: { interactions: ['read', 'search-type'], parameters: ['_id'] },
  Location: { interactions: ['read', 'search-type'], parameters: ['_id', 'name'] },
  Practitioner: {
    interactions: ['read', 'search-type'],
    parameters: ['_id', 'name', 'family', 'given'],
  },
  Organization: { interactions: ['read', 'search-type'], parameters: ['_id', 'name'] },
  Patient: {
    interactions: ['read', 'search-type', 'create'],
    parameters: ['_id', 'identifier', 'name', 'family', 'given', 'birthdate', 'gender', 'phone', 'email'],
  },
};

const parameterTypes: Readonly<Record<string, string>> = {
  _id: 'token',
  identifier: 'token',
  status: 'token',
  gender: 'token',
  phone: 'token',
  email: 'token',
  'service-type': 'token',
  patient: 'reference',
  practitioner: 'reference',
  location: 'reference',
  'schedule.actor': 'reference',
  '-location': 'reference',
  date: 'date',
  '-date-or-req-period': 'date',
  start: 'date',
  birthdate: 'date',
};
