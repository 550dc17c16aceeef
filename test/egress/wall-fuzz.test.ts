import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, test } from 'node:test';
import { admits, createWall, type OutgoingRequest, type Site } from '#egress/index.ts';
import { legalRequests } from './legal-requests.ts';
import { mutations } from './mutations/index.ts';
import { isLegal } from './oracle.ts';
import { porousWalls } from './porous-walls.ts';
import { productionTables } from './production-tables.ts';
import { seeded } from './random.ts';
import { sampleRoutes } from './sample-table.ts';

const count = Number(process.env.WALL_REQUESTS ?? 20_000);
const seed = Number(process.env.WALL_SEED ?? randomInt(2 ** 31));
const wall = createWall({ production: true });
const siteOf = (routes: Site['routes']) =>
  wall.site({
    base: 'https://api.example.com/api/v1',
    kind: 'vendor',
    routes,
    credentialHeaders: ['authorization'],
  });
const tables = [['the sample table', sampleRoutes] as const, ...(await productionTables())];

describe(`Generated requests (WALL_REQUESTS=${count} WALL_SEED=${seed})`, () => {
  for (const [name, routes] of tables)
    test(`Of ${name}, none outside passes and every legal one does.`, () => {
      const found = check((request, site) => admits(request, [site]).admitted, siteOf(routes), count);
      assert.deepEqual(found.outsidePassed, [], `seed ${seed}`);
      assert.deepEqual(found.legalRefused, [], `seed ${seed}`);
      assert.deepEqual(found.routesUnseen, [], 'every route was generated');
      // Only the sample table has a place for every mutation.
      if (routes === sampleRoutes) assert.deepEqual(found.mutationsIdle, [], 'every mutation led outside');
      assert.equal(found.legal + found.outside, count);
      assert.ok(
        found.legal > count / 20 && found.outside > count / 2,
        `${found.legal} legal, ${found.outside} outside`,
      );
    });

  for (const [weakness, porous] of Object.entries(porousWalls))
    test(`A wall that ${weakness} is found out by the same check.`, () => {
      const { outsidePassed } = check(porous, siteOf(sampleRoutes), 20_000, 'until one passes');
      assert.ok(outsidePassed.length > 0, `seed ${seed}`);
    });

  test('A wall that lets nothing through is found out as well.', () => {
    assert.ok(check(() => false, siteOf(sampleRoutes), 200).legalRefused.length > 0);
  });
});

/** Tries one legal request in ten, and nine mutations of it (sometimes two at once), and compares with the oracle. */
function check(
  passes: (request: OutgoingRequest, site: Site) => boolean,
  site: Site,
  total: number,
  extent: 'all' | 'until one passes' = 'all',
) {
  const random = seeded(seed);
  const make = legalRequests(site);
  const names = Object.keys(mutations);
  const unseen = new Set(Object.keys(site.routes));
  const idle = new Set(names);
  const outsidePassed: unknown[] = [];
  const legalRefused: unknown[] = [];
  let legal = 0;
  for (let done = 0; done < total && (extent === 'all' || outsidePassed.length === 0); ) {
    const { id, request } = make(random);
    unseen.delete(id);
    for (let turn = 0; turn < 10 && done < total; turn += 1, done += 1) {
      const bends =
        turn === 0
          ? []
          : random.next() < 0.8
            ? [random.pick(names)]
            : [random.pick(names), random.pick(names)];
      const bent = bends.reduce(
        (current, bend) => mutations[bend]?.(current, random, site) ?? current,
        request,
      );
      const right = isLegal(bent, site);
      if (right) legal += 1;
      else if (bends.length === 1) idle.delete(bends[0] ?? '');
      if (passes(bent, site) === right) continue;
      const list = right ? legalRefused : outsidePassed;
      if (list.length < 5) list.push({ id, bends, bent });
    }
    assert.ok(
      isLegal(request, site),
      `The generator made a request that the oracle refuses: ${JSON.stringify(request)}`,
    );
  }
  return {
    legal,
    outside: total - legal,
    outsidePassed,
    legalRefused,
    routesUnseen: [...unseen],
    mutationsIdle: [...idle],
  };
}
