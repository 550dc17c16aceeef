import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Route, RouteArguments } from '#adapter-kit/index.ts';
import { admits, type BuiltRequest, compileRoutes, createWall, WallRefusal } from '#egress/index.ts';
import { isLegal } from './oracle.ts';
import { sampleRoutes } from './sample-table.ts';

const site = createWall({ production: true }).site({
  base: 'https://api.example.com/api/v1',
  kind: 'vendor',
  routes: sampleRoutes,
  credentialHeaders: [],
});
const routes = compileRoutes(sampleRoutes);
const words = [
  '7',
  '2031-03-04',
  '2031-03-04 10:30:00',
  'ge2031-03-04T10:30:00Z',
  "O'Brien",
  'Ana María',
  'Schedule/a.1',
  'exam|new',
  'Complete',
];
const bodies = [
  undefined,
  { resourceType: 'Appointment' },
  { PatNum: 1, Op: 4, AptDateTime: '2031-03-04 10:30:00' },
  { sendToUnscheduledList: 'true' },
  { resourceType: 'Parameters', duration: 5 },
  [{ op: 'replace', path: '/status', value: 'cancelled' }],
  { grant_type: 'refresh_token', refresh_token: "it's + a=b&c ~é" },
];
const odd = fc.oneof(
  fc.constantFrom('..', '%2e', 'a/b', 'a.b', '7;x', ''),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.integer(),
  fc.boolean(),
);
/** Arguments that name a route's own parameters, sometimes one more, with values that mostly fit. */
const call = fc.constantFrom(...Object.entries<Route>(sampleRoutes)).chain(([id, route]) =>
  fc.record({
    id: fc.constant(id),
    path: valuesFor(route.path),
    query: valuesFor(route.query),
    ifMatch: mostly(
      route.ifMatch === true ? ['W/"3"'] : [undefined],
      fc.constantFrom('W/"4"', 'x', undefined),
    ),
    ifNoneExist: mostly(
      route.ifNoneExist ? ['identifier=urn:x|7'] : [undefined],
      fc.constantFrom('identifier=urn:x|7', 'identifier=a&b', 'x', undefined),
    ),
    body: mostly(
      bodies.filter((body) =>
        route.body === undefined ? body === undefined : route.body.safeParse(body).success,
      ),
      fc.jsonValue(),
    ),
  }),
);

function valuesFor(grammars: NonNullable<Route['path']> = {}): fc.Arbitrary<Record<string, unknown>> {
  const known = fc.record(
    Object.fromEntries(
      Object.entries(grammars).map(([name, { pattern }]) => [
        name,
        mostly(
          [words.filter((word) => pattern.test(word))].flatMap((fitting) => [
            ...fitting,
            fitting.slice(0, 2),
          ]),
          odd,
        ),
      ]),
    ),
    { noNullPrototype: true },
  );
  return fc
    .tuple(known, mostly([{}], fc.constant({ _include: 'x' })))
    .map(([own, more]) => Object.assign(own, more));
}

function mostly(fitting: readonly unknown[], other: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: fc.constantFrom(...fitting) }, { weight: 1, arbitrary: other });
}

test('Whatever the builder is given, it refuses or builds what the wall and the oracle let out.', () => {
  const met = { built: 0, refused: 0 };
  fc.assert(
    fc.property(call, ({ id, ...args }) => {
      let built: BuiltRequest;
      try {
        // JSON values, booleans in paths and the like are more than the types would allow.
        built = routes.build(site.base, id, args as RouteArguments);
      } catch (error) {
        assert.ok(error instanceof WallRefusal);
        met.refused += 1;
        return;
      }
      const headers: [string, string][] = [
        ['content-type', built.route.contentType ?? 'application/json'],
        ...Object.entries(built.route.headers ?? {}),
      ];
      if (built.ifMatch !== undefined) headers.push(['if-match', built.ifMatch]);
      if (built.ifNoneExist !== undefined) headers.push(['if-none-exist', built.ifNoneExist]);
      const request = { ...built, headers };
      const admission = admits(request, [site]);
      assert.equal(admission.admitted && admission.routeId, id);
      assert.ok(isLegal(request, site));
      met.built += 1;
    }),
    { numRuns: 5_000 },
  );
  assert.ok(met.built > 1_000 && met.refused > 1_000, JSON.stringify(met));
});
