import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { capabilitiesOf } from '#adapter-kit/index.ts';
import type { EmrUnderTest, FaultName } from '#adapter-kit/testing/index.ts';
import { type SimulatedEmrOptions, simulatedEmr } from '#test/simulated-emr.ts';
import { athenahealth } from '../index.ts';
import type { faults } from '../simulator/faults.ts';

const token = 'static-token-of-a-test';

/** The simulated practice as it would tell us who, where and what: of its slots those that stand alone at their time. */
export const settings = {
  departments: '12, 14',
  providers: '71, 72',
  visitTypes: 'reason:962;Office Visit;15, reason:963;Follow-up;30',
  newPatientDepartment: '12',
  freezeHeldTimes: true,
};

/** The adapter as such a practice has it. */
export const adapter = { ...athenahealth, capabilities: capabilitiesOf(athenahealth, settings) };

/** The simulated practice as a process of its own, reached through the wall. */
export function lakeside(changed: Partial<SimulatedEmrOptions> = {}, flags: readonly string[] = []) {
  return simulatedEmr({
    adapter,
    main: resolve(import.meta.dirname, '../simulator/main.ts'),
    arguments: [`--static-token=${token}`, '--environment=production', ...flags],
    credentials: { authorization: `Bearer ${token}` },
    minutes: 15,
    settings,
    inspect: (requests) => {
      assert.ok(requests.length > 0);
      const templates = new Set(
        Object.values(athenahealth.routes).map(({ method, template }) => `${method} /v1/195900${template}`),
      );
      for (const { method, path } of requests) {
        const template = `${method} ${path.replace(/(\/appointments)\/\d+/, '$1/{appointmentid}')}`;
        assert.ok(templates.has(template), `${template} is not of the route table.`);
      }
    },
    ...changed,
  });
}

/** Arranges trouble of this vendor for the next request that can meet it. */
export function order(emr: EmrUnderTest, name: keyof typeof faults, effect: 'read' | 'write' = 'read') {
  // The simulator knows more names than those that all simulators share.
  return emr.fault({ name: name as FaultName, effect, times: 1 });
}
