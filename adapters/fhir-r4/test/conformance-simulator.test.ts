import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { type ConnectionSettings, capabilitiesOf } from '#adapter-kit/index.ts';
import { conformance } from '#adapter-kit/testing/index.ts';
import { simulatedEmr } from '#test/simulated-emr.ts';
import { fhirR4 } from '../index.ts';

const token = 'conformance-token';

/** Holds a connection of these settings to the contract, against the simulator in a process of its own. */
function run(settings: ConnectionSettings, flags: readonly string[], unneeded: readonly string[]): void {
  const adapter = { ...fhirR4, capabilities: capabilitiesOf(fhirR4, settings) };
  conformance(
    adapter,
    simulatedEmr({
      adapter,
      main: resolve(import.meta.dirname, '../simulator/main.ts'),
      arguments: [`--static-token=${token}`, ...flags],
      credentials: { authorization: `Bearer ${token}` },
      settings,
      minutes: 30,
      unneededRoutes: Object.fromEntries(unneeded.map((route) => [route, 'another way of booking'])),
      inspect: (requests) => assert.ok(requests.length > 0),
    }),
  );
}

const learned = { patch: true, patientCreate: true, createPatients: true, joinSlots: true } as const;
const operations = ['findTimes', 'bookTime'];
// A server of booking class F, then one of class D.
run({ ...learned, booking: 'conditional-create' }, [], [...operations, 'bookSlot']);
run({ ...learned, booking: 'slot-reference' }, ['--conditional-create=off'], [...operations, 'bookSlotOnce']);
