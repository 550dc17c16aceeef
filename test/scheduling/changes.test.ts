import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapters } from '#adapters';
import { bookingMachine } from '#scheduling/booking-driver.ts';
import { noteChanges } from '#scheduling/changes.ts';
import { workbench } from '#scheduling/intents.ts';
import { startTestGateway } from '#test/gateway.ts';
import { booked, cancelPatch, moveTo, offer } from '#test/story.ts';
import { addHook, entryOf, standing, tellingEmr, untilLooked, waiting } from '#test/telling-emr.ts';
import { tidyUp } from '../../src/jobs/tidy.ts';

const gateway = await startTestGateway({
  adapters: [tellingEmr(), ...adapters.filter(({ id }) => id !== 'open-dental')],
  // Nothing is searched or swept within a test but what is hinted at.
  protocol: {
    readAfterWriteMs: 20,
    sweepsMs: [86_400_000],
    searchDelaysMs: [600_000],
    precheckGiveUpMs: 1_000,
  },
});
const { cedar } = gateway;
const { scheduling, database } = gateway.gateway;
const hook = await addHook(gateway, cedar, 'calls-cedar', 7);
const account = { practiceId: cedar.id, connectionId: hook.connectionId };
const intentOf = async (appointmentId: string) =>
  (
    await gateway.database.asOwner(
      'select intent_id, machine from booking_intent where target_id = $1 order by intent_id desc limit 1',
      [appointmentId],
    )
  ).rows[0];

test('a change is taken over although no sweep of the booking is left', async () => {
  const visit = await booked(cedar, 0);
  const { id } = await entryOf(cedar, visit);
  await gateway.database.asOwner(
    `update booking_intent set next_action_at = null,
       machine = machine || '{"sweepsDone": 1, "nextActionAt": null}' where target_id = $1`,
    [visit.id],
  );
  await cedar.simulator.staff({ action: 'delete', id });
  await hook.call({ visit: id });
  await untilLooked(gateway);
  assert.equal(await standing(gateway, visit.id), 'cancelled by-staff');
});

test('a look in between is no sweep: those that are to come still come', async () => {
  const visit = await booked(cedar, 1);
  const { machine: before } = await intentOf(visit.id);
  await hook.call({ visit: (await entryOf(cedar, visit)).id });
  await untilLooked(gateway);
  const { machine: after } = await intentOf(visit.id);
  assert.ok(after.version > before.version, 'It was looked at.');
  assert.deepEqual([after.sweepsDone, after.nextActionAt], [0, before.nextActionAt]);
});

test('a move whose answer was lost is searched for when the EMR calls, not only when its search is due', async () => {
  const [visit, elsewhere] = [await booked(cedar, 2), await offer(cedar.agent)];
  const { id } = await entryOf(cedar, visit);
  await cedar.simulator.fault({ name: 'response-lost', route: 'PUT /appointments*' });
  const asked = await cedar.agent.fhir('POST', '/Appointment/$book', {
    body: moveTo(visit, elsewhere.id),
    headers: { prefer: 'respond-async, wait=1' },
  });
  assert.deepEqual([asked.status, asked.code], [202, 'pending']);
  await hook.call({ visit: id });
  await untilLooked(gateway);
  const done = await cedar.agent.fhir('GET', asked.headers.get('content-location') ?? '');
  assert.equal(done.status, 200, JSON.stringify(done.body));
  assert.equal(await standing(gateway, visit.id), 'confirmed');
});

test('a hint waits as long as reads of the EMR may lag', async () => {
  const visit = await booked(cedar, 3);
  const { id } = await entryOf(cedar, visit);
  const begun = gateway.now();
  const { adapterOf, capabilitiesOf, open } = scheduling.emr;
  const lagging = {
    ...scheduling,
    emr: {
      adapterOf,
      open,
      capabilitiesOf: (connection: Parameters<typeof capabilitiesOf>[0]) => ({
        ...capabilitiesOf(connection),
        readAfterWriteMs: 3_600_000,
      }),
    },
  };
  const known = await database.withPractice(cedar.id, (tx) => noteChanges(lagging, tx, account, [id]));
  assert.equal(known, 1);
  const { rows } = await gateway.database.asOwner('select look_at, appointment_id from change_hint');
  assert.ok(rows[0].look_at.getTime() >= begun + 3_600_000);
  assert.equal(rows[0].appointment_id, visit.id);
  await gateway.database.asOwner('delete from change_hint');
});

