import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toAppointment } from '../map/appointment.ts';
import { learnedFrom, versionIn } from '../map/conformance.ts';
import { toLocation, toPractitioner, toServices } from '../map/directory.ts';
import { readInstant, utc } from '../map/instant.ts';
import { isFailure, worstOf } from '../map/issue.ts';
import { isPerson, toPatient } from '../map/patient.ts';
import { idIn } from '../map/reference.ts';
import { isFor, openingsAmong, spanOf } from '../map/slot.ts';
import { conceptOf, hasToken, tokenOf } from '../map/token.ts';
import { parseVendorKey, vendorKeyOf } from '../map/vendor-key.ts';
import { settings } from '../settings.ts';
import * as wire from '../wire/resources.ts';
import * as rows from './rows.ts';

describe('An instant', () => {
  for (const [text, what] of [
    ['2031-03-04T10:00:00', 'no offset'],
    ['2031-03-04T10:00Z', 'no seconds'],
    ['2031-03-04', 'no time'],
    ['2031-03-04T10:00:00+14:01', 'an offset beyond fourteen hours'],
    ['2031-03-04T10:00:00-23:00', 'an offset beyond fourteen hours'],
    ['2031-02-29T10:00:00Z', 'no day of the calendar'],
    ['2031-03-04T10:00:60Z', 'a leap second'],
    ['', 'nothing'],
  ] as const)
    test(`with ${what} is none: "${text}"`, () => assert.equal(readInstant(text), undefined));

  for (const [text, at] of [
    ['2031-03-04T10:00:00Z', '2031-03-04T10:00:00Z'],
    ['2031-03-04T10:00:00.123456Z', '2031-03-04T10:00:00Z'],
    ['2031-03-04T10:00:00+14:00', '2031-03-03T20:00:00Z'],
    ['2031-03-04T10:00:00-06:00', '2031-03-04T16:00:00Z'],
  ] as const)
    test(`${text} is ${at}`, () => assert.equal(utc(readInstant(text) ?? 0), at));
});

describe('A reference', () => {
  const long = 'e'.repeat(66);
  for (const [reference, type, id] of [
    ['Practitioner/7', 'Practitioner', '7'],
    ['https://fhir.example.org/r4/Practitioner/7', 'Practitioner', '7'],
    ['Practitioner/7/_history/2', 'Practitioner', '7'],
    [`Patient/${long}`, 'Patient', long],
    ['PractitionerRole/7', 'Practitioner', undefined],
    ['#contained', 'Slot', undefined],
    ['urn:uuid:6a1f0a52-6a57-4c2b-9f5e-0d5c3c8f3f11', 'Slot', undefined],
    ['Practitioner/7?name=x', 'Practitioner', undefined],
    [undefined, 'Practitioner', undefined],
  ] as const)
    test(`${reference} names ${type} ${id ?? 'of no id'}`, () => assert.equal(idIn({ reference }, type), id));
});

describe('A token', () => {
  const concepts = [{ coding: [{ system: 'urn:a', code: '1' }, { code: '2' }] }];
  for (const [token, isThere] of [
    ['urn:a|1', true],
    ['1', true],
    ['urn:b|1', false],
    ['|1', false],
    ['|2', true],
    ['3', false],
  ] as const)
    test(`${token} is ${isThere ? '' : 'not '}among the codes`, () =>
      assert.equal(hasToken(concepts, token), isThere));

  test('becomes the concept that it came from', () => {
    assert.deepEqual(conceptOf('urn:a|1'), { coding: [{ system: 'urn:a', code: '1' }] });
    assert.deepEqual(conceptOf('1'), { coding: [{ code: '1' }] });
    assert.equal(tokenOf({ coding: [{}, { system: 'urn:a', code: '1' }] }), 'urn:a|1');
  });
});

describe('A vendor key', () => {
  for (const key of [
    { slot: '24477854-21304876-62852027-0' },
    { slot: 'abc', type: 'http://snomed.info/sct|408443003' },
    { practitioner: 'eM5CWtq15N0WJeuCet5bJlQ3', location: 'l.1' },
    { practitioner: '7', location: '3', type: 'urn:a|b' },
  ])
    test(`is read as it was written: ${vendorKeyOf(key)}`, () =>
      assert.deepEqual(parseVendorKey(vendorKeyOf(key)), key));

  test('too long for its type goes without it', () => {
    const slot = 's'.repeat(128);
    assert.equal(vendorKeyOf({ slot, type: `urn:${'t'.repeat(80)}|1` }), `slot:${slot}`);
  });

  for (const text of [
    'no such key',
    'slot:',
    'slot:a b',
    'slot:../7',
    'with:1',
    'slot:1|type:',
    'op:1|prov:2',
  ])
    test(`"${text}" is none`, () => assert.equal(parseVendorKey(text), undefined));
});

