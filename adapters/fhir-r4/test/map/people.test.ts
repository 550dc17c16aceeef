import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toLocation, toPractitioner, toServices } from '../../map/directory.ts';
import { isPerson, toPatient } from '../../map/patient.ts';
import { conceptOf } from '../../map/token.ts';
import { settings } from '../../settings.ts';
import * as wire from '../../wire/resources.ts';
import * as rows from '../rows.ts';

describe('A patient', () => {
  const read = (changed: object) => wire.patient.parse(rows.patient(changed));
  const zoe = { family: 'Okafor', given: 'Zoë', birthDate: '1984-02-29' };

  for (const [what, changed, person, isIt] of [
    ['with equal names and birth date', {}, zoe, true],
    ['by all given names', {}, { ...zoe, given: 'zoe marie' }, true],
    ['by the second given name alone', {}, { ...zoe, given: 'Marie' }, false],
    ['by a part of a name', {}, { ...zoe, family: 'Okafo' }, false],
    ['with another birth date', {}, { ...zoe, birthDate: '1984-02-28' }, false],
    ['without a birth date', { birthDate: undefined }, zoe, false],
    ['by a name that is given up', { name: [{ use: 'old', family: 'Okafor', given: ['Zoë'] }] }, zoe, false],
    ['by a maiden name', { name: [{ use: 'maiden', family: 'Okafor', given: ['Zoë'] }] }, zoe, true],
    ['without a name', { name: undefined }, zoe, false],
  ] as const)
    test(`${what} is ${isIt ? '' : 'not '}the person`, () =>
      assert.equal(isPerson(read(changed), person), isIt));

  for (const [what, changed, bookable] of [
    ['alive', {}, true],
    ['inactive', { active: false }, false],
    ['deceased', { deceasedBoolean: true }, false],
    ['deceased at a time', { deceasedDateTime: '2030-01-01' }, false],
    ['of whom nothing is said', { active: undefined }, true],
  ] as const)
    test(`who is ${what} is ${bookable ? '' : 'not '}bookable`, () =>
      assert.equal(toPatient(read(changed)).bookable, bookable));

  test('has minimum demographics and nothing else', () => {
    const { resource } = toPatient(
      read({
        identifier: [{ value: 'MRN canary' }],
        address: [{ text: 'canary' }],
        telecom: [
          { system: 'phone', use: 'old', value: '555' },
          { system: 'url', value: 'canary' },
        ],
        contact: [{ name: { text: 'canary' } }],
      }),
    );
    assert.deepEqual(Object.keys(resource).sort(), [
      'active',
      'birthDate',
      'gender',
      'id',
      'name',
      'resourceType',
      'telecom',
    ]);
    assert.deepEqual(resource.telecom, [{ system: 'phone', value: '555' }]);
  });
});

describe('A directory', () => {
  test('names a practitioner by name, NPI and state', () => {
    const found = toPractitioner(
      wire.practitioner.parse({
        resourceType: 'Practitioner',
        id: 'p-1',
        active: false,
        identifier: [
          { system: 'urn:any', value: 'canary' },
          { system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' },
        ],
        name: [{ family: 'Haddad', given: ['Amir'], suffix: ['NP'] }],
      }),
    );
    assert.deepEqual(found, {
      resourceType: 'Practitioner',
      id: 'p-1',
      active: false,
      identifier: [{ system: 'http://hl7.org/fhir/sid/us-npi', value: '1234567893' }],
      name: [{ family: 'Haddad', given: ['Amir'], suffix: ['NP'] }],
    });
  });

  test('finds words for whoever has no name', () => {
    const nobody = { resourceType: 'Practitioner', id: 'p-1' } as const;
    assert.deepEqual(toPractitioner(nobody).name, [{ text: 'Practitioner p-1' }]);
    assert.equal(toLocation({ resourceType: 'Location', id: 'l-1' }).name, 'Location l-1');
  });

  test('proposes a visit type for each code of the active services, once', () => {
    const service = (id: string, active: boolean, ...codes: readonly string[]) => ({
      resourceType: 'HealthcareService' as const,
      id,
      active,
      name: 'Office visit',
      type: codes.map((code) => conceptOf(code)),
    });
    const services = [
      service('a', true, 'urn:a|1', 'urn:a|2'),
      service('b', true, 'urn:a|1'),
      service('c', false, 'urn:a|3'),
    ];
    const found = toServices(services, settings.parse({ visitMinutes: 20 }));
    assert.deepEqual(
      found.map(({ ref, minutes }) => [ref, minutes]),
      [
        ['urn:a|1', 20],
        ['urn:a|2', 20],
      ],
    );
  });
});
