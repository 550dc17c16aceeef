import { defineAdapter, unsupported } from '#adapter-kit/index.ts';
import { openings, verify } from './availability.ts';
import { appointmentsOf, book, cancel, changes, move, read } from './booking.ts';
import { capabilities } from './capabilities.ts';
import { directory, probe } from './directory.ts';
import { createPatient, matchPatients } from './patients.ts';
import { routes } from './routes.ts';
import { scopes } from './scopes.ts';
import { settings } from './settings.ts';
import { webhooks } from './webhooks.ts';

/**
 * DrChrono by its REST API v4 "Hunt Valley", https://app.drchrono.com/api. See README.md for what is kept and what is
 * lost, CONNECT.md for what a practice has to do.
 */
export const drchrono = defineAdapter({
  id: 'drchrono',
  title: 'DrChrono',
  authorization: {
    kind: 'oauth2',
    fhirBase: '',
    metadata: {
      issuer: '/o',
      authorizationEndpoint: '/o/authorize/',
      tokenEndpoint: '/o/token/',
      revocationEndpoint: '/o/revoke_token/',
      source: 'app.drchrono.com/api-docs, "Authorization" and "Revoking"; no metadata is published.',
    },
    pkce: {
      none: 'The REST API documents no PKCE (app.drchrono.com/api-docs, "Authorization"): a confidential client by its secret.',
    },
    grantTypes: ['authorization_code'],
    clientAuthentication: ['client_secret_post'],
    audience: 'none',
    scopes,
    // Not documented; two integrators saw the old one refused as soon as the new one was there.
    refreshTokens: 'strict',
  },
  settings,
  capabilities,
  routes,
  webhooks,
  operations: {
    probe,
    directory,
    openings,
    verify,
    hold: unsupported,
    release: unsupported,
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
