import assert from 'node:assert/strict';
import { test } from 'node:test';
import { canary } from '../../simulator/canary.ts';
import { clock, errorOf, type Json, openPractice } from './practice.ts';

const idsOf = (rows: Json[], name: string): string[] => rows.map((row) => String(row[name]));

test('departments that the portal hides show when all are asked for, and by their id', async (t) => {
  const practice = await openPractice(t);
  const { departments } = await practice.get('/departments');
  assert.deepEqual(idsOf(departments, 'departmentid'), ['12', '14']);
  const all = await practice.get('/departments?showalldepartments=true&providerlist=true');
  assert.deepEqual(idsOf(all.departments, 'departmentid'), ['12', '14', '19']);
  assert.deepEqual(all.departments[2].providerlist, ['73']);
  assert.equal((await practice.get('/departments/19'))[0].name, 'LAKESIDE ANNEX');
  assert.equal((await practice.api('GET', '/departments/20')).status, 404);
});

test('a department tells its zone by name, today’s offset and the standard one', async (t) => {
  const practice = await openPractice(t);
  const zone = async (): Promise<Json[]> => {
    const [row] = await practice.get('/departments/12');
    return [row.timezonename, row.timezone, row.timezoneoffset, row.doesnotobservedst];
  };
  assert.deepEqual(await zone(), ['America/Los_Angeles', -8, -8, false]);
  clock.at = Date.parse('2027-08-01T12:00:00Z');
  await practice.set({ zoneName: 'alias' });
  assert.deepEqual(await zone(), ['US/Pacific', -7, -8, false]);
  await practice.set({ zoneName: 'absent' });
  assert.deepEqual(await zone(), [undefined, -7, -8, false]);
});

test('members without a value are missing or empty, and bookkeeping comes along', async (t) => {
  const practice = await openPractice(t);
  const [, hillcrest] = (await practice.get('/departments')).departments;
  assert.deepEqual([hillcrest.city, 'zip' in hillcrest, 'latitude' in hillcrest], ['', false, false]);
  assert.equal(hillcrest.taxid, canary.taxId);
});

test('providers are people and rooms, and one of them is a list', async (t) => {
  const practice = await openPractice(t);
  const { providers } = await practice.get('/providers?showallproviderids=true');
  assert.deepEqual(
    providers.map(({ providerid, entitytype }: Json) => [providerid, entitytype]),
    [
      [71, 'Person'],
      [72, 'Person'],
      [73, 'Person'],
      [79, 'Non-Person'],
    ],
  );
  assert.deepEqual(providers[2].provideridlist, ['73', '173']);
  assert.equal('npi' in providers[2], false);
  assert.deepEqual(idsOf((await practice.get('/providers?name=okaf')).providers, 'providerid'), ['72']);
  const [one] = await practice.get('/providers/71');
  assert.equal(one.displayname, 'Ada Bricker, MD');
});

test('types for staff are hidden unless they are asked for, and the others can be', async (t) => {
  const practice = await openPractice(t);
  const types = async (query = ''): Promise<string[]> =>
    idsOf((await practice.get(`/appointmenttypes${query}`)).appointmenttypes, 'appointmenttypeid');
  assert.deepEqual(await types(), ['80', '82', '83', '84', '86']);
  assert.deepEqual(await types('?hidenonpatient=false'), ['80', '82', '83', '84', '85', '86']);
  assert.deepEqual(await types('?hidegeneric=true&hidetemplatetypeonly=true'), ['82', '83', '84']);
  assert.deepEqual(await types('?hidenongeneric=true'), ['80']);
  const [any] = await practice.get('/appointmenttypes/80');
  assert.deepEqual([any.generic, any.patient, any.duration], ['true', 'true', '15']);
});

test('reasons are those of a department and a provider, for new and for known patients', async (t) => {
  const practice = await openPractice(t);
  const reasons = async (kind: string, provider: string): Promise<string[]> => {
    const path = `/patientappointmentreasons${kind}?departmentid=12&providerid=${provider}`;
    return idsOf((await practice.get(path)).patientappointmentreasons, 'reasonid');
  };
  assert.deepEqual(await reasons('', '71'), ['962', '963', '964', '965']);
  assert.deepEqual(await reasons('', '72'), ['962', '963', '965']);
  assert.deepEqual(await reasons('/newpatient', '71'), ['964', '965']);
  assert.deepEqual(await reasons('/existingpatient', '71'), ['962', '963', '965']);
  const bare = await practice.api('GET', '/patientappointmentreasons');
  assert.deepEqual(errorOf(bare).missingfields, ['departmentid', 'providerid']);
  const path = '/patientappointmentreasons?departmentid=12&providerid=71&limit=1';
  const told = (await practice.get(path)).patientappointmentreasons[0];
  assert.deepEqual(
    [told.schedulingminhours, told.schedulingmaxdays, told.reasontype],
    ['24', '90', 'existing'],
  );
  await practice.set({ reasonWindows: 'absent' });
  assert.equal('schedulingminhours' in (await practice.get(path)).patientappointmentreasons[0], false);
});

test('reasons to cancel say whether the time comes back', async (t) => {
  const practice = await openPractice(t);
  const reasons = async (query = ''): Promise<string[]> =>
    idsOf(
      (await practice.get(`/appointmentcancelreasons${query}`)).appointmentcancelreasons,
      'appointmentcancelreasonid',
    );
  assert.deepEqual(await reasons(), ['-5', '-4', '3', '5', '27', '31']);
  assert.deepEqual(await reasons('?slotavailable=false'), ['27', '31']);
});
