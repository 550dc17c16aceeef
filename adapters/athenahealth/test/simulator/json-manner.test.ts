import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPractice, openQuery } from './practice.ts';

test('types drift as recorded: one id is a number in one place and a text in another', async (t) => {
  const practice = await openPractice(t);
  const [slot] = await practice.open();
  const row = await practice.read(slot.appointmentid);
  const [provider] = (await practice.get('/providers')).providers;
  const [type] = await practice.get('/appointmenttypes/82');
  assert.deepEqual(
    [slot.appointmentid, row.appointmentid, slot.providerid, row.providerid, provider.providerid].map(
      (value) => typeof value,
    ),
    ['number', 'string', 'number', 'string', 'number'],
  );
  assert.deepEqual([row.duration, slot.duration, type.duration], [15, 15, '15']);
});

test('a practice may be set to texts alone, or to proper types', async (t) => {
  const practice = await openPractice(t, { settings: { typing: 'strings' } });
  const [slot] = await practice.open();
  assert.deepEqual([typeof slot.appointmentid, slot.duration], ['string', '15']);
  const frozen = await practice.put(`${slot.appointmentid}/freeze`, { freeze: 'false' });
  assert.equal(frozen.json().success, 'false');
  await practice.set({ typing: 'proper' });
  const row = await practice.read(slot.appointmentid);
  assert.deepEqual(
    [typeof row.appointmentid, typeof row.departmentid, row.appointmentstatus],
    ['number', 'number', 'o'],
  );
  const [type] = await practice.get('/appointmenttypes/80');
  assert.deepEqual([type.generic, type.duration, type.name], [true, 15, 'Any 15']);
});

test('flags have their names with or without yn', async (t) => {
  const practice = await openPractice(t);
  const names = async (): Promise<string[]> => Object.keys((await practice.get('/appointmenttypes/80'))[0]);
  assert.ok((await names()).includes('templatetypeonly'));
  await practice.set({ ynSuffix: true });
  assert.ok((await names()).includes('templatetypeonlyyn'));
  assert.ok((await names()).includes('createencounteroncheckin'), 'others keep theirs');
});

test('slashes are escaped unless they are not, and empty members may be left out', async (t) => {
  const practice = await openPractice(t);
  const ask = async () => (await practice.api('GET', `/appointments/open?${openQuery()}`)).text;
  assert.match(await ask(), /"03\\\/09\\\/2027"/);
  await practice.set({ escapeSlashes: false, emptyValues: 'absent' });
  assert.match(await ask(), /"03\/09\/2027"/);
  const [slot] = await practice.open();
  const [booked] = (await practice.book(slot.appointmentid)).json();
  assert.deepEqual(
    ['renderingproviderid', 'supervisingproviderid'].filter((name) => name in booked),
    [],
  );
});
