import { setTimeout as delay } from 'node:timers/promises';
import type { Appointment, Bundle, Resource } from '@medplum/fhirtypes';
import type { Random } from '../domain/simulation/random.ts';
import { placeOf, understand } from './fhir.ts';
import { type Heard, isFinal, type Place, type Said, type Wish } from './history.ts';

/** One thing that a client wants, as it is sent each time. */
export interface Request {
  readonly ask: string;
  readonly wish: Wish;
  readonly person: string;
  readonly method: string;
  /** Below the FHIR base. */
  readonly path: string;
  readonly body: unknown;
  /** Without one the natural key alone guards. */
  readonly key?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly place?: Place;
  readonly appointment?: string;
  readonly held?: true;
}

export interface Offer extends Place {
  readonly id: string;
}

export interface ClientOptions {
  readonly name: string;
  readonly office: string;
  readonly clientId: string;
  readonly secret: string;
  /** Addresses of the gateways, any of which may be away. */
  readonly gateways: readonly string[];
  readonly random: Random;
  readonly record: (heard: Heard) => void;
  /** Told of every request under way, so that trouble can be made where it is. */
  readonly underWay: (gateway: string, begins: boolean) => void;
}

/** A voice agent's platform: impatient, and stubborn until it has an answer. */
export interface Client {
  readonly name: string;
  readonly random: Random;
  /** Proposed appointments of one day; none when nobody answers. */
  find(date: string): Promise<Offer[]>;
  /** Sends it once and remembers what was heard. */
  send(request: Request): Promise<Said>;
  /** Repeats and asks until there is an answer, or patience ends. */
  insist(request: Request): Promise<Said>;
}

const patienceMs = 150_000;
/** Platforms give up on a request and send it again. */
const timeoutMs = 14_000;

export function createClient(options: ClientOptions): Client {
  const { name, office, random, record } = options;
  /** Operations that are open, by what was asked. */
  const operations = new Map<string, string>();
  let token: string | undefined;

  async function call(
    gateway: string,
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<{ status: number; location: string | null; body: Resource | undefined }> {
    token ??= await tokenFrom(gateway, options);
    const answer = await fetch(`${gateway}/fhir/R4${path}`, {
      method,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        authorization: `Bearer ${token}`,
        ...(body !== undefined && {
          'content-type': method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json',
        }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (answer.status === 401) token = undefined;
    const text = await answer.text();
    return {
      status: answer.status,
      location: answer.headers.get('content-location'),
      body: text === '' ? undefined : (JSON.parse(text) as Resource), // a FHIR server answers FHIR
    };
  }

  /** One exchange about a request: sending it, or asking after its operation. */
  async function exchange(
    request: Request,
    method: string,
    path: string,
    body: unknown,
    headers: Readonly<Record<string, string>>,
  ): Promise<Said> {
    const gateway = random.pick(options.gateways);
    const { ask, wish, person, place, appointment, held } = request;
    const askedAt = Date.now();
    let said: Said;
    options.underWay(gateway, true);
    try {
      const answer = await call(gateway, method, path, body, headers);
      said = understand(answer.status, answer.body, wish);
      const operation = answer.location?.split('/').at(-1);
      if (operation !== undefined) operations.set(ask, operation);
    } catch (error) {
      said = { is: 'nothing', why: error instanceof Error ? error.name : 'thrown' };
    } finally {
      options.underWay(gateway, false);
    }
    record({
      client: name,
      ask,
      wish,
      office,
      person,
      ...(place && { place }),
      ...(appointment !== undefined && { appointment }),
      ...(held && { held }),
      gateway,
      askedAt,
      at: Date.now(),
      said,
    });
    return said;
  }

  const send = (request: Request): Promise<Said> =>
    exchange(request, request.method, request.path, request.body, {
      ...(request.key !== undefined && { 'idempotency-key': `"${request.key}"` }),
      ...request.headers,
    });

  async function insist(request: Request): Promise<Said> {
    const until = Date.now() + patienceMs;
    let said = await send(request);
    let away = 0;
    while (Date.now() < until) {
      // "Not now" about a change says nothing about a next time; somebody who wants it asks again a few times.
      const notNow = said.is === 'no' && said.status === 503 && request.wish !== 'book' && away++ < 6;
      if (isFinal({ said }) && !notNow) return said;
      await delay(random.between(100, said.is === 'later' ? 900 : 500));
      const operation = operations.get(request.ask);
      said =
        said.is === 'later' && operation !== undefined && random.chance(0.7)
          ? await exchange(request, 'GET', `/operations/${operation}`, undefined, {})
          : await send(request);
    }
    return said;
  }

  return {
    name,
    random,
    send: (request) => {
      const operation = operations.get(request.ask);
      return request.wish === 'give-up' && operation !== undefined
        ? exchange(request, 'DELETE', `/operations/${operation}`, undefined, {})
        : send(request);
    },
    insist,
    async find(date) {
      try {
        const path = `/Appointment/$find?start=${date}&end=${date}&_count=40`;
        const { body } = await call(random.pick(options.gateways), 'GET', path, undefined, {});
        const entries = body?.resourceType === 'Bundle' ? ((body as Bundle).entry ?? []) : [];
        return entries
          .map(({ resource }) => resource)
          .filter((one): one is Appointment & { id: string } => one?.resourceType === 'Appointment')
          .map((one) => ({ id: one.id, ...placeOf(one) }));
      } catch {
        return [];
      }
    },
  };
}

async function tokenFrom(gateway: string, { clientId, secret }: ClientOptions): Promise<string> {
  const answer = await fetch(`${gateway}/oauth/token`, {
    method: 'POST',
    signal: AbortSignal.timeout(timeoutMs),
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${secret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials' }),
  });
  if (!answer.ok) throw new Error('No token was given.');
  const granted = (await answer.json()) as { access_token: string }; // RFC 6749 §5.1
  return granted.access_token;
}
