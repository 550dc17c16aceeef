import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { instantOf, type Opening } from '#adapter-kit/index.ts';
import type { Page } from '../../fhir-r4/index.ts';
import { openingsAmong, type Proposed, toFindParameters, toProposals } from '../map/find.ts';
import { isVisitTypeSystem, visitTypeSystem } from '../map/oid.ts';
import { routes } from '../routes.ts';
import { findParameters } from '../wire.ts';
import { bundle, fixture } from './replay.ts';

const ask = { code: '95014', location: 'eCedar-1' };
const root = 'https://emr.example/interconnect-fhir-oauth/api/FHIR/STU3';
const [from, to] = [instantOf('2031-03-04T16:30:00Z'), instantOf('2031-03-04T17:00:00Z')];

/** A proposal as Epic writes it, one field at a time different from an ordinary one. */
function proposalJson(changed: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    resourceType: 'Appointment',
    id: `e${'Z'.repeat(65)}`,
    status: 'proposed',
    serviceType: [{ coding: [{ system: visitTypeSystem('236.2'), code: '95014' }], text: 'Office Visit' }],
    start: '2031-03-04T16:30:00Z',
    end: '2031-03-04T17:00:00Z',
    minutesDuration: 30,
    participant: [
      {
        actor: { reference: `${root}/Practitioner/eVance.1`, display: 'Vance, Ida' },
        status: 'needs-action',
      },
    ],
    ...changed,
  };
}

function pageOf(...resources: readonly Readonly<Record<string, unknown>>[]): Page {
  // The schema of the route made it, as it does at the wall.
  return routes.findTimes.response.parse(bundle(...resources)) as Page;
}

const actor = (reference: string) => ({ actor: { reference }, status: 'needs-action' });

describe('A proposal of $find', () => {
  const ordinary: Proposed = {
    id: `e${'Z'.repeat(65)}`,
    from,
    to,
    practitioners: ['eVance.1'],
    location: 'eCedar-1',
  };
  const rows: readonly [
    what: string,
    changed: Record<string, unknown>,
    expected: Partial<Proposed> | undefined,
  ][] = [
    ['is a time for whom it names, at the place that was asked for', {}, {}],
    [
      'at the place that was asked for is at it',
      { participant: [actor(`${root}/Practitioner/eVance.1`), actor(`${root}/Location/eCedar-1`)] },
      {},
    ],
    [
      'at another place was not asked for',
      { participant: [actor(`${root}/Practitioner/eVance.1`), actor(`${root}/Location/eElm-2`)] },
      undefined,
    ],
    [
      'may be for several people',
      { participant: [actor('Practitioner/eVance.1'), actor('Practitioner/eOrtiz-2')] },
      { practitioners: ['eVance.1', 'eOrtiz-2'] },
    ],
    ['for nobody is no time', { participant: [] }, undefined],
    [
      'for somebody who is only displayed is no time',
      { participant: [{ actor: { display: 'Vance' } }] },
      undefined,
    ],
    ['that is booked is no time', { status: 'booked' }, undefined],
    ['without an id cannot be booked', { id: undefined }, undefined],
    ['with an id of 128 characters is one', { id: 'e'.repeat(128) }, { id: 'e'.repeat(128) }],
    ['without an end is no time', { end: undefined }, undefined],
    ['that ends before it begins is no time', { end: '2031-03-04T16:00:00Z' }, undefined],
    ['whose start has no zone is no time', { start: '2031-03-04T16:30:00' }, undefined],
    ['whose start is a day is no time', { start: '2031-03-04' }, undefined],
    ['may give its own length wrongly', { minutesDuration: 75 }, {}],
    [
      'for another visit type was not asked for',
      { serviceType: [{ coding: [{ system: visitTypeSystem('236.2'), code: '95020' }] }] },
      undefined,
    ],
    [
      'says its visit type by the OID of R4 as well',
      {
        serviceType: [
          { coding: [{ system: 'urn:oid:1.2.840.114350.1.13.236.2.7.2.808267', code: '95014' }] },
        ],
      },
      {},
    ],
    ['may keep its visit type to itself', { serviceType: undefined }, {}],
    [
      'may have a type of another kind',
      { serviceType: [{ coding: [{ system: 'urn:oid:1.2.3', code: '1' }] }] },
      {},
    ],
  ];
  for (const [what, changed, expected] of rows)
    test(`${what}.`, () => {
      assert.deepEqual(
        toProposals(pageOf(proposalJson(changed)), ask),
        expected === undefined ? [] : [{ ...ordinary, ...expected }],
      );
    });

  test('stands beside outcomes, which are no times.', () => {
    const page = routes.findTimes.response.parse(fixture('find--one-day').findTimes) as Page; // as above
    assert.deepEqual(
      toProposals(page, ask).map(({ practitioners, from: at }) => [
        practitioners[0],
        new Date(at).toISOString(),
      ]),
      [
        ['eVance.1', '2031-03-04T16:00:00.000Z'],
        ['eVance.1', '2031-03-04T16:30:00.000Z'],
        ['eOrtiz-2', '2031-03-04T16:30:00.000Z'],
      ],
    );
  });
});

