import { setTimeout as delay } from 'node:timers/promises';
import { WireFailure } from '../wire-failure.ts';
import type { Fault } from './emr-under-test.ts';
import type { InProcessAnswer, InProcessRequest } from './in-process-client.ts';

/** What can happen to requests on the way to an EMR in the same process, and to its answers on the way back. */
export interface LineFaults {
  order(fault: Fault): void;
  forget(): void;
  /**
   * Lets the EMR perform a request, or does to it what was ordered for the next one with this effect.
   *
   * @param perform `isStale`: as the EMR was before its last write
   */
  carry(
    request: InProcessRequest,
    effect: Fault['effect'],
    perform: (isStale: boolean) => Promise<InProcessAnswer>,
  ): Promise<InProcessAnswer>;
}

export function createLineFaults(): LineFaults {
  let ordered: { -readonly [K in keyof Fault]: Fault[K] }[] = [];
  return {
    order: (fault) => void ordered.push({ times: 1, ...fault }),
    forget: () => {
      ordered = [];
    },
    async carry(request, effect, perform) {
      const fault = ordered.find((each) => each.effect === effect);
      if (fault === undefined) return perform(false);
      fault.times = (fault.times ?? 1) - 1;
      ordered = ordered.filter(({ times }) => times !== 0);
      return strike(request, fault, perform);
    },
  };
}

async function strike(
  { route }: InProcessRequest,
  { name, variant, delayMs }: Fault,
  perform: (isStale: boolean) => Promise<InProcessAnswer>,
): Promise<InProcessAnswer> {
  const broken = (reason: string) => new WireFailure('unknown', route, { reason });
  switch (name) {
    case 'request-dropped':
      throw broken('reset');
    case 'hung':
      throw broken('timeout');
    case 'throttled':
      return { status: 429, retryAfterSeconds: 1 };
    case 'lost-connectivity-400':
      return { status: 400, body: 'The office cannot be reached.' };
    case 'stale-read':
      return perform(true);
    case 'late-commit':
      void delay(delayMs).then(() => perform(false));
      throw broken('reset');
  }
  const answer = await perform(false);
  switch (name) {
    case 'response-lost':
      throw broken('reset');
    case 'slow':
      throw broken('timeout');
    case 'error-after-commit':
      return { status: 500 };
    case 'huge-body':
      throw broken('too-large');
    case 'wrong-body':
      return wrong(route, answer, variant);
    case 'hostile-body':
      return hostile(answer, variant);
  }
}

/** A body cut short is no JSON, which the wall finds out before any schema is asked. */
function wrong(route: string, answer: InProcessAnswer, variant: string | undefined): InProcessAnswer {
  if (variant === 'truncated' || variant === 'empty')
    throw new WireFailure('unknown', route, { reason: 'not-json', status: answer.status });
  // Nothing of an answer that is not understood is believed, its headers no more than its body.
  return { status: answer.status, body: variant === 'object' ? { message: 'ok' } : null };
}

function hostile(answer: InProcessAnswer, variant: string | undefined): InProcessAnswer {
  if (variant === 'patient-error') return { status: 400, body: 'Zelda Canary is booked already.' };
  if (variant === 'prototype') return { ...answer, body: JSON.parse('[{"__proto__":{"polluted":true}}]') };
  return { status: answer.status, body: '<!doctype html><script>globalThis.polluted = true</script>' };
}
