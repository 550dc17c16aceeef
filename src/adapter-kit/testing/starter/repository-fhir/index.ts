import { defineAdapter, unsupported } from '#adapter-kit/index.ts';
import { createFhirOperations, scopePlan } from '../../../../../adapters/fhir-r4/index.ts';
import { dialect } from './dialect.ts';

/** A vendor that is FHIR R4 with differences. What differs is in dialect.ts; the rest is the FHIR adapter's. */
export const starter = defineAdapter({
  id: 'starter',
  title: 'Starter',
  authorization: {
    kind: 'oauth2',
    // Where the FHIR base lies below a connection's origin.
    fhirBase: dialect.base,
    metadata: 'smart-configuration',
    pkce: 'S256',
    grantTypes: ['authorization_code', 'client_credentials'],
    clientAuthentication: ['private_key_jwt', 'client_secret_basic'],
    audience: 'base',
    // Scheduling and nothing else: a wider grant is refused and revoked.
    scopes: scopePlan({
      table: {
        Appointment: ['crus', ['read', 'write']],
        Slot: ['rs', ['read']],
        Schedule: ['rs', ['read']],
        Practitioner: ['rs', ['read']],
        PractitionerRole: ['rs', ['read']],
        Location: ['rs', ['read']],
        HealthcareService: ['rs', ['read']],
        Patient: ['rs', ['read']],
      },
      reads: ['Appointment', 'Slot', 'Schedule', 'Patient'],
      besides: ['openid', 'fhirUser', 'offline_access'],
      inWords: {
        asked: [
          'see open times',
          'see, make, move and cancel appointments',
          'find a patient by name and birth date',
        ],
        never: ['diagnoses, results, medication and notes', 'insurance and bills', 'documents and messages'],
      },
    }),
    // `strict` is safe where nothing is known: an old refresh token is never used again.
    refreshTokens: 'strict',
  },
  settings: dialect.settings,
  capabilities: dialect.can(dialect.settings.parse({})),
  capabilitiesWith: (given) => dialect.can(dialect.settings.parse(given)),
  routes: dialect.routes,
  operations: { ...createFhirOperations(dialect), createPatient: unsupported },
});
