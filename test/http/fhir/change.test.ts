import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Appointment } from '@medplum/fhirtypes';
import { startTestGateway } from '#test/gateway.ts';
import {
  appointmentIn,
  book,
  booked,
  cancelPatch,
  hold,
  moveTo,
  offer,
  offers,
  patient,
  resourcesIn,
} from '#test/story.ts';

const gateway = await startTestGateway();
const { cedar, saguaro } = gateway;
const { agent, simulator } = cedar;

const etag = ({ meta }: Appointment) => ({ 'if-match': `W/"${meta?.versionId}"` });
const cancel = (visit: Appointment & { id: string }, headers: Record<string, string> = etag(visit)) =>
  agent.fhir('PATCH', `/Appointment/${visit.id}`, { body: cancelPatch, headers });
const move = (visit: Appointment, slotId: string) =>
  agent.fhir('POST', '/Appointment/$book', { body: moveTo(visit, slotId) });

/** The EMR's entry of the visit that stands at this time, on the book or off it. */
async function entryAt({ start = '' }: Appointment) {
  const all = (await simulator.booked()).filter((one) => Date.parse(one.start) === Date.parse(start));
  assert.equal(all.length, 1, JSON.stringify(all));
  return all[0];
}

describe('PATCH Appointment', () => {
  it('cancels, reads back, frees the time, and says the reason that the caller gave', async () => {
    const visit = await booked(cedar, 0);
    const { status, body, headers } = await agent.fhir('PATCH', `/Appointment/${visit.id}`, {
      body: [
        { op: 'test', path: '/status', value: 'booked' },
        ...cancelPatch,
        {
          op: 'add',
          path: '/cancelationReason',
          value: {
            coding: [
              {
                system: 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason',
                code: 'pat',
              },
            ],
          },
        },
      ],
      headers: etag(visit),
    });
    assert.deepEqual([status, body.status, body.id], [200, 'cancelled', visit.id]);
    assert.equal(body.cancelationReason.coding[0].code, 'pat');
    assert.notEqual(headers.get('etag'), `W/"${visit.meta?.versionId}"`);
    assert.equal((await entryAt(visit))?.status, 'cancelled');
    const read = await agent.fhir('GET', `/Appointment/${visit.id}`);
    assert.equal(read.body.status, 'cancelled');
    assert.equal((await agent.fhir('GET', `/${visit.slot?.[0]?.reference}`)).body.status, 'free');
  });

  it('cancels once: again is the same answer and no write', async () => {
    const visit = await booked(cedar, 0);
    assert.equal((await cancel(visit)).status, 200);
    const again = await cancel(visit);
    assert.deepEqual([again.status, again.body.status], [200, 'cancelled']);
    assert.deepEqual(
      (await entryAt(visit))?.writes.map(({ action }) => action),
      ['book', 'cancel'],
    );
  });

  it('insists on the version that was read', async () => {
    const visit = await booked(cedar, 0);
    const without = await cancel(visit, {});
    assert.deepEqual([without.status, without.code], [400, 'version-required']);
    const stale = await cancel(visit, { 'if-match': 'W/"another"' });
    assert.deepEqual([stale.status, stale.code], [412, 'version-conflict']);
    const garbled = await cancel(visit, { 'if-match': 'another' });
    assert.deepEqual([garbled.status, garbled.code], [400, 'invalid-value']);
    assert.equal((await entryAt(visit))?.status, 'booked');
    assert.equal((await cancel(visit, { 'if-match': `"0", W/"${visit.meta?.versionId}"` })).status, 200);
  });

  it('sees that staff have changed the appointment since', async () => {
    const visit = await booked(cedar, 1);
    const entry = await entryAt(visit);
    const elsewhere = await offer(agent);
    await simulator.staff({ action: 'move', id: entry?.id, start: elsewhere.start });
    const stale = await cancel(visit);
    assert.deepEqual([stale.status, stale.code], [412, 'version-conflict']);
    const now = await agent.fhir('GET', `/Appointment/${visit.id}`);
    assert.equal(now.body.start, elsewhere.start);
    assert.equal((await cancel(now.body)).status, 200);
  });

  it('changes nothing but the status, and only to cancelled', async () => {
    const visit = await booked(cedar, 2);
    const rows: [unknown, number, string][] = [
      [[{ op: 'replace', path: '/status', value: 'fulfilled' }], 422, 'forbidden-transition'],
      [[{ op: 'replace', path: '/start', value: '2027-03-01T10:00:00Z' }], 422, 'forbidden-transition'],
      [[...cancelPatch, { op: 'add', path: '/comment', value: 'x' }], 422, 'forbidden-transition'],
      [[{ op: 'remove', path: '/participant/0' }, ...cancelPatch], 422, 'forbidden-transition'],
      [[], 400, 'malformed-resource'],
      [[{ op: 'test', path: '/status', value: 'proposed' }, ...cancelPatch], 412, 'version-conflict'],
    ];
    for (const [body, status, code] of rows) {
      const refused = await agent.fhir('PATCH', `/Appointment/${visit.id}`, { body, headers: etag(visit) });
      assert.deepEqual([refused.status, refused.code], [status, code], JSON.stringify(body));
    }
    assert.equal((await entryAt(visit))?.status, 'booked');
  });
});

