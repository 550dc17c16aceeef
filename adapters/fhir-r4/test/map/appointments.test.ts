import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { toAppointment } from '../../map/appointment.ts';
import * as wire from '../../wire/resources.ts';
import * as rows from '../rows.ts';

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
