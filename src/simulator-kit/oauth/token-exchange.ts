import type { TokenFaultName } from '../fault.ts';
import { faultTable } from '../fault.ts';
import type { Drawn } from '../fault-book.ts';
import type { OAuthAnswer } from './answer.ts';
import type { Rescope } from './issue.ts';
import { pageHeaders } from './pages.ts';
import { split } from './scopes.ts';

/** One request to the token endpoint and its connection, as a fault may handle them. */
export interface TokenExchange {
  perform(changes?: {
    readonly rescope?: Rescope;
    readonly keepsRefreshToken?: boolean;
  }): Promise<OAuthAnswer>;
  /** Withdraws the grant behind the code or refresh token of the request. */
  revokeGrant(): void;
  error(status: number, code: string): OAuthAnswer;
  send(answer: OAuthAnswer): void;
  /** Cuts the connection without a word. */
  cut(): void;
  /** Resolves after `ms`, or never when the simulator stops first. */
  wait(ms: number): Promise<void>;
}

type TokenFault = Drawn<TokenFaultName>;

/** Plays one request to the token endpoint through, with or without a fault. */
export async function playToken(exchange: TokenExchange, fault: TokenFault | undefined): Promise<void> {
  if (fault === undefined) exchange.send(await exchange.perform());
  else await effects[fault.name](exchange, fault);
}

const DELAY_MS = 2000;

const effects: Record<TokenFaultName, (exchange: TokenExchange, fault: TokenFault) => Promise<void>> = {
  'token-slow': async (exchange, { delayMs }) => {
    const answer = await exchange.perform();
    await exchange.wait(delayMs ?? DELAY_MS);
    exchange.send(answer);
  },
  'token-answer-lost': async (exchange) => {
    await exchange.perform();
    exchange.cut();
  },
  'token-request-dropped': async (exchange) => exchange.cut(),
  'grant-revoked': async (exchange) => {
    exchange.revokeGrant();
    exchange.send(await exchange.perform());
  },
  'scopes-wider': async (exchange, { text = 'user/*.cruds' }) =>
    exchange.send(await exchange.perform({ rescope: (scopes) => [...new Set([...scopes, ...split(text)])] })),
  'scopes-narrower': async (exchange, { text }) => {
    const rescope: Rescope = (scopes) => {
      const left = text === undefined ? scopes.filter((scope) => scope.includes('/')).slice(-1) : split(text);
      return scopes.filter((scope) => !left.includes(scope));
    };
    exchange.send(await exchange.perform({ rescope }));
  },
  'scope-absent': async (exchange) => exchange.send(without('scope', await exchange.perform())),
  'refresh-token-absent': async (exchange) =>
    exchange.send(without('refresh_token', await exchange.perform({ keepsRefreshToken: true }))),
  'token-error': async (exchange, fault) => {
    if (fault.commit) await exchange.perform();
    const status = Number(fault.variant ?? faultTable[fault.name].variants[0]);
    const answer = exchange.error(status, 'temporarily_unavailable');
    const seconds = Math.ceil((fault.delayMs ?? 1000) / 1000);
    exchange.send({ ...answer, headers: { ...answer.headers, 'retry-after': String(seconds) } });
  },
  'token-html': async (exchange, { commit }) => {
    if (commit) await exchange.perform();
    const body = '<!doctype html><title>Sign in</title><h1>Please sign in to continue</h1>';
    exchange.send({ status: 200, headers: pageHeaders, body });
  },
};

function without(member: string, answer: OAuthAnswer): OAuthAnswer {
  if (typeof answer.body === 'string') return answer;
  const rest = Object.entries(answer.body).filter(([name]) => name !== member);
  return { ...answer, body: Object.fromEntries(rest) };
}
