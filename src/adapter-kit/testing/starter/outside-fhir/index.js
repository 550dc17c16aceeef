import { createDialect } from './dialect.js';

/** @typedef {import('postern/kit').Kit} Kit */

/**
 * A vendor that is FHIR R4 with differences. What differs is in dialect.js; the rest is the FHIR adapter's.
 *
 * @param {Kit} kit all that an adapter may use
 */
export default (kit) => {
  const { defineAdapter, fhir } = kit;
  const dialect = createDialect(kit);
  return defineAdapter({
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
      scopes: fhir.scopePlan({
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
          never: [
            'diagnoses, results, medication and notes',
            'insurance and bills',
            'documents and messages',
          ],
        },
      }),
      // `strict` is safe where nothing is known: an old refresh token is never used again.
      refreshTokens: 'strict',
    },
    settings: dialect.settings,
    capabilities: dialect.can(dialect.settings.parse({})),
    capabilitiesWith: (given) => dialect.can(dialect.settings.parse(given)),
    routes: dialect.routes,
    operations: { ...fhir.createFhirOperations(dialect), createPatient: kit.unsupported },
  });
};
