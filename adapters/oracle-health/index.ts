import { defineAdapter } from '#adapter-kit/index.ts';
import { scopePlan } from '../fhir-r4/index.ts';
import { can } from './capabilities.ts';
import { operations } from './operations.ts';
import { routes } from './routes.ts';
import { asFhirSettings, settings } from './settings.ts';

/** Oracle Health Millennium (Cerner) by its FHIR R4 API. See README.md for what is kept and what is lost. */
export const oracleHealth = defineAdapter({
  id: 'oracle-health',
  title: 'Oracle Health',
  authorization: {
    kind: 'oauth2',
    // The origin names the tenant: https://fhir-ehr.cerner.com/r4/{tenant}.
    fhirBase: '',
    metadata: 'smart-configuration',
    pkce: 'S256',
    grantTypes: ['authorization_code', 'client_credentials'],
    clientAuthentication: ['private_key_jwt', 'client_secret_basic'],
    audience: 'base-with-slash',
    scopes: scopePlan({
      table: {
        Appointment: ['crus', ['read', 'write']],
        Slot: ['rus', ['read', 'write']],
        Schedule: ['rs', ['read']],
        Practitioner: ['rs', ['read']],
        Location: ['rs', ['read']],
        Patient: ['rs', ['read']],
      },
      reads: ['Appointment', 'Slot', 'Schedule', 'Patient'],
      besides: ['openid', 'fhirUser', 'offline_access'],
      inWords: {
        asked: [
          'see open times of the practitioners and locations that you name, and keep one while a caller decides',
          'see, make, move and cancel appointments',
          'find a patient by name and birth date',
        ],
        never: ['diagnoses, results, medication and notes', 'insurance and bills', 'documents and messages'],
      },
    }),
    // The answer to a refresh has no refresh token: the first one stays.
    refreshTokens: 'reused',
  },
  settings,
  capabilities: can(asFhirSettings.parse({})),
  capabilitiesWith: (given) => can(asFhirSettings.parse(given)),
  routes,
  operations,
});
