import type { EmrAnswer } from '#simulator-kit/index.ts';
import { gatewayAnswer, texts } from './error.ts';
import type { Settings } from './settings.ts';

/** How much of a day's calls a client has left, from midnight to midnight in Greenwich. Ends with the process. */
export function openQuota(): Quota {
  const used = new Map<string, { day: number; calls: number; second: number; inSecond: number }>();
  const usedBy = (clientId: string, now: number) => {
    const [day, second] = [Math.floor(now / DAY), Math.floor(now / 1000)];
    const before = used.get(clientId) ?? { day, calls: 0, second, inSecond: 0 };
    return {
      day,
      second,
      calls: before.day === day ? before.calls : 0,
      inSecond: before.second === second ? before.inSecond : 0,
    };
  };
  return {
    take(clientId, now, { callsPerDay, callsPerSecond }) {
      const { calls, inSecond, ...when } = usedBy(clientId, now);
      if (calls >= callsPerDay || (callsPerSecond > 0 && inSecond >= callsPerSecond)) return false;
      used.set(clientId, { ...when, calls: calls + 1, inSecond: inSecond + 1 });
      return true;
    },
    left: (clientId, now, { callsPerDay }) => Math.max(0, callsPerDay - usedBy(clientId, now).calls),
    forget: () => used.clear(),
  };
}

export interface Quota {
  /** False when there is nothing left, of the day or of the second. */
  take(clientId: string, now: number, settings: Settings): boolean;
  left(clientId: string, now: number, settings: Settings): number;
  forget(): void;
}

/** What somebody is told who has nothing left: no JSON, and no Retry-After. */
export function overLimit({ overLimit: manner }: Settings): EmrAnswer {
  return manner === '429'
    ? gatewayAnswer(429, texts.throttled)
    : gatewayAnswer(403, '<h1>Developer Over Rate</h1>');
}

const DAY = 86_400_000;
