import { Agent, request } from 'undici';
import { DEMO_KEY } from '../adapters/open-dental/simulator/start-office.ts';

/** Open Dental's API as somebody would call it who has no gateway, and the control surface of its simulator. */
export interface DirectEmr {
  call(method: string, path: string, body?: unknown): Promise<unknown>;
  control<T>(method: string, path: string, body?: unknown): Promise<T>;
}

const dispatcher = new Agent({ keepAliveTimeout: 30_000 });
const authorization = `ODFHIR ${DEMO_KEY.developer}/${DEMO_KEY.customer}`;

export function directEmr(simulatorUrl: string): DirectEmr {
  return {
    call: (method, path, body) => callJson(method, `${simulatorUrl}${path}`, { authorization }, body),
    // As the simulator kit documents it.
    control: async <T>(method: string, path: string, body?: unknown) =>
      (await callJson(method, `${simulatorUrl}/__sim${path}`, {}, body)) as T,
  };
}

/** @throws Error unless the answer is 2xx */
export async function callJson(
  method: string,
  url: string,
  headers: Readonly<Record<string, string>>,
  body?: unknown,
): Promise<unknown> {
  const answer = await request(url, {
    method: method as 'GET', // undici's type lists the verbs
    dispatcher,
    // Open Dental wants the type on reads as well.
    headers: { ...headers, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.body.text();
  if (answer.statusCode < 200 || answer.statusCode > 299)
    throw new Error(`${method} ${new URL(url).pathname}: ${answer.statusCode} ${text.slice(0, 900)}`);
  return text === '' ? undefined : JSON.parse(text);
}
