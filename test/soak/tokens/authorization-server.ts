import { createServer } from 'node:http';
import Provider, { type Adapter, type AdapterPayload } from 'oidc-provider';

/**
 * An authorization server in a process of its own that takes rotation seriously: every refresh brings a new refresh
 * token, and using an old one again ends the whole grant (RFC 9700 §4.14.2). Access tokens live for two seconds.
 *
 * Beside its token endpoint, for the soak only: `POST /__grant` consents, `GET /__revoked` names the grants that ended,
 * `GET /resource` says 200 to an access token whose grant lives.
 */
const [secret = ''] = process.argv.slice(2);
const clientId = 'postern';
const scope = 'offline_access user/Slot.rs user/Appointment.crus';

const stored = new Map<string, AdapterPayload>();
const revoked = new Set<string>();

/** What oidc-provider keeps, in memory; expired things stay, since a soak is short. */
class Memory implements Adapter {
  readonly #model: string;
  constructor(model: string) {
    this.#model = model;
  }
  #key(id: string): string {
    return `${this.#model}:${id}`;
  }
  async upsert(id: string, payload: AdapterPayload): Promise<void> {
    stored.set(this.#key(id), payload);
  }
  async find(id: string): Promise<AdapterPayload | undefined> {
    return stored.get(this.#key(id));
  }
  async findByUserCode(): Promise<undefined> {}
  async findByUid(): Promise<undefined> {}
  async consume(id: string): Promise<void> {
    const found = stored.get(this.#key(id));
    if (found) found.consumed = Math.floor(Date.now() / 1_000);
  }
  async destroy(id: string): Promise<void> {
    stored.delete(this.#key(id));
  }
  async revokeByGrantId(grantId: string): Promise<void> {
    revoked.add(grantId);
    for (const [key, payload] of stored) if (payload.grantId === grantId) stored.delete(key);
  }
}

const server = createServer();
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A listener on a port has a port.');
  serve(`http://127.0.0.1:${address.port}`);
});

function serve(url: string): void {
  const provider = new Provider(url, {
    adapter: Memory,
    clients: [
      {
        client_id: clientId,
        client_secret: secret,
        grant_types: ['authorization_code', 'refresh_token'],
        redirect_uris: ['http://127.0.0.1/callback'],
      },
    ],
    scopes: scope.split(' '),
    rotateRefreshToken: true,
    ttl: { AccessToken: 2, RefreshToken: 86_400, Grant: 86_400 },
    findAccount: (_context, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
    features: { devInteractions: { enabled: false } },
  });
  provider.on('grant.revoked', (_context, grantId) => void revoked.add(grantId));
  const answer = provider.callback();

  /** As if somebody had consented. */
  async function consent() {
    const client = await provider.Client.find(clientId);
    if (client === undefined) throw new Error('The client is registered above.');
    const grant = new provider.Grant({ accountId: 'owner', clientId });
    grant.addOIDCScope(scope);
    const grantId = await grant.save();
    const common = { accountId: 'owner', client, grantId, scope, gty: 'authorization_code', claims: {} };
    const refresh = new provider.RefreshToken({ ...common, rotations: 0 } as never); // types know less than it takes
    const access = new provider.AccessToken(common as never);
    return {
      grantId,
      access_token: await access.save(),
      refresh_token: await refresh.save(),
      expires_in: 2,
      scope,
    };
  }

  server.on('request', async (request, response) => {
    const json = (body: unknown, status = 200): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    };
    try {
      if (request.url === '/__grant') return json(await consent());
      if (request.url === '/__revoked') return json([...revoked]);
      if (request.url === '/resource') {
        const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? '';
        const grantId = stored.get(`AccessToken:${token}`)?.grantId;
        return json({}, grantId !== undefined && !revoked.has(grantId) ? 200 : 401);
      }
      await answer(request, response);
    } catch {
      response.writeHead(500).end();
    }
  });
  process.send?.({ ready: true, url });
}
process.on('disconnect', () => process.exit(0));
