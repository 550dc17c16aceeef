import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { classifyWrite } from '#adapter-kit/classify-write.ts';
import { Failure, type Opening, WireFailure } from '#adapter-kit/index.ts';
import { fixture, replay, type Script, searchset } from '../../fhir-r4/test/replay.ts';
import { oracleHealth } from '../index.ts';
import { refusals } from '../map/issue.ts';

const here = import.meta.dirname;
const tenant = 'https://fhir.cerner.com/ec2458f2-1e24-41c8-b71b-0e701af7583d';
const { openings, verify, book, move, cancel, read, probe, directory, createPatient } =
  oracleHealth.operations;
const settings = {
  practitioners: '593923',
  locations: '32216049, 21304876',
  serviceTypes: `${tenant}/codeSet/14249|4047611;Surgery Rapid;30`,
};
const connect = (script: Script, changed = {}) =>
  replay(oracleHealth, script, { settings: { ...settings, ...changed } });
const query = { from: '2031-03-04T00:00:00-06:00', to: '2031-03-05T00:00:00-06:00', minutes: 30 };
const opening: Opening = {
  vendorKey: 'slot:4047611-32216049-61518614-0',
  start: '2031-03-04T10:00:00-06:00',
  end: '2031-03-04T10:30:00-06:00',
  minutes: 30,
  practitioner: '593923',
  location: '32216049',
  claims: ['practitioner:593923', 'slot:4047611-32216049-61518614-0'],
};
const request = { patient: '12724066', opening, marker: 'GW:7K3QX5M2TA.1' };
const later = {
  ...request,
  opening: { ...opening, vendorKey: 'slot:next-1', claims: ['practitioner:593923', 'slot:next-1'] },
};
const appointment = { status: 200, body: fixture(here, 'appointment'), etag: 'W/"0"' };
const changedBody = (changed: object) => ({
  ...appointment,
  body: { ...(appointment.body as object), ...changed },
});

async function outcomeOf(write: Promise<unknown>): Promise<string> {
  try {
    await write;
    return 'done';
  } catch (error) {
    if (error instanceof Failure) return `failure ${error.code}`;
    if (!(error instanceof WireFailure)) throw error;
    const { outcome, reason } = classifyWrite(error, refusals, oracleHealth.routes);
    return `${outcome} ${reason}`;
  }
}

describe('Openings at Oracle Health', () => {
  const script = { slots: fixture(here, 'slots'), slotPages: fixture(here, 'slots--next') };

  test('are free slots of the people and places that were handed over, over all pages, each as it was seen last', async () => {
    const { ctx, sent } = connect(script);
    assert.deepEqual(await openings(ctx, query), [opening]);
    assert.deepEqual(
      sent.map(({ route }) => route),
      ['slots', 'slotPages'],
    );
    assert.deepEqual(sent[0]?.repeated, { start: ['ge2031-03-04T06:00:00Z', 'lt2031-03-05T06:00:00Z'] });
    const { start: _, ...once } = sent[0]?.query ?? {};
    assert.deepEqual(once, {
      'service-type': `${tenant}/codeSet/14249|4047611`,
      'schedule.actor': 'Practitioner/593923',
      '-location': 'Location/32216049,Location/21304876',
      _include: 'Slot:schedule',
      _count: '100',
    });
    assert.deepEqual(sent[1]?.query, {
      '-pageContext': '0ab3cd6f-4d3c-4b6e-8d7a-0f4a0bd4cb0b',
      '-pageDirection': 'NEXT',
      _include: 'Slot:schedule',
    });
  });

  test('of one resource at two locations collide by the practitioner', async () => {
    const first = fixture(here, 'slots') as { link: unknown };
    const { ctx } = connect({ slots: { ...first, link: [] } });
    const found = await openings(ctx, query);
    assert.deepEqual(found.map(({ location }) => location).sort(), ['21304876', '32216049']);
    assert.ok(found.every(({ claims }) => claims.includes('practitioner:593923')));
  });

  test('are asked for once by standard codes and once by the tenant’s own', async () => {
    const { ctx, sent } = connect(
      { slots: searchset([]) },
      { serviceTypes: `${settings.serviceTypes}, http://snomed.info/sct|394576009` },
    );
    await openings(ctx, query);
    assert.deepEqual(
      sent.map(({ query: { 'service-type': types } }) => types),
      [`${tenant}/codeSet/14249|4047611`, 'http://snomed.info/sct|394576009'],
    );
  });

  for (const [what, changed, asked] of [
    ['nobody was handed over', { practitioners: '' }, {}],
    ['no place was handed over', { locations: '' }, {}],
    ['no visit type was', { serviceTypes: '' }, {}],
    ['somebody else is asked for', {}, { practitioners: ['404404'] }],
  ] as const)
    test(`are not asked for where ${what}`, async () => {
      const { ctx, sent } = connect({}, changed);
      assert.deepEqual(await openings(ctx, { ...query, ...asked }), []);
      assert.deepEqual(sent, []);
    });

  test('of more than twenty people take several searches, each of its own twenty', async () => {
    const ids = Array.from({ length: 45 }, (_, index) => String(1_000 + index));
    const { ctx, sent } = connect({ slots: searchset([]) }, { practitioners: ids.join(',') });
    await openings(ctx, query);
    const actors = sent.map(({ query }) => query['schedule.actor']?.split(',').length);
    assert.deepEqual(actors, [20, 20, 5]);
  });

  test('are verified by the slot and its schedule', async () => {
    const { entry } = fixture(here, 'slots') as { entry: { resource: object }[] };
    const [slot, , schedule] = entry.map(({ resource }) => resource);
    assert.equal(await verify(connect({ slot, schedule }).ctx, opening), 'free');
    const taken = { ...slot, status: 'busy' };
    assert.equal(await verify(connect({ slot: taken, schedule }).ctx, opening), 'gone');
  });
});