describe('Openings among free slots', () => {
  const at = (text: string) => Date.parse(text);
  const free = (id: string, from: string, to: string, schedule = 'sch-1') => ({
    id,
    schedule,
    from: at(from),
    to: at(to),
    practitioners: ['p-1'],
    location: 'l-1',
  });
  const wanted = {
    from: at('2031-03-04T16:00:00Z'),
    to: at('2031-03-04T18:00:00Z'),
    now: at('2031-03-04T00:00:00Z'),
    minutes: 60,
    join: true,
    type: undefined,
    timeZone: 'America/Chicago',
  };
  const slots = [
    free('b', '2031-03-04T16:30:00Z', '2031-03-04T17:00:00Z'),
    free('a', '2031-03-04T16:00:00Z', '2031-03-04T16:30:00Z'),
    free('c', '2031-03-04T17:30:00Z', '2031-03-04T18:00:00Z'),
    free('d', '2031-03-04T16:00:00Z', '2031-03-04T17:00:00Z', 'sch-2'),
  ];

  test('are slots of exactly the length, and consecutive ones of one schedule where they may be joined', () => {
    const found = openingsAmong(slots, wanted);
    assert.deepEqual(
      found.map(({ vendorKey, start, claims }) => [vendorKey, start, claims]),
      [
        ['slot:a', '2031-03-04T10:00:00-06:00', ['practitioner:p-1', 'slot:a', 'slot:b']],
        ['slot:d', '2031-03-04T10:00:00-06:00', ['practitioner:p-1', 'slot:d']],
      ],
    );
  });

  test('are not joined where the server books one slot', () => {
    const found = openingsAmong(slots, { ...wanted, join: false });
    assert.deepEqual(
      found.map(({ vendorKey }) => vendorKey),
      ['slot:d'],
    );
  });

  for (const [what, changed, keys] of [
    ['begin in the window', { from: at('2031-03-04T16:10:00Z'), minutes: 30 }, ['slot:b', 'slot:c']],
    ['do not begin at its end', { to: at('2031-03-04T17:30:00Z'), minutes: 30 }, ['slot:a', 'slot:b']],
    ['are not past', { now: at('2031-03-04T17:00:00Z'), minutes: 30 }, ['slot:c']],
    ['are not shorter than asked for', { minutes: 90 }, []],
    [
      'name the type they were found by',
      { minutes: 30, from: at('2031-03-04T17:00:00Z'), type: 'urn:a|1' },
      ['slot:c|type:urn:a|1'],
    ],
  ] as const)
    test(what, () =>
      assert.deepEqual(
        openingsAmong(slots, { ...wanted, ...changed }).map(({ vendorKey }) => vendorKey),
        keys,
      ),
    );
});

describe('A slot', () => {
  for (const [what, changed] of [
    ['ends before it begins', { end: '2031-03-04T15:30:00Z' }],
    ['has no length', { end: '2031-03-04T16:00:00Z' }],
    ['has no offset', { start: '2031-03-04T16:00:00' }],
    ['has an impossible offset', { start: '2031-03-04T16:00:00-28:00' }],
  ] as const)
    test(`that ${what} has no time`, () =>
      assert.equal(spanOf(wire.slot.parse(rows.slot(changed))), undefined));

  for (const [what, onSlot, onSchedule, isIt] of [
    ['of the type', [conceptOf('urn:a|1')], undefined, true],
    ['of another type', [conceptOf('urn:a|2')], undefined, false],
    ['whose schedule is of the type', undefined, [conceptOf('urn:a|1')], true],
    ['whose schedule is of another type', undefined, [conceptOf('urn:a|2')], false],
    ['of a type, on a schedule of others', [conceptOf('urn:a|1')], [conceptOf('urn:a|2')], true],
    ['that says nothing', undefined, undefined, true],
  ] as const)
    test(`${what} is ${isIt ? '' : 'not '}for it`, () => {
      const slot = wire.slot.parse(rows.slot({ ...(onSlot && { serviceType: onSlot }) }));
      const schedule = wire.schedule.parse(rows.schedule({ ...(onSchedule && { serviceType: onSchedule }) }));
      assert.equal(isFor('urn:a|1', slot, schedule), isIt);
    });
});

