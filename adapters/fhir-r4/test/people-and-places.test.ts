import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure, WireFailure } from '#adapter-kit/index.ts';
import { replay, type Script } from '#adapter-kit/testing/index.ts';
import { fhirR4 } from '../index.ts';
import { newPatient } from '../wire/sent.ts';
import { searchset } from './fixture.ts';
import * as rows from './rows.ts';

const { probe, directory, matchPatients, createPatient } = fhirR4.operations;
const connect = (script: Script, settings = {}) => replay(fhirR4, script, { settings });

describe('The probe', () => {
  test('learns how the server is booked, and tells nothing back that the practice has set', async () => {
    const metadata = {
      resourceType: 'CapabilityStatement',
      fhirVersion: '4.0.1',
      software: { version: '6.2.1' },
      rest: [
        {
          mode: 'server',
          resource: [
            { type: 'Slot', interaction: [{ code: 'search-type' }] },
            { type: 'Appointment', interaction: [{ code: 'create' }, { code: 'patch' }] },
          ],
        },
      ],
    };
    const { version, settings } = await probe(
      connect({ metadata, locations: searchset([]) }, { joinSlots: true, practitioners: 'dr-1' }).ctx,
    );
    assert.equal(version, '6.2.1');
    assert.deepEqual(settings, {
      booking: 'slot-reference',
      operationNames: 'argonaut',
      patch: true,
      patientCreate: false,
    });
    assert.equal(fhirR4.capabilitiesWith(settings).bookingClass, 'D');
    assert.equal(fhirR4.capabilitiesWith(settings).reschedule, 'in-place');
  });

  test('fails where nobody knows us, although everybody may read the CapabilityStatement', async () => {
    const metadata = { resourceType: 'CapabilityStatement', fhirVersion: '4.0.1' };
    for (const status of [401, 403])
      await assert.rejects(probe(connect({ metadata, locations: { status } }).ctx), WireFailure);
  });

  test('fails for anything that is no CapabilityStatement', async () => {
    await assert.rejects(probe(connect({ metadata: { status: 200, body: '<html>' } }).ctx), WireFailure);
  });
});

describe('What a connection can do', () => {
  for (const [settings, can] of [
    [{}, { book: false, cancel: false, reschedule: 'unsupported' }],
    [
      { booking: 'slot-reference' },
      { bookingClass: 'D', book: true, cancel: false, reschedule: 'unsupported' },
    ],
    [
      { booking: 'slot-reference', patch: true },
      { bookingClass: 'D', cancel: true, reschedule: 'in-place' },
    ],
    [
      { booking: 'operations', patch: true },
      { bookingClass: 'E', book: true, cancel: true, reschedule: 'unsupported' },
    ],
    [
      { booking: 'operations', operationNames: 'medplum', patch: true },
      { bookingClass: 'E', cancel: false },
    ],
    [{ booking: 'slot-reference', patientCreate: true }, { createPatient: false }],
    [{ patientCreate: true, createPatients: true }, { createPatient: true }],
  ] as const)
    test(`by ${JSON.stringify(settings)} is ${JSON.stringify(can)}`, () => {
      const given: object = fhirR4.capabilitiesWith(settings);
      assert.deepEqual({ ...given, ...can }, given);
    });
});

