import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { DemoPractice } from './demo-file.ts';
import { operationOutcome, operationStatus } from './fhir-shapes.ts';

export interface Asked {
  readonly method?: 'GET' | 'POST' | 'PATCH';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** A voice agent's side of the conversation, with an access token. */
export type GatewayClient = (path: string, asked?: Asked) => Promise<Answer>;

/** How long a booking that is not settled is asked after: the EMR may take two minutes to be believed. */
const settledWithinMs = 180_000;

/** Gets a token by client credentials (RFC 6749 §4.4). @throws Error with a sentence when it is refused */
export async function signIn(base: string, { name, agent }: DemoPractice): Promise<GatewayClient> {
  const credentials = Buffer.from(`${agent.client_id}:${agent.client_secret}`).toString('base64');
  const response = await fetch(agent.token_endpoint, {
    method: 'POST',
    headers: { authorization: `Basic ${credentials}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: agent.scope }),
  });
  const token = z.object({ access_token: z.string() }).safeParse(await response.json());
  if (!token.success)
    throw new Error(`The gateway gave the agent of ${name} no token (HTTP ${response.status}).`);
  return (path, asked) => ask(`${base}${path}`, token.data.access_token, asked ?? {});
}

/** An answer 202 is followed until the operation is over; then it reads as if it had been the first answer. */
async function ask(url: string, token: string, { method = 'GET', body, headers }: Asked): Promise<Answer> {
  const authorization = `Bearer ${token}`;
  const type = method === 'PATCH' ? 'application/json-patch+json' : 'application/fhir+json';
  const first = await fetch(url, {
    method,
    headers: { authorization, ...(body !== undefined && { 'content-type': type }), ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const operation = first.headers.get('content-location');
  if (first.status !== 202 || operation === null) return { status: first.status, body: await first.json() };
  await first.body?.cancel();
  for (const begun = Date.now(); Date.now() - begun < settledWithinMs; ) {
    const state = await fetch(operation, { headers: { authorization } });
    if (state.status !== 202) return settled(await state.json());
    await state.body?.cancel();
    await delay(Number(state.headers.get('retry-after') ?? 2) * 1_000);
  }
  throw new Error(
    `The gateway has not settled ${new URL(url).pathname} within ${settledWithinMs / 1_000} s.`,
  );
}

function settled(body: unknown): Answer {
  const status = operationStatus.safeParse(body);
  if (!status.success) return { status: 500, body };
  const [{ resource, response }] = status.data.entry;
  return { status: Number(response.status), body: resource ?? response.outcome };
}

/** Code and sentence of a refusal, for people. */
export function reasonOf({ status, body }: Answer): string {
  const outcome = operationOutcome.safeParse(body);
  const issue = outcome.data?.issue[0];
  const sentences = [issue?.details?.text, issue?.diagnostics].filter((one) => one !== undefined);
  return [`HTTP ${status}`, ...sentences].join(': ');
}

/** The code of a refusal, as in `src/domain/failure.ts`. */
export function codeOf({ body }: Answer): string | undefined {
  return operationOutcome.safeParse(body).data?.issue[0]?.details?.coding[0]?.code;
}

/** Slots that a refusal names instead. */
export function alternativesOf({ body }: Answer): string[] {
  const issues = operationOutcome.safeParse(body).data?.issue ?? [];
  return issues.flatMap((issue) =>
    issue.extension.flatMap(({ valueReference }) => valueReference?.reference ?? []),
  );
}
