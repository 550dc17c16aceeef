import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import {
  type AuthorizationServerPlan,
  json,
  type RunningSimulator,
  startSimulator,
} from '#simulator-kit/index.ts';
import { toyEmr } from '../toy-emr.ts';
import { type Controls, controlsOf } from './controls.ts';

/** A vendor whose paths are deep, whose refresh tokens rotate and whose errors have no manner of their own. */
export const plan: AuthorizationServerPlan = {
  paths: {
    issuer: '/toy/oauth2',
    authorize: '/toy/oauth2/authorize',
    token: '/toy/oauth2/token',
    jwks: '/toy/keys',
    revocation: '/toy/oauth2/token/revoke',
    introspection: '/tokeninfo',
  },
  signIn: {
    title: 'Toy Clinic EMR',
    users: [
      {
        id: 'u1',
        name: 'Robin Vale',
        username: 'rvale',
        password: 'try "it" <now>',
        fhirUser: '/api/Practitioner/7',
      },
      { id: 'u2', name: 'Sam Reed', username: 'sreed', password: 'second' },
    ],
  },
  clients: [
    {
      client_id: 'gateway',
      client_name: 'Postern',
      client_secret: 'a secret: with + signs/',
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: ['http://127.0.0.1:1/callback'],
    },
  ],
  clientAuthentication: ['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'],
  scopes: {
    offered: [
      ...['openid', 'fhirUser', 'offline_access', 'user/Visit.rs', 'user/Visit.c'],
      ...['system/Visit.rs', 'system/Visit.c'],
    ],
  },
  audience: { accepted: ['/api'], required: true, refusal: 'redirect' },
  accessTokenSeconds: 600,
  refreshTokens: 'rotated',
  authorizationResponseIss: true,
};

/** The toy EMR behind that server: a request needs a token with a scope for it. */
export function clinic(changes: Partial<AuthorizationServerPlan> = {}): typeof toyEmr {
  return {
    ...toyEmr,
    admit(scene, request) {
      const token = scene.token(request);
      if (token === undefined) return json(401, 'no good token');
      const needed = request.method === 'GET' ? 'Visit.rs' : 'Visit.c';
      const allowed = ['user', 'system'].some((who) => token.scopes.has(`${who}/${needed}`));
      return allowed ? undefined : json(403, { ...token, scopes: [...token.scopes] });
    },
    authorizationServer: { ...plan, ...changes },
  };
}

/** A running clinic with a folder of its own; both are gone after the test. */
export async function startClinic(
  test: TestContext,
  changes: Partial<AuthorizationServerPlan> = {},
  stateFile?: string,
): Promise<Clinic> {
  const file = stateFile ?? join(await mkdtemp(join(tmpdir(), 'clinic-')), 'toy.json');
  const simulator = await startSimulator({ emulation: clinic(changes), stateFile: file });
  test.after(async () => {
    await simulator.stop();
    await rm(dirname(file), { recursive: true, force: true });
  });
  return { ...simulator, file, ...controlsOf(simulator.url) };
}

export interface Clinic extends RunningSimulator, Controls {
  readonly file: string;
}
