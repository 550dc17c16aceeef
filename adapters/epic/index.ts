import { defineAdapter, unsupported } from '#adapter-kit/index.ts';
import { createFhirOperations } from '../fhir-r4/index.ts';
import { appointmentsOf } from './appointments.ts';
import { openings, verify } from './availability.ts';
import { book } from './booking.ts';
import { capabilitiesWith } from './capabilities.ts';
import { dialect } from './dialect.ts';
import { directory, probe } from './directory.ts';
import { routes } from './routes.ts';
import { scopes } from './scopes.ts';
import { ownSettings, settings } from './settings.ts';

/**
 * Epic by its R4 reads and its STU3 operations `$find` and `$book`, https://fhir.epic.com. A connection's address is the
 * root of both, e.g. `https://fhir.epic.com/interconnect-fhir-oauth`. See README.md for what is kept and what is lost,
 * CONNECT.md for what a practice has to do.
 */
export const epic = defineAdapter({
  id: 'epic',
  title: 'Epic',
  authorization: {
    kind: 'oauth2',
    fhirBase: '/api/FHIR/R4',
    metadata: 'smart-configuration',
    pkce: 'S256',
    grantTypes: ['authorization_code', 'client_credentials'],
    clientAuthentication: ['private_key_jwt', 'client_secret_basic'],
    audience: 'base',
    // community.fhir.org/t/4312: encoded first, as RFC 6749 §2.3.1 says, they are refused.
    rawBasic: true,
    scopes,
    // Whether refresh tokens rotate is not published. Nothing is lost by never using an old one again.
    refreshTokens: 'strict',
  },
  settings,
  capabilities: capabilitiesWith(settings.parse({})),
  capabilitiesWith: (given) => capabilitiesWith(ownSettings(given)),
  routes,
  operations: {
    ...createFhirOperations(dialect),
    probe,
    directory,
    openings,
    verify,
    book,
    appointmentsOf,
    move: unsupported,
    cancel: unsupported,
    createPatient: unsupported,
  },
});