test('what was said again during a look is looked at once more', async () => {
  const visit = await booked(cedar, 4);
  const { id } = await entryOf(cedar, visit);
  await cedar.simulator.fault({ name: 'slow', route: 'GET /appointments*', delayMs: 400 });
  await hook.call({ visit: id });
  const { rows } = await gateway.database.asOwner('select hint_id, look_at from change_hint');
  const taken = async () =>
    (await gateway.database.asOwner('select look_at from change_hint')).rows[0]?.look_at.getTime();
  while ((await taken()) === rows[0]?.look_at.getTime())
    await new Promise((resolve) => setTimeout(resolve, 20));
  const { machine: during } = await intentOf(visit.id);
  await hook.call({ visit: id });
  await untilLooked(gateway);
  const { machine: after } = await intentOf(visit.id);
  assert.ok(after.version >= during.version + 2, 'Two looks were stored.');
});

test('an EMR that is away when it is looked at is looked at later, and the change is not lost', async () => {
  const visit = await booked(cedar, 5);
  const { id } = await entryOf(cedar, visit);
  await cedar.simulator.staff({ action: 'cancel', id });
  await cedar.simulator.fault({ name: 'request-dropped', route: 'GET /appointments*', rate: 1, seed: 1 });
  await hook.call({ visit: id });
  await untilLooked(gateway);
  await cedar.simulator.liftFaults();
  const { machine } = await intentOf(visit.id);
  assert.equal(machine.phase, 'confirmed');
  assert.ok(machine.nextActionAt < gateway.now() + 600_000, 'The booking itself is due for another look.');
});

test('a visit that a caller cancelled needs no look', async () => {
  const visit = await booked(cedar, 6);
  const { id } = await entryOf(cedar, visit);
  const { status } = await cedar.agent.fhir('PATCH', `/Appointment/${visit.id}`, {
    body: cancelPatch,
    headers: { 'if-match': `W/"${visit.meta?.versionId}"` },
  });
  assert.equal(status, 200);
  const { machine: before } = await intentOf(visit.id);
  await hook.call({ visit: id });
  await untilLooked(gateway);
  assert.equal((await intentOf(visit.id)).machine.version, before.version);
});

/** What stands after the EMR has called about a visit that is as it was booked: the call lies, or is hours late. */
async function afterFalseCall(visit: { readonly id: string; readonly emrId: string }, door: Door) {
  await door(visit.emrId);
  return standing(gateway, visit.id);
}
type Door = (emrId: string) => Promise<void>;

test('a door that believes what it is told would tell callers that a standing visit is cancelled', async () => {
  const visit = await booked(cedar, 7);
  const told = { id: visit.id, emrId: (await entryOf(cedar, visit)).id };
  const ours: Door = async (emrId) => {
    assert.equal(await hook.call({ visit: emrId, event: 'VISIT_DELETED', more: { deleted: true } }), 204);
    await untilLooked(gateway);
  };
  const credulous: Door = async () => {
    const { intent_id: intentId } = await intentOf(visit.id);
    const { ports, policy } = await workbench(scheduling, cedar.id);
    const believing = { ...ports, emr: { ...ports.emr, search: async () => [] } };
    const intent = await ports.store.load(intentId);
    assert.ok(intent);
    const run = { ports: believing, policy, machine: bookingMachine };
    await bookingMachine.steps.search(run, intent, { do: 'search' });
  };
  assert.equal(await afterFalseCall(told, ours), 'confirmed');
  gateway.advance(1_000);
  assert.equal(await afterFalseCall(told, credulous), 'cancelled by-staff');
});

test('names of deliveries and hints that nobody could follow are forgotten after a week', async () => {
  const visit = await booked(cedar, 9);
  const { id } = await entryOf(cedar, visit);
  await gateway.database.asOwner("update connection set state = 'needs_reconsent' where practice_id = $1", [
    cedar.id,
  ]);
  await hook.call({ visit: id, delivery: 'old' });
  await tidyUp(scheduling).run();
  const kept = async () =>
    Number((await gateway.database.asOwner('select count(*) from webhook_delivery')).rows[0].count);
  assert.equal(await waiting(gateway), 1);
  assert.ok((await kept()) > 0);
  await gateway.database.asOwner("update change_hint set noted_at = now() - interval '8 days'");
  await gateway.database.asOwner("update webhook_delivery set received_at = now() - interval '8 days'");
  await tidyUp(scheduling).run();
  assert.equal(await waiting(gateway), 0);
  assert.equal(await kept(), 0);
});
