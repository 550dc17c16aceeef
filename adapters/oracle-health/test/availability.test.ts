import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fixture, searchset } from '../../fhir-r4/test/fixture.ts';
import { oracleHealth } from '../index.ts';
import { connect, here, opening, query, settings, tenant } from './clinic.ts';

const { openings, verify } = oracleHealth.operations;

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

  test('of more than twenty visit types take several searches, each of its own twenty', async () => {
    const types = Array.from({ length: 25 }, (_, index) => `${tenant}/codeSet/14249|${4_047_600 + index}`);
    const { ctx, sent } = connect({ slots: searchset([]) }, { serviceTypes: types.join(',') });
    await openings(ctx, query);
    assert.deepEqual(
      sent.map(({ query }) => query['service-type']?.split(',').length),
      [20, 5],
    );
  });

  test('are verified by the slot and its schedule', async () => {
    const { entry } = fixture(here, 'slots') as { entry: { resource: object }[] };
    const [slot, , schedule] = entry.map(({ resource }) => resource);
    assert.equal(await verify(connect({ slot, schedule }).ctx, opening), 'free');
    const taken = { ...slot, status: 'busy' };
    assert.equal(await verify(connect({ slot: taken, schedule }).ctx, opening), 'gone');
  });
});
