import type { EmrAnswer } from './emulation.ts';
import { withRetryAfter } from './emulation.ts';
import type { ApiFaultName, FaultOrder } from './fault.ts';
import { faultTable, isApiFault } from './fault.ts';
import type { Drawn } from './fault-book.ts';
import { hostileBody, sendHugeBody, wrongBody } from './strange-body.ts';

type ApiFault = Drawn<ApiFaultName>;

/** One request and its connection, as a fault may handle them. */
export interface Exchange {
  /** Lets the EMR perform the request, in its turn. */
  perform(stale?: Stale, fault?: FaultOrder): Promise<EmrAnswer>;
  /** The EMR's own way to turn away who may come again in so many seconds. Missing: its error, with `Retry-After`. */
  throttled?(seconds: number): EmrAnswer | undefined;
  /** The EMR's error in its own format. */
  error(status: number, text: 'throttled' | 'timeout' | 'failure' | 'lostConnectivity'): EmrAnswer;
  errorText(status: number, text: string): EmrAnswer;
  send(answer: EmrAnswer): void;
  /** Sends status and headers and hands the open body over. */
  readonly stream: (status: number, headers: Readonly<Record<string, string>>) => NodeJS.WritableStream;
  /** Cuts the connection without a word. */
  cut(): void;
  /** Resolves after `ms`, or never when the simulator stops first. */
  wait(ms: number): Promise<void>;
}

/** Data of another time. */
export type Stale = { readonly olderThanMs: number } | 'before-last-write';

/** As of `delayMs` ago, or before the last write. */
export function pastOf(delayMs: number | undefined): Stale {
  return delayMs === undefined ? 'before-last-write' : { olderThanMs: delayMs };
}

/** Plays one request through, with or without a fault. */
export async function play(exchange: Exchange, fault: FaultOrder | undefined): Promise<void> {
  if (fault === undefined) exchange.send(await exchange.perform());
  else if (isOfTheKit(fault)) await effects[fault.name](exchange, fault);
  else exchange.send(await exchange.perform(undefined, fault));
}

function isOfTheKit(fault: FaultOrder): fault is ApiFault {
  return isApiFault(fault.name);
}

const DELAY_MS = 2000;

const effects: Record<ApiFaultName, (exchange: Exchange, fault: ApiFault) => Promise<void>> = {
  'response-lost': async (exchange) => {
    await exchange.perform();
    exchange.cut();
  },
  'request-dropped': async (exchange) => exchange.cut(),
  'late-commit': async (exchange, fault) => {
    if (variantOf(fault) === '504') exchange.send(exchange.error(504, 'timeout'));
    else exchange.cut();
    await exchange.wait(fault.delayMs ?? DELAY_MS);
    await exchange.perform();
  },
  'error-after-commit': async (exchange) => {
    await exchange.perform();
    exchange.send(exchange.error(500, 'failure'));
  },
  slow: async (exchange, fault) => {
    const answer = await exchange.perform();
    await exchange.wait(fault.delayMs ?? DELAY_MS);
    exchange.send(answer);
  },
  hung: async (exchange, fault) => void (await performIfMeant(exchange, fault)),
  throttled: async (exchange, fault) => {
    const seconds = Math.ceil((fault.delayMs ?? 1000) / 1000);
    exchange.send(exchange.throttled?.(seconds) ?? withRetryAfter(exchange.error(429, 'throttled'), seconds));
  },
  'stale-read': async (exchange, { delayMs }) => exchange.send(await exchange.perform(pastOf(delayMs))),
  'wrong-body': async (exchange, fault) =>
    exchange.send(wrongBody(await performIfMeant(exchange, fault), variantOf(fault))),
  'huge-body': async (exchange, fault) => {
    await performIfMeant(exchange, fault);
    await sendHugeBody(exchange.stream, variantOf(fault));
  },
  'hostile-body': async (exchange, fault) => {
    const answer = await performIfMeant(exchange, fault);
    const text = fault.text ?? 'Zelda Canary, born 1990-11-02, (555)010-0199, is already booked at 10:30.';
    exchange.send(
      variantOf(fault) === 'patient-error'
        ? exchange.errorText(400, text)
        : hostileBody(answer, variantOf(fault)),
    );
  },
  'lost-connectivity-400': async (exchange, fault) => {
    await performIfMeant(exchange, fault);
    exchange.send(exchange.error(400, 'lostConnectivity'));
  },
};

function variantOf(fault: ApiFault): string | undefined {
  return fault.variant ?? faultTable[fault.name].variants[0];
}

/** The EMR's answer, or an empty success where the request is not performed. */
async function performIfMeant(exchange: Exchange, fault: ApiFault): Promise<EmrAnswer> {
  const { performs } = faultTable[fault.name];
  return (fault.commit ?? performs === 'now') ? exchange.perform() : { status: 200, body: '{}' };
}
