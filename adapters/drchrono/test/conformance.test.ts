import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { conformance } from '#adapter-kit/testing/index.ts';
import { simulatedEmr } from '#test/simulated-emr.ts';
import { drchrono } from '../index.ts';
import { unneededRoutes } from './exemptions.ts';

const token = 'conformance-token';

conformance(
  drchrono,
  simulatedEmr({
    adapter: drchrono,
    main: resolve(import.meta.dirname, '../simulator/main.ts'),
    arguments: [
      `--static-token=${token}`,
      // Lag and quota have tests of their own; the cases here ask more often than one practice would.
      `--settings=${JSON.stringify({ listLagMs: 0, hourlyLimit: 0, burstPerSecond: 0 })}`,
    ],
    credentials: { authorization: `Bearer ${token}` },
    // The simulated front desk books into the first room only.
    settings: { rooms: '415001/1', newPatientDoctor: '301122' },
    minutes: 30,
    unneededRoutes,
    inspect: (requests) => {
      assert.ok(requests.length > 0);
      for (const { query } of requests) assert.ok(!JSON.stringify(query).includes('verbose'));
    },
  }),
);
