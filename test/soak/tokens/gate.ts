import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** One request to the token endpoint on its way through. */
export interface Passage {
  readonly worker: number;
  readonly connection: string;
  readonly at: number;
  /** Of the refresh token in it. */
  tokenHash: string;
  /** What the server answered; undefined while it has not. */
  status: number | undefined;
  error: string | undefined;
  /** When the answer was handed to the worker's machine. */
  deliveredAt: number | undefined;
  /** When the worker's machine hung up before it had the whole answer. */
  abandonedAt: number | undefined;
  /** Nothing more comes of it. */
  over: boolean;
}

/** Someone holds a request: before the server has it, or with its answer. */
export interface Caught {
  readonly passage: Passage;
  /** Lets it go on its way. */
  go(): void;
  /** It gets lost. */
  drop(): void;
}

/** The network between workers and authorization server: it sees every request, and one can hold it. */
export interface Gate {
  readonly url: string;
  readonly passages: readonly Passage[];
  /** Holds the next request that comes to this place. Undefined when none came in time. */
  catchNext(where: 'arrived' | 'answered', withinMs: number): Promise<Caught | undefined>;
  close(): Promise<void>;
}

export async function openGate(tokenEndpoint: string): Promise<Gate> {
  const passages: Passage[] = [];
  const traps = new Map<'arrived' | 'answered', (caught: Caught) => void>();

  async function held(where: 'arrived' | 'answered', passage: Passage): Promise<boolean> {
    const trap = traps.get(where);
    if (trap === undefined) return true;
    traps.delete(where);
    const decided = Promise.withResolvers<boolean>();
    trap({ passage, go: () => decided.resolve(true), drop: () => decided.resolve(false) });
    return decided.promise;
  }

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, worker = '', connection = ''] = /^\/token\/(\d+)\/([0-9a-f-]+)$/.exec(request.url ?? '') ?? [];
    const passage: Passage = {
      worker: Number(worker),
      connection,
      at: Date.now(),
      tokenHash: '',
      status: undefined,
      error: undefined,
      deliveredAt: undefined,
      abandonedAt: undefined,
      over: false,
    };
    passages.push(passage);
    response.once('close', () => {
      if (!response.writableFinished) passage.abandonedAt = Date.now();
    });
    await through(request, response, passage).finally(() => {
      passage.over = true;
    });
  }

  async function through(
    request: IncomingMessage,
    response: ServerResponse,
    passage: Passage,
  ): Promise<void> {
    const body = await bodyOf(request);
    passage.tokenHash = createHash('sha256')
      .update(new URLSearchParams(body).get('refresh_token') ?? '')
      .digest('hex');
    if (!(await held('arrived', passage))) return void request.socket.destroy();
    const answer = await fetch(tokenEndpoint, {
      method: 'POST',
      headers: {
        authorization: request.headers.authorization ?? '',
        'content-type': 'application/x-www-form-urlencoded',
      },
      body,
    });
    const text = await answer.text();
    passage.status = answer.status;
    passage.error = /"error":"([a-z_]+)"/.exec(text)?.[1];
    if (!(await held('answered', passage))) return void request.socket.destroy();
    response.writeHead(answer.status, { 'content-type': 'application/json' }).end(text);
    passage.deliveredAt = Date.now();
  }

  const server: Server = createServer((request, response) => {
    pass(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('A listener on a port has a port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    passages,
    async catchNext(where, withinMs) {
      const caught = Promise.withResolvers<Caught | undefined>();
      const timer = setTimeout(() => {
        traps.delete(where);
        caught.resolve(undefined);
      }, withinMs);
      traps.set(where, (found) => {
        clearTimeout(timer);
        caught.resolve(found);
      });
      return caught.promise;
    },
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer); // without an encoding they are bytes
  return Buffer.concat(chunks).toString();
}
