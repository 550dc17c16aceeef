import { defineAdapter } from '#adapter-kit/index.ts';
import { appointmentsOf, read } from './appointments.ts';
import { openings, verify } from './availability.ts';
import { book, cancel, move } from './booking.ts';
import { capabilitiesWith } from './capabilities.ts';
import { changes } from './changes.ts';
import { directory, probe } from './directory.ts';
import { hold, release } from './hold.ts';
import { createPatient, matchPatients } from './patients.ts';
import { routes } from './routes.ts';
import { scopes } from './scopes.ts';
import { ownSettings, settings } from './settings.ts';

/**
 * athenahealth (athenaOne) by its REST API. A connection's address names host and practice, so that nothing else can be
 * reached by it: `https://api.platform.athenahealth.com/v1/195900`, or `api.preview.platform…`. See README.md for what is
 * kept and what is lost, CONNECT.md for what a practice has to do.
 */
export const athenahealth = defineAdapter({
  id: 'athenahealth',
  title: 'athenahealth',
  authorization: {
    kind: 'oauth2',
    fhirBase: '',
    metadata: {
      issuer: '/oauth2/v1',
      authorizationEndpoint: '/oauth2/v1/authorize',
      tokenEndpoint: '/oauth2/v1/token',
      revocationEndpoint: '/oauth2/v1/revoke',
      source:
        'docs.athenahealth.com, "Authentication and URL locations". The SMART document describes apps at /fhir/r4 and ' +
        'names an issuer at another host; the API below /v1 is not FHIR.',
    },
    pkce: 'S256',
    grantTypes: ['client_credentials', 'authorization_code'],
    // Keys can be registered too, but nobody says which `aud` their assertions need.
    clientAuthentication: ['client_secret_basic'],
    audience: 'none',
    scopes,
    // Whether refresh tokens rotate is not published. Nothing is lost by never using an old one again.
    refreshTokens: 'strict',
  },
  settings,
  capabilities: capabilitiesWith(settings.parse({})),
  capabilitiesWith: (given) => capabilitiesWith(ownSettings(given)),
  routes,
  operations: {
    probe,
    directory,
    openings,
    verify,
    hold,
    release,
    book,
    move,
    cancel,
    read,
    appointmentsOf,
    matchPatients,
    createPatient,
    changes,
  },
});
