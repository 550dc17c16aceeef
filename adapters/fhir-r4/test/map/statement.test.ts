import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { learnedFrom, versionIn } from '../../map/conformance.ts';
import * as wire from '../../wire/resources.ts';

describe('A CapabilityStatement', () => {
  const statement = (appointment: object, patient: readonly string[] = []) =>
    wire.capabilityStatement.parse({
      resourceType: 'CapabilityStatement',
      fhirVersion: '4.0.1',
      rest: [
        {
          mode: 'server',
          resource: [
            { type: 'Slot', interaction: [{ code: 'search-type' }] },
            { type: 'Appointment', ...appointment },
            { type: 'Patient', interaction: patient.map((code) => ({ code })) },
          ],
        },
      ],
    });
  const create = { interaction: [{ code: 'create' }] };
  const argonaut = 'http://fhir.org/guides/argonaut-scheduling/OperationDefinition';
  const operation = (base: string, ...names: readonly string[]) => ({
    ...create,
    operation: names.map((name) => ({ name, definition: `${base}/appointment-${name.replace('$', '')}` })),
  });
  const unproven = { conditionalCreateProven: false };
  const proven = { conditionalCreateProven: true };

  for (const [what, given, known, booking] of [
    ['of a server that only reads', { interaction: [{ code: 'read' }] }, proven, 'none'],
    ['of a server that creates', create, unproven, 'slot-reference'],
    [
      'that claims conditional create, unproven',
      { ...create, conditionalCreate: true },
      unproven,
      'slot-reference',
    ],
    [
      'that claims conditional create, proven',
      { ...create, conditionalCreate: true },
      proven,
      'conditional-create',
    ],
    ['that does not claim it', { ...create, conditionalCreate: false }, proven, 'slot-reference'],
    ['with $find and $book', operation(argonaut, 'find', 'book'), unproven, 'operations'],
    ['with $find alone', operation(argonaut, 'find'), unproven, 'slot-reference'],
    ['that writes the dollar', operation(argonaut, '$find', '$book'), unproven, 'operations'],
  ] as const)
    test(`${what} leads to ${booking}`, () =>
      assert.equal(learnedFrom(statement(given), known).booking, booking));

  for (const [base, names] of [
    [argonaut, 'argonaut'],
    ['https://profiles.ihe.net/ITI/Scheduling/OperationDefinition', 'ihe'],
    ['https://medplum.com/fhir/OperationDefinition', 'medplum'],
    ['https://example.org/ours', 'argonaut'],
  ] as const)
    test(`with operations of ${base} uses the names of ${names}`, () =>
      assert.equal(learnedFrom(statement(operation(base, 'find', 'book')), unproven).operationNames, names));

  test('tells what can be patched and created', () => {
    const patch = { interaction: [{ code: 'create' }, { code: 'patch' }] };
    assert.equal(learnedFrom(statement(patch), unproven).patch, true);
    assert.equal(learnedFrom(statement({ ...patch, versioning: 'no-version' }), unproven).patch, false);
    assert.equal(learnedFrom(statement(create, ['create']), unproven).patientCreate, true);
    assert.equal(learnedFrom(statement(create, ['read']), unproven).patientCreate, false);
  });

  for (const [software, version] of [
    ['5.2.13', '5.2.13'],
    ['February 2026', '4.0.1'],
    [undefined, '4.0.1'],
  ] as const)
    test(`of software ${software} has the version ${version}`, () =>
      assert.equal(
        versionIn({
          resourceType: 'CapabilityStatement',
          fhirVersion: '4.0.1',
          software: { version: software },
          rest: [],
        }),
        version,
      ));
});
