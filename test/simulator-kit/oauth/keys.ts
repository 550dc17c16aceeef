import { createServer } from 'node:http';
import type { TestContext } from 'node:test';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

/** A key of an app: the public half for the register, the private one to sign assertions with. */
export async function makeKey(alg: 'RS384' | 'ES384' | 'ES256', kid: string): Promise<AppKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg);
  return { alg, kid, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

/** A client assertion (RFC 7523), good unless `changes` make it bad. */
export function assertionOf(
  key: AppKey,
  clientId: string,
  audience: string,
  changes: { readonly claims?: object; readonly header?: object } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: audience,
    jti: crypto.randomUUID(),
    iat: now,
    exp: now + 300,
    ...changes.claims,
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, typ: 'JWT', kid: key.kid, ...changes.header })
    .sign(key.privateKey);
}

/** Serves a key set on loopback; what it serves can be changed. */
export async function serveKeys(
  test: TestContext,
  keys: JWK[],
): Promise<{ readonly address: string; keys: JWK[]; fetches: number }> {
  const served = { address: '', keys, fetches: 0 };
  const server = createServer((_req, res) => {
    served.fetches++;
    res.setHeader('content-type', 'application/json');
    res.end(JSON.stringify({ keys: served.keys }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return Object.assign(served, { address: `http://127.0.0.1:${port}/jwks.json` });
}

export interface AppKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: Awaited<ReturnType<typeof generateKeyPair>>['privateKey'];
  readonly jwk: JWK;
}
