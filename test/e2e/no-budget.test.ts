import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bundle, OperationOutcome, Slot } from '@medplum/fhirtypes';
import type { Adapter } from '#adapter-kit/adapter.ts';
import { adapters } from '#adapters';
import { startTestGateway } from '#test/gateway.ts';
import { appointmentIn, book, hold, offers, patient, resourcesIn } from '#test/story.ts';
import { addVendorPractice } from '#test/vendor-practice.ts';

/** An EMR that lets the application ask no more for now: what callers are told, and that nothing is guessed. */
const quota = { window: 'hour', calls: 1_000_000 } as const;
const counted = (adapter: Adapter): Adapter => ({
  ...adapter,
  capabilities: { ...adapter.capabilities, quota },
  capabilitiesWith: (settings) => ({
    ...(adapter.capabilitiesWith?.(settings) ?? adapter.capabilities),
    quota,
  }),
});
const gateway = await startTestGateway({
  protocol: { precheckGiveUpMs: 1_000 },
  adapters: adapters.map((adapter) => (adapter.id === 'epic' ? counted(adapter) : adapter)),
});
const { asOwner } = gateway.database;
const juniper = await addVendorPractice(gateway, 'epic');
const { connectionId } = await juniper.connect();
const { agent } = juniper;

/** As when the EMR has answered 429, or all is used up; the window of the database's clock does not matter then. */
async function close(): Promise<void> {
  const until = Date.now() + 3_600_000;
  const { rowCount } = await asOwner(
    `update application_budget set state = jsonb_set(state, '{closedUntil}', to_jsonb($1::bigint))`,
    [until],
  );
  assert.equal(rowCount, 1);
  // Nothing of what was kept in memory is fresh any more.
  gateway.advance(16_000);
}

async function open(): Promise<void> {
  await asOwner(`update application_budget set state = jsonb_set(state, '{closedUntil}', '0')`);
}

function search() {
  const start = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10);
  return agent.fhir('GET', `/Slot?start=ge${start}&_count=200`);
}

const startsOf = (bundle: Bundle) => resourcesIn<Slot>(bundle).map(({ start }) => start);

test('a search is answered from what was offered lately, which it says, without what was booked or is held', async () => {
  const [first, second] = await offers(agent);
  assert.ok(first && second);
  const before = await search();
  const who = await patient(juniper, 0);
  const visit = appointmentIn(await book(agent, first.id, who));
  appointmentIn(await hold(agent, second.id));
  await close();
  const sent = gateway.events.filter(({ event }) => event === 'emr.exchange').length;
  const { status, body } = await search();
  assert.equal(status, 200);
  const slots = resourcesIn<Slot>(body);
  assert.ok(slots.length > 0);
  assert.ok(slots.every(({ start }) => startsOf(before.body).includes(start)));
  assert.ok(!slots.some(({ id }) => id === first.id || id === second.id));
  assert.ok(slots.every(({ meta }) => Date.parse(meta?.lastUpdated ?? '') < gateway.now() - 15_000));
  const [told] = resourcesIn<OperationOutcome>(body, 'outcome');
  assert.deepEqual([told?.issue[0]?.severity, told?.issue[0]?.code], ['information', 'throttled']);
  const found = await agent.fhir('GET', '/Appointment/$find?_count=5');
  assert.equal(found.status, 200);
  assert.equal(resourcesIn<OperationOutcome>(found.body, 'outcome').length, 1);
  const outcomes = gateway.events.flatMap((one) => (one.event === 'emr.exchange' ? [one.status] : []));
  assert.ok(outcomes.slice(sent).every((outcome) => outcome === 'not-sent:no-budget'));
  assert.equal((await agent.fhir('GET', `/Appointment/${visit.id}`)).code, 'emr-throttled');
  await open();
  gateway.advance(16_000);
  assert.equal(resourcesIn((await search()).body, 'outcome').length, 0);
});

test('what was seen longer ago than a quarter of an hour is not offered: the caller is told when to ask again', async () => {
  await search();
  await close();
  await asOwner("update opening set seen_at = seen_at - interval '15 minutes' where connection_id = $1", [
    connectionId,
  ]);
  const { status, code, headers } = await search();
  assert.deepEqual([status, code], [503, 'emr-throttled']);
  assert.ok(Number(headers.get('retry-after')) > 3_000, headers.get('retry-after') ?? '');
  await open();
});

test('a booking that cannot be checked goes to people when no budget comes, and nothing is written', async () => {
  gateway.advance(16_000);
  const [, , , time] = await offers(agent);
  assert.ok(time);
  const who = await patient(juniper, 1);
  const before = (await juniper.simulator.booked()).length;
  await close();
  const { status, code, headers } = await book(agent, time.id, who);
  assert.deepEqual([status, code], [202, 'needs-human']);
  const { rows } = await asOwner('select intent_id, reason_code from queue_entry where practice_id = $1', [
    juniper.id,
  ]);
  const location = headers.get('content-location') ?? '';
  assert.equal(rows.find(({ intent_id }) => location.endsWith(intent_id))?.reason_code, 'no-budget');
  await open();
  assert.equal((await juniper.simulator.booked()).length, before);
});
