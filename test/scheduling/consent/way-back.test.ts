import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forgetPending } from '#store/authorization-requests.ts';
import { textOf } from '../../http/connect/browser.ts';
import { startConnectGateway, stopAfter } from '../../http/connect/support.ts';
import { startToyEmr } from '../../http/connect/toy-emr.ts';
import { atSetup, wayBack } from './on-the-way.ts';

const gateway = await startConnectGateway();
const { scheduling } = gateway.gateway;
const emr = await startToyEmr();
stopAfter(emr);
await gateway.register(emr);

test('a way back is read whole, also where a value holds a question mark', async () => {
  const at = await atSetup(gateway, await gateway.addPractice());
  const { origin, pathname, search } = await wayBack(gateway, at);
  const asked = `${origin}${pathname}?session_state=a?b&${search.slice(1)}`;
  assert.match(textOf(await at.browser.arrive(asked)), /is connected/);
});

test('what was sealed for a way that nobody finished is forgotten once it is too late', async () => {
  const practice = await gateway.addPractice();
  const at = await atSetup(gateway, practice);
  const callback = await wayBack(gateway, at);
  const forget = () =>
    scheduling.database.withPractice(practice, (tx) => forgetPending(tx, new Date(scheduling.clock.now())));
  const isSealed = async () =>
    (
      await gateway.database.asOwner(
        'select pending is not null as sealed from authorization_request where practice_id = $1',
        [practice],
      )
    ).rows;
  assert.deepEqual([await forget(), await isSealed()], [0, [{ sealed: true }]]);
  gateway.advance(601_000);
  assert.deepEqual([await forget(), await isSealed()], [1, [{ sealed: false }]]);
  assert.match(textOf(await at.browser.arrive(callback)), /This came too late/);
});