describe('$book with appointment-resource', () => {
  it('moves in one step of the EMR and keeps the id', async () => {
    const visit = await booked(cedar, 0);
    const time = await offer(agent);
    const before = (await simulator.booked()).length;
    const moved = appointmentIn(await move(visit, time.id));
    assert.deepEqual([moved.id, moved.status, moved.start], [visit.id, 'booked', time.start]);
    assert.notEqual(moved.meta?.versionId, visit.meta?.versionId);
    const all = await simulator.booked();
    assert.equal(all.length, before);
    assert.deepEqual(
      (await entryAt(time))?.writes.map(({ action }) => action),
      ['book', 'move'],
    );
    assert.equal((await agent.fhir('GET', `/${visit.slot?.[0]?.reference}`)).body.status, 'free');
    assert.equal((await agent.fhir('GET', `/Slot/${time.id}`)).body.status, 'busy');
  });

  it('hears the same answer for the same move again, without a second write', async () => {
    const visit = await booked(cedar, 0);
    const time = await offer(agent);
    const unversioned = { ...visit, meta: { profile: visit.meta?.profile ?? [] } };
    const first = appointmentIn(await move(unversioned, time.id));
    const again = appointmentIn(await move(unversioned, time.id));
    assert.deepEqual([again.id, again.start], [first.id, first.start]);
    assert.equal((await entryAt(time))?.writes.length, 2);
  });

  it('does not call it moved when only the chair would change at the same time', async () => {
    const all = await offers(agent);
    const pair = all.flatMap((one) => {
      const other = all.find(({ id, start }) => id !== one.id && start === one.start);
      return other ? [[one, other] as const] : [];
    })[0];
    assert.ok(pair);
    const [here, there] = pair;
    const visit = appointmentIn(await book(agent, here.id, await patient(cedar, 2)));
    const refused = await move(visit, there.id);
    assert.deepEqual([refused.status, refused.code], [422, 'business-rule']);
    assert.equal((await cancel(visit)).status, 200);
  });

  it('moves there and back again', async () => {
    const visit = await booked(cedar, 0);
    const time = await offer(agent);
    const there = appointmentIn(await move(visit, time.id));
    const home = visit.slot?.[0]?.reference?.split('/')[1] ?? '';
    const back = appointmentIn(await move(there, home));
    assert.deepEqual([back.id, back.start], [visit.id, visit.start]);
    assert.equal((await entryAt(visit))?.status, 'booked');
  });

  it('moves to a time that the same agent holds, in Argonaut’s spelling too', async () => {
    const visit = await booked(cedar, 0);
    const time = await offer(agent);
    const held = appointmentIn(await hold(agent, time.id));
    const answer = await agent.fhir('POST', '/Appointment/$book', {
      body: {
        resourceType: 'Parameters',
        parameter: [
          { name: 'appt-id', valueUri: `Appointment/${held.id}` },
          { name: 'cancelled-appt-id', valueUri: `Appointment/${visit.id}` },
        ],
      },
    });
    const moved = appointmentIn(answer);
    assert.deepEqual([moved.id, moved.start], [visit.id, time.start]);
  });

  it('keeps the old time when the new one is taken', async () => {
    const visit = await booked(cedar, 0);
    const rival = await cedar.addAgent();
    const time = await offer(agent);
    await hold(rival, time.id);
    const refused = await move(visit, time.id);
    assert.deepEqual([refused.status, refused.code], [409, 'slot-taken']);
    assert.equal((await entryAt(visit))?.status, 'booked');
    const read = await agent.fhir('GET', `/Appointment/${visit.id}`);
    assert.deepEqual([read.body.start, read.body.meta.versionId], [visit.start, visit.meta?.versionId]);
  });

  it('does not say moved of an appointment that was not, where the patient has another one at that time', async () => {
    const [one, other] = [await booked(cedar, 1), await booked(cedar, 1)];
    const answer = await move(other, one.slot?.[0]?.reference?.split('/')[1] ?? '');
    assert.deepEqual([answer.status, answer.code], [422, 'business-rule']);
    assert.equal((await entryAt(other))?.status, 'booked');
  });

  it('cancels by the status cancelled', async () => {
    const visit = await booked(cedar, 0);
    const answer = await agent.fhir('POST', '/Appointment/$book', {
      body: {
        resourceType: 'Parameters',
        parameter: [{ name: 'appointment-resource', resource: { ...visit, status: 'cancelled' } }],
      },
    });
    assert.deepEqual([appointmentIn(answer).id, appointmentIn(answer).status], [visit.id, 'cancelled']);
    assert.equal((await entryAt(visit))?.status, 'cancelled');
  });

  it('neither moves nor cancels what is not booked any more', async () => {
    const visit = await booked(cedar, 0);
    const cancelled = await cancel(visit);
    const time = await offer(agent);
    const refused = await move(cancelled.body, time.id);
    assert.deepEqual([refused.status, refused.code], [422, 'forbidden-transition']);
  });

  it('refuses a version that was read too long ago', async () => {
    const visit = await booked(cedar, 0);
    const time = await offer(agent);
    const stale = await move({ ...visit, meta: { ...visit.meta, versionId: 'another' } }, time.id);
    assert.deepEqual([stale.status, stale.code], [412, 'version-conflict']);
  });

  it('leaves appointments of another practice alone, as if there were none', async () => {
    const theirs = await booked(saguaro, 0);
    const time = await offer(agent);
    for (const answer of [
      await move(theirs, time.id),
      await cancel(theirs),
      await agent.fhir('GET', `/Appointment/${theirs.id}`),
    ])
      assert.deepEqual([answer.status, answer.code], [404, 'not-found']);
    assert.equal((await saguaro.simulator.booked()).at(-1)?.status, 'booked');
  });
});

