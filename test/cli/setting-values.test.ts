import assert from 'node:assert/strict';
import { test } from 'node:test';
import { adapters } from '#adapters';
import { settingValues } from '../../src/cli/setting-values.ts';

const adapterOf = (id: string) => adapters.find((one) => one.id === id) ?? assert.fail(id);

const cases: readonly [adapter: string, typed: string, value: string | number | boolean][] = [
  ['epic', 'environment=236.2', '236.2'],
  ['epic', 'environment=0.1', '0.1'],
  ['epic', 'practitioners=593923', '593923'],
  ['oracle-health', 'practitioners=593923', '593923'],
  ['oracle-health', 'locations=21300417, 32200649', '21300417, 32200649'],
  ['oracle-health', 'visitMinutes=40', 40],
  ['fhir-r4', 'createPatients=true', true],
  ['fhir-r4', 'practitioners=true', 'true'],
  ['open-dental', 'gridMinutes=15', 15],
  ['open-dental', 'brokenBlocks=false', false],
  ['epic', 'serviceTypes=1004;a=b;30', '1004;a=b;30'],
];
for (const [adapter, typed, value] of cases) {
  test(`${typed} is ${JSON.stringify(value)} for ${adapter}, as its schema wants it`, () => {
    const [name = ''] = typed.split('=');
    const values = settingValues(adapterOf(adapter), [typed]);
    assert.deepEqual(values, { [name]: value });
    assert.ok(adapterOf(adapter).settings.safeParse(values).success);
  });
}

test('what no schema takes stays as it was typed, to be named by whoever judges it', () => {
  const dental = adapterOf('open-dental');
  assert.deepEqual(settingValues(dental, ['gridMinutes=7', 'colour=7']), { gridMinutes: '7', colour: '7' });
});

test('a value may have line breaks and signs in it, a name may not', () => {
  assert.deepEqual(settingValues(adapterOf('epic'), ['locations=a\nb=']), { locations: 'a\nb=' });
  for (const typed of ['gridMinutes', '=7', '4x=7', 'a-b=7'])
    assert.throws(() => settingValues(adapterOf('epic'), [typed]), { exitCode: 2 }, typed);
});
