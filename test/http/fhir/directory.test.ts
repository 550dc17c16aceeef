import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  HealthcareService,
  Location,
  Practitioner,
  PractitionerRole,
  Resource,
  Schedule,
} from '@medplum/fhirtypes';
import { startTestGateway } from '#test/gateway.ts';
import { link, offers, resourcesIn } from '#test/story.ts';

const gateway = await startTestGateway();
const { cedar, saguaro } = gateway;
const { agent } = cedar;
await offers(agent); // Schedules become known when something of theirs is offered.

async function search<T extends Resource>(query: string): Promise<(T & { id: string })[]> {
  const { status, body } = await agent.fhir('GET', `/${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return resourcesIn<T>(body);
}

const types = ['Schedule', 'Practitioner', 'PractitionerRole', 'Location', 'HealthcareService'] as const;

describe('the directory', () => {
  for (const type of types) {
    it(`lists every ${type} and reads each by its id`, async () => {
      const all = await search(type);
      assert.ok(all.length > 1, type);
      for (const one of all) {
        assert.equal(one.resourceType, type);
        const read = await agent.fhir('GET', `/${type}/${one.id}`);
        assert.deepEqual([read.status, read.body], [200, one]);
      }
      const byPost = await agent.fhir('POST', `/${type}/_search`, {
        body: new URLSearchParams({ _id: all[1]?.id ?? '' }),
      });
      assert.deepEqual(resourcesIn(byPost.body), [all[1]]);
    });

    it(`pages ${type} by next and counts with _count=0`, async () => {
      const all = await search(type);
      const found: Resource[] = [];
      let address: string | undefined = `/${type}?_count=1`;
      while (address !== undefined) {
        const { body }: { body: Parameters<typeof link>[0] } = await agent.fhir('GET', address);
        assert.equal(body.total, all.length);
        found.push(...resourcesIn<Resource>(body));
        address = link(body, 'next');
      }
      assert.deepEqual(found, all);
      const none = await agent.fhir('GET', `/${type}?_count=0`);
      assert.deepEqual([none.body.total, none.body.entry], [all.length, undefined]);
    });

    it(`answers a ${type} of another practice as one that nobody has`, async () => {
      const [theirs] = resourcesIn((await saguaro.agent.fhir('GET', `/${type}`)).body);
      const unknown = await agent.fhir('GET', `/${type}/nobody`);
      if (theirs !== undefined) {
        const foreign = await agent.fhir('GET', `/${type}/${theirs.id}`);
        assert.deepEqual([foreign.status, foreign.body], [unknown.status, unknown.body]);
      }
      assert.deepEqual([unknown.status, unknown.code], [404, 'not-found']);
    });
  }

  it('finds practitioners by name and by whether they are active', async () => {
    const family = async (query: string) =>
      (await search<Practitioner>(`Practitioner?${query}`)).map(({ name }) => name?.[0]?.family).toSorted();
    assert.deepEqual(await family('name=veg'), ['Vega']);
    assert.deepEqual(await family('family=HOLT,vega'), ['Holt', 'Vega']);
    assert.deepEqual(await family('active=false'), ['Ames']);
    assert.deepEqual(await family('name=vega&active=false'), []);
  });

  it('ties a schedule to its practitioner, its place and what may be booked there', async () => {
    const [schedule] = await search<Schedule>('Schedule');
    assert.ok(schedule);
    const [who, where] = ['Practitioner', 'Location'].map(
      (type) => schedule.actor.find(({ reference }) => reference?.startsWith(`${type}/`))?.reference,
    );
    assert.ok(who && where);
    for (const reference of [who, where])
      assert.equal((await agent.fhir('GET', `/${reference}`)).status, 200, reference);
    const found = await search<Schedule>(`Schedule?actor=${who}&actor=${where}&active=true`);
    assert.deepEqual(found, [schedule]);
    const roles = await search<PractitionerRole>(`PractitionerRole?practitioner=${who}&location=${where}`);
    assert.equal(roles.length, 1);
  });

  it('tells the visit types with their length and whether the office has to agree', async () => {
    const [service] = await search<HealthcareService>('HealthcareService?name=clean');
    assert.equal(service?.id, 'cleaning-50');
    assert.match(service.comment ?? '', /50 minutes/);
    const before = service.appointmentRequired;
    await cedar.changeVisitType('cleaning-50', { mode: 'off' });
    gateway.advance(1_100);
    const [off] = await search<HealthcareService>('HealthcareService?service-type=cleaning-50');
    assert.deepEqual([off?.active, off?.appointmentRequired], [false, before]);
    assert.deepEqual(await search('HealthcareService?active=true&_id=cleaning-50'), []);
    await cedar.changeVisitType('cleaning-50', { mode: 'direct' });
    gateway.advance(1_100);
  });

  it('gives places the zone of the practice', async () => {
    for (const { extension, status } of await search<Location>('Location?status=active')) {
      assert.equal(status, 'active');
      assert.equal(extension?.[0]?.valueCode, 'America/Denver');
    }
  });
});
