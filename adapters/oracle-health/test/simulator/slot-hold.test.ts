import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { booking, NORA, OTHER_TOKEN, openClinic, PHYSICAL, PIER, TYPES, VISIT } from './clinic.ts';

const hold = [{ op: 'replace', path: '/status', value: 'busy-tentative' }];
const release = [{ op: 'replace', path: '/status', value: 'free' }];

async function withSlot(t: TestContext, settings = {}) {
  const clinic = await openClinic(t, { settings });
  const [slot, twin] = await clinic.slots({ 'schedule.actor': 'Practitioner/4464007' });
  const path = `/Slot/${slot.id}`;
  const version = async (of = path): Promise<string> => (await clinic.read(of)).meta.versionId;
  const statusOf = async (id: string): Promise<string> => (await clinic.read(`/Slot/${id}`)).status;
  return { clinic, slot, twin, path, version, statusOf };
}

test('a slot is kept by a patch of its status, answered empty as text/html with a new ETag', async (t) => {
  const { clinic, slot, path, version, statusOf } = await withSlot(t);
  const before = await version();
  const reply = await clinic.patch(path, before, hold);
  assert.deepEqual([reply.status, reply.text], [200, '']);
  assert.equal(reply.headers.get('content-type'), 'text/html');
  assert.equal(await statusOf(slot.id), 'busy-tentative');
  assert.equal(reply.headers.get('etag'), `W/"${await version()}"`);
  assert.notEqual(await version(), before);
});

test('a kept slot and its twin at the other location are offered to nobody until it is set free', async (t) => {
  const { clinic, slot, twin, path, version, statusOf } = await withSlot(t);
  await clinic.patch(path, await version(), hold);
  assert.equal(await statusOf(twin.id), 'busy-tentative');
  const ids = (await clinic.slots()).map(({ id }) => id);
  assert.ok(!ids.includes(slot.id) && !ids.includes(twin.id));
  assert.equal((await clinic.patch(path, await version(), release)).status, 200);
  assert.deepEqual([await statusOf(slot.id), await statusOf(twin.id)], ['free', 'free']);
});

test('what is kept does not expire', async (t) => {
  let now = Date.parse('2027-03-03T16:00:00Z');
  const clinic = await openClinic(t, { now: () => now });
  const [slot] = await clinic.slots();
  await clinic.patch(`/Slot/${slot.id}`, slot.meta.versionId, hold);
  now += 60 * 86_400_000;
  assert.equal((await clinic.read(`/Slot/${slot.id}`)).status, 'busy-tentative');
});

test('If-Match is wanted: 412 without it, 409 for an old version', async (t) => {
  const { clinic, path, version, slot, statusOf } = await withSlot(t);
  assert.equal((await clinic.patch(path, undefined, hold)).status, 412);
  assert.equal((await clinic.patch(path, 'old', hold)).status, 409);
  const first = await version();
  assert.equal((await clinic.patch(path, first, hold)).status, 200);
  assert.equal((await clinic.patch(path, first, release)).status, 409);
  assert.equal(await statusOf(slot.id), 'busy-tentative');
});

test('only free and busy-tentative can be written, by one replace of the status', async (t) => {
  const { clinic, path, version } = await withSlot(t);
  const refused: readonly unknown[][] = [
    [{ op: 'replace', path: '/status', value: 'busy' }],
    [{ op: 'replace', path: '/status', value: 'busy-unavailable' }],
    [{ op: 'add', path: '/status', value: 'busy-tentative' }],
    [{ op: 'replace', path: '/comment', value: 'x' }],
    [...hold, { op: 'replace', path: '/comment', value: 'x' }],
  ];
  for (const operations of refused)
    assert.equal(
      (await clinic.patch(path, await version(), operations)).status,
      422,
      JSON.stringify(operations),
    );
  assert.equal((await clinic.patch(path, await version(), [])).status, 400);
});

test('a booked slot can be neither kept nor set free', async (t) => {
  const { clinic, slot, path, version } = await withSlot(t);
  await clinic.book(slot.id);
  for (const operations of [hold, release])
    assert.equal((await clinic.patch(path, await version(), operations)).status, 422);
});