describe('The directory', () => {
  const person = (id: string) => ({ resourceType: 'Practitioner', id, name: [{ family: id }] });
  const place = (id: string) => ({ resourceType: 'Location', id, name: id });

  test('has whom and where the active schedules name, through roles too, and nobody else', async () => {
    const role = {
      resourceType: 'PractitionerRole',
      id: 'r-1',
      practitioner: { reference: 'Practitioner/p-2' },
      location: [{ reference: 'Location/l-2' }],
    };
    const { ctx, sent } = connect({
      schedules: searchset([
        rows.schedule(),
        rows.schedule({ id: 'sch-2', actor: [{ reference: 'PractitionerRole/r-1' }] }),
        rows.schedule({ id: 'sch-3', active: false, actor: [{ reference: 'Practitioner/p-3' }] }),
      ]),
      practitionerRoles: searchset([role]),
      practitioners: searchset(['p-1', 'p-2', 'stranger'].map(person)),
      locations: searchset(['l-1', 'l-2'].map(place)),
      healthcareServices: searchset([]),
    });
    const { practitioners, locations, services } = await directory(ctx);
    assert.deepEqual(
      practitioners.map(({ id }) => id),
      ['p-1', 'p-2'],
    );
    assert.deepEqual(
      locations.map(({ id }) => id),
      ['l-1', 'l-2'],
    );
    assert.deepEqual(services, []);
    assert.equal(sent.find(({ route }) => route === 'practitioners')?.query._id, 'p-1,p-2');
  });

  test('has whom, where and what the settings name', async () => {
    const settings = {
      practitioners: 'p-7',
      locations: 'l-7',
      serviceTypes: 'urn:a|1;Office visit;20, urn:a|2',
    };
    const { ctx } = connect(
      {
        schedules: searchset([]),
        practitioners: searchset([person('p-7')]),
        locations: searchset([place('l-7')]),
      },
      settings,
    );
    const found = await directory(ctx);
    assert.deepEqual([found.practitioners[0]?.id, found.locations[0]?.id], ['p-7', 'l-7']);
    assert.deepEqual(found.services, [
      { ref: 'urn:a|1', display: 'Office visit', minutes: 20 },
      { ref: 'urn:a|2', display: '2', minutes: 30 },
    ]);
  });
});

describe('Matching', () => {
  const zoe = { family: 'Okafor', given: 'zoë  marie', birthDate: '1984-02-29' };

  test('asks by POST, by the first words of names, and picks equal ones', async () => {
    const { ctx, sent } = connect({
      searchPatients: searchset([
        rows.patient(),
        rows.patient({ id: 'another', birthDate: '1984-02-28' }),
        rows.patient({ id: 'longer', name: [{ family: 'Okaforson', given: ['Zoë', 'Marie'] }] }),
      ]),
    });
    const found = await matchPatients(ctx, zoe);
    assert.deepEqual(
      found.map(({ resource }) => resource.id),
      ['pat-1'],
    );
    const form = { family: 'Okafor', given: 'zoë', birthdate: '1984-02-29', _count: '50' };
    assert.deepEqual([sent[0]?.query, sent[0]?.body], [{}, form]);
  });

  test('takes no answer from which somebody may have been left out', async () => {
    const issue = [{ severity: 'warning', code: 'suppressed' }];
    const searchPatients = searchset([{ resourceType: 'OperationOutcome', issue }]);
    const asked = matchPatients(connect({ searchPatients }).ctx, zoe);
    await assert.rejects(asked, (error) => error instanceof WireFailure && error.reason === 'not-whole');
  });

  test('does not follow a link that would have names in it', async () => {
    const next = 'https://emr.example.org/r4/Patient?family=Okafor&_offset=50';
    const asked = matchPatients(connect({ searchPatients: searchset([rows.patient()], { next }) }).ctx, zoe);
    await assert.rejects(asked, (error) => error instanceof WireFailure && error.reason === 'too-many');
  });
});

describe('A new patient', () => {
  const can = { patientCreate: true, createPatients: true };
  const zoe = { family: 'Okafor', given: 'Zoë', birthDate: '1984-02-29' };

  test('is one create of the least that makes somebody known', async () => {
    const { ctx, sent } = connect({ createPatient: { status: 201, location: 'Patient/pat-9' } }, can);
    const who = { ...zoe, gender: 'female', phone: '(555) 010-0144', email: 'zoe@example.org' } as const;
    assert.deepEqual(await createPatient(ctx, who), { id: 'pat-9' });
    assert.deepEqual(newPatient.parse(sent[0]?.body), {
      resourceType: 'Patient',
      active: true,
      name: [{ use: 'official', family: 'Okafor', given: ['Zoë'] }],
      telecom: [
        { system: 'phone', value: '(555) 010-0144', use: 'mobile' },
        { system: 'email', value: 'zoe@example.org' },
      ],
      gender: 'female',
      birthDate: '1984-02-29',
    });
  });

  for (const [what, who] of [
    ['a telephone number that is none', { ...zoe, phone: 'call me' }],
    ['an address that is none', { ...zoe, email: 'zoe' }],
  ] as const)
    test(`with ${what} is refused and nothing is sent`, async () => {
      const { ctx, sent } = connect({}, can);
      await assert.rejects(
        createPatient(ctx, who),
        (error) => error instanceof Failure && error.code === 'invalid-value',
      );
      assert.deepEqual(sent, []);
    });
});