describe('Openings among proposals', () => {
  const wanted = {
    from: instantOf('2031-03-04T00:00:00Z'),
    to: instantOf('2031-03-05T00:00:00Z'),
    now: instantOf('2031-03-01T12:00:00Z'),
    minutes: 30,
    practitioners: ['eVance.1', 'eOrtiz-2'],
    type: undefined,
    timeZone: 'America/Chicago',
  };
  const proposed = (changed: Partial<Proposed> = {}): Proposed => ({
    id: 'eTemp',
    from,
    to,
    practitioners: ['eVance.1'],
    location: 'eCedar-1',
    ...changed,
  });
  const opening: Opening = {
    vendorKey: 'with:eVance.1|at:eCedar-1',
    start: '2031-03-04T10:30:00-06:00',
    end: '2031-03-04T11:00:00-06:00',
    minutes: 30,
    practitioner: 'eVance.1',
    location: 'eCedar-1',
    claims: ['practitioner:eVance.1'],
  };

  test('do not depend on temporary ids, and each is there once.', () => {
    assert.deepEqual(openingsAmong([proposed({ id: 'eOne' }), proposed({ id: 'eTwo' })], wanted), [opening]);
  });
  test('carry the visit type where one was asked for.', () => {
    assert.deepEqual(openingsAmong([proposed()], { ...wanted, type: '95014' }), [
      { ...opening, vendorKey: 'with:eVance.1|at:eCedar-1|type:95014' },
    ]);
  });
  test('claim everybody who is needed.', () => {
    const [found] = openingsAmong([proposed({ practitioners: ['eVance.1', 'eOrtiz-2'] })], wanted);
    assert.deepEqual(found?.claims, ['practitioner:eOrtiz-2', 'practitioner:eVance.1']);
  });

  const left: readonly [what: string, given: Proposed, changed?: Partial<typeof wanted>][] = [
    ['of another length', proposed({ to: to + 600_000 })],
    ['before the window', proposed(), { from: from + 1 }],
    ['at the end of the window', proposed(), { to: from }],
    ['that are past', proposed(), { now: from + 1 }],
    ['of somebody who was not asked for', proposed(), { practitioners: ['eOrtiz-2'] }],
    [
      'at an hour that the clock shows twice',
      proposed({ from: instantOf('2031-11-02T07:30:00Z'), to: instantOf('2031-11-02T08:00:00Z') }),
      { to: instantOf('2031-11-03T00:00:00Z') },
    ],
  ];
  for (const [what, given, changed] of left)
    test(`leave out those ${what}.`, () =>
      assert.deepEqual(openingsAmong([given], { ...wanted, ...changed }), []));
});

describe('A question to $find', () => {
  test('is what Epic documents, and has no patient in it.', () => {
    assert.deepEqual(toFindParameters({ ...ask, from, to: to + 1 }, '0.1', root), {
      resourceType: 'Parameters',
      parameter: [
        { name: 'startTime', valueDateTime: '2031-03-04T16:30:00Z' },
        { name: 'endTime', valueDateTime: '2031-03-04T17:00:01Z' },
        {
          name: 'serviceType',
          valueCodeableConcept: {
            coding: [{ system: 'urn:oid:1.2.840.114350.1.13.0.1.7.3.808267.11', code: '95014' }],
          },
        },
        { name: 'location-reference', valueReference: { reference: `${root}/Location/eCedar-1` } },
      ],
    });
  });
  test('always fits the schema of its route.', () => {
    const instant = fc.integer({ min: Date.UTC(2000, 0), max: Date.UTC(2100, 0) });
    fc.assert(
      fc.property(
        instant,
        instant,
        (one, other) =>
          findParameters.safeParse(toFindParameters({ ...ask, from: one, to: other }, '861.1', root)).success,
      ),
    );
  });
});

const systems: readonly [system: string | undefined, is: boolean][] = [
  ['urn:oid:1.2.840.114350.1.13.0.1.7.3.808267.11', true],
  ['urn:oid:1.2.840.114350.1.13.236.2.7.3.808267.11', true],
  ['urn:oid:1.2.840.114350.1.13.861.1.7.2.808267', true],
  ['urn:oid:1.2.840.114350.1.13.0.1.7.3.698084.8', false],
  ['urn:oid:9.9.9.7.3.808267.11', false],
  ['http://snomed.info/sct', false],
  [undefined, false],
];
for (const [system, is] of systems)
  test(`${system} ${is ? 'names' : 'does not name'} a visit type.`, () =>
    assert.equal(isVisitTypeSystem(system), is));
