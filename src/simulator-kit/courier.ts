import { setTimeout as delay } from 'node:timers/promises';
import type { Message, MessagePlan, SettingValues } from './emulation.ts';
import type { FaultBook } from './fault-book.ts';
import type { Office } from './office.ts';
import type { TableSet } from './row-store.ts';

/**
 * Sends what is due, in order, one after another, and looks for more several times a second. A message whose fate was
 * not written down before the process died is sent again.
 */
export function openCourier<T extends TableSet, S extends SettingValues>(
  plan: MessagePlan<T, S>,
  office: Pick<Office<T, S>, 'act'>,
  faults: Pick<FaultBook, 'drawMessage'>,
): Courier {
  const stopping = new AbortController();
  const held = new Set<string>();

  const deliver = async (message: Message): Promise<void> => {
    const reply = await send(message, stopping.signal);
    if (!stopping.signal.aborted) office.act((scene) => plan.settle(scene, message, reply));
  };
  const round = async (): Promise<void> => {
    const due = office.act((scene) => plan.due(scene));
    for (const message of due.filter(({ id }) => !held.has(id))) {
      // What asks something is no message that could come twice.
      const fault = message.method === 'POST' ? faults.drawMessage() : undefined;
      if (fault === 'after-next') {
        held.add(message.id);
        continue;
      }
      if (fault === 'twice') await send(message, stopping.signal);
      await deliver(message);
      for (const late of due.filter(({ id }) => held.has(id))) await deliver(late);
      held.clear();
    }
  };
  const work = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await round().catch((error: unknown) => void console.error(error));
      await delay(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };
  const done = work();
  return {
    async stop() {
      stopping.abort();
      await done;
    },
  };
}

export interface Courier {
  /** Drops what is under way. */
  stop(): Promise<void>;
}

const PAUSE_MS = 50;
const PATIENCE_MS = 10_000;
const LOOPBACK: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '[::1]']);

async function send(
  { url, method, headers, body }: Message,
  stopping: AbortSignal,
): Promise<{ readonly status: number; readonly body: string } | undefined> {
  if (!LOOPBACK.has(URL.parse(url)?.hostname ?? '')) return undefined;
  try {
    const response = await fetch(url, {
      method,
      headers: { connection: 'close', ...headers },
      redirect: 'manual',
      signal: AbortSignal.any([stopping, AbortSignal.timeout(PATIENCE_MS)]),
      ...(body === undefined ? {} : { body }),
    });
    return { status: response.status, body: await response.text() };
  } catch {
    return undefined;
  }
}
