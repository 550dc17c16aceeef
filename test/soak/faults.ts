/** One fault as `POST /__sim/faults` takes it (src/simulator-kit/fault.ts). */
export interface Fault {
  readonly name: string;
  readonly rate: number;
  readonly effect?: 'read' | 'write';
  readonly delayMs?: number;
  readonly variant?: string;
  readonly commit?: boolean;
}

/** What goes wrong between gateway and EMR, all the time, with the quiet period Q in milliseconds. */
export function faultsFor(quietMs: number): Fault[] {
  const late = [0.25, 0.5, 0.75, 1].map(
    (part, index): Fault => ({
      name: 'late-commit',
      rate: 0.005,
      effect: 'write',
      delayMs: quietMs * part,
      variant: index % 2 === 0 ? 'reset' : '504',
    }),
  );
  return [
    { name: 'response-lost', rate: 0.05, effect: 'write' },
    { name: 'request-dropped', rate: 0.05, effect: 'write' },
    ...late,
    { name: 'error-after-commit', rate: 0.03, effect: 'write' },
    { name: 'slow', rate: 0.1, effect: 'write', delayMs: quietMs / 8 },
    { name: 'hung', rate: 0.005, effect: 'write', commit: true },
    { name: 'hung', rate: 0.005, effect: 'write', commit: false },
    { name: 'throttled', rate: 0.01, effect: 'write' },
    { name: 'lost-connectivity-400', rate: 0.005, effect: 'write', commit: true },
    { name: 'lost-connectivity-400', rate: 0.005, effect: 'write', commit: false },
    { name: 'wrong-body', rate: 0.005, effect: 'write', variant: 'truncated' },
    { name: 'stale-read', rate: 0.02, effect: 'read', delayMs: quietMs / 8 },
    { name: 'response-lost', rate: 0.02, effect: 'read' },
    { name: 'request-dropped', rate: 0.02, effect: 'read' },
    { name: 'slow', rate: 0.02, effect: 'read', delayMs: quietMs / 10 },
    { name: 'throttled', rate: 0.005, effect: 'read' },
    { name: 'lost-connectivity-400', rate: 0.01, effect: 'read' },
    { name: 'wrong-body', rate: 0.005, effect: 'read', variant: 'object' },
  ];
}

/** Names that have to have fired in a run that is worth something, with the least count for each hundred bookings. */
export const expectedFaults: Readonly<Record<string, number>> = {
  'response-lost': 5,
  'request-dropped': 5,
  'late-commit': 0.8,
  'error-after-commit': 1,
  'stale-read': 1,
  throttled: 0.5,
  'lost-connectivity-400': 1,
};

/** @param own what this EMR alone can do wrong */
export async function orderFaults(
  simulator: string,
  quietMs: number,
  seed: number,
  own: readonly Fault[] = [],
): Promise<void> {
  for (const [index, fault] of [...faultsFor(quietMs), ...own].entries())
    await control(simulator, 'POST', '/faults', { ...fault, seed: seed * 1_000 + index });
}

export async function liftFaults(simulator: string): Promise<void> {
  await control(simulator, 'DELETE', '/faults');
}

/** How often each fault really happened. */
export async function firedFaults(simulator: string): Promise<Readonly<Record<string, number>>> {
  const { fired } = (await control(simulator, 'GET', '/faults')) as { fired: Record<string, number> };
  return fired;
}

/** Other settings of a simulator than its own. */
export async function changeSettings(
  simulator: string,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  await control(simulator, 'PUT', '/settings', settings);
}

export async function control(
  simulator: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<unknown> {
  const answer = await fetch(`${simulator}/__sim${path}`, {
    method,
    ...(body !== undefined && {
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === '' ? undefined : JSON.parse(text);
}
