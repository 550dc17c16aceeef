import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bearer } from '../../simulator/admission.ts';
import { schedulingBearer, schedulingScopes } from '../../simulator/start-drchrono.ts';
import { NOW, OTHER_TOKEN, openAccount, visit } from './account.ts';

const DAY = '/appointments?date=2027-03-03';

test('without a good token everything is 401, what is not there too', async (t) => {
  const account = await openAccount(t);
  for (const path of [DAY, '/offices', '/nothing', '/users/current']) {
    const reply = await account.api('GET', path, { as: 'nobody' });
    assert.deepEqual([reply.status, reply.json()], [401, { detail: 'Authorization failed.' }], path);
  }
  assert.equal((await account.raw('GET', '/api/offices')).status, 401);
});

test('what is not there is 404, and what is not done there 405', async (t) => {
  const account = await openAccount(t);
  for (const [method, path, status] of [
    ['GET', '/nothing', 404],
    ['GET', '/appointments/5', 404],
    ['GET', '/appointments/2027-04-06_5', 404],
    ['GET', '/offices/', 404],
    ['GET', '/clinical_notes', 404],
    ['POST', '/offices', 405],
    ['DELETE', '/patients_summary/90017733', 405],
  ] as const)
    assert.equal((await account.api(method, path)).status, status, `${method} ${path}`);
});

test('appointments want the clinical scopes beside those of the calendar, unless the setting says otherwise', async (t) => {
  const bearer = (token: string, without: RegExp): Bearer => ({
    ...schedulingBearer(token),
    scopes: schedulingScopes.filter((scope) => !without.test(scope)),
  });
  const account = await openAccount(t, {
    bearers: [bearer('no-clinical', /clinical/), bearer('no-calendar', /calendar/)],
  });
  const statuses = async (as: string) => [
    (await account.api('GET', DAY, { as })).status,
    (await account.api('POST', '/appointments', { body: visit(), as })).status,
    (await account.api('GET', '/availability', { as })).status,
  ];
  assert.deepEqual(await statuses('no-clinical'), [403, 403, 200]);
  assert.deepEqual(await statuses('no-calendar'), [403, 403, 403]);
  await account.set({ appointmentsNeedClinicalScope: false, availabilityNeedsScope: false });
  assert.deepEqual(await statuses('no-clinical'), [200, 201, 200]);
  assert.deepEqual(await statuses('no-calendar'), [403, 403, 200]);
});

test('a permission that is missing inside the app is 403 although the scope is there', async (t) => {
  const account = await openAccount(t);
  const status = async (path: string) => (await account.api('GET', path)).status;
  await account.set({ grantedPermissions: 'all -frontdesk:scheduling' });
  assert.deepEqual(
    [await status(DAY), await status('/schedule_blocks'), await status('/offices')],
    [403, 200, 200],
  );
  assert.equal((await account.read('/users/88001')).permissions.scheduling, undefined);
  await account.set({ grantedPermissions: 'all -*:calendar -*:manage-patients -nokafor:scheduling' });
  assert.deepEqual(
    [await status(DAY), await status('/schedule_blocks'), await status('/patients_summary')],
    [200, 403, 403],
  );
});

test('nothing of another practice is seen, found or booked', async (t) => {
  const account = await openAccount(t);
  const id = await account.book();
  const as = OTHER_TOKEN;
  for (const path of [`/appointments/${id}`, '/patients_summary/90017733', '/offices/415001', '/users/88001'])
    assert.equal((await account.api('GET', path, { as })).status, 404, path);
  assert.deepEqual((await account.api('GET', '/appointments?date=2027-04-06', { as })).json().results, []);
  assert.equal((await account.api('POST', '/appointments', { body: visit(), as })).status, 400);
  const [doctor] = (await account.api('GET', '/doctors', { as })).json().results;
  assert.deepEqual([doctor.id, doctor.practice_group], [302122, 5151]);
});

test('the version is that of the header or of the application, by its old name too, or 400', async (t) => {
  const account = await openAccount(t, { settings: { apiVersionDefault: 'v2' } });
  const id = await account.book();
  const patch = async (version: string | undefined) => {
    const body = { notes: 'x' };
    const { authorization } = { authorization: 'Bearer first-token' };
    const headers = { authorization, 'content-type': 'application/json' };
    const reply = await account.raw('PATCH', `/api/appointments/${id}`, {
      body,
      headers: version === undefined ? headers : { ...headers, 'x-drc-api-version': version },
    });
    return reply.status;
  };
  assert.deepEqual(
    [
      await patch(undefined),
      await patch('v2015_08'),
      await patch('v3'),
      await patch('v4'),
      await patch('v9'),
    ],
    [200, 200, 204, 204, 400],
  );
});

test('twenty practices of one application share the calls of an hour, and another application has its own', async (t) => {
  let now = NOW + 20 * 60_000;
  const mine = Array.from({ length: 20 }, (_, index) =>
    schedulingBearer(`of-${index + 1}`, index + 1, 'app'),
  );
  const account = await openAccount(t, {
    practices: 20,
    bearers: mine,
    now: () => now,
    settings: { hourlyLimit: 100 },
  });
  const call = (token: string) => account.api('GET', '/users/current', { as: token });
  for (let round = 0; round < 5; round++)
    for (const reply of await Promise.all(mine.map(({ token }) => call(token))))
      assert.equal(reply.status, 302);
  const refused = await call('of-7');
  assert.equal(refused.status, 429);
  assert.equal(refused.json().detail, 'Request was throttled. Expected available in 2400.0 seconds.');
  assert.equal(refused.headers.get('retry-after'), null);
  assert.equal((await call('first-token')).status, 302);
  now += 39 * 60_000;
  assert.equal((await call('of-20')).status, 429);
  now += 60_000;
  assert.equal((await call('of-20')).status, 302, 'at the top of the hour');
});

test('more than ten calls within a second are too many', async (t) => {
  let now = NOW;
  const account = await openAccount(t, { now: () => now, settings: { burstPerSecond: 10 } });
  const call = async () => (await account.api('GET', '/users/current')).status;
  for (let count = 0; count < 10; count++) assert.equal(await call(), 302);
  const { status, text } = await account.api('GET', '/users/current');
  assert.deepEqual([status, JSON.parse(text).detail.match(/available in (\S+)/)[1]], [429, '1.0']);
  now += 1000;
  assert.equal(await call(), 302);
});
