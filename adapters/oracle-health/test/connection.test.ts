import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Failure } from '#adapter-kit/index.ts';
import { searchset } from '../../fhir-r4/test/fixture.ts';
import { oracleHealth } from '../index.ts';
import { appointment, connect, opening, settings as own, query, tenant } from './clinic.ts';

const { read, probe, directory, createPatient } = oracleHealth.operations;

describe('Reading at Oracle Health', () => {
  test('keeps people, place, slot and marker, leaves out rooms that are only displayed and every word of the office', async () => {
    const found = await read(connect({ appointment }).ctx, '20465903');
    assert.ok(!JSON.stringify(found).includes('canary'));
    assert.deepEqual(
      found?.resource.participant.map(({ actor }) => actor?.reference),
      ['Patient/12724066', 'Practitioner/593923', 'Location/32216049'],
    );
    assert.deepEqual(
      [found?.version, found?.markers, found?.claims],
      ['0', ['GW:7K3QX5M2TA.1'], opening.claims],
    );
  });

  test('asks for a patient’s appointments between two moments, and in halves where there is more than a page', async () => {
    const self = 'https://fhir-ehr.cerner.com/r4/tenant/Appointment?patient=12724066';
    const next = 'https://fhir-ehr.cerner.com/r4/tenant/Appointment?-pageContext=1&-pageDirection=NEXT';
    let asked = 0;
    const appointments = () => {
      asked += 1;
      return asked === 1 ? searchset([], { self, next }) : searchset(asked === 2 ? [appointment.body] : []);
    };
    const { ctx, sent } = connect({ appointments });
    const found = await oracleHealth.operations.appointmentsOf(ctx, '12724066', query);
    assert.deepEqual(
      found.map(({ resource }) => resource.id),
      ['20465903'],
    );
    assert.deepEqual(
      sent.map(({ repeated }) => repeated.date),
      [
        ['ge2031-03-04T06:00:00Z', 'lt2031-03-05T06:00:00Z'],
        ['ge2031-03-04T06:00:00Z', 'lt2031-03-04T18:00:00Z'],
        ['ge2031-03-04T18:00:00Z', 'lt2031-03-05T06:00:00Z'],
      ],
    );
  });

  test('has in its directory who, where and what was handed over', async () => {
    const { ctx } = connect({
      practitioners: searchset([
        { resourceType: 'Practitioner', id: '593923', name: [{ family: 'Haddad' }] },
      ]),
      locations: searchset([{ resourceType: 'Location', id: '32216049', name: 'Pier Street' }]),
    });
    const { practitioners, locations, services } = await directory(ctx);
    assert.deepEqual([practitioners[0]?.id, locations[0]?.id], ['593923', '32216049']);
    assert.deepEqual(services, [
      { ref: `${tenant}/codeSet/14249|4047611`, display: 'Surgery Rapid', minutes: 30 },
    ]);
  });
});

describe('A connection to Oracle Health', () => {
  const statement = (...interactions: readonly string[]) => ({
    resourceType: 'CapabilityStatement',
    fhirVersion: '4.0.1',
    rest: [
      {
        mode: 'server',
        resource: [
          { type: 'Slot', interaction: [{ code: 'search-type' }] },
          { type: 'Appointment', interaction: interactions.map((code) => ({ code })) },
        ],
      },
    ],
  });

  for (const [host, interactions, readOnly] of [
    ['for providers', ['read', 'search-type', 'create', 'patch'], false],
    ['that is open', ['read', 'search-type'], true],
  ] as const)
    test(`of the host ${host} learns that it is ${readOnly ? 'read-only' : 'for writing too'}`, async () => {
      const { settings: learned = {} } = await probe(
        connect({ metadata: statement(...interactions), locations: searchset([]) }).ctx,
      );
      assert.deepEqual(learned, { readOnly }, 'and nothing of what the practice has set');
      const { book, cancel, reschedule } = oracleHealth.capabilitiesWith({ ...own, ...learned });
      assert.deepEqual(
        [book, cancel, reschedule],
        readOnly ? [false, false, 'unsupported'] : [true, true, 'in-place'],
      );
    });

  test('creates no patients', async () => {
    const who = { family: 'Okafor', given: 'Zoë', birthDate: '1984-02-29' };
    await assert.rejects(
      createPatient(connect({}).ctx, who),
      (error) => error instanceof Failure && error.code === 'capability-missing',
    );
  });
});