describe('An appointment', () => {
  const read = (changed: object, how = {}) =>
    toAppointment(wire.appointment.parse(rows.appointment(changed)), 'America/Chicago', how);

  test('is a FHIR Appointment in the zone of the practice, without free text', () => {
    const found = read({
      description: 'canary',
      patientInstruction: 'canary',
      comment: 'canary GW:7K3QX5M2TA.1 canary',
      reasonCode: [{ text: 'canary' }],
      text: { status: 'generated', div: '<div>canary</div>' },
    });
    assert.deepEqual(found, {
      resource: {
        resourceType: 'Appointment',
        id: 'appt-1',
        status: 'booked',
        start: '2031-03-04T10:00:00-06:00',
        end: '2031-03-04T10:30:00-06:00',
        minutesDuration: 30,
        participant: ['Patient/pat-1', 'Practitioner/p-1', 'Location/l-1'].map((reference) => ({
          actor: { reference },
          status: 'accepted',
        })),
      },
      version: '3',
      markers: ['GW:7K3QX5M2TA.1'],
      claims: ['practitioner:p-1', 'slot:slot-1'],
    });
  });

  for (const [status, claims] of [
    ['pending', 2],
    ['arrived', 2],
    ['fulfilled', 2],
    ['cancelled', 0],
    ['noshow', 0],
    ['entered-in-error', 0],
    ['proposed', 0],
  ] as const)
    test(`that is ${status} takes ${claims === 0 ? 'nothing' : 'its slot and its practitioner'}`, () =>
      assert.equal(read({ status }).claims.length, claims));

  test('may be a no-show with a reason, and without times (data-absent-reason)', () => {
    const { resource } = read({
      status: 'noshow',
      cancelationReason: { coding: [{ system: 'urn:any', code: '0' }] },
      start: undefined,
      end: undefined,
      _start: { extension: [{ url: 'http://hl7.org/fhir/StructureDefinition/data-absent-reason' }] },
    });
    assert.deepEqual([resource.status, resource.start, resource.end], ['noshow', undefined, undefined]);
  });

  test('without an end ends after its length', () => {
    const { resource } = read({ end: undefined, minutesDuration: 45 });
    assert.equal(resource.end, '2031-03-04T10:45:00-06:00');
  });

  test('keeps a length that is not its end less its start', () => {
    assert.equal(read({ minutesDuration: 20 }).resource.minutesDuration, 20);
  });

  test('tells when it was made only by an instant', () => {
    assert.equal(read({ created: '2031-03-01' }).created, undefined);
    assert.equal(read({ created: '2031-03-01T10:00:00Z' }).created, '2031-03-01T04:00:00-06:00');
  });

  test('leaves out actors that are only displayed, and keeps its others', () => {
    const { resource } = read({
      participant: [
        { actor: { display: 'OR Add-On 02' }, status: 'accepted' },
        { type: [{ text: 'room' }], status: 'accepted' },
        { actor: { reference: 'Patient/pat-1', display: 'Okafor, Zoë' }, status: 'accepted' },
      ],
    });
    assert.deepEqual(
      resource.participant.map(({ actor }) => actor),
      [{ reference: 'Patient/pat-1' }],
    );
  });

  test('reads a role as its practitioner, at its only location', () => {
    const role = wire.practitionerRole.parse({
      resourceType: 'PractitionerRole',
      id: 'r-1',
      practitioner: { reference: 'Practitioner/p-9' },
      location: [{ reference: 'Location/l-9' }],
    });
    const participant = ['Patient/pat-1', 'PractitionerRole/r-1'].map((reference) => ({
      actor: { reference },
      status: 'accepted',
    }));
    const { resource, claims } = read({ participant }, { roles: new Map([['r-1', role]]) });
    assert.deepEqual(
      resource.participant.map(({ actor }) => actor?.reference),
      ['Patient/pat-1', 'Practitioner/p-9', 'Location/l-9'],
    );
    assert.deepEqual(claims, ['practitioner:p-9', 'slot:slot-1']);
  });

  for (const [what, meta, etag, version] of [
    ['of its resource', { versionId: '2-1' }, 'W/"9"', '2-1'],
    ['of zero', { versionId: '0' }, undefined, '0'],
    ['of its ETag', undefined, 'W/"3423957v2380283"', '3423957v2380283'],
    ['of a strong ETag', undefined, '"7"', '7'],
  ] as const)
    test(`has the version ${what}`, () => assert.equal(read({ meta }, { etag }).version, version));

  test('without a version has one that changes with what a caller would notice', () => {
    const [one, same, other] = [{}, {}, { start: '2031-03-04T17:00:00Z', end: '2031-03-04T17:30:00Z' }].map(
      (changed) => read({ meta: undefined, ...changed }).version,
    );
    assert.equal(one, same);
    assert.notEqual(one, other);
    assert.match(one ?? '', /^[A-Za-z0-9.-]{1,64}$/);
  });
});

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

describe('Issues', () => {
  const outcome = (...severities: readonly string[]) =>
    ({
      resourceType: 'OperationOutcome',
      issue: severities.map((severity) => ({ severity, code: 'processing' })),
    }) as const;

  for (const [severities, worst, failed] of [
    [['information', 'fatal', 'warning'], 'fatal', true],
    [['warning', 'error'], 'error', true],
    [['information', 'warning'], 'warning', false],
    [['unheard-of'], undefined, false],
    [[], undefined, false],
  ] as const)
    test(`of ${severities.join(', ') || 'no severity'}: the worst decides`, () => {
      assert.equal(worstOf([outcome(...severities)]), worst);
      assert.equal(isFailure([outcome(...severities)]), failed);
    });
});
