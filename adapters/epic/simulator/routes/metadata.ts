import { json } from '#simulator-kit/index.ts';
import { originOf, resourceAnswer } from '../answer.ts';
import { AUTHORIZE_PATH, ISSUER_PATH, JWKS_PATH, TOKEN_PATH } from '../authorization.ts';
import { fhirBase } from '../bundle.ts';
import type { EpicCall, FhirVersion, Interaction, Json } from '../tables.ts';

/** What the server says about itself, without a token. `$find` and `$book` are in neither statement. */
export const selfDescriptions: readonly Interaction[] = [
  {
    verb: 'GET',
    template: '/api/FHIR/R4/metadata',
    effect: 'read',
    access: 'open',
    handle: (call) => capabilityStatement(call, 'R4', r4Resources),
  },
  {
    verb: 'GET',
    template: '/api/FHIR/STU3/metadata',
    effect: 'read',
    access: 'open',
    handle: (call) => capabilityStatement(call, 'STU3', stu3Resources),
  },
  {
    verb: 'GET',
    template: '/api/FHIR/R4/.well-known/smart-configuration',
    effect: 'read',
    access: 'open',
    handle: smartConfiguration,
  },
];

function capabilityStatement(call: EpicCall, version: FhirVersion, resource: readonly Json[]) {
  const origin = originOf(call.request);
  const service = { system: 'http://hl7.org/fhir/restful-security-service', code: 'SMART-on-FHIR' };
  const address = (url: string, path: string) => ({ url, valueUri: `${origin}${path}` });
  return resourceAnswer(call.request, 200, {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-05-20',
    publisher: call.practice.name,
    kind: 'instance',
    software: { name: 'Epic', version: 'May 2026' },
    implementation: { description: `${call.practice.name} (simulated)`, url: fhirBase(call, version) },
    fhirVersion: version === 'R4' ? '4.0.1' : '3.0.1',
    ...(version === 'R4' ? {} : { acceptUnknown: 'both' }),
    format: ['xml', 'json'],
    rest: [
      {
        mode: 'server',
        security: {
          extension: [
            {
              extension: [address('authorize', AUTHORIZE_PATH), address('token', TOKEN_PATH)],
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
            },
          ],
          cors: true,
          service: [
            {
              coding: [service],
              text: 'OAuth2 using SMART-on-FHIR profile (see http://docs.smarthealthit.org)',
            },
          ],
        },
        resource,
      },
    ],
  });
}

/** Always JSON, whatever was asked for (SMART App Launch 2.2 §2.2). */
function smartConfiguration({ request }: EpicCall) {
  const origin = originOf(request);
  return json(200, {
    issuer: `${origin}${ISSUER_PATH}`,
    jwks_uri: `${origin}${JWKS_PATH}`,
    authorization_endpoint: `${origin}${AUTHORIZE_PATH}`,
    token_endpoint: `${origin}${TOKEN_PATH}`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'client_secret_basic', 'private_key_jwt'],
    grant_types_supported: [
      'authorization_code',
      'refresh_token',
      'client_credentials',
      'urn:ietf:params:oauth:grant-type:jwt-bearer',
      'urn:ietf:params:oauth:grant-type:token-exchange',
    ],
    // What can be asked for is decided at registration and never told here.
    scopes_supported: ['epic.scanning.dmsusername', 'fhirUser', 'launch', 'openid', 'profile'],
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    capabilities: CAPABILITIES,
  });
}

const CAPABILITIES = `launch-ehr launch-standalone client-public client-confidential-symmetric
  client-confidential-asymmetric context-banner context-style context-ehr-patient context-ehr-encounter
  context-standalone-patient permission-offline permission-patient permission-user permission-v1 permission-v2
  sso-openid-connect authorize-post`.split(/\s+/);

const read = { code: 'read' };
const searchable = [read, { code: 'search-type' }];

const r4Resources: readonly Json[] = [
  {
    type: 'Appointment',
    interaction: searchable,
    conditionalCreate: false,
    searchInclude: ['*'],
    searchRevInclude: ['Provenance:target'],
    searchParam: [
      ['_count', 'number'],
      ['_id', 'token'],
      ['date', 'date'],
      ['identifier', 'token'],
      ['onlyscannable', 'token'],
      ['patient', 'reference'],
      ['service-category', 'token'],
      ['status', 'token'],
      ...['actor', 'based-on', 'location', 'practitioner', 'reason-reference', 'slot', 'supporting-info'].map(
        (name) => [name, 'reference'] as const,
      ),
      ...['appointment-type', 'part-status', 'reason-code', 'service-type', 'specialty'].map(
        (name) => [name, 'token'] as const,
      ),
    ].map(([name, type]) => ({ name, type })),
  },
  ...['Location', 'Organization', 'Patient', 'Practitioner', 'PractitionerRole'].map((type) => ({
    type,
    interaction: searchable,
    conditionalCreate: false,
  })),
];

const stu3Resources: readonly Json[] = [
  { type: 'Appointment', interaction: searchable, conditionalCreate: false },
  { type: 'Schedule', interaction: [read] },
  { type: 'Slot', interaction: [read] },
];
