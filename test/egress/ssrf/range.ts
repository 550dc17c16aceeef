import assert from 'node:assert/strict';
import { after } from 'node:test';
import { grammar, type RouteTable, z } from '#adapter-kit/index.ts';
import { createWall, type Site, type Wall } from '#egress/index.ts';
import { publicAddress } from './names.ts';
import { type Network, openNetwork } from './network.ts';
import type { Spelling } from './spelling.ts';

/** A wall as production has it, in a played network where everything that is not public is a canary. */
export async function openRange(): Promise<Range> {
  const network = await openNetwork();
  const wall = createWall({ production: true, ca: network.ca, lookup: network.lookup, dial: network.dial });
  after(() => wall.close());
  let served = 0;
  network.hosts.set('api.example.com', (_, res) => {
    served += 1;
    res.end('{}');
  });
  const site = wall.site({ base: legalBase, kind: 'vendor', routes, credentialHeaders: ['authorization'] });
  return {
    network,
    wall,
    site,
    held: async () => {
      const wrong = network.dialled.filter((address) => address !== publicAddress);
      assert.deepEqual([await network.reached(), wrong], [0, []], 'Something led inside.');
      const before = served;
      assert.equal((await wall.fetch(site)(`${legalBase}/appointments/7`)).status, 200);
      assert.equal(served, before + 1);
    },
  };
}

export interface Range {
  readonly network: Network;
  readonly wall: Wall;
  /** A legal site, at {@link legalBase}. */
  readonly site: Site;
  /** Fails if anything was dialled that is not public, or a canary was reached, or a legal host does not work now. */
  held(): Promise<void>;
}

export const legalBase = 'https://api.example.com/v1';

const common = { ok: [200], timeoutMs: 5_000, maxResponseBytes: 100_000, response: z.unknown() } as const;
export const routes = {
  read: {
    ...common,
    method: 'GET',
    template: '/appointments/{id}',
    path: { id: grammar.id },
    effect: 'read',
  },
  write: {
    ...common,
    method: 'POST',
    template: '/appointments',
    body: z.strictObject({ note: z.string() }),
    effect: 'write',
  },
} as const satisfies RouteTable;

/** To a canary's own port by plain http, to one by https, and by https without a port, as a vendor's address has it. */
export const forms = ['http', 'https-port', 'https'] as const;

/** A spelling that leads to a canary, in one of these forms. */
export function aimed(spelling: Spelling, network: Network, form: (typeof forms)[number]): string {
  const scheme = form === 'http' ? 'http' : 'https';
  const port = form === 'https' ? undefined : network.canaryPort(spelling.leadsTo, scheme);
  return spelling.origin(scheme, port);
}
