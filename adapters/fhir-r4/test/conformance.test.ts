import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { type ConnectionSettings, capabilitiesOf } from '#adapter-kit/index.ts';
import { conformance } from '#adapter-kit/testing/index.ts';
import { simulatedEmr } from '#test/simulated-emr.ts';
import { fhirR4 } from '../index.ts';

/** Holds a connection of these settings to the contract, against Medplum's FHIR router in a process of its own. */
function run(settings: ConnectionSettings, flags: readonly string[], unneeded: readonly string[]): void {
  const adapter = { ...fhirR4, capabilities: capabilitiesOf(fhirR4, settings) };
  conformance(
    adapter,
    simulatedEmr({
      adapter,
      main: resolve(import.meta.dirname, 'server/main.ts'),
      arguments: flags,
      credentials: { authorization: 'Bearer conformance' },
      settings,
      minutes: 30,
      unneededRoutes: Object.fromEntries(unneeded.map((route) => [route, 'the other way of booking'])),
      inspect: (requests) => assert.ok(requests.length > 0),
    }),
  );
}

const learned = { patch: true, patientCreate: true, createPatients: true } as const;
run(
  { ...learned, booking: 'slot-reference', joinSlots: true },
  [],
  ['findTimes', 'bookTime', 'bookSlotOnce'],
);
run(
  { ...learned, booking: 'operations' },
  ['--operations=argonaut'],
  ['slots', 'slot', 'schedule', 'bookSlot', 'bookSlotOnce'],
);
