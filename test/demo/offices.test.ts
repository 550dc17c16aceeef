import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { adapters } from '#adapters';
import { demoPatients } from '../../adapters/open-dental/simulator/demo-patients.ts';
import { cedar } from '../../adapters/open-dental/simulator/offices/cedar.ts';
import { saguaro } from '../../adapters/open-dental/simulator/offices/saguaro.ts';
import { type DemoPerson, demoOffices } from '../../src/demo/offices.ts';

const plans = { cedar, saguaro };

describe('demo offices', () => {
  for (const office of demoOffices) {
    test(`${office.name} stands before an installed EMR and a simulator of its zone`, () => {
      const plan = Object.entries(plans).find(([id]) => id === office.simulator.office)?.[1];
      assert.equal(plan?.timeZone, office.timeZone);
      assert.ok(adapters.some(({ id }) => id === office.emr));
      assert.ok(existsSync(office.simulator.file));
    });

    test(`${office.name} knows both people of the story, who have no appointments of their own`, () => {
      const known = Object.entries(demoPatients).find(([id]) => id === office.simulator.office)?.[1] ?? [];
      const names = ({ family, given, birthDate }: DemoPerson) => `${family}|${given}|${birthDate}`;
      const withoutVisits = known.slice(0, 3).map(names);
      assert.ok(withoutVisits.includes(names(office.caller)));
      assert.ok(withoutVisits.includes(names(office.rival)));
    });
  }

  test('no two of them share a key, so that one mistaken for another is refused by its EMR', () => {
    const ways = demoOffices.map(({ access }) =>
      access.kind === 'key' ? access.keys.customerKey : access.context,
    );
    assert.equal(new Set(ways).size, demoOffices.length);
  });
});
