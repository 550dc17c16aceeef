import assert from 'node:assert/strict';
import { test } from 'node:test';
import { markersIn, sameName } from '#adapter-kit/index.ts';

const texts: readonly [text: string, markers: readonly string[]][] = [
  ['', []],
  ['GW:7K3QX6M2TA.1', ['GW:7K3QX6M2TA.1']],
  ['Parking.\r\nGW:7K3QX6M2TA.1. Ring twice', ['GW:7K3QX6M2TA.1']],
  ['[GW:7K3QX6M2TA.1] GW:7K3QX6M2TA.12 GW:7K3QX6M2TA.1', ['GW:7K3QX6M2TA.1', 'GW:7K3QX6M2TA.12']],
  ['GW:7K3QX9M2TA.1', []],
  ['GW:7K3QX6M2TAA.1', []],
  ['GW:7K3QX6M2TA', []],
  ['GW:7K3QX6M2TA.0', []],
  ['AGW:7K3QX6M2TA.1', []],
  // Staff retype notes: letter case does not matter.
  ['gw:7k3qx6m2ta.1', ['GW:7K3QX6M2TA.1']],
];
for (const [text, markers] of texts) {
  test(`markers in ${JSON.stringify(text)}`, () => assert.deepEqual(markersIn(text), markers));
}

const names: readonly [a: string, b: string, same: boolean][] = [
  ['Okafor', 'OKAFOR ', true],
  ['Mary Ann', 'mary  ann', true],
  ['Zoë', 'Zoe', true],
  ['O’Brien', "O'Brien", true],
  ['Jean-Luc', 'Jean Luc', false],
  ['Ann', 'Anna', false],
  ['Ann', 'Mary Ann', false],
  ['', '', false],
  [' ', ' ', false],
];
for (const [a, b, same] of names) {
  test(`"${a}" and "${b}" are ${same ? 'one name' : 'two names'}`, () => {
    assert.equal(sameName(a, b), same);
    assert.equal(sameName(b, a), same);
  });
}
