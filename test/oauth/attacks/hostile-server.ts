import { createServer, type IncomingMessage } from 'node:http';
import { after } from 'node:test';
import type { AuthorizationServerMetadata } from '#oauth/authorization-server-metadata.ts';
import { nowhere } from '../canned-server.ts';

/**
 * An authorization server in the hands of an attacker, who is a registered EMR like any other: it sends people on to
 * `lead` and keeps all that clients tell it.
 */
export interface HostileServer {
  readonly metadata: AuthorizationServerMetadata;
  /** Forms that arrived, whatever the path. */
  readonly loot: readonly Record<string, string>[];
  /** Where it sends whoever comes to its authorization endpoint. */
  lead: (asked: URLSearchParams) => string;
}

export async function startHostileServer(): Promise<HostileServer> {
  const loot: Record<string, string>[] = [];
  const http = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://hostile');
    if (url.pathname === '/authorize')
      return response.writeHead(302, { location: server.lead(url.searchParams) }).end();
    void formOf(request).then((form) => {
      loot.push(form);
      response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
    });
  });
  await new Promise<void>((done) => http.listen(0, '127.0.0.1', done));
  const address = http.address();
  if (address === null || typeof address === 'string') throw new Error('No port.');
  after(() => {
    http.closeAllConnections();
    http.close();
  });
  const issuer = `http://127.0.0.1:${address.port}`;
  const server: HostileServer = {
    metadata: {
      ...nowhere,
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      revocation_endpoint: `${issuer}/revoke`,
    },
    loot,
    lead: () => issuer,
  };
  return server;
}

async function formOf(request: IncomingMessage): Promise<Record<string, string>> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return Object.fromEntries(new URLSearchParams(body));
}

/** What an attacker does with a form: sends it to the server it was meant for. */
export async function redeem(
  server: AuthorizationServerMetadata,
  form: Record<string, string>,
): Promise<{ readonly status: number; readonly accessToken: string }> {
  const answer = await fetch(server.token_endpoint, { method: 'POST', body: new URLSearchParams(form) });
  const body: unknown = await answer.json();
  const accessToken =
    typeof body === 'object' && body !== null && 'access_token' in body ? String(body.access_token) : '';
  return { status: answer.status, accessToken };
}
