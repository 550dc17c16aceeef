import type { Bundle } from '@medplum/fhirtypes';
import { Agent, request } from 'undici';
import type { Sent } from './told.ts';

/** An EMR's API as somebody would call it who has no gateway, and the control surface of its simulator. */
export interface DirectEmr {
  /**
   * Sends once more what the gateway sent, with credentials of our own.
   *
   * @returns the id of what it created, undefined where it created nothing
   */
  repeat(sent: Sent): Promise<string | undefined>;
  control(method: string, path: string, body?: unknown): Promise<unknown>;
}

const dispatcher = new Agent({ keepAliveTimeout: 30_000 });

export function directEmr(simulatorUrl: string, authorization: string): DirectEmr {
  /** A page belongs to whoever made the search, so those that the gateway turned to are not ours. */
  const nextPages: string[] = [];
  return {
    repeat: async ({ method, path, headers, body }) => {
      const page = path.includes('-pageContext=') ? nextPages.shift() : undefined;
      const url = page ?? `${simulatorUrl}${path}`;
      const answer = await ask(method, url, { ...headers, authorization }, body);
      nextPages.push(...nextLinks(answer.json));
      if (answer.status !== 201) return undefined;
      // FHIR says it in a header, Open Dental in the row that it made.
      const [, id] = /\/Appointment\/([^/]+)/.exec(answer.location ?? '') ?? [];
      return id ?? String(answer.json?.AptNum);
    },
    control: (method, path, body) => callJson(method, `${simulatorUrl}/__sim${path}`, {}, body),
  };
}

function nextLinks(json: Row | undefined): readonly string[] {
  if (json?.resourceType !== 'Bundle') return [];
  const { link = [] } = json as unknown as Bundle; // it says so
  return link.flatMap(({ relation, url }) => (relation === 'next' ? url : []));
}

type Row = Readonly<Record<string, unknown>>;

/** @throws Error unless the answer is 2xx */
export async function callJson(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<unknown> {
  const type = { 'content-type': 'application/json' };
  const text = body === undefined ? undefined : JSON.stringify(body);
  return (await ask(method, url, { ...headers, ...type }, text)).json;
}

async function ask(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string | undefined,
) {
  const answer = await request(url, {
    method: method as 'GET', // undici's type lists the verbs
    dispatcher,
    headers,
    ...(body !== undefined && { body }),
  });
  const text = await answer.body.text();
  const { statusCode: status } = answer;
  if (status < 200 || status > 299)
    throw new Error(`${method} ${new URL(url).pathname}: ${status} ${text.slice(0, 900)}`);
  const { location } = answer.headers;
  return {
    status,
    location: typeof location === 'string' ? location : undefined,
    // An object or a list, as every EMR here answers.
    json: text === '' ? undefined : (JSON.parse(text) as Row),
  };
}
