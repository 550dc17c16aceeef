import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { adapters } from '#adapters';
import { demoPatients as epicPatients } from '../../adapters/epic/simulator/demo-patients.ts';
import { juniper } from '../../adapters/epic/simulator/juniper.ts';
import { demoPatients as dentalPatients } from '../../adapters/open-dental/simulator/demo-patients.ts';
import { cedar } from '../../adapters/open-dental/simulator/offices/cedar.ts';
import { saguaro } from '../../adapters/open-dental/simulator/offices/saguaro.ts';
import { harbor } from '../../adapters/oracle-health/simulator/clinics/harbor.ts';
import { demoPatients as oraclePatients } from '../../adapters/oracle-health/simulator/demo-patients.ts';
import { type DemoPerson, demoOffices } from '../../src/demo/offices.ts';

const plans = { cedar, saguaro, juniper, harbor };
const patients: Readonly<Record<string, readonly DemoPerson[]>> = {
  ...dentalPatients,
  ...epicPatients,
  harbor: oraclePatients,
};

describe('demo offices', () => {
  for (const office of demoOffices) {
    test(`${office.name} stands before an installed EMR and a simulator of its zone`, () => {
      const plan = Object.entries(plans).find(([id]) => id === office.simulator.office)?.[1];
      assert.equal(plan?.timeZone, office.timeZone);
      assert.ok(adapters.some(({ id }) => id === office.emr));
      assert.ok(existsSync(office.simulator.file));
    });

    test(`${office.name} knows both people of the story, who have no appointments of their own`, () => {
      const known = patients[office.simulator.office] ?? [];
      const names = ({ family, given, birthDate }: DemoPerson) => `${family}|${given}|${birthDate}`;
      const withoutVisits = known.slice(0, 3).map(names);
      assert.ok(withoutVisits.includes(names(office.caller)));
      assert.ok(withoutVisits.includes(names(office.rival)));
    });
  }

  test('those that consent name the practitioners, places and visit types that their EMR really has', () => {
    const [epic, oracle] = ['epic', 'oracle-health'].map((emr) => {
      const access = demoOffices.find((office) => office.emr === emr)?.access;
      assert.ok(access?.kind === 'consent');
      return access.settings;
    });
    assert.equal(epic?.practitioners, juniper.practitioners.map(({ id }) => id).join(', '));
    assert.equal(epic?.locations, juniper.locations.map(({ id }) => id).join(', '));
    const epicTypes = juniper.visitTypes.map(({ code, display, minutes }) => `${code};${display};${minutes}`);
    assert.equal(epic?.serviceTypes, epicTypes.join(', '));
    assert.equal(oracle?.practitioners, harbor.practitioners.map(({ id }) => id).join(', '));
    assert.equal(oracle?.locations, harbor.locations.map(({ id }) => id).join(', '));
    for (const { code, minutes } of harbor.appointmentTypes)
      assert.match(oracle?.serviceTypes ?? '', new RegExp(`codeSet/14249\\|${code};[^;]+;${minutes}`));
  });

  test('no two of them share a key, so that one mistaken for another is refused by its EMR', () => {
    const ways = demoOffices.map(({ access }) =>
      access.kind === 'key' ? access.keys.customerKey : access.context,
    );
    assert.equal(new Set(ways).size, demoOffices.length);
  });
});