describe('Appointment search', () => {
  it('finds one patient’s appointments by reference, by GET and by POST', async () => {
    const who = await patient(cedar, 3);
    const visits = [await booked(cedar, 3), await booked(cedar, 3)];
    const cancelled = (await cancel(visits[1] ?? assert.fail())).body;
    const asked = await Promise.all([
      agent.fhir('GET', `/Appointment?patient=Patient/${who}`),
      agent.fhir('GET', `/Appointment?patient=${who}`),
      agent.fhir('POST', '/Appointment/_search', {
        body: new URLSearchParams({ patient: `Patient/${who}` }),
      }),
    ]);
    for (const { status, body } of asked) {
      assert.equal(status, 200);
      const found = resourcesIn(body);
      const mine = found.filter(({ id }) => visits.some((visit) => visit.id === id));
      assert.deepEqual(
        mine.map(({ id, status: is }) => [id, is]),
        [
          [visits[0]?.id, 'booked'],
          [cancelled.id, 'cancelled'],
        ],
      );
      for (const { participant } of found)
        assert.ok(participant.some(({ actor }) => actor?.reference === `Patient/${who}`));
    }
    assert.ok(
      !JSON.stringify(asked[2]?.body.link).includes(who),
      'what came in a form stays out of addresses',
    );
    const some = async (query: string) =>
      resourcesIn((await agent.fhir('GET', `/Appointment?patient=${who}&${query}`)).body).map(({ id }) => id);
    const day = visits[0]?.start?.slice(0, 10);
    assert.ok((await some(`date=${day}&status=booked`)).includes(visits[0]?.id ?? ''));
    assert.ok(!(await some('status=booked')).includes(cancelled.id));
    assert.deepEqual(await some('date=lt2020-01-01'), []);
  });

  it('names one patient, whom the practice knows', async () => {
    const theirs = await patient(saguaro, 0);
    const rows: [string, number, string][] = [
      ['', 400, 'missing-element'],
      ['?status=booked', 400, 'missing-element'],
      ['?patient=a,b', 400, 'missing-element'],
      [`?patient=${theirs}`, 404, 'unknown-patient'],
      ['?patient=3001', 404, 'unknown-patient'],
      ['?patient:identifier=3001', 400, 'demographics-in-url'],
    ];
    for (const [query, status, code] of rows) {
      const answer = await agent.fhir('GET', `/Appointment${query}`);
      assert.deepEqual([answer.status, answer.code], [status, code], query);
    }
  });

  it('shows what staff have booked, with nothing of what they wrote', async () => {
    const who = await patient(cedar, 2);
    const time = await offer(agent);
    await simulator.staff({
      action: 'book',
      patientId: '3003',
      practitionerId: '1',
      locationId: '1',
      start: time.start,
      note: 'CANARY allergic to latex',
    });
    const { body } = await agent.fhir('GET', `/Appointment?patient=${who}&date=${time.start?.slice(0, 10)}`);
    const visit = resourcesIn(body).find(({ start }) => start === time.start);
    assert.equal(visit?.status, 'booked');
    assert.ok(!JSON.stringify(body).includes('CANARY'));
    const again = await book(agent, time.id, who);
    assert.ok(again.status !== 500);
  });
});
