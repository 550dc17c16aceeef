import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { clientId } from './toy-emr.ts';

/** What attacks are tried on: a gateway's connect pages, ours or the naive ones. */
export interface ConnectSite {
  readonly url: string;
  /** A link for a practice. */
  link(practice: string): Promise<{ readonly url: string; readonly code: string }>;
  /** How often the practice was connected. */
  connections(practice: string): Promise<number>;
  /** Everything that its log has. */
  log(): string;
}

export interface NaiveEmr {
  readonly authorize: string;
  readonly token: string;
  readonly base: string;
}

/**
 * Connect pages as they are often written: PKCE and a random state are there, and every check that is not needed for
 * the happy way is missing. Each attack has to succeed here before its failure elsewhere means anything.
 *
 * @param trusts whose connection a callback makes: the one that the state was made for, or the one of the cookie
 */
export async function startNaiveConnect(
  emrs: Readonly<Record<string, NaiveEmr>>,
  trusts: 'state' | 'cookie',
): Promise<ConnectSite & { emrOf: (practice: string, context: string) => void; stop(): Promise<void> }> {
  const links = new Map<string, { readonly practice: string; readonly code: string }>();
  const contexts = new Map<string, string>();
  const sessions = new Map<string, string>();
  const states = new Map<string, { practice: string; context: string; verifier: string }>();
  const tokens = new Map<string, string[]>();
  const lines: string[] = [];
  const server = createServer((request, response) => void answer(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // it listens on a port, so this is its address
  const url = `http://127.0.0.1:${port}`;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    lines.push(`${request.method} ${request.url}`);
    const address = new URL(request.url ?? '/', url);
    const given = new URLSearchParams(request.method === 'POST' ? await textOf(request) : '');
    const session = /naive=([^;]+)/.exec(request.headers.cookie ?? '')?.[1] ?? '';
    const to = (location: string, headers: Record<string, string> = {}) =>
      response.writeHead(303, { location, ...headers }).end();
    const page = (body: string) => response.writeHead(200, { 'content-type': 'text/html' }).end(body);
    const next = address.searchParams.get('next');
    const token = /^\/connect\/([\w-]{43})$/.exec(address.pathname)?.[1];

    if (token !== undefined && request.method === 'GET')
      return void page(
        `<form method="post" action="${address.pathname}"><input name="code"><button>Continue</button></form>`,
      );
    if (token !== undefined) {
      const link = links.get(token);
      if (link?.code !== given.get('code')) return void response.writeHead(422).end('wrong');
      const fresh = randomBytes(16).toString('hex');
      sessions.set(fresh, link?.practice ?? '');
      return void to(next ?? '/connect/setup', { 'set-cookie': `naive=${fresh}; Path=/` });
    }
    if (address.pathname === '/connect/setup')
      return void page(
        '<form method="post" action="/connect/begin"><button>Continue to Toy EMR</button></form>',
      );
    if (address.pathname === '/connect/begin') {
      const practice = sessions.get(session);
      if (practice === undefined) return void response.writeHead(403).end();
      const context = contexts.get(practice) ?? 'toy-east';
      const state = randomBytes(32).toString('base64url');
      const verifier = randomBytes(32).toString('base64url');
      states.set(state, { practice, context, verifier });
      const away = new URL(emrs[context]?.authorize ?? '');
      away.search = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: `${url}/oauth/cb/${context}`,
        scope: 'openid offline_access user/Slot.rs',
        state,
        aud: emrs[context]?.base ?? '',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
      }).toString();
      return void to(away.href);
    }
    if (address.pathname.startsWith('/oauth/cb/')) {
      const known = states.get(address.searchParams.get('state') ?? '');
      const practice = trusts === 'state' ? known?.practice : sessions.get(session);
      if (!known || practice === undefined) return void response.writeHead(403).end('unknown');
      const answered = await fetch(emrs[known.context]?.token ?? '', {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'authorization_code',
          client_id: clientId,
          code: address.searchParams.get('code') ?? '',
          redirect_uri: `${url}${address.pathname}`,
          code_verifier: known.verifier,
        }),
      });
      const body = await answered.text();
      lines.push(`token answer ${body}`);
      if (answered.ok) tokens.set(practice, [...(tokens.get(practice) ?? []), body]);
      return void page('<a href="https://elsewhere.example/help">Help</a> done');
    }
    response.writeHead(404).end();
  }

  return {
    url,
    async link(practice) {
      const token = randomBytes(32).toString('base64url');
      const code = String(randomBytes(4).readUInt32BE() % 100_000_000).padStart(8, '0');
      links.set(token, { practice, code });
      return { url: `${url}/connect/${token}`, code };
    },
    connections: async (practice) => tokens.get(practice)?.length ?? 0,
    log: () => lines.join('\n'),
    emrOf: (practice, context) => void contexts.set(practice, context),
    async stop() {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}
