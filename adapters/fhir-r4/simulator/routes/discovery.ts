import { type EmrAnswer, json } from '#simulator-kit/index.ts';
import { advertisedScopes, oauthPaths } from '../authorization.ts';
import { baseOf, originOf } from '../base.ts';
import type { Criteria } from '../criteria.ts';
import { fhir } from '../outcome.ts';
import type { ClinicCall } from '../tables.ts';
import { appointments } from './appointment-reads.ts';
import { directoryCriteria } from './directory.ts';
import { patients } from './patients.ts';
import { slots } from './slots.ts';

/** Addresses of this server, in the words of SMART App Launch 2.2, `.well-known/smart-configuration`. */
export function smartConfiguration(call: Pick<ClinicCall, 'request'>): EmrAnswer {
  const origin = originOf(call.request);
  return json(200, {
    issuer: origin + oauthPaths.issuer,
    jwks_uri: origin + oauthPaths.jwks,
    authorization_endpoint: origin + oauthPaths.authorize,
    token_endpoint: origin + oauthPaths.token,
    revocation_endpoint: origin + oauthPaths.revocation,
    introspection_endpoint: origin + oauthPaths.introspection,
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'private_key_jwt', 'none'],
    token_endpoint_auth_signing_alg_values_supported: ['RS384', 'ES384'],
    scopes_supported: advertisedScopes(),
    capabilities: [
      'launch-standalone',
      'authorize-post',
      'client-public',
      'client-confidential-symmetric',
      'client-confidential-asymmetric',
      'sso-openid-connect',
      'permission-offline',
      'permission-user',
      'permission-v1',
      'permission-v2',
    ],
  });
}

/** What is played here, as the settings have it at this moment. */
export function capabilityStatement(call: Pick<ClinicCall, 'request' | 'clinic' | 'settings'>): EmrAnswer {
  const { settings } = call;
  const write = ['create', 'update', ...(settings.patch ? ['patch'] : [])];
  const types: readonly (readonly [type: string, writes: readonly string[], criteria: Criteria<never>])[] = [
    ['Appointment', write, appointments.criteria],
    ['Slot', [], slots.criteria],
    ['Patient', ['create'], patients.criteria],
    ...Object.entries(directoryCriteria).map(([type, criteria]) => [type, [], criteria] as const),
  ];
  return fhir(200, {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-09-01',
    publisher: 'Simulated for tests',
    kind: 'instance',
    software: { name: 'A FHIR R4 EMR (simulated)', version: '4.2.0' },
    implementation: { description: call.clinic.name, url: baseOf(call) },
    fhirVersion: '4.0.1',
    format: ['json'],
    ...(settings.patch && { patchFormat: ['application/json-patch+json'] }),
    rest: [
      {
        mode: 'server',
        security: { service: [{ coding: [SMART] }] },
        resource: types.map(([type, writes, criteria]) => ({
          type,
          interaction: ['read', 'search-type', ...writes].map((code) => ({ code })),
          versioning: settings.withoutIfMatch === 'accept' ? 'versioned' : 'versioned-update',
          ...(writes.length > 0 && { conditionalCreate: settings.conditionalCreate }),
          ...(type === 'Slot' && { searchInclude: ['Slot:schedule'] }),
          searchParam: Object.keys(criteria)
            .filter((name) => !/[:.]/.test(name))
            .map((name) => ({ name, type: PARAMETER_TYPES[name] ?? 'token' })),
        })),
      },
    ],
  });
}

const SMART = {
  system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
  code: 'SMART-on-FHIR',
};

/** Those that are no token. */
const PARAMETER_TYPES: Readonly<Record<string, string>> = {
  name: 'string',
  family: 'string',
  given: 'string',
  patient: 'reference',
  practitioner: 'reference',
  location: 'reference',
  actor: 'reference',
  slot: 'reference',
  schedule: 'reference',
  date: 'date',
  start: 'date',
  birthdate: 'date',
};
