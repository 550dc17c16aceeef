import { setTimeout as delay } from 'node:timers/promises';
import { TokenUnavailable } from '#vault/token-unavailable.ts';
import { openSoakVault, type VaultSettings } from './vault.ts';

/** One process of the soak: callers who want tokens all the time, and the rounds of a gateway. */
export interface WorkerSettings extends VaultSettings {
  readonly connections: readonly { readonly practice: string; readonly connection: string }[];
  readonly callers: number;
  readonly resourceUrl: string;
  readonly naive: boolean;
}

/** What a worker has seen since it last told. */
export interface Seen {
  calls: number;
  /** Access tokens that the server took, and those that it did not. */
  taken: number;
  refused: number;
  refreshed: number;
  replayed: number;
  failures: Record<string, number>;
}

const settings: WorkerSettings = JSON.parse(process.argv[2] ?? '{}');
const fresh = (): Seen => ({ calls: 0, taken: 0, refused: 0, refreshed: 0, replayed: 0, failures: {} });
let seen = fresh();
let stopping = false;

const vault = openSoakVault(settings, (event) => {
  if (event.event === 'token.refreshed') seen.refreshed += 1;
  if (event.event === 'token.replayed' && event.outcome === 'stored') seen.replayed += 1;
});
const { tokens } = vault;
const source = settings.naive ? vault.naive : tokens;

await tokens.replaySpill().catch(() => {});
process.on('message', () => {
  stopping = true;
});
process.on('disconnect', () => process.exit(0));
process.send?.({ ready: true });
const rounds = [
  tell(),
  ...(settings.naive ? [] : [round(500, () => tokens.sweep()), round(250, () => tokens.replaySpill())]),
];
const callers = Array.from({ length: settings.callers }, (_, at) => call(at));
await Promise.all([...rounds, ...callers]);
process.send?.({ seen });
await vault.close();
process.disconnect();

async function call(caller: number): Promise<void> {
  for (let turn = caller; !stopping; turn += 1) {
    const target = settings.connections[(turn * 7 + caller) % settings.connections.length];
    if (target === undefined) return;
    try {
      const { token } = await source.access(target.practice, target.connection);
      seen.calls += 1;
      if (turn % 10 === 0) await use(token.reveal());
    } catch (error) {
      const why =
        error instanceof TokenUnavailable ? error.reason : error instanceof Error ? error.name : 'other';
      seen.failures[why] = (seen.failures[why] ?? 0) + 1;
      await delay(50);
    }
    await delay(20 + ((turn * 13) % 40));
  }
}

async function use(token: string): Promise<void> {
  const { status } = await fetch(settings.resourceUrl, { headers: { authorization: `Bearer ${token}` } });
  if (status === 200) seen.taken += 1;
  else seen.refused += 1;
}

async function round(everyMs: number, work: () => Promise<void>): Promise<void> {
  while (!stopping) {
    await work().catch(() => {});
    await delay(everyMs);
  }
}

async function tell(): Promise<void> {
  while (!stopping) {
    await delay(200);
    process.send?.({ seen });
    seen = fresh();
  }
}
