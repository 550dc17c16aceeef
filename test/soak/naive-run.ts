import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { officeProcess } from '#test/processes.ts';
import { check, type Violation } from './check.ts';
import { gather } from './crowd.ts';
import { changeSettings, liftFaults, orderFaults } from './faults.ts';
import type { Heard } from './history.ts';
import { naiveGateway } from './naive-gateway.ts';
import { officesOf } from './offices.ts';
import { type Manners, readAgain } from './people.ts';
import { readTruth } from './truth.ts';

/** Polite people: whatever is broken here was broken by the gateway alone. */
const polite: Manners = {
  holds: 0,
  twins: 0,
  impatient: 0,
  givesUp: 0,
  keyless: 0,
  repeats: 0,
  moves: 0,
  cancels: 0,
};

/**
 * Soaks two gateways that are wrong on purpose with the same faults and fewer demands, and no kills.
 *
 * @returns what the checker found about each
 */
export async function soakNaive(options: {
  readonly seed: number;
  readonly quietMs: number;
  readonly bookings: number;
  readonly clients: number;
}): Promise<ReadonlyMap<'blind' | 'search', readonly Violation[]>> {
  const kinds = ['blind', 'search'] as const;
  return new Map(
    await Promise.all(kinds.map(async (retry) => [retry, await soakOne(retry, options)] as const)),
  );
}

async function soakOne(
  retry: 'blind' | 'search',
  { seed, quietMs, bookings, clients }: Parameters<typeof soakNaive>[0],
): Promise<Violation[]> {
  const folder = await mkdtemp(join(tmpdir(), 'postern-naive-'));
  const office = await officeProcess(folder, 'saguaro');
  const plan = officesOf(['C']).find(({ name }) => name === 'saguaro');
  if (plan === undefined) throw new Error('The soak has no office saguaro.');
  const server = naiveGateway(office.url, retry);
  try {
    await office.start();
    await changeSettings(office.url, plan.settings);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // it listens on a port, so this is its address
    const heard: Heard[] = [];
    await orderFaults(office.url, quietMs, seed);
    const crowd = gather({
      seed,
      clients,
      gateways: [`http://127.0.0.1:${port}`],
      offices: [{ name: 'saguaro', agents: [{ id: 'naive', clientId: 'naive', secret: 'naive' }] }],
      manners: polite,
      record: (one) => heard.push(one),
      goesOn: () => crowd.answered() < bookings,
    });
    const stays = await crowd.ended;
    await liftFaults(office.url);
    await delay(quietMs + 500);
    for (const stay of stays) await readAgain(stay);
    return check(heard, [await readTruth({ ...plan, url: office.url })]);
  } finally {
    server.closeAllConnections();
    server.close();
    await office.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