describe('A booking at Oracle Health', () => {
  test('says the slot, the patient and the marker, and nothing of time, place or practitioner', async () => {
    const location = 'https://fhir-ehr.cerner.com/r4/tenant/Appointment/20465903';
    const { ctx, sent } = connect({ bookSlot: { status: 201, location, etag: 'W/"0"' } });
    assert.deepEqual(await book(ctx, request), { id: '20465903' });
    assert.deepEqual(
      sent.map(({ body }) => body),
      [
        {
          resourceType: 'Appointment',
          status: 'booked',
          slot: [{ reference: 'Slot/4047611-32216049-61518614-0' }],
          participant: [{ actor: { reference: 'Patient/12724066' }, status: 'accepted' }],
          comment: 'GW:7K3QX5M2TA.1',
        },
      ],
    );
  });

  test('of two slots is not let out', async () => {
    const { ctx, sent } = connect({});
    const claims = [...opening.claims, 'slot:next-1'];
    assert.equal(
      await outcomeOf(book(ctx, { ...request, opening: { ...opening, claims } })),
      'not-done body',
    );
    assert.deepEqual(sent, []);
  });

  for (const [status, outcome] of [
    [422, 'refused taken'],
    [401, 'not-done unauthorized'],
    [403, 'not-done unauthorized'],
    [404, 'not-done missing'],
    [406, 'not-done rejected'],
    [423, 'not-done throttled'],
    [429, 'not-done throttled'],
    [400, 'ambiguous status'],
    [409, 'ambiguous status'],
    [424, 'ambiguous status'],
    [500, 'ambiguous status'],
  ] as const)
    test(`answered ${status} is ${outcome}`, async () =>
      assert.equal(await outcomeOf(book(connect({ bookSlot: { status } }).ctx, request)), outcome));
});

describe('A change at Oracle Health', () => {
  test('of the slot is a move, of the version that was read', async () => {
    const { ctx, sent } = connect({ appointment, changeAppointment: { status: 200 } });
    await move(ctx, '20465903', later);
    assert.equal(sent[1]?.ifMatch, 'W/"0"');
    assert.deepEqual(sent[1]?.body, [
      { op: 'replace', path: '/slot', value: [{ reference: 'Slot/next-1' }] },
    ]);
  });

  test('of the status goes with its reason', async () => {
    const { ctx, sent } = connect({ appointment, changeAppointment: { status: 200 } });
    await cancel(ctx, '20465903');
    assert.deepEqual(sent[1]?.body, [
      { op: 'replace', path: '/status', value: 'cancelled' },
      {
        op: 'add',
        path: '/cancelationReason',
        value: {
          coding: [
            { system: 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason', code: 'pat' },
          ],
        },
      },
    ]);
  });

  for (const [status, moved, cancelled] of [
    [409, 'not-done rejected', 'not-done rejected'],
    [412, 'not-done rejected', 'not-done rejected'],
    [422, 'refused taken', 'refused rule'],
    [423, 'not-done throttled', 'not-done throttled'],
    [424, 'ambiguous status', 'ambiguous status'],
  ] as const)
    test(`answered ${status} is ${moved} for a move, ${cancelled} for a cancellation`, async () => {
      const script = { appointment, changeAppointment: { status } };
      assert.equal(await outcomeOf(move(connect(script).ctx, '20465903', later)), moved);
      assert.equal(await outcomeOf(cancel(connect(script).ctx, '20465903')), cancelled);
    });

  test('that the server says it would not allow is not sent', async () => {
    const no = (name: string) =>
      changedBody({
        extension: [
          { url: `https://fhir-ehr.cerner.com/r4/StructureDefinition/${name}`, valueBoolean: false },
        ],
      });
    const cancelling = connect({ appointment: no('is-cancelable') });
    assert.equal(await outcomeOf(cancel(cancelling.ctx, '20465903')), 'failure business-rule');
    const moving = connect({ appointment: no('is-reschedulable') });
    assert.equal(await outcomeOf(move(moving.ctx, '20465903', later)), 'failure business-rule');
    assert.deepEqual([cancelling.sent.length, moving.sent.length], [1, 1]);
  });
});

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
      assert.ok(oracleHealth.settings.safeParse(learned).success);
      const { book, cancel, reschedule } = oracleHealth.capabilitiesWith(learned);
      assert.deepEqual(
        [book, cancel, reschedule],
        readOnly ? [false, false, 'unsupported'] : [true, true, 'in-place'],
      );
    });

  test('creates no patients', async () => {
    const who = { family: 'Okafor', given: 'Zoë', birthDate: '1984-02-29' };
    assert.equal(await outcomeOf(createPatient(connect({}).ctx, who)), 'failure capability-missing');
  });
});
