import express, { type Router } from 'express';
import { z } from 'zod';
import { settingsOf } from './issuer.ts';
import type { AuthorizationServerPlan, RegisteredClient } from './plan.ts';
import type { Register } from './register.ts';
import { admitClient, type ValidateClient } from './registration.ts';
import type { Tally } from './tally.ts';
import type { TokenStore } from './token-store.ts';

/** `/__sim/oauth`: the vendor's developer portal, and the truth about what was asked and granted. */
export function oauthControl({ plan, origin, store, register, tally, validate }: ControlParts): Router {
  const router = express.Router();
  router.use(express.json({ strict: true, type: () => true }));
  router.get('/', (_req, res) => {
    const { issuer, ...paths } = plan.paths;
    const endpoints = Object.entries(paths).map(([name, path]) => [name, origin + path]);
    res.json({ issuer: origin + issuer, endpoints: Object.fromEntries(endpoints), ...tally.read() });
  });
  router.post('/revoke-all', (_req, res) => {
    const revoked = store.activeGrants().size;
    store.revokeAll();
    res.json({ revoked });
  });

  router.get('/settings', (_req, res) => void res.json(settingsOf(plan, store)));
  router.put('/settings', (req, res) => {
    const changes = settings.safeParse(req.body);
    if (!changes.success) {
      res.status(400).json({ error: z.prettifyError(changes.error) });
      return;
    }
    const changed = { ...store.settings.get('changed'), ...changes.data };
    store.write(() => store.settings.put('changed', changed));
    res.json(settingsOf(plan, store));
  });

  router.get('/clients', (_req, res) => void res.json(register.all().map(withoutSecret)));
  router.put('/clients/:clientId', async (req, res) => {
    const admitted = await admitClient(plan, validate, req.params.clientId, req.body);
    if (!admitted.success) {
      res.status(400).json({ error: admitted.fault });
      return;
    }
    const { client } = admitted;
    const known = register.find(client.client_id) !== undefined;
    register.put(client);
    res.status(known ? 200 : 201).json(withoutSecret(client));
  });
  router.delete(
    '/clients/:clientId',
    (req, res) => void res.status(register.remove(req.params.clientId) ? 204 : 404).end(),
  );
  return router;
}

interface ControlParts {
  readonly plan: AuthorizationServerPlan;
  readonly origin: string;
  readonly store: TokenStore;
  readonly register: Register;
  readonly tally: Tally;
  readonly validate: ValidateClient;
}

const settings = z.strictObject({
  accessTokenSeconds: z
    .int()
    .min(2)
    .max(7 * 86_400)
    .exactOptional(),
  refreshTokens: z.enum(['rotated', 'repeated', 'kept']).exactOptional(),
});

function withoutSecret({ client_secret: _, ...client }: RegisteredClient): object {
  return client;
}
