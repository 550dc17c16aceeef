import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapters } from '#adapters';
import { type Canaries, createCanaries, createScan } from '#test/canary.ts';
import { startTestGateway } from '#test/gateway.ts';
import { seeded } from '#test/random.ts';
import { booked } from '#test/story.ts';
import { addHook, entryOf, standing, tellingEmr, untilLooked } from '#test/telling-emr.ts';
import { leaksIn, openSinks } from '../../e2e/canary-sinks.ts';

const gateway = await startTestGateway({
  adapters: [tellingEmr(), ...adapters.filter(({ id }) => id !== 'open-dental')],
  protocol: { readAfterWriteMs: 20, sweepsMs: [86_400_000] },
});
const { cedar } = gateway;
const hook = await addHook(gateway, cedar, 'calls-cedar', 7);
const sinks = await openSinks(gateway);
const canaries = createCanaries(seeded(9));

/** What an EMR sends along: everything of a visit, in every place that a call has. */
function chart(planted: Canaries, where: string): Readonly<Record<string, unknown>> {
  return {
    note: planted.note(where),
    patient: {
      name: planted.name(where),
      born: planted.birthDate(where),
      phone: planted.phone(where),
      email: planted.email(where),
      ssn: planted.ssn(where),
    },
    [planted.name(`${where}, the name of a member`)]: 1,
  };
}

test('of what an EMR sends nothing is kept, logged, counted or queued but that something changed', async () => {
  const visit = await booked(cedar, 0);
  const { id } = await entryOf(cedar, visit);
  await cedar.simulator.staff({ action: 'cancel', id });
  const foreign = canaries.name('id of a visit that we do not know');
  assert.equal(await hook.call({ visit: id, more: chart(canaries, 'a call about us') }), 204);
  assert.equal(await hook.call({ visit: foreign, more: chart(canaries, 'a call about others') }), 204);
  assert.equal(await hook.call({ event: canaries.name('an event'), more: chart(canaries, 'its body') }), 204);
  assert.equal(await hook.call({ group: 8, more: chart(canaries, 'a call about nobody') }), 204);
  const named = canaries.secret('the name of a delivery');
  assert.equal(await hook.call({ visit: id, delivery: named }), 204);
  const garbled = `{"group":7,"note":"${canaries.note('a body that is no JSON')}"`;
  assert.equal(await hook.call({ text: garbled }), 400);
  const wrong = canaries.secret('a wrong secret');
  assert.equal(await hook.call({ secret: wrong, more: chart(canaries, 'a body without the secret') }), 401);
  const asked = canaries.secret('a question whose the address is');
  assert.equal((await fetch(`${hook.url}?msg=${asked}`)).status, 200);
  assert.equal((await fetch(`${gateway.url}/hooks/${canaries.name('a path')}`)).status, 404);
  await untilLooked(gateway);
  assert.equal(await standing(gateway, visit.id), 'cancelled by-staff');
  canaries.plant(hook.secret, 'word', 'the secret itself');
  assert.deepEqual(leaksIn(await sinks.read(), createScan(canaries.all)), []);
});

test('the scan would find a body that was kept', async () => {
  const planted = createCanaries(seeded(10));
  const kept = JSON.stringify(chart(planted, 'a body'));
  await gateway.database.asOwner(
    "insert into operator_action (action_id, person, command, outcome) values (gen_random_uuid(), 'x', $1, 'done')",
    [kept],
  );
  const found = leaksIn(await sinks.read(), createScan(planted.all));
  assert.deepEqual(new Set(found.map(({ sink }) => sink)), new Set(['table postern.operator_action']));
  assert.equal(found.length, planted.all.length);
});
