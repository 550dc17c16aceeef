import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demoPatients } from '../../simulator/demo-patients.ts';
import { juniper } from '../../simulator/juniper.ts';
import { AMARA, codesOf, openPractice, type TestPractice } from './practice.ts';

async function idsOf(practice: TestPractice, path: string): Promise<string[]> {
  const { entry } = (await practice.r4('GET', path)).json();
  return entry
    .filter(({ search }: { search: { mode: string } }) => search.mode === 'match')
    .map(({ resource }: { resource: { id: string } }) => resource.id);
}
const ids = (list: readonly { readonly id: string }[]): string[] => list.map(({ id }) => id);

test('practitioners, their roles, departments and the organization can be searched and read', async (t) => {
  const practice = await openPractice(t);
  const [solheim, okoye] = ids(juniper.practitioners);
  const [main, riverside] = ids(juniper.locations);
  assert.deepEqual(await idsOf(practice, '/Practitioner'), [solheim, okoye]);
  assert.deepEqual(await idsOf(practice, '/Practitioner?family=oko'), [okoye]);
  assert.deepEqual(await idsOf(practice, `/Practitioner?_id=${solheim},${okoye}`), [solheim, okoye]);
  assert.deepEqual(await idsOf(practice, '/Location?_count=50'), [main, riverside]);
  assert.deepEqual(await idsOf(practice, '/Organization'), [juniper.organization.id]);
  const roles = await practice.r4('GET', `/PractitionerRole?practitioner=${okoye}`);
  const { resource } = roles.json().entry[0];
  assert.equal(resource.practitioner.reference, `Practitioner/${okoye}`);
  assert.equal((await practice.r4('GET', `/PractitionerRole/${resource.id}`)).status, 200);
  assert.equal((await practice.r4('GET', `/Location/${riverside}`)).json().name, 'Juniper Riverside');
});

test('by setting the directory asks whom you mean', async (t) => {
  const practice = await openPractice(t, { directorySearch: 'restricted' });
  for (const type of ['Practitioner', 'PractitionerRole', 'Location', 'Organization']) {
    const reply = await practice.r4('GET', `/${type}?_count=50`);
    assert.deepEqual([reply.status, codesOf(reply.json())], [400, ['4111']], type);
  }
  assert.equal((await idsOf(practice, '/Practitioner?name=Maren')).length, 1);
});

test('patients are found by the beginning of their names whatever case and accents, and by birth date', async (t) => {
  const practice = await openPractice(t);
  const [, , lucia, , hana, ren, one, other] = ids(demoPatients.juniper);
  const rows: readonly [query: string, found: (string | undefined)[]][] = [
    ['family=marquez&given=LUC', [lucia]],
    ['name=Whit&birthdate=1988-04-12', [AMARA]],
    ['family=Whitfield&birthdate=1988-04-13', []],
    ['telecom=(312)555-0125', [hana, ren]],
    ['phone=13125550125&gender=male', [ren]],
    [`family=${encodeURIComponent("O'Leary")}&birthdate=eq1983-02-28`, [one, other]],
    ['identifier=203710', [AMARA]],
    ['identifier=urn:oid:1.2.840.114350.1.1|E4101', [AMARA]],
    ['identifier=urn:oid:1.2.840.114350.1.1|203710', []],
    [`_id=${AMARA}`, [AMARA]],
  ];
  for (const [query, found] of rows)
    assert.deepEqual(await idsOf(practice, `/Patient?${query}`), found, query);
});

test('a search for all patients is refused, one for too many is 4127, a date that is none 59102', async (t) => {
  const practice = await openPractice(t, { patientLimit: 1 });
  const codes = async (query: string) => codesOf((await practice.r4('GET', `/Patient?${query}`)).json());
  assert.deepEqual(await codes(''), ['4110']);
  assert.deepEqual(await codes('gender=female'), ['59159']);
  assert.deepEqual(await codes('family=Sato'), ['4127']);
  assert.deepEqual(await codes('birthdate=1988-02-30'), ['59102']);
});