test('the client that keeps a slot may book it, another may neither book nor free it', async (t) => {
  const { clinic, slot, twin, path, version } = await withSlot(t);
  await clinic.patch(path, await version(), hold);
  const asOther = { body: booking(slot.id, NORA), as: OTHER_TOKEN };
  assert.equal((await clinic.api('POST', '/Appointment', asOther)).status, 422);
  const twins = { body: booking(twin.id, NORA), as: OTHER_TOKEN };
  assert.equal((await clinic.api('POST', '/Appointment', twins)).status, 422);
  assert.equal((await clinic.patch(path, await version(), release, OTHER_TOKEN)).status, 422);
  assert.equal((await clinic.patch(path, await version(), hold, OTHER_TOKEN)).status, 422);
  await clinic.book(slot.id);
  assert.equal((await clinic.read(path)).status, 'busy');
});

test('a booking ends what was kept: after its cancellation the slot is free', async (t) => {
  const { clinic, slot, path, version } = await withSlot(t);
  await clinic.patch(path, await version(), hold);
  const id = await clinic.book(slot.id);
  await clinic.patch(`/Appointment/${id}`, '0', [{ op: 'replace', path: '/status', value: 'cancelled' }]);
  assert.equal((await clinic.read(path)).status, 'free');
});

for (const [busyTentative, own, other] of [
  ['anyone', 201, 201],
  ['nobody', 422, 422],
  ['holder', 201, 422],
] as const)
  test(`where busy-tentative is for ${busyTentative}, the holder's booking is ${own} and another's ${other}`, async (t) => {
    for (const [as, status] of [
      ['first-token', own],
      [OTHER_TOKEN, other],
    ] as const) {
      const { clinic, slot, path, version } = await withSlot(t, { busyTentative });
      await clinic.patch(path, await version(), hold);
      const reply = await clinic.api('POST', '/Appointment', { body: booking(slot.id, NORA), as });
      assert.equal(reply.status, status);
    }
  });

test('a slot that overlaps in time goes with it, whatever its type, and a neighbour does not', async (t) => {
  const { clinic, slot, path, version, statusOf } = await withSlot(t);
  const [long] = await clinic.slots({ 'service-type': `${TYPES}|${PHYSICAL}`, '-location': PIER });
  const [, next] = await clinic.slots({ '-location': PIER });
  await clinic.patch(path, await version(), hold);
  assert.equal(await statusOf(long.id), 'busy-tentative');
  assert.equal(await statusOf(next.id), 'free');
  assert.ok(slot.id.startsWith(VISIT));
});

test('where slots are not linked the twin stays free', async (t) => {
  const { clinic, slot, twin, statusOf } = await withSlot(t, { linkedSlots: false });
  await clinic.book(slot.id);
  assert.deepEqual([await statusOf(slot.id), await statusOf(twin.id)], ['busy', 'free']);
});

test('a patch needs the update scope and cannot be sent as a POST unless it says so', async (t) => {
  const reader = {
    token: 'reader-token',
    clientId: 'r',
    persona: 'system',
    scope: 'system/Slot.rs',
  } as const;
  const clinic = await openClinic(t, { bearers: [reader] });
  const [slot] = await clinic.slots();
  const path = `/Slot/${slot.id}`;
  assert.equal((await clinic.patch(path, slot.meta.versionId, hold, 'reader-token')).status, 403);
  const headers = { 'content-type': 'application/json-patch+json', 'if-match': `W/"${slot.meta.versionId}"` };
  assert.equal((await clinic.api('POST', path, { body: hold, headers })).status, 405);
  const override = { ...headers, 'x-http-method-override': 'patch' };
  assert.equal((await clinic.api('POST', path, { body: hold, headers: override })).status, 200);
  const again = { ...headers, 'if-match': `W/"${(await clinic.read(path)).meta.versionId}"` };
  assert.equal(
    (await clinic.api('POST', `${path}?_method=patch`, { body: release, headers: again })).status,
    200,
  );
});
