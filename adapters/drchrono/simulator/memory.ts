/** What the simulator forgets when it ends. */
export interface Memory {
  /** Calls of each application. */
  readonly hours: Map<string, { hour: number; calls: number }>;
  /** Times of the calls of the last second, by application. */
  readonly recent: Map<string, number[]>;
  /** How many 409 there were. */
  conflicts: number;
  readonly jobs: Map<string, Job>;
}

/** A list of appointments that is being made. */
export interface Job {
  readonly practice: number;
  /** Of the POST, as sent. */
  readonly query: string;
  readonly page: number;
  readonly createdAt: number;
  polls: number;
}

export function openMemory(): Memory {
  return { hours: new Map(), recent: new Map(), conflicts: 0, jobs: new Map() };
}

export function forget(memory: Memory): void {
  memory.hours.clear();
  memory.recent.clear();
  memory.jobs.clear();
  memory.conflicts = 0;
}

const HOUR = 3_600_000;

/** Counts a call of an application, or says how many seconds it has to wait; what is refused does not count. */
export function countCall(
  { hours, recent }: Memory,
  clientId: string,
  now: number,
  limits: { readonly hourlyLimit: number; readonly burstPerSecond: number },
): number | undefined {
  const hour = Math.floor(now / HOUR);
  const known = hours.get(clientId);
  const spent = known?.hour === hour ? known.calls : 0;
  if (limits.hourlyLimit > 0 && spent >= limits.hourlyLimit) return secondsToNextHour(now);
  const lately = (recent.get(clientId) ?? []).filter((at) => now - at < 1000);
  if (limits.burstPerSecond > 0 && lately.length >= limits.burstPerSecond) return 1;
  hours.set(clientId, { hour, calls: spent + 1 });
  recent.set(clientId, [...lately, now]);
  return undefined;
}

/** The window ends with the hour of the clock. */
export function secondsToNextHour(now: number): number {
  return Math.ceil((HOUR - (now % HOUR)) / 1000);
}
