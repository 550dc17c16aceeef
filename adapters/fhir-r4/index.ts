import { defineAdapter } from '#adapter-kit/index.ts';
import { baseDialect } from './base-dialect.ts';
import { createFhirOperations } from './operations.ts';
import { fhirScopes, scopePlan } from './scopes.ts';

/** Any server with FHIR R4 Slot and Appointment. README.md says what is read, what is lost and how it books. */
export const fhirR4 = defineAdapter({
  id: 'fhir-r4',
  title: 'FHIR R4',
  authorization: {
    kind: 'oauth2',
    fhirBase: '',
    metadata: 'smart-configuration',
    pkce: 'S256',
    grantTypes: ['authorization_code', 'client_credentials'],
    clientAuthentication: ['private_key_jwt', 'client_secret_basic', 'none'],
    audience: 'base',
    scopes: scopePlan({
      table: fhirScopes,
      reads: ['Appointment', 'Slot', 'Schedule', 'Patient'],
      besides: ['openid', 'fhirUser', 'offline_access'],
      inWords: {
        asked: [
          'see open times and who offers them where',
          'see, make, move and cancel appointments',
          'find a patient by name and birth date',
        ],
        never: ['diagnoses, results, medication and notes', 'insurance and bills', 'documents and messages'],
      },
      createsPatients: ({ createPatients }) => createPatients === true,
    }),
    refreshTokens: 'strict',
  },
  settings: baseDialect.settings,
  capabilities: baseDialect.can(baseDialect.settings.parse({})),
  capabilitiesWith: (settings) => baseDialect.can(baseDialect.settings.parse(settings)),
  routes: baseDialect.routes,
  operations: createFhirOperations(baseDialect),
});

// For adapters of vendors that are FHIR with differences.
export { baseDialect } from './base-dialect.ts';
export { capabilitiesWith } from './capabilities.ts';
export * as fhirClient from './client.ts';
export type { BookedPlace, FhirDialect, FhirQueries, SlotQuery } from './dialect.ts';
export { directory, readStatement } from './directory.ts';
export * as appointmentMap from './map/appointment.ts';
export { learnedFrom, versionIn } from './map/conformance.ts';
export * as directoryMap from './map/directory.ts';
export { readInstant, utc } from './map/instant.ts';
export * as issueMap from './map/issue.ts';
export { type FreeTime, inOrder } from './map/opening.ts';
export { isPerson, requirePatientId, toNewPatient, toPatient, toPerson } from './map/patient.ts';
export { idIn, idsIn } from './map/reference.ts';
export { conceptOf, hasToken, tokenOf } from './map/token.ts';
export { claimed, claimsOf, parseVendorKey, type VendorKey } from './map/vendor-key.ts';
export { both, inLots } from './office.ts';
export { createFhirOperations } from './operations.ts';
export * as fhirRoute from './routes.ts';
export { type ScopeTable, scopePlan, scopesOf } from './scopes.ts';
export { type FhirSettings, listOf, serviceTypesOf, settings as fhirSettings } from './settings.ts';
export { bundleOf, operationResult, outcomesOf, type Page, tolerant } from './wire/bundle.ts';
export * as fhirWire from './wire/resources.ts';
export * as fhirSent from './wire/sent.ts';
