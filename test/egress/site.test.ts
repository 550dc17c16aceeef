import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createWall } from '#egress/index.ts';

const wall = createWall({ production: false });
const define = (base: string, kind: 'vendor' | 'simulator') =>
  wall.site({ base, kind, routes: {}, credentialHeaders: ['Authorization'] });

describe('The base address of a vendor', () => {
  for (const base of [
    'https://api.opendental.com/api/v1',
    'https://fhir.example.com',
    'https://fhir.example.com/a/b-c/R4',
    'https://xn--bcher-kva.example',
  ])
    test(`may be ${base}.`, () => assert.equal(define(base, 'vendor').origin, new URL(base).origin));

  const refused = {
    'base-not-canonical': [
      '',
      'api.example.com',
      'https://api.example.com/',
      'https://api.example.com/v1/',
      'https://API.example.com',
      'HTTPS://api.example.com',
      'https://api.example.com:443',
      'https://u:p@api.example.com',
      'https://api.example.com?x=1',
      'https://api.example.com#x',
      'https://api.example.com/../v1',
      'https://api.example.com/%2e%2e/v1',
      'https://api.example.com//v1',
      'https://api.example.com/v1;x',
      'https://2130706433',
      'https://0x7f.1',
      'https://127.1',
      'https://api.example.com\\v1',
      'https://аpi.example.com',
      ' https://api.example.com',
    ],
    'base-not-https': ['http://api.example.com', 'ftp://api.example.com'],
    'base-port': ['https://api.example.com:8443', 'https://api.example.com:80'],
    'base-host': [
      'https://127.0.0.1',
      'https://10.0.0.1/v1',
      'https://[::1]',
      'https://[::ffff:7f00:1]',
      'https://localhost',
      'https://intranet',
      'https://api.example.com.',
      'https://db.internal',
      'https://printer.local',
      'https://x.localhost',
      'https://a_b.example.com',
    ],
  };
  for (const [reason, bases] of Object.entries(refused))
    for (const base of bases)
      test(`may not be "${base}".`, () =>
        assert.throws(() => define(base, 'vendor'), { name: 'WallRefusal', reason }));
});

describe('The base address of a simulator', () => {
  for (const base of ['http://127.0.0.1:18081', 'http://127.0.0.1:18081/api/v1', 'http://[::1]:18081'])
    test(`may be ${base}, but not in production.`, () => {
      assert.equal(define(base, 'simulator').origin, new URL(base).origin);
      assert.throws(
        () =>
          createWall({ production: true }).site({
            base,
            kind: 'simulator',
            routes: {},
            credentialHeaders: [],
          }),
        { name: 'WallRefusal', reason: 'simulator-in-production' },
      );
    });

  for (const base of [
    'http://127.0.0.1',
    'http://localhost:18081',
    'http://127.0.0.2:18081',
    'http://10.0.0.1:18081',
    'https://127.0.0.1:18081',
    'http://sim.example.com:18081',
    'http://0.0.0.0:18081',
  ])
    test(`may not be ${base}.`, () =>
      assert.throws(() => define(base, 'simulator'), { name: 'WallRefusal', reason: 'base-not-loopback' }));
});
